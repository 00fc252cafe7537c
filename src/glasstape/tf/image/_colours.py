"""`tf.image`: dtypes and colours."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from glasstape.tf import dtypes
from glasstape.tf._convert import as_tensor, available
from glasstape.tf.image._pictures import check, host, known, module_of, tensor

_GREY = (0.2989, 0.5870, 0.1140)
# Rows are red, green, blue; TensorFlow's numbers, which differ from others' in the fourth digit.
_YUV = ((0.299, -0.14714119, 0.61497538), (0.587, -0.28886916, -0.51496512),
        (0.114, 0.43601035, -0.10001026))  # fmt: skip
_FROM_YUV = ((1, 1, 1), (0, -0.394642334, 2.03206185), (1.13988303, -0.58062185, 0))
_YIQ = ((0.299, 0.59590059, 0.2115), (0.587, -0.27455667, -0.52273617),
        (0.114, -0.32134392, 0.31119955))  # fmt: skip
_FROM_YIQ = ((1, 1, 1), (0.95598634, -0.27201283, -1.10674021),
             (0.6208248, -0.64720424, 1.70423049))  # fmt: skip


def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: str | None = None
) -> Any:
    """Pictures of another dtype, scaled, as ``tf.image.convert_image_dtype``.

    Floats lie between 0 and 1, integers between 0 and their dtype's largest number.

    Args:
        image: Tensor of any shape.
        dtype: A floating-point or integer dtype.
        saturate: Numbers beyond the new dtype's become its smallest or largest.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of that shape and dtype.

    Raises:
        TensorTypeError: a dtype is boolean or complex.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.convert_image_dtype(tf.constant([0, 255], tf.uint8), tf.float32).tolist()
        [0.0, 1.0]
    """
    del name
    x, wanted = as_tensor(image), available(dtype)
    kinds = [_kind(x.dtype), _kind(wanted)]
    check("" not in kinds, "convert_image_dtype", "numbers that are real", (x.dtype, wanted))
    if x.dtype == wanted:
        return x
    if kinds == ["float", "float"]:
        return as_tensor(host(x).astype(wanted))
    if kinds == ["float", "integer"]:
        return _cast(x * jnp.asarray(np.iinfo(wanted).max + 0.5, x.dtype), wanted, saturate)
    if kinds == ["integer", "float"]:
        x = host(x)
        return as_tensor(x.astype(wanted) * wanted.type(1.0 / np.iinfo(x.dtype).max))
    return _rescaled(x, wanted, saturate)


def _kind(dtype: Any) -> str:
    kinds = {"integer": jnp.integer, "float": jnp.floating}
    return next((name for name, kind in kinds.items() if jnp.issubdtype(dtype, kind)), "")


def _rescaled(x: Any, wanted: Any, saturate: bool) -> Any:
    largest, new_largest = int(np.iinfo(x.dtype).max), int(np.iinfo(wanted).max)
    if largest > new_largest:
        return _cast(x // ((largest + 1) // (new_largest + 1)), wanted, saturate)
    factor = (new_largest + 1) // (largest + 1)
    return _cast(x, wanted, saturate) * jnp.asarray(factor, wanted)


def _cast(x: Any, wanted: Any, saturate: bool) -> Any:
    """Beyond `wanted`, numbers wrap around unless `saturate`."""
    if not saturate:
        return dtypes.cast(x, wanted)
    limits = np.iinfo(wanted)
    # XLA stops at the limits when it turns floats into integers.
    if _kind(x.dtype) == "float":
        return x.astype(wanted)
    low, high = np.iinfo(x.dtype).min, np.iinfo(x.dtype).max
    return jnp.clip(x, max(low, int(limits.min)), min(high, int(limits.max))).astype(wanted)


def _floats(image: Any) -> Any:
    """As TensorFlow's adjustments compute: in float16 or float32."""
    x = as_tensor(image)
    return x if x.dtype in ("float16", "float32") else convert_image_dtype(x, "float32")


def adjust_brightness(image: Any, delta: Any) -> Any:
    """`delta` added, as ``tf.image.adjust_brightness``.

    Args:
        image: Tensor of any shape; integers are scaled to floats between 0 and 1 and back.
        delta: A number, usually between -1 and 1.

    Returns:
        A tensor of the same shape and dtype; integers stop at their limits.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.adjust_brightness([[[0.5]]], 0.25).item()
        0.75
    """
    x = _floats(image)
    delta = jnp.asarray(delta).astype(x.dtype)
    return convert_image_dtype(x + delta, as_tensor(image).dtype, saturate=True)


def adjust_contrast(images: Any, contrast_factor: Any) -> Any:
    """Each channel stretched about its mean, as ``tf.image.adjust_contrast``.

    Args:
        images: Tensor ``[..., height, width, channels]``.
        contrast_factor: 1 changes nothing.

    Returns:
        A tensor of the same shape and dtype; integers stop at their limits.

    Raises:
        TensorTypeError: `images` has fewer than three axes.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.adjust_contrast([[[0.0], [1.0]]], 2.0)[0, :, 0].tolist()
        [-0.5, 1.5]
    """
    dtype = tensor("adjust_contrast", images).dtype
    x = _floats(images)
    mean = jnp.mean(x, axis=(-3, -2), keepdims=True, dtype="float32")
    changed = (x - mean) * jnp.asarray(contrast_factor, "float32") + mean
    return convert_image_dtype(changed.astype(x.dtype), dtype, saturate=True)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Any:
    """``gain * image ** gamma``, as ``tf.image.adjust_gamma``.

    Args:
        image: Tensor of any shape; integers are scaled to floats between 0 and 1 and back.
        gamma: Not negative.
        gain: A factor.

    Returns:
        A tensor of the same shape and dtype; integers stop at their limits.

    Raises:
        TensorTypeError: `gamma` is negative.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.adjust_gamma([[[0.5]]], 2.0).item()
        0.25
    """
    number = known(gamma)
    check(number is None or number >= 0, "adjust_gamma", "gamma of at least 0", gamma)
    x = _floats(image)
    gamma, gain = (jnp.asarray(v).astype(x.dtype) for v in (gamma, gain))
    return convert_image_dtype(gain * x**gamma, as_tensor(image).dtype, saturate=True)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Any:
    """Colours turned about the colour circle, as ``tf.image.adjust_hue``.

    Args:
        image: Tensor ``[..., height, width, 3]``.
        delta: How far, between -1 and 1; 1 is the whole circle.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `image` does not end in three channels, or `delta` is too large.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.adjust_hue([[[1.0, 0.0, 0.0]]], 1 / 3)[0, 0].tolist()
        [0.0, 1.0, 0.0]
    """
    del name
    number = known(delta)
    check(number is None or abs(number) <= 1, "adjust_hue", "delta between -1 and 1", delta)
    dtype = _coloured("adjust_hue", image).dtype
    hue, saturation, value = _hsv(_floats(image))
    hue = (hue + jnp.asarray(delta, hue.dtype)) % 1
    return convert_image_dtype(_rgb(hue, saturation, value), dtype)


def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Any:
    """Colours made stronger or paler, as ``tf.image.adjust_saturation``.

    Args:
        image: Tensor ``[..., height, width, 3]``.
        saturation_factor: 0 gives grey, 1 changes nothing.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `image` does not end in three channels.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.adjust_saturation([[[1.0, 0.5, 0.5]]], 0.0)[0, 0].tolist()
        [1.0, 1.0, 1.0]
    """
    del name
    dtype = _coloured("adjust_saturation", image).dtype
    hue, saturation, value = _hsv(_floats(image))
    factor = jnp.asarray(saturation_factor).astype(hue.dtype)
    return convert_image_dtype(_rgb(hue, jnp.clip(saturation * factor, 0, 1), value), dtype)


def per_image_standardization(image: Any) -> Any:
    """Each picture with mean 0 and variance 1, as ``tf.image.per_image_standardization``.

    Args:
        image: Tensor ``[..., height, width, channels]``.

    Returns:
        A float32 tensor. A picture of one colour becomes 0.

    Raises:
        TensorTypeError: `image` has fewer than three axes.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.per_image_standardization([[[1], [3]]])[0, :, 0].tolist()
        [-1.0, 1.0]
    """
    x = tensor("per_image_standardization", image).astype("float32")
    axes = (-1, -2, -3)
    least = np.float32(1 / np.sqrt(np.prod(x.shape[-3:])))
    deviation = jnp.maximum(jnp.std(x, axes, keepdims=True), least)
    return (x - jnp.mean(x, axes, keepdims=True)) / deviation


def rgb_to_grayscale(images: Any, name: str | None = None) -> Any:
    """One grey channel, as ``tf.image.rgb_to_grayscale``.

    Args:
        images: Tensor ``[..., 3]``.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor ``[..., 1]`` of the same dtype.

    Raises:
        TensorTypeError: `images` does not end in three channels.

    Example:
        >>> import glasstape.tf as tf
        >>> round(tf.image.rgb_to_grayscale([[[1.0, 0.0, 0.0]]]).item(), 4)
        0.2989
    """
    del name
    x = _coloured("rgb_to_grayscale", images)
    grey = _product(convert_image_dtype(x, "float32"), np.array(_GREY)[:, None])
    return convert_image_dtype(grey, x.dtype)


def grayscale_to_rgb(images: Any, name: str | None = None) -> Any:
    """Three equal channels, as ``tf.image.grayscale_to_rgb``.

    Args:
        images: Tensor ``[..., 1]``.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor ``[..., 3]`` of the same dtype.

    Raises:
        TensorTypeError: `images` does not end in one channel.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.grayscale_to_rgb([[[7]]]).tolist()
        [[[7, 7, 7]]]
    """
    del name
    x = host(tensor("grayscale_to_rgb", images, 1))
    check(x.shape[-1] == 1, "grayscale_to_rgb", "one channel", f"shape {tuple(x.shape)}")
    return as_tensor(module_of(x).repeat(x, 3, axis=-1))


def rgb_to_hsv(images: Any, name: str | None = None) -> Any:
    """Hue, saturation and value, each between 0 and 1, as ``tf.image.rgb_to_hsv``.

    Args:
        images: Floating-point tensor ``[..., 3]``, numbers between 0 and 1.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `images` does not end in three channels, or holds integers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.rgb_to_hsv([0.0, 0.0, 0.5]).tolist()
        [0.6666666865348816, 1.0, 0.5]
    """
    del name
    return jnp.stack(_hsv(_floating("rgb_to_hsv", images)), axis=-1)


def hsv_to_rgb(images: Any, name: str | None = None) -> Any:
    """Red, green and blue, as ``tf.image.hsv_to_rgb``.

    Args:
        images: Floating-point tensor ``[..., 3]``, numbers between 0 and 1.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `images` does not end in three channels, or holds integers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.hsv_to_rgb([0.5, 1.0, 1.0]).tolist()
        [0.0, 1.0, 1.0]
    """
    del name
    x = _floating("hsv_to_rgb", images)
    return _rgb(x[..., 0], x[..., 1], x[..., 2])


def rgb_to_yuv(images: Any) -> Any:
    """Brightness and two differences of colour, as ``tf.image.rgb_to_yuv``.

    Args:
        images: Floating-point tensor ``[..., 3]``.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `images` does not end in three channels, or holds integers.

    Example:
        >>> import glasstape.tf as tf
        >>> round(float(tf.image.rgb_to_yuv([1.0, 1.0, 1.0])[0]), 4)
        1.0
    """
    return _product(_floating("rgb_to_yuv", images), _YUV)


def yuv_to_rgb(images: Any) -> Any:
    """The way back from `rgb_to_yuv`, as ``tf.image.yuv_to_rgb``.

    Args:
        images: Floating-point tensor ``[..., 3]``.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `images` does not end in three channels, or holds integers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.yuv_to_rgb([1.0, 0.0, 0.0]).tolist()
        [1.0, 1.0, 1.0]
    """
    return _product(_floating("yuv_to_rgb", images), _FROM_YUV)


def rgb_to_yiq(images: Any) -> Any:
    """The colours of NTSC television, as ``tf.image.rgb_to_yiq``.

    Args:
        images: Floating-point tensor ``[..., 3]``.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `images` does not end in three channels, or holds integers.

    Example:
        >>> import glasstape.tf as tf
        >>> round(float(tf.image.rgb_to_yiq([1.0, 1.0, 1.0])[0]), 4)
        1.0
    """
    return _product(_floating("rgb_to_yiq", images), _YIQ)


def yiq_to_rgb(images: Any) -> Any:
    """The way back from `rgb_to_yiq`, as ``tf.image.yiq_to_rgb``.

    Args:
        images: Floating-point tensor ``[..., 3]``.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `images` does not end in three channels, or holds integers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.yiq_to_rgb([1.0, 0.0, 0.0]).tolist()
        [1.0, 1.0, 1.0]
    """
    return _product(_floating("yiq_to_rgb", images), _FROM_YIQ)


def _coloured(function: str, images: Any) -> Any:
    x = tensor(function, images, 1)
    check(x.shape[-1] == 3, function, "three channels", f"shape {tuple(x.shape)}")
    return x


def _floating(function: str, images: Any) -> Any:
    x = _coloured(function, images)
    check(_kind(x.dtype) == "float", function, "a floating-point dtype", x.dtype)
    return x


def _product(x: Any, matrix: Any) -> Any:
    # On accelerators JAX would multiply in fewer bits.
    return jnp.matmul(x, jnp.asarray(matrix, x.dtype), precision="highest")


def _hsv(x: Any) -> tuple[Any, Any, Any]:
    """https://en.wikipedia.org/wiki/HSL_and_HSV#From_RGB."""
    red, green, blue = x[..., 0], x[..., 1], x[..., 2]
    value, least = jnp.max(x, axis=-1), jnp.min(x, axis=-1)
    spread = value - least
    divisor = jnp.where(spread > 0, spread, 1)
    saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, 1), 0)
    sixths = jnp.where(
        red == value,
        (green - blue) / divisor,
        jnp.where(green == value, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
    )
    hue = jnp.where(spread > 0, sixths / 6, 0)
    return jnp.where(hue < 0, hue + 1, hue), saturation, value


def _rgb(hue: Any, saturation: Any, value: Any) -> Any:
    """https://en.wikipedia.org/wiki/HSL_and_HSV#HSV_to_RGB."""
    sixths = hue[..., None] * 6
    distance = jnp.abs(sixths - jnp.asarray([3, 2, 4], hue.dtype))
    strength = jnp.stack([distance[..., 0] - 1, 2 - distance[..., 1], 2 - distance[..., 2]], -1)
    strength = jnp.clip(strength, 0, 1)
    return ((1 - saturation)[..., None] + saturation[..., None] * strength) * value[..., None]
