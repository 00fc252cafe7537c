"""Pooling of `tf.nn`, on `jax.lax.reduce_window`, and moving blocks of space into channels."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from glasstape.tf._conv import is_first, padding_of, spatial
from glasstape.tf._convert import as_tensor, available
from glasstape.tf._translate import Refused, kind, tensor_of, translated


def _pooled(
    x: Any, size: Any, strides: Any, padding: Any, data_format: Any, rank: int, largest: bool,
    dilations: Any = None,
) -> Any:  # fmt: skip
    x = tensor_of("iuf" if largest else "f", x)
    if x.ndim != rank + 2:
        raise Refused(f"a tensor of rank {rank + 2}", f"shape {x.shape}", "add axes of length 1")
    options = _windows(size, strides, padding, data_format, rank, dilations)
    if largest:
        return lax.reduce_window(x, _lowest(x.dtype), lax.max, **options)
    zero = np.array(0, x.dtype)
    counts = lax.reduce_window(jnp.ones_like(x), zero, lax.add, **options)
    return lax.reduce_window(x, zero, lax.add, **options) / counts


def _windows(
    size: Any, strides: Any, padding: Any, data_format: Any, rank: int, dilations: Any = None
) -> dict[str, Any]:
    """The arguments of `jax.lax.reduce_window`."""
    window, steps, gaps = (
        _all_axes(spatial(v, rank, data_format, what), data_format)
        for v, what in ((size, "ksize"), (strides, "strides"), (dilations, "dilations"))
    )
    room = padding_of(padding, rank, data_format)
    if not isinstance(room, str):
        room = [(0, 0), (0, 0), *room] if is_first(data_format) else [(0, 0), *room, (0, 0)]
    options = {"window_dimensions": window, "window_strides": steps, "padding": room}
    return {**options, "window_dilation": gaps}


def _lowest(dtype: Any) -> np.ndarray:
    """What any other number of a dtype is larger than."""
    return np.array(-jnp.inf if kind(dtype) == "f" else jnp.iinfo(dtype).min, dtype)


def _all_axes(values: tuple[int, ...], data_format: str | None) -> tuple[int, ...]:
    return (1, 1, *values) if is_first(data_format) else (1, *values, 1)


def _rank(x: Any) -> int:
    return as_tensor(x).ndim - 2


@translated("nn.max_pool")
def max_pool(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """The largest number of each window.

    Args:
        input: Tensor of shape ``[batch, ..., channels]``.
        ksize: The window's size.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.max_pool(tf.ones([1, 4, 4, 1]), 2, 2, "VALID").shape
        (1, 2, 2, 1)
    """
    return _pooled(input, ksize, strides, padding, data_format, _rank(input), True)


@translated("nn.max_pool1d")
def max_pool1d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NWC",
    name: str | None = None,
) -> Any:  # fmt: skip
    """The largest number of each window.

    Args:
        input: Tensor of shape ``[batch, width, channels]``.
        ksize: The window's size.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.max_pool1d([[[1.0], [2.0]]], 2, 2, "VALID").tolist()
        [[[2.0]]]
    """
    return _pooled(input, ksize, strides, padding, data_format, 1, True)


@translated("nn.max_pool2d")
def max_pool2d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NHWC",
    name: str | None = None,
) -> Any:  # fmt: skip
    """The largest number of each window.

    Args:
        input: Tensor of shape ``[batch, height, width, channels]``.
        ksize: The window's size.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.max_pool2d(tf.ones([1, 4, 4, 1]), 2, 2, "VALID").shape
        (1, 2, 2, 1)
    """
    return _pooled(input, ksize, strides, padding, data_format, 2, True)


@translated("nn.max_pool3d")
def max_pool3d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NDHWC",
    name: str | None = None,
) -> Any:  # fmt: skip
    """The largest number of each window.

    Args:
        input: Tensor of shape ``[batch, depth, height, width, channels]``.
        ksize: The window's size.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.max_pool3d(tf.ones([1, 2, 2, 2, 1]), 2, 2, "VALID").shape
        (1, 1, 1, 1, 1)
    """
    return _pooled(input, ksize, strides, padding, data_format, 3, True)


class MaxPoolWithArgmax(NamedTuple):
    """What `max_pool_with_argmax` gives."""

    output: Any
    argmax: Any


@translated("nn.max_pool_with_argmax")
def max_pool_with_argmax(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NHWC",
    output_dtype: Any = "int64", include_batch_in_index: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """The largest number of each window, and where it is: of equal ones the first.

    Args:
        input: Tensor of shape ``[batch, height, width, channels]``.
        ksize: The window's size.
        output_dtype: int64 or int32, the dtype of `argmax`.
        include_batch_in_index: Count from the batch's beginning, not from the picture's.

    Returns:
        A tuple with the names `output` and `argmax`, both of one shape; `argmax` is
        ``(y * width + x) * channels + c``.

    Example:
        >>> import glasstape.tf as tf
        >>> picture = tf.constant([[[[1.0], [5.0]], [[2.0], [3.0]]]])
        >>> [x.tolist() for x in tf.nn.max_pool_with_argmax(picture, 2, 2, "VALID")]
        [[[[[5.0]]]], [[[[1]]]]]
    """
    if data_format != "NHWC":
        raise Refused("data_format NHWC", data_format, "use tf.transpose")
    output = _pooled(input, ksize, strides, padding, data_format, 2, True)
    x = lax.stop_gradient(as_tensor(input))
    counted = x.shape if include_batch_in_index else x.shape[1:]
    places = jnp.arange(math.prod(counted), dtype=available(output_dtype)).reshape(counted)
    options = _windows(ksize, strides, padding, data_format, 2)
    start = (_lowest(x.dtype), np.array(0, places.dtype))
    operands = (x, jnp.broadcast_to(places, x.shape))
    _, argmax = lax.reduce_window(operands, start, _first_largest, **options)
    return MaxPoolWithArgmax(output, argmax)


def _first_largest(found: Any, other: Any) -> Any:
    """The larger of two numbers with their places; of equal ones that of the lower place."""
    (x, at), (y, place) = found, other
    takes = (y > x) | ((y == x) & (place < at))
    return jnp.where(takes, y, x), jnp.where(takes, place, at)


@translated("nn.avg_pool")
def avg_pool(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """The mean of each window; what pads does not count.

    Args:
        input: Tensor of shape ``[batch, ..., channels]``.
        ksize: The window's size.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.avg_pool(tf.ones([1, 4, 4, 1]), 2, 2, "VALID").shape
        (1, 2, 2, 1)
    """
    return _pooled(input, ksize, strides, padding, data_format, _rank(input), False)


@translated("nn.avg_pool1d")
def avg_pool1d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NWC",
    name: str | None = None,
) -> Any:  # fmt: skip
    """The mean of each window; what pads does not count.

    Args:
        input: Tensor of shape ``[batch, width, channels]``.
        ksize: The window's size.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.avg_pool1d([[[1.0], [2.0]]], 2, 2, "VALID").tolist()
        [[[1.5]]]
    """
    return _pooled(input, ksize, strides, padding, data_format, 1, False)


@translated("nn.avg_pool2d")
def avg_pool2d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NHWC",
    name: str | None = None,
) -> Any:  # fmt: skip
    """The mean of each window; what pads does not count.

    Args:
        input: Tensor of shape ``[batch, height, width, channels]``.
        ksize: The window's size.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.avg_pool2d(tf.ones([1, 4, 4, 1]), 2, 2, "VALID").shape
        (1, 2, 2, 1)
    """
    return _pooled(input, ksize, strides, padding, data_format, 2, False)


@translated("nn.avg_pool3d")
def avg_pool3d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NDHWC",
    name: str | None = None,
) -> Any:  # fmt: skip
    """The mean of each window; what pads does not count.

    Args:
        input: Tensor of shape ``[batch, depth, height, width, channels]``.
        ksize: The window's size.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.avg_pool3d(tf.ones([1, 2, 2, 2, 1]), 2, 2, "VALID").shape
        (1, 1, 1, 1, 1)
    """
    return _pooled(input, ksize, strides, padding, data_format, 3, False)


@translated("nn.pool")
def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The largest number or the mean of each window.

    Args:
        input: Tensor of shape ``[batch, ..., channels]``.
        window_shape: The window's size.
        pooling_type: ``MAX`` or ``AVG``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.pool(tf.ones([1, 4, 1]), [2], "MAX").shape
        (1, 3, 1)
    """
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"pooling_type must be MAX or AVG, not {pooling_type!r}")
    rest = (data_format, _rank(input), pooling_type == "MAX", dilations)
    return _pooled(input, window_shape, strides, padding, *rest)


@translated("nn.space_to_depth")
def space_to_depth(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Any:
    """Blocks of space moved into channels.

    Args:
        input: Tensor of shape ``[batch, height, width, channels]``.
        block_size: A block's height and width.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.space_to_depth(tf.ones([1, 4, 4, 1]), 2).shape
        (1, 2, 2, 4)
    """
    x = as_tensor(input)
    x = jnp.moveaxis(x, 1, -1) if is_first(data_format) else x
    n, h, w, c = x.shape
    x = x.reshape(n, h // block_size, block_size, w // block_size, block_size, c)
    x = x.transpose(0, 1, 3, 2, 4, 5).reshape(n, h // block_size, w // block_size, -1)
    return jnp.moveaxis(x, -1, 1) if is_first(data_format) else x


@translated("nn.depth_to_space")
def depth_to_space(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Any:
    """Channels moved into blocks of space.

    Args:
        input: Tensor of shape ``[batch, height, width, channels]``.
        block_size: A block's height and width.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.depth_to_space(tf.ones([1, 2, 2, 4]), 2).shape
        (1, 4, 4, 1)
    """
    x = as_tensor(input)
    x = jnp.moveaxis(x, 1, -1) if is_first(data_format) else x
    n, h, w, _ = x.shape
    x = x.reshape(n, h, w, block_size, block_size, -1).transpose(0, 1, 3, 2, 4, 5)
    x = x.reshape(n, h * block_size, w * block_size, -1)
    return jnp.moveaxis(x, -1, 1) if is_first(data_format) else x


@translated("space_to_batch_nd", "space_to_batch", "nn.space_to_batch")
def space_to_batch_nd(input: Any, block_shape: Any, paddings: Any, name: str | None = None) -> Any:
    """Blocks of space moved into the batch.

    Args:
        input: Tensor of shape ``[batch, ...]``.
        block_shape: A block's size in each axis of space.
        paddings: How much is padded before and after each, shape ``[n, 2]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.space_to_batch_nd(tf.ones([1, 4, 1]), [2], [[0, 0]]).shape
        (2, 2, 1)
    """
    x, block = as_tensor(input), np.asarray(block_shape).tolist()
    n = len(block)
    x = jnp.pad(x, [(0, 0), *np.asarray(paddings).tolist(), *[(0, 0)] * (x.ndim - 1 - n)])
    cut = [part for s, b in zip(x.shape[1:], block, strict=False) for part in (s // b, b)]
    y = x.reshape(x.shape[0], *cut, *x.shape[1 + n :])
    inside, outside = range(2, 2 * n + 1, 2), range(1, 2 * n, 2)
    y = y.transpose(*inside, 0, *outside, *range(2 * n + 1, y.ndim))
    return y.reshape(-1, *y.shape[n + 1 :])


@translated("batch_to_space")
def batch_to_space(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Any:
    """The batch moved into blocks of space.

    Args:
        input: Tensor of shape ``[batch, ...]``.
        block_shape: A block's size in each axis of space.
        crops: How much is cut off before and after each, shape ``[n, 2]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.batch_to_space(tf.ones([2, 2, 1]), [2], [[0, 0]]).shape
        (1, 4, 1)
    """
    x, block, crops = as_tensor(input), np.asarray(block_shape).tolist(), np.asarray(crops)
    n = len(block)
    y = x.reshape(*block, -1, *x.shape[1:])
    pairs = [axis for i in range(n) for axis in (n + 1 + i, i)]
    y = y.transpose(n, *pairs, *range(2 * n + 1, y.ndim))
    sizes = [s * b for s, b in zip(x.shape[1:], block, strict=False)]
    y = y.reshape(y.shape[0], *sizes, *x.shape[1 + n :])
    cuts = [slice(a, s - b) for (a, b), s in zip(crops.tolist(), sizes, strict=True)]
    return y[(slice(None), *cuts)]


space_to_batch = space_to_batch_nd
