"""Programs as text: jaxprs and HLO with the user's own lines."""

from __future__ import annotations

import enum
import itertools
import re
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from glasstape import sources
from glasstape.ports.jax_reach import opened

Place = Callable[[sources.Source], str]
PlaceOf = Callable[[Any], sources.Source | None]


def letters() -> Iterator[str]:
    """``a`` to ``z``, then ``aa``, ``ab`` and so on."""
    for length in itertools.count(1):
        yield from map("".join, itertools.product(string.ascii_lowercase, repeat=length))


class JaxprText:
    """A jaxpr as lines of text, and the names they use.

    Args:
        jaxpr: Open or closed.
        place: How to write a place in the user's program.

    Attributes:
        inputs: Names of its inputs, in order.
        outputs: Names of its outputs, or their values where they are constants.
        lines: An equation each.
    """

    def __init__(self, jaxpr: Any, place: Place):
        self._place = place
        self._fresh = letters()
        self._names: dict[Any, str] = {}
        jaxpr = opened(jaxpr)
        self.inputs = [self._name(v) for v in (*jaxpr.constvars, *jaxpr.invars)]
        self.lines = list(self._equations(jaxpr, "", user_place))
        self.outputs = [self._atom(v) for v in jaxpr.outvars]

    def _name(self, variable: Any) -> str:
        if variable not in self._names:
            self._names[variable] = next(self._fresh)
        return self._names[variable]

    def _atom(self, atom: Any) -> str:
        if isinstance(atom, Literal):
            return np.array2string(np.asarray(atom.val), threshold=4, separator=",")
        return self._name(atom)

    def _equations(self, jaxpr: Any, indent: str, place_of: PlaceOf) -> Iterator[str]:
        for equation in jaxpr.eqns:
            results = " ".join(f"{self._name(v)}:{shape(v.aval)}" for v in equation.outvars)
            given = " ".join(map(self._atom, equation.invars))
            source = place_of(equation)
            where = "" if source is None else f"  # {self._place(source)}"
            params = _params(equation.params)
            yield f"{indent}{results} = {equation.primitive}{params} {given}".rstrip() + where
            for label, inner in programs(equation.params):
                yield from self._inner(label, opened(inner), indent + "  ", source)

    def _inner(
        self, label: str, jaxpr: Any, indent: str, around: sources.Source | None
    ) -> Iterator[str]:
        given = " ".join(f"{self._name(v)}:{shape(v.aval)}" for v in jaxpr.invars)
        # One program may be run at several places, and is told at each with names of its own.
        known = dict(self._names)
        yield f"{indent}{label} {given}".rstrip()
        # JAX traces a library's function once: its lines would be those of another call.
        is_users = sources.is_user_file(jaxpr.debug_info.func_filename or "<string>")
        place_of = user_place if is_users else lambda _: around
        yield from self._equations(jaxpr, indent + "  ", place_of)
        yield f"{indent}  -> {' '.join(map(self._atom, jaxpr.outvars))}"
        self._names = known


def shape(aval: Any) -> str:
    """Such as ``float32[32,10]``."""
    if not hasattr(aval, "shape"):
        return str(aval)
    return f"{aval.dtype}[{','.join(map(str, aval.shape))}]"


def user_place(equation: Any) -> sources.Source | None:
    """The user's innermost line that made an equation."""
    traceback = equation.source_info.traceback
    for frame in traceback.frames if traceback is not None else ():
        if sources.is_user_file(frame.file_name):
            # "Training.step" where Python's frames, and our messages, say "step".
            name = frame.function_name.rpartition(".")[2]
            return sources.Source(frame.file_name, frame.line_num, name)
    return None


def programs(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The jaxprs among the parameters of an operation, with their names."""
    for name, value in params.items():
        values = value if isinstance(value, tuple | list) else (value,)
        found = [v for v in values if isinstance(v, ClosedJaxpr | Jaxpr)]
        for number, program in enumerate(found):
            yield (name if len(found) == 1 else f"{name}[{number}]"), program


_PLAIN = (bool, int, float, complex, str, np.dtype, np.generic, enum.Enum, type)


def _params(params: Mapping[str, Any]) -> str:
    told = [f"{k}={_value(v)}" for k, v in params.items() if _is_plain(v) and not _is_empty(v)]
    return f"[{' '.join(told)}]" if told else ""


def _is_empty(value: Any) -> bool:
    return value == "" or (
        isinstance(value, tuple | list) and not any(v is not None for v in value)
    )


def _is_plain(value: Any) -> bool:
    """Whether a parameter can be told in a word: no program, no function, not left at None."""
    if isinstance(value, tuple | list):
        return all(v is None or _is_plain(v) for v in value)
    return isinstance(value, _PLAIN) or type(value).__name__.endswith("DimensionNumbers")


def _value(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, type):
        return value.__name__
    if hasattr(value, "_asdict"):  # dimension numbers
        pairs = value._asdict().items()
        return "(" + " ".join(f"{k}={_value(v)}" for k, v in pairs if v is not None) + ")"
    if isinstance(value, tuple | list):
        return "(" + ",".join(map(_value, value)) + ")"
    return str(value)


# ----- HLO -----

_TABLES = ("FileNames", "FunctionNames", "FileLocations", "StackFrames")


def hlo_with_places(text: str, place: Place) -> str:
    """Compiled HLO with the user's file and line at each instruction that has one.

    XLA notes whole stacks in tables of its own, nearly all of whose frames are not the user's.
    """
    frames = _StackFrames(text)
    lines = text.splitlines()
    for name in _TABLES:
        if name in lines:
            first = lines.index(name)
            last = next((i for i in range(first, len(lines)) if not lines[i]), len(lines))
            del lines[first : last + 1]

    def told(match: re.Match[str]) -> str:
        source = frames.user_place(int(match[1]))
        return "" if source is None else f' at="{place(source)}"'

    return "\n".join(re.sub(r" stack_frame_id=(\d+)", told, line) for line in lines) + "\n"


class _StackFrames:
    """The tables of an HLO text.

    Args:
        text: The HLO.
    """

    def __init__(self, text: str):
        quoted = r'^(\d+) "(.*)"$'
        self._files = dict(re.findall(quoted, _table(text, "FileNames"), re.MULTILINE))
        self._functions = dict(re.findall(quoted, _table(text, "FunctionNames"), re.MULTILINE))
        self._locations = _records(_table(text, "FileLocations"))
        self._frames = _records(_table(text, "StackFrames"))
        # XLA writes parents one too high; the outermost frame, whose parent is none, tells.
        first = self._frames.get(1, {}).get("parent_frame_id", 0)
        self._shift = 1 if first >= 1 else 0

    def user_place(self, frame: int) -> sources.Source | None:
        """The innermost frame that is the user's, from this one on outwards."""
        while frame > 0 and frame in self._frames:
            location = self._locations[self._frames[frame]["file_location_id"]]
            file = self._files[str(location["file_name_id"])]
            if sources.is_user_file(file):
                function = self._functions[str(location["function_name_id"])]
                return sources.Source(file, location["line"], function.rpartition(".")[2])
            frame = self._frames[frame].get("parent_frame_id", 0) - self._shift
        return None


def _table(text: str, name: str) -> str:
    found = re.search(rf"^{name}\n((?:.+\n)*)", text, re.MULTILINE)
    return "" if found is None else found[1]


def _records(table: str) -> dict[int, dict[str, int]]:
    return {
        int(number): {key: int(value) for key, value in re.findall(r"(\w+)=(-?\d+)", fields)}
        for number, fields in re.findall(r"^(\d+) \{(.*)\}$", table, re.MULTILINE)
    }
