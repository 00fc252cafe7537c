"""`print`: the same text in eager code and from compiled steps, at every call.

Text and layout follow ``tf.print``. In a compiled step the values leave the program as extra
outputs and are printed after the call, in order; only inside a compiled loop or branch, where no
output can be added, a host callback is used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TextIO

import jax
import numpy as np

from glasstape.ports import jax_trace, keras_state

_recorders: list[PrintRecorder] = []


def print(
    *inputs: Any,
    output_stream: TextIO | None = None,
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
        output_stream: Where to write; ``sys.stderr`` when None, as in TensorFlow.
        end: Written after the last input.
        summarize: How many elements to show at each end of each axis; -1 shows all.
        sep: Written between inputs.
        name: Accepted for TensorFlow's sake; unused.

    Example:
        >>> import sys, jax.numpy as jnp
        >>> import glasstape as gt
        >>> gt.print("loss:", jnp.float32(0.25), output_stream=sys.stdout)
        loss: 0.25
    """
    del name
    leaves, treedef = jax.tree.flatten(inputs, is_leaf=lambda v: v is None)
    leaves = [v.value if keras_state.is_variable(v) else v for v in leaves]
    line = Line(leaves, treedef, output_stream, end, summarize, sep)
    if not any(map(jax_trace.is_tracer, leaves)):
        line.write(line.tensors)
    elif _recorders and _recorders[-1].accepts(line):
        _recorders[-1].lines.append(line)
    else:
        jax.debug.callback(lambda *tensors: line.write(tensors), *line.tensors, ordered=True)


class Line(NamedTuple):
    """One call of `print`."""

    leaves: list[Any]
    treedef: Any
    stream: TextIO | None
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
        accepts_value: Whether a traced value can leave the program as an output.
    """

    def __init__(self, accepts_value: Callable[[Any], bool]):
        self.lines: list[Line] = []
        self._accepts_value = accepts_value

    def accepts(self, line: Line) -> bool:
        """Whether all tensors of `line` belong to the step itself."""
        return all(self._accepts_value(t) for t in line.tensors)

    def __enter__(self) -> PrintRecorder:
        _recorders.append(self)
        return self

    def __exit__(self, *exc_info: Any) -> None:
        _recorders.remove(self)


def _is_array(value: Any) -> bool:
    return isinstance(value, jax.Array | np.ndarray | np.generic)


def _text(value: Any, summarize: int, top: bool = False) -> str:
    if isinstance(value, np.ndarray):
        return _array_text(value, summarize)
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
    """A number as TensorFlow writes it: the shorter of two precisions that reads back equal."""
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
