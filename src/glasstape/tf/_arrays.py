"""Functions at TensorFlow's root that rearrange tensors: shapes, joining, cutting, repeating."""

from __future__ import annotations

import builtins
import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from glasstape.ports import jax_trace
from glasstape.tf._convert import as_axis, as_shape, as_tensor, available
from glasstape.tf._translate import (
    Refused,
    tensors_of,
    translated,
)


def static(value: Any, dtype: Any = "int32") -> Any:
    """Whole numbers as a tensor; as a NumPy array in a compiled step, where they stay known.

    So ``tf.zeros([tf.shape(x)[0], 3])`` works in both. Sizes that a relaxed trace leaves open stay
    what they are.
    """
    sizes = value if isinstance(value, tuple) else (value,)
    if builtins.any(jax.export.is_symbolic_dim(s) for s in sizes):
        return np.asarray(value, object) if isinstance(value, tuple) else value
    if jax_trace.is_eager():
        return jnp.asarray(value, available(dtype))
    return np.asarray(value, available(dtype))


def whole(values: Any) -> Any:
    """Whole numbers that must be known while a step is traced: a NumPy array."""
    return np.asarray(values.value if hasattr(values, "value") else values)


def one_axis(axis: Any, rank: int) -> int:
    """A single axis of a tensor of that rank, counted from the start."""
    axis = int(whole(axis))
    if not -rank <= axis < rank:
        raise Refused(f"an axis of a tensor of rank {rank}", f"axis {axis}", "count axes from 0")
    return axis % rank


@translated("shape")
def shape(input: Any, out_type: Any = "int32", name: str | None = None) -> Any:
    """How long each axis is.

    Args:
        out_type: The result's dtype.

    Returns:
        A tensor; a NumPy array in a compiled step, so that it may be used as a shape there.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.shape([[1, 2, 3]]).tolist()
        [1, 3]
    """
    return static(tuple(as_tensor(input).shape), out_type)


@translated("shape_n")
def shape_n(input: Any, out_type: Any = "int32", name: str | None = None) -> Any:
    """How long each axis of each tensor is.

    Args:
        input: List of tensors.
        out_type: The results' dtype.

    Returns:
        A list like that of `shape`.

    Example:
        >>> import glasstape.tf as tf
        >>> [s.tolist() for s in tf.shape_n([[1, 2], [[3]]])]
        [[2], [1, 1]]
    """
    return [static(tuple(as_tensor(t).shape), out_type) for t in input]


@translated("size")
def size(input: Any, out_type: Any = "int32", name: str | None = None) -> Any:
    """How many numbers a tensor has.

    Args:
        out_type: The result's dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.size([[1, 2, 3]]))
        3
    """
    return static(as_tensor(input).size, out_type)


@translated("rank")
def rank(input: Any, name: str | None = None) -> Any:
    """How many axes a tensor has.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.rank([[1, 2, 3]]))
        2
    """
    return static(as_tensor(input).ndim)


@translated("reshape")
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Any:
    """The same numbers in another shape.

    Args:
        shape: Whole numbers; one of them may be -1, for what is left.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.reshape([1, 2, 3, 4], [2, -1]).tolist()
        [[1, 2], [3, 4]]
    """
    return jnp.reshape(as_tensor(tensor), as_shape(shape))


@translated("transpose")
def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: str = "transpose") -> Any:
    """The axes in another order.

    Args:
        perm: Which axis comes at each place; the reverse order when None.
        conjugate: Take complex conjugates as well.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.transpose([[1, 2], [3, 4]]).tolist()
        [[1, 3], [2, 4]]
    """
    x = as_tensor(a)
    x = jnp.conj(x) if conjugate else x
    return jnp.transpose(x, None if perm is None else tuple(map(int, whole(perm))))


@translated("expand_dims")
def expand_dims(input: Any, axis: Any, name: str | None = None) -> Any:
    """A new axis of length 1.

    Args:
        axis: Where it comes.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.expand_dims([1, 2], 0).shape
        (1, 2)
    """
    return jnp.expand_dims(as_tensor(input), int(whole(axis).reshape(())))


@translated("squeeze")
def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Any:
    """Without axes of length 1.

    Args:
        axis: One or several of them; all when None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.squeeze([[1], [2]]).shape
        (2,)
    """
    x = as_tensor(input)
    axes = None if axis is None else tuple(map(int, whole(axis).reshape(-1)))
    return jnp.squeeze(x, axes or None)


@translated("concat")
def concat(values: Any, axis: Any, name: str = "concat") -> Any:
    """Tensors joined along an axis that they have.

    Args:
        values: List of tensors of one dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.concat([[1, 2], [3]], axis=0).tolist()
        [1, 2, 3]
    """
    tensors = tensors_of(values if isinstance(values, list | tuple) else [values])
    return jnp.concatenate(tensors, int(whole(axis)))


@translated("stack")
def stack(values: Any, axis: Any = 0, name: str = "stack") -> Any:
    """Tensors of one shape joined along a new axis.

    Args:
        values: List of tensors of one dtype, or a tensor, taken apart along its first axis.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.stack([[1, 2], [3, 4]], axis=1).tolist()
        [[1, 3], [2, 4]]
    """
    parts = list(values)
    if not builtins.any(hasattr(v, "dtype") for v in parts):
        parts = list(as_tensor(parts))  # so that [1, 2.5] are floats
    return jnp.stack(tensors_of(parts), int(whole(axis)))


@translated("parallel_stack")
def parallel_stack(values: Any, name: str = "parallel_stack") -> Any:
    """Tensors of one shape joined along a new first axis.

    Args:
        values: List of tensors of one dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.parallel_stack([[1, 2], [3, 4]]).shape
        (2, 2)
    """
    return jnp.stack(tensors_of(list(values)))


@translated("unstack")
def unstack(value: Any, num: int | None = None, axis: Any = 0, name: str = "unstack") -> list[Any]:
    """A tensor taken apart along an axis.

    Args:
        value: Tensor of rank 1 or more.
        num: How long the axis is; it is looked up when None.

    Returns:
        A list of tensors without that axis.

    Example:
        >>> import glasstape.tf as tf
        >>> [int(x) for x in tf.unstack([1, 2])]
        [1, 2]
    """
    x = as_tensor(value)
    axis = one_axis(axis, x.ndim)
    if num is not None and num != x.shape[axis]:
        raise Refused(f"num={x.shape[axis]}, the axis' length", f"num={num}", "leave it out")
    return [lax.index_in_dim(x, i, axis, keepdims=False) for i in builtins.range(x.shape[axis])]


@translated("split")
def split(
    value: Any,
    num_or_size_splits: Any,
    axis: Any = 0,
    num: int | None = None,
    name: str = "split",
) -> list[Any]:
    """A tensor cut into pieces along an axis.

    Args:
        value: Tensor of rank 1 or more.
        num_or_size_splits: How many equal pieces, or a list with the length of each; one of them
            may be -1, for what is left.
        num: Unused; the list has its length.

    Returns:
        A list of tensors.

    Example:
        >>> import glasstape.tf as tf
        >>> [x.tolist() for x in tf.split([1, 2, 3], [1, 2])]
        [[1], [2, 3]]
    """
    x = as_tensor(value)
    axis = one_axis(axis, x.ndim)
    return _cut(x, _lengths(whole(num_or_size_splits), x.shape[axis]), axis)


def _lengths(asked: np.ndarray, length: int) -> list[int]:
    if asked.ndim == 0:
        count = int(asked)
        if count < 1 or length % count:
            fix = "pass a list with the length of each piece"
            raise Refused("a number of equal pieces", f"{count} of length {length}", fix)
        return [length // count] * count
    lengths = asked.tolist()
    left = length - sum(n for n in lengths if n != -1)
    lengths = [left if n == -1 else n for n in lengths]
    if sum(lengths) != length or left < 0:
        raise Refused(f"lengths that add up to {length}", str(asked.tolist()), "change them")
    return lengths


def _cut(x: Any, lengths: list[int], axis: int) -> list[Any]:
    ends = np.cumsum([0, *lengths]).tolist()
    pairs = itertools.pairwise(ends)
    return [lax.slice_in_dim(x, start, end, axis=axis) for start, end in pairs]


@translated("tile")
def tile(input: Any, multiples: Any, name: str | None = None) -> Any:
    """A tensor repeated as a whole.

    Args:
        multiples: How often along each axis.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.tile([1, 2], [2]).tolist()
        [1, 2, 1, 2]
    """
    x, counts = as_tensor(input), as_shape(multiples)
    if len(counts) != x.ndim:
        raise Refused(f"{x.ndim} numbers", f"{len(counts)}", "give one for each axis")
    return jnp.tile(x, counts)


@translated("repeat")
def repeat(input: Any, repeats: Any, axis: Any = None, name: str | None = None) -> Any:
    """Each element repeated.

    Args:
        repeats: How often, one number or one for each element.
        axis: Along which axis; the tensor is flattened first when None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.repeat([1, 2], 2).tolist()
        [1, 1, 2, 2]
    """
    return jnp.repeat(as_tensor(input), whole(repeats), None if axis is None else int(axis))


@translated("pad")
def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    constant_values: Any = 0,
    name: str | None = None,
) -> Any:
    """More room around a tensor.

    Args:
        paddings: How much before and after each axis, shape ``[rank, 2]``.
        mode: ``CONSTANT``, ``REFLECT`` (the edge itself is not repeated) or ``SYMMETRIC``.
        constant_values: The number that fills.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.pad([1, 2], [[1, 0]]).tolist()
        [0, 1, 2]
    """
    x, widths = as_tensor(tensor), whole(paddings)
    if widths.shape != (x.ndim, 2):
        shown = f"shape {widths.shape}"
        raise Refused(f"paddings of shape ({x.ndim}, 2)", shown, "give two for each axis")
    if mode.upper() == "CONSTANT":
        return jnp.pad(x, widths, constant_values=as_tensor(constant_values, x.dtype))
    if mode.upper() not in ("REFLECT", "SYMMETRIC"):
        raise ValueError(f"mode must be CONSTANT, REFLECT or SYMMETRIC, not {mode!r}")
    room = np.array(x.shape)[:, None] - (mode.upper() == "REFLECT")
    if (widths > room).any():
        fix = "pad less"
        raise Refused(f"{mode} paddings of at most {room[:, 0].tolist()}", str(widths), fix)
    return jnp.pad(x, widths, mode.lower())


@translated("reverse")
def reverse(tensor: Any, axis: Any, name: str | None = None) -> Any:
    """A tensor turned around.

    Args:
        axis: List of axes.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.reverse([1, 2], [0]).tolist()
        [2, 1]
    """
    x, axes = as_tensor(tensor), whole(axis)
    if axes.ndim != 1:
        raise Refused("a list of axes", repr(axis), f"write [{axis}]")
    return jnp.flip(x, as_axis(axes, x))


@translated("reverse_sequence")
def reverse_sequence(
    input: Any, seq_lengths: Any, seq_axis: int = 0, batch_axis: int = 0, name: str | None = None
) -> Any:
    """The first elements of each sequence turned around.

    Args:
        seq_lengths: How many of each, shape ``[batch]``.
        seq_axis: Along which axis.
        batch_axis: Which axis counts the sequences.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.reverse_sequence([[1, 2, 3]], [2], seq_axis=1).tolist()
        [[2, 1, 3]]
    """
    x = jnp.moveaxis(as_tensor(input), (batch_axis, seq_axis), (0, 1))
    lengths, places = as_tensor(seq_lengths)[:, None], jnp.arange(x.shape[1])[None]
    order = jnp.where(places < lengths, lengths - 1 - places, places)
    order = order.reshape(*order.shape, *[1] * (x.ndim - 2))
    return jnp.moveaxis(jnp.take_along_axis(x, order, 1), (0, 1), (batch_axis, seq_axis))


@translated("roll")
def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Any:
    """A tensor shifted; what leaves at one end comes in at the other.

    Args:
        shift: By how many places, one number or one for each axis.
        axis: One axis or several.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.roll([1, 2, 3], 1, axis=0).tolist()
        [3, 1, 2]
    """
    x = as_tensor(input)
    return jnp.roll(x, as_tensor(shift), as_axis(axis, x))


@translated("slice")
def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Any:
    """A part of a tensor.

    Args:
        input_: Tensor.
        begin: Where it starts in each axis.
        size: How long it is in each axis, known while a step is traced; -1 for all that is left.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.slice([1, 2, 3], [1], [-1]).tolist()
        [2, 3]
    """
    x, sizes = as_tensor(input_), whole(size)
    try:
        starts = whole(begin)
    except jax.errors.TracerArrayConversionError:
        return lax.dynamic_slice(x, tuple(begin), np.where(sizes == -1, x.shape, sizes).tolist())
    ends = np.where(sizes == -1, x.shape, starts + sizes)
    if (starts < 0).any() or (ends > x.shape).any() or (ends < starts).any():
        shown = f"begin={starts.tolist()}, size={sizes.tolist()}"
        raise Refused(f"a part of shape {x.shape}", shown, "stay inside the tensor")
    return lax.slice(x, starts.tolist(), ends.tolist())


@translated("strided_slice")
def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Any:
    """A part of a tensor, as ``x[begin:end:strides]``; the masks' bits stand for axes.

    Args:
        input_: Tensor.
        begin: Where it starts in each axis.
        end: Before where it ends.
        strides: Which steps it takes; 1 when None.
        var: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strided_slice([1, 2, 3], [0], [3], [2]).tolist()
        [1, 3]
    """
    begin, end = whole(begin).tolist(), whole(end).tolist()
    steps = [1] * len(begin) if strides is None else whole(strides).tolist()
    places: list[Any] = []
    for i, (start, stop, step) in enumerate(zip(begin, end, steps, strict=True)):
        if ellipsis_mask >> i & 1:
            places.append(Ellipsis)
        elif new_axis_mask >> i & 1:
            places.append(None)
        elif shrink_axis_mask >> i & 1:
            places.append(start)
        else:
            first = None if begin_mask >> i & 1 else start
            places.append(builtins.slice(first, None if end_mask >> i & 1 else stop, step))
    return as_tensor(input_)[tuple(places)]


@translated("broadcast_to")
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Any:
    """A tensor repeated until it has a shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.broadcast_to([1, 2], [2, 2]).tolist()
        [[1, 2], [1, 2]]
    """
    return jnp.broadcast_to(as_tensor(input), as_shape(shape))


@translated("broadcast_static_shape")
def broadcast_static_shape(shape_x: Any, shape_y: Any) -> tuple[int, ...]:
    """The shape that two shapes broadcast to.

    Returns:
        A tuple.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.broadcast_static_shape([2, 1], [3])
        (2, 3)
    """
    return np.broadcast_shapes(as_shape(shape_x), as_shape(shape_y))


@translated("broadcast_dynamic_shape")
def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Any:
    """The shape that two shapes broadcast to, as a tensor.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.broadcast_dynamic_shape([2, 1], [3]).tolist()
        [2, 3]
    """
    return static(np.broadcast_shapes(as_shape(shape_x), as_shape(shape_y)))


@translated("ensure_shape")
def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Any:
    """A tensor, when it has a shape.

    Args:
        shape: None stands for any length, or for any shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.ensure_shape([[1, 2]], [None, 2]).shape
        (1, 2)
    """
    x = as_tensor(x)
    wanted = x.shape if shape is None else tuple(shape)
    fits = len(wanted) == x.ndim and builtins.all(
        w is None or w == n for w, n in zip(wanted, x.shape, strict=True)
    )
    if not fits:
        raise Refused(f"shape {wanted}", f"shape {x.shape}", "look at where the tensor is from")
    return x


@translated("identity")
def identity(input: Any, name: str | None = None) -> Any:
    """The tensor itself, or the value of a variable.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.identity(3))
        3
    """
    return as_tensor(input)


@translated("identity_n")
def identity_n(input: Any, name: str | None = None) -> list[Any]:
    """The tensors themselves.

    Args:
        input: List of tensors.

    Returns:
        A list of tensors.

    Example:
        >>> import glasstape.tf as tf
        >>> [int(x) for x in tf.identity_n([1, 2])]
        [1, 2]
    """
    return [as_tensor(x) for x in input]
