"""`tf.image`: flipping and turning."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from glasstape.tf._convert import as_tensor
from glasstape.tf.image._pictures import (
    check,
    draw,
    draw_stateless,
    host,
    known,
    module_of,
    pictures,
    refusal,
)

_ROWS, _COLUMNS = -3, -2


def flip_left_right(image: Any) -> Any:
    """Mirrored pictures, as ``tf.image.flip_left_right``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch of them.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `image` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.flip_left_right([[[1], [2]]])[0, :, 0].tolist()
        [2, 1]
    """
    return _flipped(pictures("flip_left_right", image), _COLUMNS)


def flip_up_down(image: Any) -> Any:
    """Pictures upside down, as ``tf.image.flip_up_down``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch of them.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `image` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.flip_up_down([[[1]], [[2]]])[:, 0, 0].tolist()
        [2, 1]
    """
    return _flipped(pictures("flip_up_down", image), _ROWS)


def random_flip_left_right(image: Any, seed: int | None = None) -> Any:
    """Every second picture mirrored, by chance, as ``tf.image.random_flip_left_right``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch; each picture has its own chance.
        seed: Calls with one seed go through one sequence of chances.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `image` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.random_flip_left_right(tf.ones([2, 4, 4, 3])).shape
        (2, 4, 4, 3)
    """
    return _perhaps(pictures("random_flip_left_right", image), _COLUMNS, draw, seed)


def random_flip_up_down(image: Any, seed: int | None = None) -> Any:
    """Every second picture upside down, by chance, as ``tf.image.random_flip_up_down``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch; each picture has its own chance.
        seed: Calls with one seed go through one sequence of chances.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `image` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.random_flip_up_down(tf.ones([2, 4, 4, 3])).shape
        (2, 4, 4, 3)
    """
    return _perhaps(pictures("random_flip_up_down", image), _ROWS, draw, seed)


def stateless_random_flip_left_right(image: Any, seed: Any) -> Any:
    """Mirrored or not, as the seed says, as ``tf.image.stateless_random_flip_left_right``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch; each picture has its own chance.
        seed: Two whole numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `image` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.stateless_random_flip_left_right(tf.ones([4, 4, 3]), (1, 2)).shape
        (4, 4, 3)
    """
    x = pictures("stateless_random_flip_left_right", image)
    return _perhaps(x, _COLUMNS, draw_stateless, seed)


def stateless_random_flip_up_down(image: Any, seed: Any) -> Any:
    """Upside down or not, as the seed says, as ``tf.image.stateless_random_flip_up_down``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch; each picture has its own chance.
        seed: Two whole numbers.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `image` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.stateless_random_flip_up_down(tf.ones([4, 4, 3]), (1, 2)).shape
        (4, 4, 3)
    """
    x = pictures("stateless_random_flip_up_down", image)
    return _perhaps(x, _ROWS, draw_stateless, seed)


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Any:
    """Pictures turned against the clock by quarters, as ``tf.image.rot90``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch of them.
        k: How many quarters; a number that is known while a step is traced.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same dtype.

    Raises:
        TensorTypeError: an argument has the wrong type or rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.rot90([[[1], [2]]])[:, 0, 0].tolist()
        [2, 1]
    """
    del name
    x = host(pictures("rot90", image))
    turns = known(k)
    if turns is None:
        fix = "draw it with Python's random module, or choose with jax.lax.switch"
        raise refusal("rot90", "a whole number", "a tensor of a compiled step", fix)
    return as_tensor(module_of(x).rot90(x, int(turns), axes=(x.ndim - 3, x.ndim - 2)))


def transpose(image: Any, name: str | None = None) -> Any:
    """Rows for columns, as ``tf.image.transpose``.

    Args:
        image: Tensor ``[height, width, channels]`` or a batch of them.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same dtype.

    Raises:
        TensorTypeError: `image` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.transpose(tf.ones([2, 4, 3])).shape
        (4, 2, 3)
    """
    del name
    x = host(pictures("transpose", image))
    return as_tensor(module_of(x).swapaxes(x, -3, -2))


def _flipped(x: Any, axis: int) -> Any:
    x = host(x)
    return as_tensor(module_of(x).flip(x, axis))


def _perhaps(x: Any, axis: int, drawing: Any, seed: Any) -> Any:
    """Flip each picture of a batch by its own chance, as TensorFlow does."""
    chances = drawing([] if len(x.shape) == 3 else [x.shape[0]], 0.0, 1.0, seed) < 0.5
    if len(x.shape) == 3 and known(chances) is not None:
        return _flipped(x, axis) if bool(chances) else x
    return jnp.where(chances.reshape((-1, 1, 1, 1)[-x.ndim :]), jnp.flip(x, axis), x)


def extract_patches(
    images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Any:
    """Windows of the pictures, as ``tf.image.extract_patches``.

    Args:
        images: Tensor ``[batch, height, width, channels]``.
        sizes: ``[1, rows, columns, 1]`` of a window.
        strides: ``[1, rows, columns, 1]`` from a window to the next.
        rates: ``[1, rows, columns, 1]`` from a pixel to the next one taken.
        padding: "VALID" or "SAME".
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor ``[batch, rows, columns, window's rows · window's columns · channels]``.

    Raises:
        TensorTypeError: `images` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.extract_patches(
        ...     tf.ones([1, 4, 4, 3]), [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"
        ... ).shape
        (1, 2, 2, 12)
    """
    del name
    x = pictures("extract_patches", images, (4,))
    rows, columns = (
        _windows(x.shape[axis], sizes[axis], strides[axis], rates[axis], padding) for axis in (1, 2)
    )
    (above, below), (left, right) = rows[1], columns[1]
    x = jnp.pad(x, ((0, 0), (above, below), (left, right), (0, 0)))
    found = jnp.moveaxis(x[:, rows[0]][:, :, :, columns[0]], 3, 2)
    return found.reshape((*found.shape[:3], -1))


def _windows(size: int, window: int, stride: int, rate: int, padding: str) -> tuple[Any, Any]:
    """Which rows belong to each window, and how many rows of zeros come before and after."""
    check(padding in ("VALID", "SAME"), "extract_patches", "padding VALID or SAME", padding)
    reach = (window - 1) * rate + 1
    count = -(-size // stride) if padding == "SAME" else max(0, (size - reach) // stride + 1)
    zeros = max(0, (count - 1) * stride + reach - size) if padding == "SAME" else 0
    rows = np.arange(count)[:, None] * stride + np.arange(window) * rate
    return rows, (zeros // 2, zeros - zeros // 2)
