"""`tf.image`: resizing, cropping and padding."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.ports import jax_trace
from glasstape.tf._convert import as_shape, as_tensor
from glasstape.tf.image import _kernels
from glasstape.tf.image._pictures import (
    as_size,
    check,
    draw,
    draw_stateless,
    host,
    known,
    module_of,
    pictures,
    refusal,
)


class ResizeMethod:
    """The methods of `resize`, as ``tf.image.ResizeMethod``."""

    BILINEAR = "bilinear"
    NEAREST_NEIGHBOR = "nearest"
    BICUBIC = "bicubic"
    AREA = "area"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    GAUSSIAN = "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


def resize(
    images: Any,
    size: Any,
    method: str = ResizeMethod.BILINEAR,
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: str | None = None,
) -> Any:
    """Pictures of another size, as ``tf.image.resize``.

    Args:
        images: Tensor ``[height, width, channels]`` or a batch of them, any dtype of numbers.
        size: The new height and width.
        method: One of `ResizeMethod`.
        preserve_aspect_ratio: Only fit into `size`.
        antialias: Blur before making smaller; "nearest" and "area" have no use for it.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A float32 tensor; of the dtype of `images` when the method is "nearest".

    Raises:
        TensorTypeError: an argument has the wrong shape, or there is no such method.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.resize([[[0.0], [1.0]]], [1, 4])[0, :, 0].tolist()
        [0.0, 0.25, 0.75, 1.0]
    """
    del name
    x = host(pictures("resize", images))
    new = _new_size(x, size, preserve_aspect_ratio)
    if method not in _kernels.METHODS:
        fix = "use one of tf.image.ResizeMethod"
        raise refusal("resize", " or ".join(_kernels.METHODS), repr(method), fix)
    return as_tensor(_resized(x, new, method, antialias))


def _new_size(x: Any, size: Any, keep_ratio: bool) -> tuple[int, int]:
    new = as_shape(size)
    check(len(new) == 2, "resize", "a size of two numbers: height and width", new)
    check(min(new) > 0 and min(x.shape[-3:-1]) > 0, "resize", "sizes above 0", (new, x.shape))
    if not keep_ratio:
        return new[0], new[1]
    height, width = (np.float32(n) for n in x.shape[-3:-1])
    scale = min(np.float32(new[0]) / height, np.float32(new[1]) / width)
    return int(np.round(scale * height)), int(np.round(scale * width))


def _resized(x: Any, new: tuple[int, int], method: str, antialias: bool) -> Any:
    if method != "nearest":
        x = x.astype(np.float32)
    # The axis first that makes the picture smaller.
    axes = sorted([(new[0] / x.shape[-3], -3), (new[1] / x.shape[-2], -2)])
    for _, axis in axes:
        taps = _kernels.taps(x.shape[axis], new[axis + 3], method, antialias)
        x = _kernels.apply(x, axis % x.ndim, taps)
    return x


def resize_with_pad(
    image: Any,
    target_height: int,
    target_width: int,
    method: str = ResizeMethod.BILINEAR,
    antialias: bool = False,
) -> Any:
    """Pictures resized to fit, with zeros around them, as ``tf.image.resize_with_pad``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch of them.
        target_height: The new height.
        target_width: The new width.
        method: One of `ResizeMethod`.
        antialias: Blur before making smaller.

    Returns:
        A float32 tensor; of the dtype of `image` when the method is "nearest".

    Raises:
        TensorTypeError: an argument has the wrong shape, or there is no such method.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.resize_with_pad(tf.ones([2, 4, 1]), 4, 4)[:, 0, 0].tolist()
        [0.0, 1.0, 1.0, 0.0]
    """
    x = pictures("resize_with_pad", image)
    new = as_size("resize_with_pad", target_height, target_width)
    check(min(new) > 0, "resize_with_pad", "sizes above 0", new)
    sizes = [np.float32(n) for n in x.shape[-3:-1]]
    ratio = max(sizes[1] / np.float32(new[1]), sizes[0] / np.float32(new[0]))
    fitted = [n / ratio for n in sizes]
    before = [max(0, math.floor((n - f) / 2)) for n, f in zip(new, fitted, strict=True)]
    inner = resize(x, [math.floor(f) for f in fitted], method, antialias=antialias)
    return pad_to_bounding_box(inner, *before, *new)


def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: int, target_width: int
) -> Any:
    """A part of the pictures, as ``tf.image.crop_to_bounding_box``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch of them.
        offset_height: The part's first row; may be a tensor, also in a compiled step.
        offset_width: The part's first column; likewise.
        target_height: Its height.
        target_width: Its width.

    Returns:
        A tensor of the same dtype.

    Raises:
        TensorTypeError: the part lies outside of the picture.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.crop_to_bounding_box([[[1], [2], [3]]], 0, 1, 1, 2)[0, :, 0].tolist()
        [2, 3]
    """
    name = "crop_to_bounding_box"
    x = pictures(name, image)
    new = as_size(name, target_height, target_width)
    check(min(new) > 0, name, "target sizes above 0", new)
    starts = (offset_height, offset_width)
    for axis, start in zip((-3, -2), starts, strict=True):
        at = 0 if known(start) is None else int(known(start))
        inside = at >= 0 and at + new[axis + 3] <= x.shape[axis]
        check(inside, name, f"a part of shape {tuple(x.shape)}", f"{new} at {starts}")
    return _cut(x, starts, new)


def _cut(x: Any, starts: Any, new: tuple[int, ...]) -> Any:
    """A window over height and width; the starts may be tensors of a compiled step."""
    if all(known(s) is not None for s in starts):
        rows, columns = (slice(int(s), int(s) + n) for s, n in zip(starts, new, strict=True))
        return as_tensor(host(x)[..., rows, columns, :])
    lead = [0] * (len(x.shape) - 3)
    starts = [jnp.asarray(s, jnp.int32) for s in (*lead, *starts, 0)]
    return jax.lax.dynamic_slice(x, starts, (*x.shape[:-3], *new, x.shape[-1]))


def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """Zeros around the pictures, as ``tf.image.pad_to_bounding_box``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch of them.
        offset_height: How many rows of zeros come above.
        offset_width: How many columns of zeros come on the left.
        target_height: The new height.
        target_width: The new width.

    Returns:
        A tensor of the same dtype.

    Raises:
        TensorTypeError: the picture does not fit.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.pad_to_bounding_box([[[1], [2]]], 0, 1, 1, 4)[0, :, 0].tolist()
        [0, 1, 2, 0]
    """
    name = "pad_to_bounding_box"
    x = host(pictures(name, image))
    top, left, height, width = as_size(
        name, offset_height, offset_width, target_height, target_width
    )
    after = (height - top - x.shape[-3], width - left - x.shape[-2])
    fits = min(top, left, *after) >= 0
    check(fits, name, f"room for shape {tuple(x.shape)}", f"{(height, width)} from {(top, left)}")
    widths = [(0, 0)] * (x.ndim - 3) + [(top, after[0]), (left, after[1]), (0, 0)]
    return as_tensor(module_of(x).pad(x, widths))


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """The middle of the pictures, or zeros around them, as ``tf.image.resize_with_crop_or_pad``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch of them.
        target_height: The new height.
        target_width: The new width.

    Returns:
        A tensor of the same dtype.

    Raises:
        TensorTypeError: an argument has the wrong shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.resize_with_crop_or_pad([[[1], [2], [3]]], 3, 1)[:, 0, 0].tolist()
        [0, 2, 0]
    """
    name = "resize_with_crop_or_pad"
    x = pictures(name, image)
    new = as_size(name, target_height, target_width)
    check(min(new) > 0, name, "target sizes above 0", new)
    differences = [n - old for n, old in zip(new, x.shape[-3:-1], strict=True)]
    starts = [max(-d // 2, 0) for d in differences]
    kept = tuple(min(n, old) for n, old in zip(new, x.shape[-3:-1], strict=True))
    return pad_to_bounding_box(_cut(x, starts, kept), *(max(d // 2, 0) for d in differences), *new)


def central_crop(image: Any, central_fraction: float) -> Any:
    """The middle of the pictures, as ``tf.image.central_crop``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch of them.
        central_fraction: How much of height and width stays, above 0 and at most 1.

    Returns:
        A tensor of the same dtype.

    Raises:
        TensorTypeError: an argument has the wrong shape or value.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.central_crop([[[1], [2], [3], [4]]], 0.5)[0, :, 0].tolist()
        [2, 3]
    """
    x = pictures("central_crop", image)
    if known(central_fraction) is None:
        fix = "pass a Python number"
        raise refusal("central_crop", "a number", "a tensor of a compiled step", fix)
    fraction = float(central_fraction)
    check(0 < fraction <= 1, "central_crop", "a fraction above 0 and at most 1", fraction)
    starts = [int((n - n * fraction) / 2) for n in map(float, x.shape[-3:-1])]
    new = tuple(n - 2 * s for n, s in zip(x.shape[-3:-1], starts, strict=True))
    return _cut(x, starts, new)


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Any:
    """A window at a random place, as ``tf.image.random_crop``.

    Args:
        value: Tensor of any shape.
        size: The window's size, a number for each axis.
        seed: Calls with one seed go through one sequence of places.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of shape `size`.

    Raises:
        TensorTypeError: the window is larger than `value`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.random_crop(tf.ones([8, 8, 3]), [4, 4, 3]).shape
        (4, 4, 3)
    """
    del name
    return _window(value, size, seed, draw)


def stateless_random_crop(value: Any, size: Any, seed: Any, name: str | None = None) -> Any:
    """A window at the place that belongs to a seed, as ``tf.image.stateless_random_crop``.

    Args:
        value: Tensor of any shape.
        size: The window's size, a number for each axis.
        seed: Two whole numbers.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of shape `size`.

    Raises:
        TensorTypeError: the window is larger than `value`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.stateless_random_crop(tf.ones([8, 8, 3]), [4, 4, 3], (1, 2)).shape
        (4, 4, 3)
    """
    del name
    return _window(value, size, seed, draw_stateless)


def _window(value: Any, size: Any, seed: Any, drawing: Any) -> Any:
    x, new = as_tensor(value), as_shape(size)
    fits = len(new) == x.ndim and all(n <= old for n, old in zip(new, x.shape, strict=True))
    check(fits, "random_crop", f"a size within shape {tuple(x.shape)}", new)
    large = drawing([x.ndim], 0, 2**30, seed, "int32")
    starts = large % jnp.array([old - n + 1 for n, old in zip(new, x.shape, strict=True)])
    if jax_trace.is_tracer(starts) or jax_trace.is_tracer(x):
        return jax.lax.dynamic_slice(x, list(starts), new)
    places = zip(np.asarray(starts).tolist(), new, strict=True)
    return as_tensor(host(x)[tuple(slice(s, s + n) for s, n in places)])
