"""`tf.TensorArray`: a list of tensors that loops of compiled steps can carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.compiler.autograph.growing import Growing
from glasstape.errors import ShapeError, TensorArrayError, UncompiledError
from glasstape.guards import events
from glasstape.ports import jax_found, jax_symbolic, jax_trace
from glasstape.tf._convert import as_tensor, available
from glasstape.tf._shape import TensorShape, as_tensor_shape

_BEYOND = np.int32(2**31 - 1)


@jax.tree_util.register_pytree_node_class
class TensorArray(Growing):
    """A list of tensors of one dtype, as ``tf.TensorArray``.

    Write ``ta = ta.write(i, x)``, as TensorFlow asks for: in eager code the array itself changes,
    in a compiled step there is a new one. Elements may be read more than once.

    In a compiled loop over tensors it is one tensor with room for all elements. How many there can
    be must be known: either `size` is a number, or (with `dynamic_size`) the loop's number of
    rounds is. Every element is then written, or the loop is left early: what `stack` gives has a
    size that the program finds out, which not everything can be done with (docs/autograph.md).
    Otherwise it is refused, when the step is traced or when it runs, because XLA has no tensors
    whose size depends on numbers.

    Args:
        dtype: Its elements' dtype.
        size: How many elements there are.
        dynamic_size: Whether it grows when it is written beyond its end.
        clear_after_read: Accepted for TensorFlow's sake; unused.
        tensor_array_name: Unused.
        handle: Unused.
        flow: Unused.
        infer_shape: Whether all elements must have one shape.
        element_shape: What is known of it.
        colocate_with_first_write_call: Unused.
        name: Unused.

    Raises:
        TensorArrayError: there is no size.

    Example:
        >>> import glasstape.tf as tf
        >>> @tf.function
        ... def cumulative(x):
        ...     total, sums = 0.0, tf.TensorArray(tf.float32, size=x.shape[0])
        ...     for i in range(x.shape[0]):
        ...         total += x[i]
        ...         sums = sums.write(i, total)
        ...     return sums.stack()
        >>> cumulative(tf.constant([1.0, 2.0, 3.0])).numpy().tolist()
        [1.0, 3.0, 6.0]
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ):
        if size is None:
            raise _error("A tf.TensorArray was made without a size.", "a size", "None", "pass size")
        self._dtype = available(dtype)
        self._shape = as_tensor_shape(element_shape)
        self._infer, self._dynamic = bool(infer_shape), bool(dynamic_size)
        self._on_trial = self._may_end = False
        # Either a list of elements (None where nothing was written) ...
        known = _known(size)
        self._items: list[Any] | None = [None] * (known if isinstance(known, int) else 0)
        # ... or one tensor of all of them, [capacity, ...]. Beside either, how many elements there
        # are when the program has to find out, int32[].
        self._buffer: Any = None
        self._count: Any = None if known is not None else as_tensor(size)
        # The size, where it is one that the program finds out.
        self._room: Any = None if isinstance(known, int) else known

    # ----- its properties -----

    @property
    def dtype(self) -> np.dtype:
        """The elements' dtype."""
        return self._dtype

    @property
    def element_shape(self) -> TensorShape:
        """What is known of the elements' shape."""
        return self._shape

    @property
    def dynamic_size(self) -> bool:
        """Whether it grows when it is written beyond its end."""
        return self._dynamic

    def size(self, name: str | None = None) -> Any:
        """How many elements there are, int32[]."""
        if self._count is not None and self._grows():
            return self._count
        return jnp.asarray(self._capacity(), "int32")

    # ----- reading and writing -----

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Put `value` at `index`; gives the array to go on with.

        Raises:
            TensorArrayError: there is no such place.
            ShapeError: the other elements have another shape.
            TensorTypeError: `value` has another dtype.
        """
        tensor, place = as_tensor(value, self._dtype), _known(index)
        self._check_shape(tensor.shape)
        if self._items is None or not isinstance(place, int):
            return self._write_into_buffer(index, tensor)
        self._check_place(place)
        array = self._to_change()
        items: Any = array._items
        items += [None] * (place + 1 - len(items))
        items[place] = tensor
        return array

    def read(self, index: Any, name: str | None = None) -> Any:
        """The element at `index`; zeros where nothing was written.

        Raises:
            TensorArrayError: there is no such place.
        """
        place = _known(index)
        if self._items is None or not isinstance(place, int):
            return self._filled()[index]
        if not 0 <= place < len(self._items):
            received = f"element {place} of {len(self._items)}"
            raise _error("There is no such element.", "one that exists", received, "count from 0")
        item = self._items[place]
        return self._zeros() if item is None else item

    def stack(self, name: str | None = None) -> Any:
        """All elements as one tensor, ``[size, ...]``."""
        if self._may_end:
            return self._found_rows()
        self._check_size()
        return self._filled()

    def gather(self, indices: Any, name: str | None = None) -> Any:
        """The elements at `indices` as one tensor."""
        return self._filled()[as_tensor(indices)]

    def concat(self, name: str | None = None) -> Any:
        """All elements one after another, along their first axis."""
        if self._may_end:
            raise _no_room("`concat` of what a loop collects that may end early")
        self._check_size()
        if self._items is None:
            return self._buffer.reshape(-1, *self._buffer.shape[2:])
        if not self._items:
            return self._filled()
        items: list[Any] = [self._zeros() if i is None else i for i in self._items]
        return jnp.concatenate(items)

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """An array of the rows of `value`.

        Raises:
            TensorArrayError: there are more of them than places.
        """
        return self.scatter(np.arange(as_tensor(value).shape[0]), value)

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """Put the rows of `value` at `indices`."""
        rows, array = as_tensor(value, self._dtype), self
        places = indices if isinstance(indices, np.ndarray) else as_tensor(indices)
        if isinstance(places, jax.Array) and jax_trace.is_abstract(places):
            places = [places[k] for k in range(rows.shape[0])]
        for place, row in zip(list(places), rows, strict=True):
            array = array.write(place, row)
        return array

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """Put pieces of `value` of these lengths, along its first axis, at 0, 1 and so on."""
        ends = np.cumsum(np.asarray(lengths))
        array, pieces = self, jnp.split(as_tensor(value, self._dtype), ends[:-1])
        array._infer = False
        for place, piece in enumerate(pieces):
            array = array.write(place, piece)
        return array

    def identity(self) -> TensorArray:
        """The array itself."""
        return self

    def close(self, name: str | None = None) -> None:
        """Nothing."""

    def mark_used(self) -> None:
        """Nothing."""

    # ----- lists and buffers -----

    def _grows(self) -> bool:
        """Whether its size is not a number that Python knows."""
        return self._dynamic or (self._items is not None and self._count is not None)

    def _capacity(self) -> Any:
        if self._items is None:
            return self._buffer.shape[0]
        return len(self._items) if self._room is None else self._room

    def _to_change(self) -> TensorArray:
        """The array itself in eager code, as TensorFlow's; a new one while a step is traced."""
        if jax_trace.is_eager():
            return self
        copy = object.__new__(TensorArray)
        vars(copy).update(vars(self))
        copy._items = None if self._items is None else list(self._items)
        return copy

    def _as_buffer(self, shape: Sequence[int], capacity: int) -> TensorArray:
        array = self._to_change()
        items = self._items or []
        count = np.int32(len(items)) if self._count is None else self._count
        array._count = count.astype("int32")
        zeros = jnp.zeros(tuple(shape), self._dtype)
        rows = [zeros if i is None else i for i in items]
        more = jnp.zeros((capacity - len(rows), *shape), self._dtype)
        array._buffer = jnp.concatenate([jnp.stack(rows), more]) if rows else more
        array._dynamic = self._grows()
        array._items = array._room = None
        return array

    def _write_into_buffer(self, index: Any, tensor: Any) -> TensorArray:
        if self._items is not None:
            if self._grows() and not self._on_trial:
                raise _no_room("an index that is part of the program, outside a loop")
            capacity = self._capacity() if self._items or self._room is not None else 1
            return self._as_buffer(tensor.shape, capacity)._write_into_buffer(index, tensor)
        array, place = self._to_change(), jnp.asarray(index, "int32")
        if self._may_end and events.current().is_outermost():
            array = self._longer(1)
        array._buffer = array._buffer.at[place].set(tensor, mode="drop")
        end = jnp.where(place < 0, _BEYOND, place + 1)
        array._count = jnp.maximum(self._count, end)
        return array

    def _longer(self, rows: int) -> TensorArray:
        """With room for more."""
        array = self._to_change()
        more = jnp.zeros((rows, *self._buffer.shape[1:]), self._dtype)
        array._buffer = jnp.concatenate([self._buffer, more])
        return array

    def _found_rows(self) -> Any:
        """As many rows as the program finds out that there are."""
        self._check_size()
        size = events.current().found_size(self._count, self._capacity())
        if size is None:
            raise _no_room("a loop that may end early, inside another one")
        return jax_found.rows(self._buffer, self._count, size)

    def _filled(self) -> Any:
        if self._items is None:
            return self._buffer
        if not self._items:
            return jnp.zeros((self._capacity(), *(self._shape or ())), self._dtype)
        items: list[Any] = [self._zeros() if i is None else i for i in self._items]
        return jnp.stack(items)

    def _zeros(self) -> Any:
        written = next((i for i in self._items or () if i is not None), None)
        shape = tuple(self._shape) if written is None and self._shape else None
        if written is None and (shape is None or None in shape):
            expected = "an element, or element_shape when the array was made"
            raise _error("Nothing was written.", expected, "neither", "pass element_shape")
        return jnp.zeros(shape if written is None else written.shape, self._dtype)

    # ----- what is checked -----

    def _check_shape(self, shape: Sequence[int]) -> None:
        wanted = self._shape
        if self._infer:
            written = next((i for i in self._items or () if i is not None), None)
            if self._items is None:
                wanted = TensorShape(self._buffer.shape[1:])
            elif written is not None:
                wanted = TensorShape(written.shape)
        if not wanted.is_compatible_with(tuple(shape)):
            raise ShapeError(
                "An element of a tf.TensorArray has another shape than the others.",
                expected=f"shape {wanted}",
                received=f"shape {tuple(shape)}",
                fix="write elements of one shape, or pass infer_shape=False and use concat()",
                where=sources.user_source(),
            )

    def _check_place(self, place: int) -> None:
        size = len(self._items or ())
        if place < 0 or (place >= size and not self._grows()):
            received = f"index {place}, and {size} elements"
            fix = "pass a larger size, or dynamic_size=True"
            happened = "A tf.TensorArray was written beyond its end."
            raise _error(happened, f"an index below {size}", received, fix)

    def _check_size(self) -> None:
        """Of an array whose size the program finds out, see to it that it is what was foreseen."""
        if self._count is None:
            return
        capacity, where = self._capacity(), sources.user_source()
        dynamic = self._grows() and not self._may_end
        holds = self._count == capacity if dynamic else self._count <= capacity
        if self._may_end:
            holds = jnp.logical_and(holds, self._count > 0)
        words = "exactly" if dynamic else "1 to" if self._may_end else "at most"

        def error() -> TensorArrayError:
            return _size_error(f"{words} {capacity}", dynamic or self._may_end, where)

        if jax_trace.is_abstract(holds):
            if (
                not events.current().must_hold(events.MustHold(holds, error, at_once=True))
                and dynamic
            ):
                raise error()
        elif not holds:
            raise error()

    # ----- in loops and branches of a program -----

    def is_open(self) -> bool:
        """As in `Growing`: a list may become a buffer, and a buffer a longer one."""
        return self._items is not None or self._may_end

    def trial(self) -> TensorArray:
        """As in `Growing`."""
        array = self._to_change()
        array._on_trial = True
        return array

    def formed(self, after: Growing, rounds: int | None, may_end: bool) -> TensorArray:
        """As in `Growing`."""
        other: Any = after
        if not self.is_open() or self._same_form(other):
            return self
        if self._may_end:
            if rounds is None and not may_end:  # a branch
                return self
            if rounds is None:
                raise _no_room("a second loop, of which nobody knows how many rounds it has")
            return self._longer(rounds)
        shape = other._buffer.shape[1:] if other._items is None else other._zeros().shape
        capacity = self._capacity()
        if self._grows():
            if rounds is None and not self._on_trial:
                raise _no_room("a loop of which nobody knows how many rounds it has")
            capacity = max(capacity, rounds or 1)
        array = self._as_buffer(shape, capacity)
        array._may_end = may_end and array._dynamic
        return array

    def _same_form(self, other: Any) -> bool:
        if self._items is None or other._items is None:
            return False
        return [i is None for i in self._items] == [i is None for i in other._items]

    def tree_flatten(self) -> tuple[Any, Any]:
        """For JAX: the tensors, and the rest."""
        switches = self._infer, self._dynamic, self._on_trial, self._may_end
        rest = self._dtype, self._shape, self._room, *switches
        if self._items is None:
            return (self._buffer, self._count), (*rest, True)
        return (tuple(self._items), self._count), (*rest, False)

    @classmethod
    def tree_unflatten(cls, rest: Any, children: Any) -> TensorArray:
        """For JAX."""
        array = object.__new__(cls)
        array._dtype, array._shape, array._room, *switches, buffered = rest
        array._infer, array._dynamic, array._on_trial, array._may_end = switches
        contents, array._count = children
        array._buffer, array._items = (contents, None) if buffered else (None, list(contents))
        return array

    def __repr__(self) -> str:
        return f"<tf.TensorArray of {self._capacity()} {self._dtype} elements>"


def _known(number: Any) -> Any:
    """A whole number that Python knows, or a size that the program finds out."""
    if jax_symbolic.is_symbolic(number):
        return number
    if isinstance(number, jax.Array) and jax_trace.is_abstract(number):
        return None
    return int(number)


def _no_room(received: str) -> UncompiledError:
    return UncompiledError(
        "The size of a tf.TensorArray depends on numbers that the step computes.",
        expected="a number of elements that is known before the program runs: XLA has no tensors "
        "of a size that is not",
        received=received,
        fix="pass size=..., and loop over a tensor or a Python range without `break`; with a mask "
        "in place of the `break`, the step is compiled",
        where=sources.user_source(),
    )


def _size_error(foreseen: str, may_lack: bool, where: Any) -> TensorArrayError:
    received = "fewer, or an index beyond the end" if may_lack else "an index beyond the end"
    return TensorArrayError(
        "A tf.TensorArray in a compiled step did not get the elements that were foreseen.",
        expected=f"{foreseen} elements, so many places it has in the program",
        received=received,
        fix="write every element: in a round that has none, zeros, and a mask that says so",
        where=where,
    )


def _error(happened: str, expected: str, received: str, fix: str) -> TensorArrayError:
    return TensorArrayError(
        happened, expected=expected, received=received, fix=fix, where=sources.user_source()
    )
