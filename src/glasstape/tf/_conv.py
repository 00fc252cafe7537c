"""Convolutions of `tf.nn`, on `jax.lax.conv_general_dilated`."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from glasstape.tf._convert import as_shape
from glasstape.tf._translate import Refused, pair_of, tensor_of, translated

_SPACE = "DHW"


def is_first(data_format: str | None) -> bool:
    """Whether channels come before space, as in NCHW."""
    return data_format is not None and data_format[1:2] == "C"


def spatial(values: Any, rank: int, data_format: str | None, what: str) -> tuple[int, ...]:
    """One number for each axis of space, from one number or a list with or without the others."""
    if values is None:
        return (1,) * rank
    given = as_shape(values)
    if len(given) == 1:
        return given * rank
    if len(given) == rank:
        return given
    if len(given) != rank + 2:
        raise Refused(f"{what} of 1, {rank} or {rank + 2} numbers", str(given), "change them")
    others, inner = (
        (given[:2], given[2:])
        if is_first(data_format)
        else (
            (given[0], given[-1]),
            given[1:-1],
        )
    )
    if others != (1, 1):
        raise Refused(f"{what} of 1 for batch and channels", str(given), "change them")
    return inner


def padding_of(padding: Any, rank: int, data_format: str | None) -> Any:
    """SAME, VALID, or the room before and after each axis of space."""
    if isinstance(padding, str):
        if padding.upper() not in ("SAME", "VALID"):
            raise Refused("SAME, VALID or a list", repr(padding), "use one of them")
        return padding.upper()
    pairs = [tuple(p) for p in padding]
    if len(pairs) == rank:
        return pairs
    return pairs[2:] if is_first(data_format) else pairs[1:-1]


def layout(rank: int, data_format: str | None) -> str:
    """Such as NHWC."""
    space = _SPACE[3 - rank :]
    return f"NC{space}" if is_first(data_format) else f"N{space}C"


def _convolve(
    x: Any, filters: Any, strides: Any, padding: Any, data_format: Any, dilations: Any, rank: int
) -> Any:
    x, filters = pair_of("fi", x, filters)
    if filters.ndim != rank + 2 or x.ndim < rank + 2:
        shown = f"shapes {x.shape} and {filters.shape}"
        raise Refused(f"input and filters of rank {rank + 2}", shown, "add axes of length 1")
    lead, x = x.shape[: -rank - 2], x.reshape(-1, *x.shape[-rank - 1 :])
    form = layout(rank, data_format)
    channels = x.shape[form.index("C")]
    if filters.shape[-2] == 0 or channels % filters.shape[-2]:
        shown = f"{channels} channels, and filters of shape {filters.shape}"
        raise Refused("channels that the filters divide", shown, "look at data_format")
    done = lax.conv_general_dilated(
        x,
        filters,
        spatial(strides, rank, data_format, "strides"),
        padding_of(padding, rank, data_format),
        rhs_dilation=spatial(dilations, rank, data_format, "dilations"),
        dimension_numbers=(form, f"{_SPACE[3 - rank :]}IO", form),
        feature_group_count=channels // filters.shape[-2],
    )
    return done.reshape(*lead, -1, *done.shape[1:]) if lead else done


@translated("nn.conv1d")
def conv1d(
    input: Any,
    filters: Any,
    stride: Any,
    padding: Any,
    data_format: str = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A convolution along one axis.

    Args:
        input: Tensor of shape ``[batch, width, channels]``.
        filters: Tensor of shape ``[width, channels, filters]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.conv1d(tf.ones([1, 4, 1]), tf.ones([2, 1, 1]), 1, "VALID").shape
        (1, 3, 1)
    """
    return _convolve(input, filters, stride, padding, data_format, dilations, 1)


@translated("nn.conv2d")
def conv2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A convolution along two axes.

    Args:
        input: Tensor of shape ``[batch, height, width, channels]``.
        filters: Tensor of shape ``[height, width, channels, filters]``; fewer channels than
            `input` has make groups.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.conv2d(tf.ones([1, 4, 4, 1]), tf.ones([3, 3, 1, 2]), 1, "SAME").shape
        (1, 4, 4, 2)
    """
    return _convolve(input, filters, strides, padding, data_format, dilations, 2)


@translated("nn.conv3d")
def conv3d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A convolution along three axes.

    Args:
        input: Tensor of shape ``[batch, depth, height, width, channels]``.
        filters: Tensor of shape ``[depth, height, width, channels, filters]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.conv3d(tf.ones([1, 2, 2, 2, 1]), tf.ones([2, 2, 2, 1, 1]), 1, "SAME").shape
        (1, 2, 2, 2, 1)
    """
    return _convolve(input, filters, strides, padding, data_format, dilations, 3)


@translated("nn.convolution")
def convolution(
    input: Any,
    filters: Any,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A convolution along as many axes as the filters have.

    Args:
        input: Tensor of shape ``[batch, ..., channels]``.
        filters: Tensor of shape ``[..., channels, filters]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.convolution(tf.ones([1, 4, 1]), tf.ones([2, 1, 1])).shape
        (1, 3, 1)
    """
    rank = tensor_of("fi", filters).ndim - 2
    return _convolve(input, filters, strides, padding, data_format, dilations, rank)


@translated("nn.atrous_conv2d")
def atrous_conv2d(
    value: Any, filters: Any, rate: int, padding: Any, name: str | None = None
) -> Any:
    """A convolution whose filters have gaps.

    Args:
        value: Tensor of shape ``[batch, height, width, channels]``.
        filters: Tensor of shape ``[height, width, channels, filters]``.
        rate: The distance of two filter elements.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.atrous_conv2d(tf.ones([1, 5, 5, 1]), tf.ones([2, 2, 1, 1]), 2, "VALID").shape
        (1, 3, 3, 1)
    """
    return _convolve(value, filters, 1, padding, "NHWC", rate, 2)


@translated("nn.depthwise_conv2d")
def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A convolution of each channel with filters of its own.

    Args:
        input: Tensor of shape ``[batch, height, width, channels]``.
        filter: Tensor of shape ``[height, width, channels, multiplier]``.

    Example:
        >>> import glasstape.tf as tf
        >>> x, f = tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 3])
        >>> tf.nn.depthwise_conv2d(x, f, [1, 1, 1, 1], "SAME").shape
        (1, 4, 4, 6)
    """
    filter = tensor_of("f", filter)
    if filter.ndim != 4:
        raise Refused("a filter of rank 4", f"shape {filter.shape}", "add an axis")
    grouped = filter.reshape(*filter.shape[:2], 1, -1)
    return _convolve(input, grouped, strides, padding, data_format, dilations, 2)


@translated("nn.separable_conv2d")
def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """`depthwise_conv2d`, and a convolution of 1 by 1 that mixes channels.

    Args:
        input: Tensor of shape ``[batch, height, width, channels]``.
        depthwise_filter: Tensor of shape ``[height, width, channels, multiplier]``.
        pointwise_filter: Tensor of shape ``[1, 1, channels * multiplier, filters]``.

    Example:
        >>> import glasstape.tf as tf
        >>> x, d, p = tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 1]), tf.ones([1, 1, 2, 5])
        >>> tf.nn.separable_conv2d(x, d, p, [1, 1, 1, 1], "SAME").shape
        (1, 4, 4, 5)
    """
    deep = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return _convolve(deep, pointwise_filter, 1, "VALID", data_format, None, 2)


def _transposed(
    x: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any,
    data_format: Any,
    dilations: Any,
    rank: int,
) -> Any:
    """The gradient of a convolution for its input, which has `output_shape`."""
    x, filters = pair_of("f", x, filters)
    form, wanted = layout(rank, data_format), as_shape(output_shape)
    steps = spatial(strides, rank, data_format, "strides")
    gaps = spatial(dilations, rank, data_format, "dilations")
    inner = slice(2, None) if is_first(data_format) else slice(1, -1)
    sizes = wanted[inner] if len(wanted) == rank + 2 else wanted
    reach = [(k - 1) * g + 1 for k, g in zip(filters.shape[:rank], gaps, strict=True)]
    room = _room(x.shape[inner], sizes, reach, steps, padding_of(padding, rank, data_format))
    done = lax.conv_general_dilated(
        x,
        jnp.flip(filters, tuple(range(rank))),
        (1,) * rank,
        room,
        lhs_dilation=steps,
        rhs_dilation=gaps,
        dimension_numbers=(form, f"{_SPACE[3 - rank :]}OI", form),
    )
    if len(wanted) == rank + 2 and done.shape != wanted:
        raise Refused(f"output_shape {done.shape}", str(wanted), "change it")
    return done


def _room(short: Any, long: Any, reach: Any, steps: Any, padding: Any) -> list[tuple[int, int]]:
    """How much to pad the spread input of a transposed convolution."""
    room = []
    for i, (n, m, k, s) in enumerate(zip(short, long, reach, steps, strict=True)):
        before, after = (0, 0) if isinstance(padding, str) else padding[i]
        fits = -(-m // s) if padding == "SAME" else (m + before + after - k) // s + 1
        if fits != n:
            shown = f"length {m}, which would make {fits}"
            raise Refused(f"an output of which a convolution makes {n}", shown, "change it")
        if padding == "SAME":
            before = max((n - 1) * s + k - m, 0) // 2
        low = k - 1 - before
        room.append((low, m + k - 1 - ((n - 1) * s + 1) - low))
    return room


@translated("nn.conv1d_transpose")
def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A transposed convolution along one axis.

    Args:
        input: Tensor of shape ``[batch, width, channels]``.
        filters: Tensor of shape ``[width, filters, channels]``.
        output_shape: The result's shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.conv1d_transpose(tf.ones([1, 2, 1]), tf.ones([3, 4, 1]), [1, 4, 4], 2).shape
        (1, 4, 4)
    """
    rest = (strides, padding, data_format, dilations, 1)
    return _transposed(input, filters, output_shape, *rest)


@translated("nn.conv2d_transpose")
def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A transposed convolution along two axes.

    Args:
        input: Tensor of shape ``[batch, height, width, channels]``.
        filters: Tensor of shape ``[height, width, filters, channels]``.
        output_shape: The result's shape.

    Example:
        >>> import glasstape.tf as tf
        >>> x, f = tf.ones([1, 2, 2, 1]), tf.ones([3, 3, 5, 1])
        >>> tf.nn.conv2d_transpose(x, f, [1, 4, 4, 5], 2).shape
        (1, 4, 4, 5)
    """
    rest = (strides, padding, data_format, dilations, 2)
    return _transposed(input, filters, output_shape, *rest)


@translated("nn.conv3d_transpose")
def conv3d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A transposed convolution along three axes.

    Args:
        input: Tensor of shape ``[batch, depth, height, width, channels]``.
        filters: Tensor of shape ``[depth, height, width, filters, channels]``.
        output_shape: The result's shape.

    Example:
        >>> import glasstape.tf as tf
        >>> x, f = tf.ones([1, 1, 1, 1, 1]), tf.ones([2, 2, 2, 3, 1])
        >>> tf.nn.conv3d_transpose(x, f, [1, 2, 2, 2, 3], 2).shape
        (1, 2, 2, 2, 3)
    """
    rest = (strides, padding, data_format, dilations, 3)
    return _transposed(input, filters, output_shape, *rest)


@translated("nn.conv_transpose")
def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A transposed convolution along as many axes as the filters have.

    Args:
        input: Tensor of shape ``[batch, ..., channels]``.
        filters: Tensor of shape ``[..., filters, channels]``.
        output_shape: The result's shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.conv_transpose(tf.ones([1, 2, 1]), tf.ones([3, 4, 1]), [1, 4, 4], 2).shape
        (1, 4, 4)
    """
    rest = (strides, padding, data_format, dilations, np.ndim(filters) - 2)
    return _transposed(input, filters, output_shape, *rest)
