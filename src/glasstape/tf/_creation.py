"""Functions at TensorFlow's root that make tensors from sizes and limits."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.ports import jax_trace
from glasstape.tf._arrays import static
from glasstape.tf._convert import as_shape, as_tensor, available, widest_float
from glasstape.tf._counted import counted
from glasstape.tf._translate import Refused, kind, pair_of, same_dtype, tensor_of, translated


@translated("zeros_like")
def zeros_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Any:
    """Zeros in the shape of another tensor.

    Args:
        dtype: That of the other tensor when None.
        layout: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.zeros_like([1, 2]).tolist()
        [0, 0]
    """
    x = as_tensor(input)
    return jnp.zeros(x.shape, x.dtype if dtype is None else available(dtype))


@translated("ones_like")
def ones_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Any:
    """Ones in the shape of another tensor.

    Args:
        dtype: That of the other tensor when None.
        layout: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.ones_like([3, 2]).tolist()
        [1, 1]
    """
    x = as_tensor(input)
    return jnp.ones(x.shape, x.dtype if dtype is None else available(dtype))


@translated("fill")
def fill(dims: Any, value: Any, name: str | None = None, layout: Any = None) -> Any:
    """A tensor with one number everywhere.

    Args:
        dims: Its shape.
        value: The number.
        layout: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.fill([2], 7).tolist()
        [7, 7]
    """
    value = as_tensor(value)
    if value.ndim:
        raise Refused("one number", f"a tensor of shape {value.shape}", "use tf.broadcast_to")
    return jnp.full(as_shape(dims), value)


@translated("range")
def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range"
) -> Any:
    """Numbers at equal distances.

    A compiled step can go over ``tf.range`` of whole numbers that it computes in a `for` statement;
    for anything else its limits must be known, or the step runs as plain Python, with one warning.

    Args:
        start: The first number; the limit, when none is given.
        limit: Numbers stop before it.
        delta: The distance.
        dtype: float32 when one of them is a float.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.range(3).tolist(), tf.range(3, 1, -0.5).tolist()
        ([0, 1, 2], [3.0, 2.5, 2.0, 1.5])
    """
    if limit is None:
        start, limit = 0, start
    if jax.export.is_symbolic_dim(limit) or jax.export.is_symbolic_dim(start):
        return jnp.arange(start, limit, delta, available(dtype or "int32"))
    given = [as_tensor(v) for v in (start, limit, delta)]
    if unknown := [v for v in given if jax_trace.is_abstract(v)]:
        return counted(given, unknown[0], None if dtype is None else available(dtype))
    common = jnp.result_type(*(g.dtype for g in given)) if dtype is None else available(dtype)
    numbers = [np.asarray(v).astype(np.float64).item() for v in (start, limit, delta)]
    if numbers[2] == 0 or (numbers[1] - numbers[0]) * numbers[2] < 0:
        fix = "turn the sign of delta, or change the limits"
        raise Refused("a distance that leads from start to limit", str(numbers), fix)
    count = max(math.ceil((numbers[1] - numbers[0]) / numbers[2]), 0)
    first, _, step = (jnp.asarray(v, common) for v in (start, limit, delta))
    return first + jnp.arange(count, dtype=common) * step


@translated("linspace")
def linspace(start: Any, stop: Any, num: Any, name: str | None = None, axis: int = 0) -> Any:
    """Numbers at equal distances, both limits among them.

    Args:
        start: float tensor, any shape.
        stop: Likewise.
        num: How many.
        axis: Where the new axis comes.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linspace(0.0, 1.0, 3).tolist()
        [0.0, 0.5, 1.0]
    """
    start, stop = pair_of("iuf", start, stop)
    if kind(start.dtype) != "f":
        start, stop = (v.astype(widest_float()) for v in (start, stop))
    return jnp.linspace(start, stop, int(num), axis=axis, dtype=start.dtype)


@translated("eye", "linalg.eye")
def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = "float32",
    name: str | None = None,
) -> Any:
    """The identity matrix, or a batch of them.

    Args:
        num_rows: How many rows.
        num_columns: As many when None.
        batch_shape: The leading axes.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.eye(2).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    columns = None if num_columns is None else int(num_columns)
    matrix = jnp.eye(int(num_rows), columns, dtype=available(dtype))
    if batch_shape is None:
        return matrix
    return jnp.broadcast_to(matrix, (*as_shape(batch_shape), *matrix.shape))


@translated("one_hot")
def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Any:
    """1 at the place that an index names, 0 elsewhere; nothing but 0 for an index outside.

    Args:
        depth: How many places.
        on_value: Instead of 1.
        off_value: Instead of 0.
        axis: Where the new axis comes; last when None.
        dtype: That of the values when None, or float32.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.one_hot([1, 3], 3).tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    places = tensor_of("iu", indices)
    on, off = _values(on_value, off_value, dtype)
    end = places.ndim if axis is None or axis == -1 else axis
    hot = jnp.expand_dims(places, end) == _counting(int(depth), places, end)
    return jnp.where(hot, on, off)


def _values(on: Any, off: Any, dtype: Any) -> tuple[Any, Any]:
    if dtype is None:
        known = [as_tensor(v) for v in (on, off) if v is not None]
        dtype = same_dtype(known)[0].dtype if known else "float32"
    on, off = 1 if on is None else on, 0 if off is None else off
    if np.dtype(available(dtype)) == np.bool_:
        on, off = (v if hasattr(v, "dtype") else bool(v) for v in (on, off))
    return as_tensor(on, dtype), as_tensor(off, dtype)


def _counting(depth: int, places: Any, axis: int) -> Any:
    shape = [1] * (places.ndim + 1)
    shape[axis] = depth
    return jnp.arange(depth, dtype=places.dtype).reshape(shape)


@translated("required_space_to_batch_paddings")
def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None
) -> Any:
    """How much to pad so that blocks divide a shape.

    Args:
        input_shape: The shape.
        block_shape: A block's shape.
        base_paddings: What is padded anyway, shape ``[n, 2]``.

    Returns:
        A tuple of paddings and crops, both of shape ``[n, 2]``.

    Example:
        >>> import glasstape.tf as tf
        >>> [x.tolist() for x in tf.required_space_to_batch_paddings([3], [2])]
        [[[0, 1]], [[0, 1]]]
    """
    shape, block = np.array(as_shape(input_shape)), np.array(as_shape(block_shape))
    base = np.zeros((len(block), 2), int) if base_paddings is None else np.asarray(base_paddings)
    more = -(shape + base.sum(1)) % block
    paddings = np.stack([base[:, 0], base[:, 1] + more], 1)
    crops = np.stack([np.zeros_like(more), more], 1)
    return tuple(static(tuple(map(tuple, v.tolist()))) for v in (paddings, crops))
