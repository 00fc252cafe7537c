"""`tf.image`: adjustments by chance, reproducible with `tf.random.set_seed`."""

from __future__ import annotations

from typing import Any

from glasstape.tf.image import _codecs, _colours
from glasstape.tf.image._pictures import check, draw, draw_stateless


def random_brightness(image: Any, max_delta: Any, seed: int | None = None) -> Any:
    """Brightness changed by chance, as ``tf.image.random_brightness``.

    Args:
        image: Tensor of any shape.
        max_delta: At most so much is added or taken away.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `max_delta` is negative.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.random_brightness(tf.ones([4, 4, 3]), 0.2).shape
        (4, 4, 3)
    """
    check(max_delta >= 0, "random_brightness", "max_delta of at least 0", max_delta)
    return _colours.adjust_brightness(image, draw([], -max_delta, max_delta, seed))


def random_contrast(image: Any, lower: Any, upper: Any, seed: int | None = None) -> Any:
    """Contrast changed by chance, as ``tf.image.random_contrast``.

    Args:
        image: Tensor ``[..., height, width, channels]``.
        lower: The smallest factor, at least 0.
        upper: Above `lower`.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: the bounds are negative or in the wrong order.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.random_contrast(tf.ones([4, 4, 3]), 0.5, 1.5).shape
        (4, 4, 3)
    """
    _check_bounds("random_contrast", lower, upper)
    return _colours.adjust_contrast(image, draw([], lower, upper, seed))


def random_hue(image: Any, max_delta: Any, seed: int | None = None) -> Any:
    """Hue changed by chance, as ``tf.image.random_hue``.

    Args:
        image: Tensor ``[..., height, width, 3]``.
        max_delta: The colours turn by at most so much, from 0 to 0.5.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `max_delta` is out of range.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.random_hue(tf.ones([4, 4, 3]), 0.2).shape
        (4, 4, 3)
    """
    check(0 <= max_delta <= 0.5, "random_hue", "max_delta from 0 to 0.5", max_delta)
    return _colours.adjust_hue(image, draw([], -max_delta, max_delta, seed))


def random_saturation(image: Any, lower: Any, upper: Any, seed: int | None = None) -> Any:
    """Saturation changed by chance, as ``tf.image.random_saturation``.

    Args:
        image: Tensor ``[..., height, width, 3]``.
        lower: The smallest factor, at least 0.
        upper: Above `lower`.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: the bounds are negative or in the wrong order.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.random_saturation(tf.ones([4, 4, 3]), 0.5, 1.5).shape
        (4, 4, 3)
    """
    _check_bounds("random_saturation", lower, upper)
    return _colours.adjust_saturation(image, draw([], lower, upper, seed))


def stateless_random_brightness(image: Any, max_delta: Any, seed: Any) -> Any:
    """Brightness that belongs to a seed, as ``tf.image.stateless_random_brightness``.

    Args:
        image: Tensor of any shape.
        max_delta: At most so much is added or taken away.
        seed: Two whole numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `max_delta` is negative.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.stateless_random_brightness(tf.ones([4, 4, 3]), 0.2, (1, 2)).shape
        (4, 4, 3)
    """
    check(max_delta >= 0, "stateless_random_brightness", "max_delta of at least 0", max_delta)
    return _colours.adjust_brightness(image, draw_stateless([], -max_delta, max_delta, seed))


def stateless_random_contrast(image: Any, lower: Any, upper: Any, seed: Any) -> Any:
    """Contrast that belongs to a seed, as ``tf.image.stateless_random_contrast``.

    Args:
        image: Tensor ``[..., height, width, channels]``.
        lower: The smallest factor, at least 0.
        upper: Above `lower`.
        seed: Two whole numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: the bounds are negative or in the wrong order.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.stateless_random_contrast(tf.ones([4, 4, 3]), 0.5, 1.5, (1, 2)).shape
        (4, 4, 3)
    """
    _check_bounds("stateless_random_contrast", lower, upper)
    return _colours.adjust_contrast(image, draw_stateless([], lower, upper, seed))


def stateless_random_hue(image: Any, max_delta: Any, seed: Any) -> Any:
    """Hue that belongs to a seed, as ``tf.image.stateless_random_hue``.

    Args:
        image: Tensor ``[..., height, width, 3]``.
        max_delta: The colours turn by at most so much, from 0 to 0.5.
        seed: Two whole numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `max_delta` is out of range.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.stateless_random_hue(tf.ones([4, 4, 3]), 0.2, (1, 2)).shape
        (4, 4, 3)
    """
    check(0 <= max_delta <= 0.5, "stateless_random_hue", "max_delta from 0 to 0.5", max_delta)
    return _colours.adjust_hue(image, draw_stateless([], -max_delta, max_delta, seed))


def stateless_random_saturation(image: Any, lower: Any, upper: Any, seed: Any) -> Any:
    """Saturation that belongs to a seed, as ``tf.image.stateless_random_saturation``.

    Args:
        image: Tensor ``[..., height, width, 3]``.
        lower: The smallest factor, at least 0.
        upper: Above `lower`.
        seed: Two whole numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: the bounds are negative or in the wrong order.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.stateless_random_saturation(tf.ones([4, 4, 3]), 0.5, 1.5, (1, 2)).shape
        (4, 4, 3)
    """
    _check_bounds("stateless_random_saturation", lower, upper)
    return _colours.adjust_saturation(image, draw_stateless([], lower, upper, seed))


def random_jpeg_quality(
    image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None
) -> Any:
    """Pictures worn by JPEG of some quality, as ``tf.image.random_jpeg_quality``.

    Args:
        image: Tensor ``[height, width, 1 or 3]``, not one of a compiled step.
        min_jpeg_quality: From 0 to 100.
        max_jpeg_quality: Larger than that; itself not drawn.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: the bounds are out of range.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.random_jpeg_quality(tf.ones([4, 4, 3]), 50, 90).shape
        (4, 4, 3)
    """
    low, high = min_jpeg_quality, max_jpeg_quality
    check(0 <= low < high <= 100, "random_jpeg_quality", "0 <= min < max <= 100", (low, high))
    return _codecs.adjust_jpeg_quality(image, draw([], low, high, seed, "int32"))


def stateless_random_jpeg_quality(
    image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: Any
) -> Any:
    """Pictures worn by JPEG of some quality, as ``tf.image.stateless_random_jpeg_quality``.

    Args:
        image: Tensor ``[height, width, 1 or 3]``, not one of a compiled step.
        min_jpeg_quality: From 0 to 100.
        max_jpeg_quality: Larger than that; itself not drawn.
        seed: Two whole numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: the bounds are out of range.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.stateless_random_jpeg_quality(tf.ones([4, 4, 3]), 50, 90, (1, 2)).shape
        (4, 4, 3)
    """
    low, high = min_jpeg_quality, max_jpeg_quality
    check(
        0 <= low < high <= 100,
        "stateless_random_jpeg_quality",
        "0 <= min < max <= 100",
        (low, high),
    )
    return _codecs.adjust_jpeg_quality(image, draw_stateless([], low, high, seed, "int32"))


def _check_bounds(function: str, lower: Any, upper: Any) -> None:
    check(0 <= lower < upper, function, "0 <= lower < upper", (lower, upper))
