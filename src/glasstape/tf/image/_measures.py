"""`tf.image`: edges, differences, and how alike two pictures are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.tf._convert import as_tensor
from glasstape.tf.image._colours import convert_image_dtype
from glasstape.tf.image._pictures import check, pictures, tensor

_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_SOBEL = (
    ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
)


def total_variation(images: Any, name: str | None = None) -> Any:
    """How much neighbouring pixels differ, summed up, as ``tf.image.total_variation``.

    Args:
        images: Tensor ``[height, width, channels]`` or a batch of them.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of shape ``[]``, or ``[batch]``.

    Raises:
        TensorTypeError: `images` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.image.total_variation([[[0.0], [1.0], [3.0]]]))
        3.0
    """
    del name
    x = pictures("total_variation", images)
    axes = (-3, -2, -1)
    rows, columns = jnp.diff(x, axis=-3), jnp.diff(x, axis=-2)
    return jnp.sum(jnp.abs(rows), axes, x.dtype) + jnp.sum(jnp.abs(columns), axes, x.dtype)


def image_gradients(image: Any) -> tuple[Any, Any]:
    """Differences to the next row and column, as ``tf.image.image_gradients``.

    Args:
        image: Tensor ``[batch, height, width, channels]``.

    Returns:
        Two tensors of the same shape and dtype; 0 in the last row or column.

    Raises:
        TensorTypeError: `image` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> dy, dx = tf.image.image_gradients([[[[0.0], [1.0], [3.0]]]])
        >>> dx[0, 0, :, 0].tolist()
        [1.0, 2.0, 0.0]
    """
    x = pictures("image_gradients", image, (4,))
    rows, columns = jnp.diff(x, axis=1), jnp.diff(x, axis=2)
    none = (0, 0)
    return (
        jnp.pad(rows, (none, (0, 1), none, none)),
        jnp.pad(columns, (none, none, (0, 1), none)),
    )


def sobel_edges(image: Any) -> Any:
    """Sobel's edges, as ``tf.image.sobel_edges``.

    Args:
        image: Floating-point tensor ``[batch, height, width, channels]``.

    Returns:
        A tensor ``[batch, height, width, channels, 2]``: dy and dx.

    Raises:
        TensorTypeError: `image` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.sobel_edges(tf.ones([1, 4, 4, 3])).shape
        (1, 4, 4, 3, 2)
    """
    x = pictures("sobel_edges", image, (4,))
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    return jnp.stack([_filtered(padded, np.array(k)) for k in _SOBEL], axis=-1)


def _filtered(x: Any, kernel: np.ndarray) -> Any:
    """Each channel of a batch under a window ``[height, width]``."""
    channels = x.shape[-1]
    window = jnp.tile(jnp.asarray(kernel, x.dtype)[:, :, None, None], (1, 1, 1, channels))
    return jax.lax.conv_general_dilated(
        x, window, (1, 1), "VALID", feature_group_count=channels, precision="highest",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )  # fmt: skip


def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Any:
    """Peak signal-to-noise ratio in decibels, as ``tf.image.psnr``.

    Args:
        a: Tensor ``[..., height, width, channels]``.
        b: Tensor of that shape.
        max_val: The largest number pixels can have, less the smallest.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A float32 tensor ``[...]``; infinite for equal pictures.

    Raises:
        TensorTypeError: the shapes do not fit.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.image.psnr(tf.zeros([4, 4, 3]), tf.ones([4, 4, 3]) / 10, 1.0))
        20.0
    """
    del name
    a, b, largest = _pair("psnr", a, b, max_val)
    error = jnp.mean(jnp.square(a - b), axis=(-3, -2, -1))
    return 20 * jnp.log10(largest) - 10 * jnp.log10(error)


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    return_index_map: bool = False,
) -> Any:
    """Structural similarity, as ``tf.image.ssim``.

    Args:
        img1: Tensor ``[..., height, width, channels]``.
        img2: Tensor of that shape.
        max_val: The largest number pixels can have, less the smallest.
        filter_size: The Gaussian window's size.
        filter_sigma: Its width.
        k1: A small number.
        k2: Another.
        return_index_map: Give the similarity of each place, not their mean.

    Returns:
        A float32 tensor ``[...]``; 1 for equal pictures.

    Raises:
        TensorTypeError: the shapes do not fit, or are smaller than the window.

    Example:
        >>> import glasstape.tf as tf
        >>> round(float(tf.image.ssim(tf.ones([16, 16, 3]), tf.ones([16, 16, 3]), 1.0)), 5)
        1.0
    """
    a, b, largest = _pair("ssim", img1, img2, max_val)
    blur = _blur("ssim", a, filter_size, filter_sigma)
    luminance, structure = _similarity(a, b, blur, largest, k1, k2)
    found = luminance * structure
    return jnp.mean(found, axis=-1 if return_index_map else (-3, -2, -1))


def ssim_multiscale(
    img1: Any,
    img2: Any,
    max_val: Any,
    power_factors: Sequence[float] = _SCALE_WEIGHTS,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Any:
    """Structural similarity over several sizes, as ``tf.image.ssim_multiscale``.

    Args:
        img1: Tensor ``[..., height, width, channels]``.
        img2: Tensor of that shape.
        max_val: The largest number pixels can have, less the smallest.
        power_factors: A weight for each size; each is half of the one before.
        filter_size: The Gaussian window's size.
        filter_sigma: Its width.
        k1: A small number.
        k2: Another.

    Returns:
        A float32 tensor ``[...]``; 1 for equal pictures.

    Raises:
        TensorTypeError: the shapes do not fit, or the smallest size is smaller than the window.

    Example:
        >>> import glasstape.tf as tf
        >>> x = tf.ones([32, 32, 3])
        >>> round(float(tf.image.ssim_multiscale(x, x, 1.0, power_factors=(0.5, 0.5))), 5)
        1.0
    """
    name = "ssim_multiscale"
    a, b, largest = _pair(name, img1, img2, max_val)
    factors = []
    for scale in range(len(power_factors)):
        if scale:
            a, b = _halved(a), _halved(b)
        blur = _blur(name, a, filter_size, filter_sigma)
        luminance, structure = _similarity(a, b, blur, largest, k1, k2)
        is_last = scale == len(power_factors) - 1
        found = luminance * structure if is_last else structure
        factors.append(jax.nn.relu(jnp.mean(found, axis=(-3, -2))))
    weights = jnp.asarray(power_factors, "float32")
    return jnp.mean(jnp.prod(jnp.stack(factors, -1) ** weights, axis=-1), axis=-1)


def _pair(function: str, a: Any, b: Any, max_val: Any) -> tuple[Any, Any, Any]:
    """Both pictures and the largest number, in float32."""
    a, b = tensor(function, a), tensor(function, b)
    same = a.shape[-3:] == b.shape[-3:]
    check(same, function, f"two pictures of shape {tuple(a.shape[-3:])}", tuple(b.shape))
    largest = as_tensor(max_val).astype(a.dtype)
    a, b, largest = (convert_image_dtype(v, "float32") for v in (a, b, largest))
    return a, b, largest


def _blur(function: str, x: Any, size: int, sigma: float) -> Callable[[Any], Any]:
    fits = min(x.shape[-3:-1]) >= size
    check(fits, function, f"pictures of at least {size} pixels a side", tuple(x.shape))
    square = np.square(np.arange(size) - (size - 1) / 2)
    weights = np.exp(-0.5 / sigma**2 * (square[:, None] + square))
    kernel = weights / weights.sum()

    def blur(x: Any) -> Any:
        found = _filtered(x.reshape((-1, *x.shape[-3:])), kernel)
        return found.reshape((*x.shape[:-3], *found.shape[1:]))

    return blur


def _similarity(a: Any, b: Any, blur: Any, largest: Any, k1: float, k2: float) -> tuple[Any, Any]:
    """Luminance, and contrast with structure: Wang et al. 2004, doi:10.1109/TIP.2003.819861."""
    c1, c2 = (k1 * largest) ** 2, (k2 * largest) ** 2
    mean_a, mean_b = blur(a), blur(b)
    product, squares = 2 * mean_a * mean_b, mean_a**2 + mean_b**2
    luminance = (product + c1) / (squares + c1)
    structure = (2 * blur(a * b) - product + c2) / (blur(a * a + b * b) - squares + c2)
    return luminance, structure


def _halved(x: Any) -> Any:
    """Means of two by two pixels; an odd last row or column counts twice."""
    odd = [(0, 0)] * (x.ndim - 3) + [(0, x.shape[-3] % 2), (0, x.shape[-2] % 2), (0, 0)]
    x = jnp.pad(x, odd, mode="symmetric")
    *lead, height, width, channels = x.shape
    blocks = x.reshape((*lead, height // 2, 2, width // 2, 2, channels))
    return jnp.mean(blocks, axis=(-4, -2))


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_indices: Any,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
    name: str | None = None,
) -> Any:
    """Boxes cut out and brought to one size, as ``tf.image.crop_and_resize``.

    Args:
        image: Tensor ``[batch, height, width, channels]``.
        boxes: Tensor ``[boxes, 4]``: y1, x1, y2, x2, from 0 to 1 within the picture.
        box_indices: Tensor ``[boxes]``: which picture each is cut from.
        crop_size: Height and width of the result.
        method: "bilinear" or "nearest".
        extrapolation_value: What lies outside of the picture.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A float32 tensor ``[boxes, height, width, channels]``.

    Raises:
        TensorTypeError: an argument has the wrong shape, or there is no such method.

    Example:
        >>> import glasstape.tf as tf
        >>> x = [[[[0.0], [2.0]]]]
        >>> tf.image.crop_and_resize(x, [[0.0, 0.0, 1.0, 1.0]], [0], [1, 3])[0, 0, :, 0].tolist()
        [0.0, 1.0, 2.0]
    """
    del name
    function = "crop_and_resize"
    x = pictures(function, image, (4,)).astype("float32")
    check(method in ("bilinear", "nearest"), function, "bilinear or nearest", method)
    boxes, indices = as_tensor(boxes).astype("float32"), as_tensor(box_indices)
    check(boxes.ndim == 2 and boxes.shape[1] == 4, function, "boxes [n, 4]", tuple(boxes.shape))
    places = [
        _places(boxes[:, axis], boxes[:, axis + 2], x.shape[axis + 1], int(n))
        for axis, n in enumerate(crop_size)
    ]
    one = jax.vmap(lambda i, ys, xs: _bilinear(x[i], ys, xs, method))
    inside = [(p >= 0) & (p <= n - 1) for p, n in zip(places, x.shape[1:3], strict=True)]
    there = inside[0][:, :, None, None] & inside[1][:, None, :, None]
    return jnp.where(there, one(indices, *places), extrapolation_value)


def _places(low: Any, high: Any, size: int, count: int) -> Any:
    """Where the rows of each box come from, ``[boxes, count]``."""
    if count == 1:
        return (0.5 * (low + high) * (size - 1))[:, None]
    step = (high - low) * (size - 1) / (count - 1)
    return (low * (size - 1))[:, None] + jnp.arange(count) * step[:, None]


def _bilinear(picture: Any, ys: Any, xs: Any, method: str) -> Any:
    if method == "nearest":
        rows, columns = (jnp.floor(v + 0.5).astype(int) for v in (ys, xs))
        return picture[rows][:, columns]
    for axis, place in enumerate((ys, xs)):
        low, high = (v.astype(int) for v in (jnp.floor(place), jnp.ceil(place)))
        share = jnp.expand_dims(place - low, [a for a in range(3) if a != axis])
        near, far = (
            jnp.take(picture, low, axis, mode="clip"),
            jnp.take(picture, high, axis, mode="clip"),
        )
        picture = near + (far - near) * share
    return picture
