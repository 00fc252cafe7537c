"""Why a step is traced again: the argument by name, what it was and what it is."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from glasstape import sources
from glasstape.compiler import signature as signatures
from glasstape.compiler import structures
from glasstape.compiler.callables import Parameters
from glasstape.compiler.relax.pattern import LEAST

FIRST = "it is the first call"
# So often one argument may be the reason before a warning says so.
TOO_MANY = 5
UNNAMED = "the call has another structure"


# Called with a step's name and a trace of it that has just been compiled.
listeners: list[Callable[[str, Trace], None]] = []


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


class Note(NamedTuple):
    """For which sizes a trace is.

    Attributes:
        call: The calls it is for, where these are of several sizes.
        refusal: Why it is not for several sizes, though it was to be.
        learns: Whether a size may vary once it has.
    """

    call: signatures.Signature | None = None
    refusal: str | None = None
    learns: bool = False


PLAIN = Note()


class Traces:
    """The traces of one step; warns when they pile up.

    Args:
        parameters: Those of the Python step.
        name: Its name.

    Attributes:
        made: The traces, in order.
    """

    def __init__(self, parameters: Parameters, name: str):
        self.made: list[Trace] = []
        self._parameters = parameters
        self._name = name
        self._arguments: list[list[Argument]] = []
        self._containers: list[dict[str, tuple[str, Any]]] = []
        self._by_key: dict[Any, Trace] = {}
        self._blamed: Counter[str] = Counter()

    def add(
        self, call: signatures.Signature, seconds: float, changed: str | None, note: Note = PLAIN
    ) -> None:
        """Note a trace that has just been made.

        Args:
            call: What it was made for.
            seconds: How long it took.
            changed: The reason, where it is not to be found in the arguments.
            note: For which sizes it is.
        """
        now = arguments(self._parameters, *call.arguments())
        shapes = {n: _container(v) for n, v in self._parameters.by_name(*call.arguments())}
        serves = note.call or call
        stored = arguments(self._parameters, *serves.arguments())
        advice = Advice({a.name: a for a in stored}, note)
        why = Cause(None, changed) if changed else cause(self._arguments, now, advice)
        if why.text == UNNAMED:
            why = _other_container(self._containers, shapes) or why
        self._arguments.append(stored)
        self._containers.append(shapes)
        text = why.text
        if note.refusal not in (None, changed):
            text += f"; traced for this size alone, because {note.refusal}"
        trace = Trace(time.time(), seconds, serves.describe(), text)
        self.made.append(trace)
        self._by_key[serves.key] = trace
        if why.argument is not None:
            self._blamed[why.argument] += 1
            if self._blamed[why.argument] == TOO_MANY:
                self._warn(why)

    def compiled(self, key: Any, seconds: float) -> None:
        """Note what compiling the program of the trace with this key took."""
        trace = self._by_key.get(key)
        if trace is not None and trace.compile_seconds is None:
            trace.compile_seconds = seconds
            for listener in list(listeners):
                listener(self._name, trace)

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


def arguments(parameters: Parameters, args: tuple, kwargs: dict[str, Any]) -> list[Argument]:
    """The leaves of a call, by name.

    Args:
        parameters: Those of the step.
        args: What it is called with.
        kwargs: Likewise.
    """
    return [
        _argument(name + where, leaf)
        for name, value in parameters.by_name(args, kwargs)
        for where, leaf in structures.flatten_with_names(value)
    ]


def _container(value: Any) -> tuple[str, Any]:
    """What kind of container an argument is, readable, and its structure."""
    return type(value).__name__, structures.flatten(value).treedef


def _other_container(earlier: list[dict[str, tuple[str, Any]]], now: dict) -> Cause | None:
    """The argument that holds the same things in another way than in the latest call."""
    for name, (kind, structure) in now.items():
        known = earlier[-1].get(name)
        if known is not None and known[1] != structure:
            was, now_is = known[0], kind
            if was == now_is:
                was, now_is = f"of the structure {known[1]}", f"of {structure}"
            else:
                was, now_is = f"a {was}", f"a {now_is}"
            return Cause(name, f"argument `{name}` was {was}, is now {now_is}")
    return None


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


def cause(earlier: Sequence[Sequence[Argument]], now: Sequence[Argument], advice: Advice) -> Cause:
    """Why a call with the arguments `now` runs none of the programs of the `earlier` ones.

    Told against the one that differs least, the latest of these.
    """
    if not earlier:
        return Cause(None, FIRST)
    closest = min(reversed(earlier), key=lambda known: len(_differences(known, now, advice)))
    differences = _differences(closest, now, advice)
    if not differences:
        return Cause(None, UNNAMED)
    return Cause(differences[0][0], "; ".join(text for _, text in differences))


def _differences(
    was: Sequence[Argument], now: Sequence[Argument], advice: Advice
) -> list[tuple[str, str]]:
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
        elif a is not None and b is not None and not _serves(a, b):
            found.append((name, f"argument `{name}` {_change(a, b, advice)}"))
    return found


def _serves(was: Argument, now: Argument) -> bool:
    """Whether a trace for the one is a trace for the other; None is a size that may vary."""
    if was.key == now.key:
        return True
    if not was.kind == now.kind == "tensor" or was.key[1:] != now.key[1:]:
        return False
    shape, new_shape = was.key[0], now.key[0]
    if shape is None or new_shape is None or len(shape) != len(new_shape):
        return False
    return all(_takes(a, b) for a, b in zip(shape, new_shape, strict=True))


def _takes(size: int | None, other: int | None) -> bool:
    return size == other or (size is None and (other is None or other >= LEAST))


def _change(was: Argument, now: Argument, advice: Advice) -> str:
    if was.kind == now.kind == "object":
        same = was.text == now.text
        other = f"another {now.text[2:]}" if same else now.text
        return f"was {was.text}, is now {other}: each object has a program of its own"
    text = now.text
    if was.kind == now.kind == "value" and _type(was) == _type(now):
        text = now.text.removeprefix(_type(now))
    return f"was {was.text}, is now {text}{advice.on(was, now)}"


def _type(argument: Argument) -> str:
    """``the Python int`` and a space, or nothing."""
    words = argument.text.split(" ")
    return " ".join(words[:3]) + " " if argument.text.startswith("the Python ") else ""


class Advice:
    """What to say of a change, after what changed.

    Args:
        serves: The arguments the new trace is for, by name.
        note: For which sizes.
    """

    def __init__(self, serves: dict[str, Argument], note: Note):
        self._serves = serves
        self._note = note

    def on(self, was: Argument, now: Argument) -> str:
        """A colon and what follows it, or nothing."""
        if _type(now) and was.kind == "value":
            return ": pass it as a tensor"
        if was.kind == now.kind == "tensor":
            (shape, dtype), (new_shape, new_dtype) = was.key[:2], now.key[:2]
            if dtype != new_dtype:
                return ": cast it to one dtype"
            if shape != new_shape and len(shape) == len(new_shape):
                return self._on_size(was, now)
        return ""

    def _on_size(self, was: Argument, now: Argument) -> str:
        if self._note.refusal:
            return ""
        varying = [i for i, n in enumerate(self._serves[now.name].key[0]) if n is None]
        if varying:
            which = "dimension " if len(varying) == 1 else "dimensions "
            dimensions = " and ".join(map(str, varying))
            return f": traced once more for any size of {which}{dimensions}"
        if self._note.learns or None in was.key[0]:
            return ": sizes 0 and 1 have traces of their own"
        return (
            ": batches of one size (drop_remainder=True) run one program; with "
            "reduce_retracing=True one trace is for all sizes"
        )
