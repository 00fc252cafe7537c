"""Functions at TensorFlow's root that choose elements, look for them, or make masks."""

from __future__ import annotations

import builtins
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from glasstape.tf._arrays import one_axis
from glasstape.tf._convert import as_shape, as_tensor, as_tensors, available
from glasstape.tf._results import Unique, UniqueWithCounts
from glasstape.tf._translate import INTEGERS, Refused, same_dtype, tensor_of, translated


@translated("where")
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """Elements of `x` where the condition holds, of `y` elsewhere.

    Args:
        condition: bool tensor.
        x: Tensor that broadcasts with it; when it and `y` are None, the places where the
            condition holds are returned, which a compiled step cannot know.
        y: Likewise, of the same dtype.

    Returns:
        A tensor of the broadcast shape, or of shape ``[count, rank]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.where([True, False], 1, 2).tolist()
        [1, 2]
        >>> tf.where([True, False, True]).tolist()
        [[0], [2]]
    """
    condition = as_tensor(condition)
    if x is None and y is None:
        return jnp.argwhere(condition).astype(available("int64"))
    if x is None or y is None:
        raise Refused("both x and y, or none of them", "one of them", "give the other")
    return jnp.where(tensor_of("b", condition), *same_dtype(list(as_tensors(x, y))))


@translated("boolean_mask")
def boolean_mask(tensor: Any, mask: Any, axis: Any = None, name: str = "boolean_mask") -> Any:
    """The elements for which a mask holds; a compiled step cannot know how many that are.

    Args:
        mask: bool tensor whose shape is that of `tensor` from `axis` on.
        axis: 0 when None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.boolean_mask([1, 2, 3], [True, False, True]).tolist()
        [1, 3]
    """
    x, mask = as_tensor(tensor), as_tensor(mask)
    start = 0 if axis is None else one_axis(axis, x.ndim)
    if mask.ndim == 0 or x.shape[start : start + mask.ndim] != mask.shape:
        shown = f"a mask of shape {mask.shape}"
        raise Refused(f"the shape of the tensor, {x.shape}, from axis {start}", shown, "reshape it")
    return x[(builtins.slice(None),) * start + tuple(jnp.nonzero(mask))]


@translated("unique")
def unique(x: Any, out_idx: Any = "int32", name: str | None = None) -> Any:
    """Each number once, in the order in which they come; not in a compiled step.

    Args:
        x: Tensor of rank 1.
        out_idx: The dtype of the places.

    Returns:
        A tuple with the fields ``y`` (the numbers) and ``idx`` (where each is in ``y``).

    Example:
        >>> import glasstape.tf as tf
        >>> tf.unique([3, 1, 3]).y.tolist()
        [3, 1]
    """
    y, places, _ = _unique(x)
    return Unique(y, places.astype(available(out_idx)))


@translated("unique_with_counts")
def unique_with_counts(x: Any, out_idx: Any = "int32", name: str | None = None) -> Any:
    """Each number once with how often it comes; not in a compiled step.

    Args:
        x: Tensor of rank 1.
        out_idx: The dtype of the places and counts.

    Returns:
        A tuple with the fields ``y``, ``idx`` and ``count``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.unique_with_counts([3, 1, 3]).count.tolist()
        [2, 1]
    """
    y, places, counts = _unique(x)
    return UniqueWithCounts(y, *(v.astype(available(out_idx)) for v in (places, counts)))


def _unique(x: Any) -> Any:
    x = as_tensor(x)
    if x.ndim != 1:
        raise Refused("a tensor of rank 1", f"shape {x.shape}", "reshape it first")
    _, first, places, counts = np.unique(
        np.asarray(x), return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    return x[first[order]], jnp.asarray(np.argsort(order)[places]), jnp.asarray(counts[order])


@translated("sequence_mask")
def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: str | None = None
) -> Any:
    """Which places are inside sequences of these lengths.

    Args:
        lengths: Whole numbers, any shape.
        maxlen: How many places; the largest length when None, which a compiled step cannot know.

    Returns:
        A tensor with one axis more.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.sequence_mask([1, 2]).tolist()
        [[True, False], [True, True]]
    """
    lengths = tensor_of(INTEGERS, lengths)
    if maxlen is None:
        maxlen = builtins.max(int(jnp.max(lengths)), 0) if lengths.size else 0
    return (jnp.arange(int(maxlen)) < lengths[..., None]).astype(available(dtype))


@translated("bitcast")
def bitcast(input: Any, type: Any, name: str | None = None) -> Any:
    """The same bits, read as another dtype.

    Args:
        type: The dtype. A smaller one adds a last axis, a larger one takes it away.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.bitcast(1.0, tf.int32))
        1065353216
    """
    return lax.bitcast_convert_type(as_tensor(input), available(type))


@translated("meshgrid")
def meshgrid(*args: Any, **kwargs: Any) -> list[Any]:
    """The coordinates of a grid's points.

    Args:
        args: Tensors of rank 1, the axes.
        kwargs: ``indexing`` is ``xy`` (the first two axes change places) or ``ij``.

    Returns:
        A list with one tensor for each axis.

    Example:
        >>> import glasstape.tf as tf
        >>> [x.tolist() for x in tf.meshgrid([1, 2], [3])]
        [[[1, 2]], [[3, 3]]]
    """
    indexing = kwargs.get("indexing", "xy")
    return list(jnp.meshgrid(*same_dtype([as_tensor(a) for a in args]), indexing=indexing))


@translated("searchsorted")
def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = "int32",
    name: str | None = None,
) -> Any:
    """Where numbers would have to be put in to keep the order.

    Args:
        sorted_sequence: Tensor of shape ``[..., n]``, in order.
        values: Tensor of shape ``[..., m]``.
        side: Of equal numbers ``left`` or ``right``.
        out_type: The result's dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.searchsorted([1, 3, 5], [3, 4]).tolist()
        [1, 2]
    """
    known, asked = same_dtype(list(as_tensors(as_tensor(sorted_sequence), as_tensor(values))))
    if known.ndim == 1:
        return jnp.searchsorted(known, asked, side=side).astype(available(out_type))
    if known.shape[:-1] != asked.shape[:-1] or known.ndim == 0:
        shown = f"shapes {known.shape} and {asked.shape}"
        raise Refused("the same leading axes", shown, "reshape them")
    flat = [t.reshape(-1, t.shape[-1]) for t in (known, asked)]
    found = jax.vmap(lambda k, a: jnp.searchsorted(k, a, side=side))(*flat)
    return found.reshape(asked.shape).astype(available(out_type))


@translated("unravel_index")
def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Any:
    """Places in a flattened tensor as places in each axis.

    Args:
        dims: The tensor's shape.

    Returns:
        A tensor of shape ``[rank, count]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.unravel_index([3], [2, 2]).tolist()
        [[1], [1]]
    """
    places = tensor_of(INTEGERS, indices)
    return jnp.stack(jnp.unravel_index(places, as_shape(dims))).astype(places.dtype)


@translated("math.invert_permutation")
def invert_permutation(x: Any, name: str | None = None) -> Any:
    """Where each number of a permutation is.

    Args:
        x: Whole numbers from 0 on, each once, shape ``[n]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.math.invert_permutation([2, 0, 1]).tolist()
        [1, 2, 0]
    """
    x = tensor_of(INTEGERS, x)
    return jnp.zeros_like(x).at[x].set(jnp.arange(x.size, dtype=x.dtype))
