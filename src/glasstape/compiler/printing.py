"""`print`: the same text in eager code and from compiled steps, at every call.

Text and layout follow ``tf.print``. In a compiled step the values leave the program as extra
outputs and are printed after the call, in order; only inside a compiled loop or branch, where no
output can be added, a host callback is used. What such a callback brings waits for its turn
among the lines of the step, or is written at once when no line of the step comes before it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, TextIO

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.errors import StepTypeError
from glasstape.ports import jax_symbolic, jax_trace, keras_state

_FILE = "file://"


class _Recorders(threading.local):
    def __init__(self) -> None:
        self.stack: list[PrintRecorder] = []


_recorders = _Recorders()


class _Switch:
    """Whether `print` prints; process-wide."""

    on = True
    # Called when it has changed.
    listeners: ClassVar[list[Callable[[], None]]] = []

    def set(self, on: bool) -> None:
        self.on = on
        for listener in self.listeners:
            listener()


switch = _Switch()


class printing:
    """Switch `glasstape.print` off, or on again; in a ``with``, for as long as it lasts.

    A step that is called while printing is off has nothing of it in its program: it costs nothing.

    Args:
        enabled: Whether `glasstape.print` prints.

    Example:
        >>> import sys
        >>> import glasstape as gt
        >>> with gt.printing(False):
        ...     gt.print("not this", output_stream=sys.stdout)
        >>> gt.print("but this", output_stream=sys.stdout)
        but this
    """

    def __init__(self, enabled: bool):
        self._before = switch.on
        switch.set(bool(enabled))

    def __enter__(self) -> printing:
        return self

    def __exit__(self, *exc_info: Any) -> None:
        switch.set(self._before)


def print(
    *inputs: Any,
    output_stream: TextIO | str | None = None,
    end: str = "\n",
    summarize: int = 3,
    sep: str = " ",
    name: str | None = None,
) -> None:
    """Print tensors, strings and structures of them, at every call of a compiled step.

    Python's own ``print`` inside a `glasstape.function` runs only while it is traced.

    Args:
        *inputs: Tensors (any shape and dtype), variables, strings, numbers, None, or nested
            lists, tuples and dicts of them.
        output_stream: Where to write; ``sys.stderr`` when None, as in TensorFlow. A string
            ``file://PATH`` names a file to append to.
        end: Written after the last input.
        summarize: How many elements to show at each end of each axis; -1 shows all.
        sep: Written between inputs.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        StepTypeError: `output_stream` cannot be written to.

    Example:
        >>> import sys, jax.numpy as jnp
        >>> import glasstape as gt
        >>> gt.print("loss:", jnp.float32(0.25), output_stream=sys.stdout)
        loss: 0.25
    """
    del name
    if not switch.on:
        if _recorders.stack:
            _recorders.stack[-1].silenced = True
        return
    leaves, treedef = jax.tree.flatten(inputs, is_leaf=lambda v: v is None)
    leaves = [v.value if keras_state.is_variable(v) else v for v in leaves]
    _check_stream(output_stream)
    leaves = [jnp.asarray(v) if jax_symbolic.is_symbolic(v) else v for v in leaves]
    emit(Line(leaves, treedef, output_stream, end, summarize, sep))


class Outgoing(Protocol):
    """What leaves a step at every call, in the order in which the step made it."""

    @property
    def leaves(self) -> list[Any]:
        """All it says: text, numbers and the tensors."""
        ...

    @property
    def tensors(self) -> list[Any]:
        """The tensors whose values it needs."""
        ...

    def write(self, tensors: Sequence[Any]) -> None:
        """Bring it to its place, given the tensors' values."""
        ...

    def without_tensors(self) -> Any:
        """A copy that keeps no traced values alive."""
        ...


def emit(line: Outgoing) -> None:
    """Have `line` written at once, or at every call of the step that is being traced."""
    if _recorders.stack:
        _recorders.stack[-1].add(line)
    elif any(map(jax_trace.is_tracer, line.tensors)):
        _call_back(line, line.write)
    else:
        line.write(line.tensors)


def _check_stream(stream: Any) -> None:
    named = isinstance(stream, str) and stream.startswith(_FILE)
    if stream is not None and not named and not hasattr(stream, "write"):
        raise StepTypeError(
            "print was given an output_stream that cannot be written to.",
            expected="a file, sys.stdout, sys.stderr or 'file://' and a path",
            received=repr(stream),
            fix="leave it out for sys.stderr",
            where=sources.user_source(),
        )


def _call_back(line: Outgoing, write: Callable[[Sequence[Any]], None]) -> None:
    """Have the program that is being traced call `write` with the line's values."""
    # JAX refuses an ordered effect under vmap.
    ordered = not jax_trace.is_batching()
    jax.debug.callback(lambda *tensors: write(tensors), *line.tensors, ordered=ordered)


class Line(NamedTuple):
    """One call of `print`."""

    leaves: list[Any]
    treedef: Any
    stream: TextIO | str | None
    end: str
    summarize: int
    sep: str

    @property
    def tensors(self) -> list[Any]:
        """The leaves that are arrays."""
        return [v for v in self.leaves if _is_array(v)]

    def write(self, tensors: Sequence[Any]) -> None:
        """Write the line with the tensors' values."""
        values = iter(tensors)
        leaves = [np.asarray(next(values)) if _is_array(v) else v for v in self.leaves]
        inputs = jax.tree.unflatten(self.treedef, leaves)
        text = self.sep.join(_text(v, self.summarize, top=True) for v in inputs)
        if len(leaves) == 1 and inputs[0] is leaves[0] and _is_one_text(leaves[0]):
            text = text[1:-1]  # TensorFlow writes a tensor of text without quotes where it is alone
        if isinstance(self.stream, str):
            with open(self.stream.removeprefix(_FILE), "a", encoding="utf-8") as file:
                file.write(text + self.end)
            return
        stream = self.stream if self.stream is not None else sys.stderr
        stream.write(text + self.end)
        stream.flush()

    def without_tensors(self) -> Line:
        """A copy that keeps no traced values alive."""
        leaves = [np.zeros(0) if _is_array(v) else v for v in self.leaves]
        return self._replace(leaves=leaves)


class PrintRecorder:
    """Collects the lines printed while a step is traced.

    Args:
        is_outermost: Whether the step itself is being traced, and no loop or branch inside it.
        accepts_value: Whether a traced value can leave the program as an output.
    """

    def __init__(self, is_outermost: Callable[[], bool], accepts_value: Callable[[Any], bool]):
        self.lines: list[Outgoing] = []
        self.silenced = False
        self._printed = False
        self._early = False
        self._late: list[tuple[int, Outgoing, Sequence[Any]]] = []
        self._is_outermost = is_outermost
        self._accepts_value = accepts_value

    def add(self, line: Outgoing) -> None:
        """Take a line of the step, or one of a loop or branch inside it."""
        self._printed = True
        if self._is_outermost() and all(map(self._accepts_value, line.tensors)):
            self.lines.append(line)
            return
        position, late = len(self.lines), self._late
        bare = line.without_tensors()
        if position == 0:
            self._early = True
            _call_back(line, bare.write)
        else:
            _call_back(line, lambda tensors: late.append((position, bare, tensors)))

    @property
    def tensors(self) -> list[Any]:
        """The tensors of the step's own lines, in order."""
        return [t for line in self.lines for t in line.tensors]

    def finished(self) -> Prints:
        """What a program needs to print at each call; keeps no traced values alive."""
        lines = [line.without_tensors() for line in self.lines]
        return Prints(lines, self._early, self._late, self.silenced, self._printed)

    def __enter__(self) -> PrintRecorder:
        _recorders.stack.append(self)
        return self

    def __exit__(self, *exc_info: Any) -> None:
        _recorders.stack.remove(self)


class Prints(NamedTuple):
    """What a compiled step prints.

    Attributes:
        lines: The step's own lines; their tensors are outputs of the program.
        early: Whether loops write lines of their own before all of these.
        late: What loops brought in this call: (number of step's lines before it, line, values).
        silenced: Whether there were lines while printing was off.
        printed: Whether there were lines while it was on.
    """

    lines: list[Outgoing]
    early: bool
    late: list[tuple[int, Outgoing, Sequence[Any]]]
    silenced: bool
    printed: bool

    def write(self, tensors: Sequence[Any]) -> None:
        """Write the lines of one call, given the values of their tensors."""
        if not self.lines:
            return
        values = [np.asarray(t) for t in tensors]  # waits for the program
        if self.early or self.late:
            jax.effects_barrier()
        late, position = [*self.late], 0
        self.late.clear()
        for number, line in enumerate(self.lines):
            count = len(line.tensors)
            line.write(values[position : position + count])
            position += count
            for _, other, seen in (entry for entry in late if entry[0] == number + 1):
                other.write(seen)


def _is_array(value: Any) -> bool:
    """Whether it can leave a program; text cannot, and is as it was when the step was traced."""
    return isinstance(value, jax.Array | np.ndarray | np.generic) and value.dtype != object


def _is_one_text(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 0


def _text(value: Any, summarize: int, top: bool = False) -> str:
    if isinstance(value, np.ndarray):
        return _array_text(np.asarray(value), summarize)
    if isinstance(value, str):
        return value if top else repr(value)
    if isinstance(value, dict):
        items = (f"{k!r}: {_text(v, summarize)}" for k, v in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(v, summarize) for v in value) + "]"
    if isinstance(value, tuple):
        inner = ", ".join(_text(v, summarize) for v in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return str(value)


def _array_text(array: np.ndarray, summarize: int) -> str:
    if array.ndim == 0:
        return _number_text(array[()])
    return _rows_text(array, summarize, array.ndim)


def _rows_text(array: np.ndarray, summarize: int, ndim: int) -> str:
    size = len(array)
    if summarize < 0 or size <= 2 * summarize:
        shown: list[int | None] = list(range(size))
    else:
        shown = [*range(summarize), None, *range(size - summarize, size)]
    if array.ndim == 1:
        return "[" + " ".join("..." if i is None else _number_text(array[i]) for i in shown) + "]"
    joint = "\n" * (array.ndim - 1) + " " * (ndim - array.ndim + 1)
    rows = ("..." if i is None else _rows_text(array[i], summarize, ndim) for i in shown)
    return "[" + joint.join(rows) + "]"


def _number_text(value: Any) -> str:
    """An element as TensorFlow writes it: a number by the fewest digits that read back equal."""
    if isinstance(value, bytes):
        return f'"{value.decode(errors="replace")}"'
    if isinstance(value, np.bool_):
        return str(int(value))
    if isinstance(value, np.complexfloating):
        return f"({_number_text(value.real)},{_number_text(value.imag)})"
    if np.issubdtype(value.dtype, np.integer):
        return str(int(value))
    double = value.dtype == np.float64
    number = float(value)
    short = f"{number:.15g}" if double else f"{number:.6g}"
    kind = np.float64 if double else np.float32
    if kind(short) == kind(number) or number != number:
        return short
    return f"{number:.17g}" if double else f"{number:.9g}"
