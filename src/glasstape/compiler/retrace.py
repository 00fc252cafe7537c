"""Why a step is traced again: the argument by name, what it was and what it is."""

from __future__ import annotations

import inspect
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax

from glasstape import sources
from glasstape.compiler import signature as signatures

FIRST = "it is the first call"
# So often one argument may be the reason before a warning says so.
TOO_MANY = 5
UNNAMED = "the call has another structure"


class Argument(NamedTuple):
    """One leaf of a call.

    Attributes:
        name: Such as ``batch['images']``.
        kind: ``"tensor"``, ``"value"`` (Python numbers, strings, None, ...) or ``"object"``.
        text: What it is, such as ``float32[32,10]`` or ``the Python int 3``.
        key: Equal for what runs the same program.
    """

    name: str
    kind: str
    text: str
    key: Any


class Cause(NamedTuple):
    """Why a trace was made.

    Attributes:
        argument: The first argument that differs, or None.
        text: In words.
    """

    argument: str | None
    text: str


@dataclass
class Trace:
    """One time a Python step was traced.

    Attributes:
        when: Time of day, seconds since the epoch.
        seconds: How long tracing took.
        signature: Shapes, dtypes and values that chose this program.
        why: What made it necessary: the argument by name, what it was and what it is.
        compile_seconds: How long lowering and compiling took; None until the program has run.
    """

    when: float
    seconds: float
    signature: str
    why: str
    compile_seconds: float | None = None

    def __str__(self) -> str:
        at = time.strftime("%H:%M:%S", time.localtime(self.when))
        compiled = ""
        if self.compile_seconds is not None:
            compiled = f", compiled in {self.compile_seconds:.2f} s"
        return (
            f"{at} traced in {self.seconds:.2f} s{compiled}: ({self.signature})\n"
            f"  because {self.why}"
        )


class Traces:
    """The traces of one step; warns when they pile up.

    Args:
        function: The Python step.
        name: Its name.

    Attributes:
        made: The traces, in order.
    """

    def __init__(self, function: Callable[..., Any], name: str):
        self.made: list[Trace] = []
        self._function = function
        self._name = name
        self._arguments: list[list[Argument]] = []
        self._by_key: dict[Any, Trace] = {}
        self._blamed: Counter[str] = Counter()

    def add(self, call: signatures.Signature, seconds: float) -> None:
        """Note a trace that has just been made."""
        args, kwargs = jax.tree.unflatten(call.treedef, call.leaves)
        now = arguments(self._function, args, kwargs)
        why = cause(self._arguments, now)
        self._arguments.append(now)
        trace = Trace(time.time(), seconds, call.describe(), why.text)
        self.made.append(trace)
        self._by_key[call.key] = trace
        if why.argument is not None:
            self._blamed[why.argument] += 1
            if self._blamed[why.argument] == TOO_MANY:
                self._warn(why)

    def compiled(self, call: signatures.Signature, seconds: float) -> None:
        """Note what compiling the program of this call took."""
        trace = self._by_key.get(call.key)
        if trace is not None and trace.compile_seconds is None:
            trace.compile_seconds = seconds

    def _warn(self, why: Cause) -> None:
        spent = sum(t.seconds + (t.compile_seconds or 0.0) for t in self.made)
        source = sources.user_source()
        warnings.warn_explicit(
            f"{self._name} has been traced {len(self.made)} times ({spent:.1f} s so far), "
            f"{TOO_MANY} times for the same reason: {why.text}. All of them: {self._name}.traces",
            UserWarning,
            source.file,
            source.line,
        )


def arguments(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> list[Argument]:
    """The leaves of a call, by name.

    Args:
        function: The Python step.
        args: What it is called with.
        kwargs: Likewise.
    """
    return [
        _argument(name + jax.tree_util.keystr(path), leaf)
        for name, value in _by_name(function, args, kwargs)
        for path, leaf in jax.tree_util.tree_leaves_with_path(value, is_leaf=lambda v: v is None)
    ]


def _by_name(
    function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]
) -> list[tuple[str, Any]]:
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):  # a callable without a signature, such as some of C
        return [*((f"number {i}", v) for i, v in enumerate(args)), *kwargs.items()]
    found: list[tuple[str, Any]] = []
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        found += value.items() if kind is inspect.Parameter.VAR_KEYWORD else [(name, value)]
    return found


def _argument(name: str, leaf: Any) -> Argument:
    kind, key = signatures.leaf_key(leaf)
    return Argument(name, kind, _text(kind, leaf), key)


def _text(kind: str, leaf: Any) -> str:
    if kind == "tensor":
        return signatures.describe(leaf)
    if kind == "object":
        return f"a {type(leaf).__name__} object"
    if isinstance(leaf, bool) or not isinstance(leaf, int | float | complex):
        return repr(leaf)
    return f"the Python {type(leaf).__name__} {leaf!r}"


def cause(earlier: Sequence[Sequence[Argument]], now: Sequence[Argument]) -> Cause:
    """Why a call with the arguments `now` runs none of the programs of the `earlier` ones.

    Told against the one that differs least, the latest of these.
    """
    if not earlier:
        return Cause(None, FIRST)
    closest = min(reversed(earlier), key=lambda known: len(_differences(known, now)))
    differences = _differences(closest, now)
    if not differences:
        return Cause(None, UNNAMED)
    return Cause(differences[0][0], "; ".join(text for _, text in differences))


def _differences(was: Sequence[Argument], now: Sequence[Argument]) -> list[tuple[str, str]]:
    """Name and text of each argument that differs."""
    old, new = ({a.name: a for a in arguments} for arguments in (was, now))
    names = [*new, *(name for name in old if name not in new)]
    found = []
    for name in names:
        a, b = old.get(name), new.get(name)
        if a is None and b is not None:
            found.append((name, f"argument `{name}` is new: {b.text}"))
        elif b is None and a is not None:
            found.append((name, f"argument `{name}` is missing; it was {a.text}"))
        elif a is not None and b is not None and a.key != b.key:
            found.append((name, f"argument `{name}` {_change(a, b)}"))
    return found


def _change(was: Argument, now: Argument) -> str:
    if was.kind == now.kind == "object":
        same = was.text == now.text
        other = f"another {now.text[2:]}" if same else now.text
        return f"was {was.text}, is now {other}: each object has a program of its own"
    text = now.text
    if was.kind == now.kind == "value" and _type(was) == _type(now):
        text = now.text.removeprefix(_type(now))
    return f"was {was.text}, is now {text}{_advice(was, now)}"


def _type(argument: Argument) -> str:
    """``the Python int`` and a space, or nothing."""
    words = argument.text.split(" ")
    return " ".join(words[:3]) + " " if argument.text.startswith("the Python ") else ""


def _advice(was: Argument, now: Argument) -> str:
    if _type(now) and was.kind == "value":
        return ": pass it as a tensor"
    if was.kind == now.kind == "tensor":
        (shape, dtype), (new_shape, new_dtype) = was.key[:2], now.key[:2]
        if dtype != new_dtype:
            return ": cast it to one dtype"
        if shape != new_shape and len(shape) == len(new_shape):
            return ": batches of one size (drop_remainder=True) run one program"
    return ""
