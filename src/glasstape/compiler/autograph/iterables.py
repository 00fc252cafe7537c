"""What a `for` loop of translated code can go over as one operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from glasstape import sources
from glasstape.compiler.autograph import values
from glasstape.errors import ControlFlowTypeError, ControlFlowValueError
from glasstape.ports import jax_trace, keras_state


class Iterable:
    """Rounds of a loop that can be traced as one.

    Attributes:
        length: How many rounds there are, or None when the program has to find out.
    """

    length: int | None = None

    def row_layouts(self) -> list[Any]:
        """Shape and dtype of what one round is given, flat."""
        raise NotImplementedError

    def rebuild(self, row: Sequence[Any]) -> Any:
        """What the loop's variable is, from a flat row."""
        return row[0]

    def row(self, number: Any) -> list[Any]:
        """What round `number` is given, flat."""
        raise NotImplementedError

    def rows(self) -> list[Any]:
        """All rows, stacked, of an iterable whose length is known."""
        raise NotImplementedError

    def more(self, number: Any) -> Any:
        """bool[]: whether there is a round of this number."""
        return number < np.int32(self.length or 0)


class Rows(Iterable):
    """The rows of a structure of tensors."""

    def __init__(self, structure: Any, length: int):
        self._arrays, self._tree = jax.tree.flatten(structure)
        self.length = length

    def row_layouts(self) -> list[Any]:
        """As in `Iterable`."""
        return [jax.ShapeDtypeStruct(a.shape[1:], a.dtype) for a in self._arrays]

    def rebuild(self, row: Sequence[Any]) -> Any:
        """As in `Iterable`."""
        return jax.tree.unflatten(self._tree, row)

    def row(self, number: Any) -> list[Any]:
        """As in `Iterable`."""
        return [lax.dynamic_index_in_dim(a, number, keepdims=False) for a in self._arrays]

    def rows(self) -> list[Any]:
        """As in `Iterable`."""
        return self._arrays


class TensorRange(Iterable):
    """``range`` with tensors."""

    def __init__(self, *limits: Any):
        arrays = [values.as_array(limit) for limit in limits]
        for limit, array in zip(limits, arrays, strict=True):
            if array.ndim or not jnp.issubdtype(array.dtype, jnp.integer):
                raise ControlFlowTypeError(
                    "`range` was given a tensor that is not a whole number.",
                    expected="integer scalars",
                    received=values.text(limit),
                    fix="convert it: keras.ops.cast(n, 'int32')",
                    where=sources.user_source(),
                )
        dtype = jnp.result_type(*arrays)
        arrays = [a.astype(dtype) for a in arrays]
        zero, one = (jnp.asarray(n, dtype) for n in (0, 1))
        start, stop, step = {
            1: lambda: (zero, arrays[0], one),
            2: lambda: (*arrays, one),
            3: lambda: tuple(arrays),
        }[len(arrays)]()
        self._start, self._stop, self._step = start, stop, step

    def row_layouts(self) -> list[Any]:
        """As in `Iterable`."""
        return [jax.ShapeDtypeStruct((), self._start.dtype)]

    def row(self, number: Any) -> list[Any]:
        """As in `Iterable`."""
        return [self._start + number.astype(self._start.dtype) * self._step]

    def more(self, number: Any) -> Any:
        """As in `Iterable`."""
        (value,) = self.row(number)
        return jnp.where(self._step > 0, value < self._stop, value > self._stop)

    def __iter__(self) -> Iterator[Any]:
        raise self._other_use()

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise self._other_use()

    def _other_use(self) -> ControlFlowTypeError:
        return ControlFlowTypeError(
            "A `range` of tensors can only be gone over by a `for` statement.",
            expected="`for i in range(n):` in translated code",
            received="another use of it, such as list(range(n)) or a comprehension",
            fix="write a `for` statement, or use keras.ops.arange with numbers Python knows",
            where=sources.user_source(),
        )


class Together:
    """``zip`` of tensors, or ``enumerate`` of one: a loop over it is one operation.

    Args:
        parts: What it is made of.
        python: Python's own form, for any other use.
    """

    def __init__(self, parts: Sequence[Any], python: Callable[[], Any]):
        self.parts = parts
        self._python = python

    def __iter__(self) -> Iterator[Any]:
        return iter(self._python())


def is_rows(value: Any) -> bool:
    """Whether a loop over it is one operation: a tensor while a program is traced."""
    if keras_state.is_variable(value):
        value = keras_state.current_value(value)
    if jax_trace.is_tracer(value):
        return jax_trace.is_abstract(value)
    return isinstance(value, jax.Array) and not jax_trace.is_eager()


def staged_iterable(iterable: Any) -> Iterable | None:
    """How to go over it in one operation, or None when Python has to."""
    if isinstance(iterable, Iterable):
        return iterable
    if isinstance(iterable, Together):
        parts = [values.as_array(p) for p in iterable.parts]
        length = min(p.shape[0] for p in parts)
        return Rows(tuple([p[:length] if p.shape[0] > length else p for p in parts]), length)
    if not is_rows(iterable):
        return None
    array = values.as_array(iterable)
    if array.ndim == 0:
        raise ControlFlowValueError(
            "A `for` loop over a scalar tensor.",
            expected="a tensor with at least one axis; the loop goes over the first",
            received=values.text(array),
            fix="to count, write `for i in range(n)`",
            where=sources.user_source(),
        )
    return Rows(array, array.shape[0])
