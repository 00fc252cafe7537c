"""Taking elements out by index and putting them in: gather, scatter, segments.

TensorFlow refuses indices that are out of range (on CPU). So do eager calls and compiled steps
here, where they run. Only in loops of a compiled step nobody can be told: there gather gives NaN
(whole numbers: the smallest), and scatter drops what is outside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.tf._arrays import one_axis, whole
from glasstape.tf._convert import as_shape, as_tensor, widest_float
from glasstape.tf._indices import checked
from glasstape.tf._text import as_strings, is_text
from glasstape.tf._translate import NUMBERS, REALS, Refused, kind, tensor_of, translated


@translated("gather")
def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: Any = 0,
    name: str | None = None,
) -> Any:
    """Elements taken along an axis.

    Args:
        indices: Whole numbers, any shape; that takes the axis' place.
        validate_indices: Unused.
        axis: `batch_dims` when None.
        batch_dims: How many leading axes `params` and `indices` have in common.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.gather([10, 20, 30], [2, 0]).tolist()
        [30, 10]
    """
    if is_text(params):
        chosen = np.asarray(tensor_of("iu", indices))
        return as_strings(np.take(np.asarray(as_strings(params)), chosen, axis or 0))
    x, indices = as_tensor(params), tensor_of("iu", indices)
    batch = one_axis(batch_dims, indices.ndim + 1)
    axis = one_axis(batch if axis is None else axis, x.ndim)
    if axis < batch:
        raise Refused(f"an axis from {batch} on", f"axis {axis}", "change batch_dims or axis")
    take = lambda x, i: jnp.take(x, i, axis - batch, mode="fill")  # noqa: E731
    for _ in range(batch):
        take = jax.vmap(take)
    return take(x, checked(indices, x.shape[axis]))


@translated("gather_nd")
def gather_nd(
    params: Any,
    indices: Any,
    batch_dims: Any = 0,
    name: str | None = None,
    bad_indices_policy: str = "",
) -> Any:
    """Elements or slices taken by their full places.

    Args:
        indices: Whole numbers; the last axis is a place in the first axes of `params`.
        batch_dims: How many leading axes `params` and `indices` have in common.
        bad_indices_policy: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.gather_nd([[1, 2], [3, 4]], [[1, 0]]).tolist()
        [3]
    """
    x, indices = as_tensor(params), tensor_of("iu", indices)
    batch, depth = int(whole(batch_dims)), indices.shape[-1]
    if depth > x.ndim - batch:
        raise Refused(f"places of at most {x.ndim - batch} numbers", str(depth), "shorten them")
    take = lambda x, i: x.at[tuple(jnp.moveaxis(i, -1, 0))].get(mode="fill")  # noqa: E731
    for _ in range(batch):
        take = jax.vmap(take)
    return take(x, checked(indices, x.shape[batch : batch + depth]))


def _places(indices: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    indices = tensor_of("iu", indices)
    if indices.ndim == 0 or indices.shape[-1] > len(shape):
        shown = f"indices of shape {indices.shape}"
        raise Refused(f"places of at most {len(shape)} numbers", shown, "add an axis: [[i], [j]]")
    inside = checked(indices, shape[: indices.shape[-1]])
    return tuple(jnp.moveaxis(inside, -1, 0))


@translated("scatter_nd")
def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Any:
    """A tensor of zeros into which numbers are put; where places are equal they add up.

    Args:
        indices: Whole numbers of shape ``[..., depth]``; the last axis is a place.
        updates: What is put there.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.scatter_nd([[1], [1]], [5, 6], [3]).tolist()
        [0, 11, 0]
    """
    updates, shape = tensor_of(NUMBERS, updates), as_shape(shape)
    return jnp.zeros(shape, updates.dtype).at[_places(indices, shape)].add(updates, mode="drop")


def _scattering(name: str, method: str, text: str, gives: str) -> Callable[..., Any]:
    def function(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
        x = as_tensor(tensor)
        updates = as_tensor(updates, x.dtype)
        return getattr(x.at[_places(indices, x.shape)], method)(updates, mode="drop")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{text}.

    Args:
        tensor: Tensor of rank 1 or more.
        indices: Whole numbers of shape ``[..., depth]``; the last axis is a place.
        updates: Tensor of the same dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.{name}([1, 5], [[0]], [3]).tolist()
        {gives}"""
    return translated(name)(function)


# fmt: off
tensor_scatter_nd_update = _scattering("tensor_scatter_nd_update", "set", "A copy with numbers put in", "[3, 5]")
tensor_scatter_nd_add = _scattering("tensor_scatter_nd_add", "add", "A copy with numbers added", "[4, 5]")
tensor_scatter_nd_sub = _scattering("tensor_scatter_nd_sub", "subtract", "A copy with numbers subtracted", "[-2, 5]")
tensor_scatter_nd_max = _scattering("tensor_scatter_nd_max", "max", "A copy with the larger of two numbers", "[3, 5]")
tensor_scatter_nd_min = _scattering("tensor_scatter_nd_min", "min", "A copy with the smaller of two numbers", "[1, 5]")
# fmt: on


def _sums(x: Any, ids: Any, count: int) -> Any:
    return jnp.zeros((count, *x.shape[1:]), x.dtype).at[ids].add(x, mode="drop")


def _counts(x: Any, ids: Any, count: int) -> Any:
    """How many elements each segment has, at least 1, in a shape that divides the sums."""
    ones = jnp.ones(x.shape[:1], x.dtype)
    return jnp.maximum(_sums(ones, ids, count), 1).reshape(-1, *[1] * (x.ndim - 1))


def _means(x: Any, ids: Any, count: int) -> Any:
    total, counts = _sums(x, ids, count), _counts(x, ids, count)
    if kind(x.dtype) in "fc":
        return total / counts
    return jax.lax.div(total, jnp.broadcast_to(counts, total.shape))


def _float_means(x: Any, ids: Any, count: int) -> Any:
    return _means(x if kind(x.dtype) in "fc" else x.astype(widest_float()), ids, count)


def _products(x: Any, ids: Any, count: int) -> Any:
    """JAX has no gradient of a scatter that multiplies, so it is written down here."""

    @jax.custom_vjp
    def products(x: Any) -> Any:
        return jnp.ones((count, *x.shape[1:]), x.dtype).at[ids].multiply(x, mode="drop")

    def backward(x: Any, cotangent: Any) -> Any:
        zero = x == 0
        others = jnp.where(zero, jnp.ones_like(x), x)
        take = lambda v: v.at[ids].get(mode="fill", fill_value=0)  # noqa: E731
        rest, zeros = take(products(others)), take(_sums(zero.astype("int32"), ids, count))
        # The product of the others: 0 where another one is.
        alone = jnp.where(zeros == jnp.where(zero, 1, 0), rest / others, 0)
        return (take(cotangent) * alone,)

    products.defvjp(lambda x: (products(x), x), backward)
    return products(x)


def _extremes(largest: bool) -> Any:
    def formula(x: Any, ids: Any, count: int) -> Any:
        limits = jnp.finfo(x.dtype) if kind(x.dtype) == "f" else jnp.iinfo(x.dtype)
        start = jnp.full((count, *x.shape[1:]), limits.min if largest else limits.max, x.dtype)
        place = start.at[ids]
        return place.max(x, mode="drop") if largest else place.min(x, mode="drop")

    return formula


def _empty_is_zero(formula: Any) -> Any:
    """Segments without elements are 0 where ids are in order."""

    def filled(x: Any, ids: Any, count: int) -> Any:
        used = jnp.zeros((count,), bool).at[ids].set(True, mode="drop")
        used = used.reshape(-1, *[1] * (x.ndim - 1))
        return jnp.where(used, formula(x, ids, count), jnp.zeros((), x.dtype))

    return filled


def _sqrt_n(x: Any, ids: Any, count: int) -> Any:
    return _sums(x, ids, count) / jnp.sqrt(_counts(x, ids, count))


def _segments(name: str, kinds: str, formula: Any, text: str, gives: str) -> Callable[..., Any]:
    def function(data: Any, segment_ids: Any, name: str | None = None) -> Any:
        x, ids = tensor_of(kinds, data), tensor_of("iu", segment_ids)
        known = np.asarray(ids)  # how many segments there are decides the shape
        if known.ndim != 1 or len(known) != x.shape[0]:
            shown = f"shape {known.shape}"
            raise Refused(f"ids of shape ({x.shape[0]},)", shown, "give one for each row")
        if (known[1:] < known[:-1]).any() or (known < 0).any():
            fix = f"sort them, or use tf.math.unsorted_{public}"
            raise Refused("ids in order, from 0 on", str(known.tolist())[:80], fix)
        return formula(x, ids, int(known[-1]) + 1 if known.size else 0)

    public = name
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{text} of each segment of the first axis.

    Args:
        data: Tensor of rank 1 or more.
        segment_ids: Which segment each row belongs to, in order; they must be known while a
            step is traced.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.math.{name}([1, 3, 5], [0, 0, 1]).tolist()
        {gives}"""
    return translated(f"math.{name}")(function)


def _unsorted(name: str, kinds: str, formula: Any, text: str, gives: str) -> Callable[..., Any]:
    def function(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
        x, ids, count = tensor_of(kinds, data), tensor_of("iu", segment_ids), int(num_segments)
        if x.shape[: ids.ndim] != ids.shape:
            shown = f"shapes {x.shape} and {ids.shape}"
            raise Refused("ids of the shape with which the data begins", shown, "reshape them")
        ids = checked(ids, count, negative=True)
        return formula(x.reshape(-1, *x.shape[ids.ndim :]), ids.reshape(-1), count)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{text} of each segment; ids below 0 are left out.

    Args:
        data: Tensor of rank 1 or more.
        segment_ids: Which segment each element belongs to; the shape with which the data begins.
        num_segments: How many segments.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.math.{name}([1.0, 3.0, 5.0], [0, 1, 0], 2).tolist()
        {gives}"""
    return translated(f"math.{name}")(function)


# fmt: off
segment_sum = _segments("segment_sum", NUMBERS, _sums, "The sum", "[4, 5]")
segment_mean = _segments("segment_mean", NUMBERS, _means, "The mean", "[2, 5]")
segment_prod = _segments("segment_prod", NUMBERS, _products, "The product", "[3, 5]")
segment_max = _segments("segment_max", REALS, _empty_is_zero(_extremes(True)), "The largest number", "[3, 5]")
segment_min = _segments("segment_min", REALS, _empty_is_zero(_extremes(False)), "The smallest number", "[1, 5]")
unsorted_segment_sum = _unsorted("unsorted_segment_sum", NUMBERS, _sums, "The sum", "[6.0, 3.0]")
unsorted_segment_mean = _unsorted("unsorted_segment_mean", NUMBERS, _float_means, "The mean", "[3.0, 3.0]")
unsorted_segment_prod = _unsorted("unsorted_segment_prod", NUMBERS, _products, "The product", "[5.0, 3.0]")
unsorted_segment_max = _unsorted("unsorted_segment_max", REALS, _extremes(True), "The largest number", "[5.0, 3.0]")
unsorted_segment_min = _unsorted("unsorted_segment_min", REALS, _extremes(False), "The smallest number", "[1.0, 3.0]")
unsorted_segment_sqrt_n = _unsorted("unsorted_segment_sqrt_n", "f", _sqrt_n, "The sum, over the root of the count,", "[4.242640972137451, 3.0]")
# fmt: on


@translated("dynamic_stitch")
def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Any:
    """Pieces put together by the places of their rows; of equal places the last counts.

    Args:
        indices: List of tensors of whole numbers, known while a step is traced.
        data: List of tensors; each begins with the shape of its indices.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.dynamic_stitch([[0, 2], [1]], [[10, 30], [20]]).tolist()
        [10, 20, 30]
    """
    places = [whole(as_tensor(i)) for i in indices]
    rows = [as_tensor(d) for d in data]
    rest = rows[0].shape[places[0].ndim :]
    order = np.concatenate([p.reshape(-1) for p in places])
    joined = jnp.concatenate([r.reshape(-1, *rest) for r in rows])
    last = {int(place): row for row, place in enumerate(order)}
    result = jnp.zeros((int(order.max(initial=-1)) + 1, *rest), joined.dtype)
    return result.at[np.array(list(last), int)].set(joined[np.array(list(last.values()), int)])


@translated("dynamic_partition")
def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: Any = None) -> list:
    """Rows sorted into several tensors; not in a compiled step.

    Args:
        data: Tensor that begins with the shape of `partitions`.
        partitions: Which tensor each row goes to.
        num_partitions: How many tensors.

    Returns:
        A list of tensors.

    Example:
        >>> import glasstape.tf as tf
        >>> [x.tolist() for x in tf.dynamic_partition([1, 2, 3], [0, 1, 0], 2)]
        [[1, 3], [2]]
    """
    x, which = as_tensor(data), np.asarray(as_tensor(partitions))
    if which.size and not (which.min() >= 0 and which.max() < num_partitions):
        shown = f"numbers from {which.min()} to {which.max()}"
        raise Refused(f"numbers from 0 to below {num_partitions}", shown, "change them")
    return [x[np.nonzero(which == i)] for i in range(num_partitions)]


@translated("nn.embedding_lookup")
def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: str | None = None) -> Any:
    """The rows of a table.

    Args:
        params: Table of shape ``[rows, ...]``.
        ids: Whole numbers, any shape.
        max_norm: Rows longer than this are shortened to it.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.embedding_lookup(tf.constant([[1.0], [2.0]]), [1, 0]).tolist()
        [[2.0], [1.0]]
    """
    from glasstape.tf import _clip

    table = params[0] if isinstance(params, list) and len(params) == 1 else params
    rows = gather(table, ids)
    if max_norm is None:
        return rows
    axes = list(range(as_tensor(ids).ndim, rows.ndim))
    return _clip.clip_by_norm(rows, max_norm, axes)
