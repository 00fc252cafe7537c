"""Resizing along one axis, as TensorFlow's kernels do it: which rows count, and how much.

A resampled row is a weighted sum of rows. The weights depend on the two sizes only, so they are
made with NumPy, once for each pair of sizes.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from glasstape.tf.image._pictures import module_of

# More rows than this for one new row: a matrix product is quicker than adding up rows.
_FEW = 6


class Taps(NamedTuple):
    """The rows that count for each new row.

    Attributes:
        rows: int array ``[new size, taps]``.
        weights: float32 array of that shape; None when the one row is taken as it is.
    """

    rows: np.ndarray
    weights: np.ndarray | None


def apply(x: Any, axis: int, taps: Taps) -> Any:
    """Resample `x`, a NumPy or JAX array, along `axis`."""
    xp = module_of(x)
    if taps.weights is None:
        return xp.take(x, taps.rows[:, 0], axis=axis)
    if taps.rows.shape[1] > _FEW:
        return _multiplied(xp, x, axis, taps)
    shape = [1] * x.ndim
    shape[axis] = -1
    total = None
    for rows, weights in zip(taps.rows.T, taps.weights.T, strict=True):
        part = xp.take(x, rows, axis=axis) * weights.reshape(shape)
        total = part if total is None else total + part
    return total


def _multiplied(xp: Any, x: Any, axis: int, taps: Taps) -> Any:
    weights: Any = taps.weights
    matrix = np.zeros((taps.rows.shape[0], x.shape[axis]), np.float32)
    new = np.arange(len(matrix))[:, None]
    np.add.at(matrix, (new, taps.rows), weights)
    # On accelerators JAX would multiply in fewer bits.
    options = {} if xp is np else {"precision": "highest"}
    return xp.moveaxis(xp.tensordot(matrix, x, axes=(1, axis), **options), 0, axis)


@functools.lru_cache(maxsize=512)
def taps(size: int, new: int, method: str, antialias: bool) -> Taps:
    """How to resample from `size` to `new` rows.

    Raises:
        KeyError: there is no such method.
    """
    if method == "nearest":
        return _nearest(size, new)
    if method == "area":
        return _area(size, new)
    name = {"bilinear": "triangle", "bicubic": "keyscubic"}.get(method, method)
    steps = 1024 if method == "bicubic" and not antialias else None
    return _sampled(size, new, _KERNELS[name], antialias, steps)


def _nearest(size: int, new: int) -> Taps:
    scale = np.float32(size) / np.float32(new)
    rows = np.floor((np.arange(new, dtype=np.float32) + np.float32(0.5)) * scale)
    return Taps(np.minimum(rows.astype(int), size - 1)[:, None], None)


def _area(size: int, new: int) -> Taps:
    """Each new row is the mean of the stretch it covers."""
    scale = np.float32(size) / np.float32(new)
    low = (np.arange(new, dtype=np.float32) * scale)[:, None]
    high = (np.arange(1, new + 1, dtype=np.float32) * scale)[:, None]
    rows = np.floor(low).astype(int) + np.arange(int(np.max(np.ceil(high) - np.floor(low))))
    covered = np.clip(np.minimum(rows + 1, high) - np.maximum(rows, low), 0, None)
    return Taps(np.minimum(rows, size - 1), (covered / scale).astype(np.float32))


def _sampled(size: int, new: int, kernel: Any, antialias: bool, steps: int | None) -> Taps:
    radius, weigh = kernel
    inverse = np.float32(size) / np.float32(new)
    width = max(float(inverse), 1.0) if antialias else 1.0
    centre = (np.arange(new, dtype=np.float32) + np.float32(0.5)) * inverse
    first = np.ceil(centre - radius * width - 0.5).astype(int)
    rows = first[:, None] + np.arange(math.ceil(2 * radius * width) + 1)
    distance = (rows + np.float32(0.5) - centre[:, None]).astype(np.float64) / width
    if steps:  # TensorFlow looks the cubic kernel up in a table
        distance = np.rint(distance * steps) / steps
    there = (rows >= 0) & (rows < size)
    weights = np.where(there & (np.abs(distance) <= radius), weigh(np.abs(distance)), 0)
    weights = _trimmed(weights / weights.sum(1, keepdims=True))
    rows = np.clip(rows, 0, size - 1)[:, : weights.shape[1]]
    return Taps(rows, weights.astype(np.float32))


def _trimmed(weights: np.ndarray) -> np.ndarray:
    """Without a last row that counts nowhere."""
    return weights[:, :-1] if weights.shape[1] > 1 and not weights[:, -1].any() else weights


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - x, 0)


def _cubic(b: float, c: float, x: np.ndarray) -> np.ndarray:
    """Mitchell and Netravali, Reconstruction Filters in Computer Graphics, 1988, equation 8."""
    near = (12 - 9 * b - 6 * c) * x**3 + (-18 + 12 * b + 6 * c) * x**2 + 6 - 2 * b
    far = (-b - 6 * c) * x**3 + (6 * b + 30 * c) * x**2 + (-12 * b - 48 * c) * x + 8 * b + 24 * c
    return np.where(x < 1, near, np.where(x < 2, far, 0)) / 6


def _lanczos(radius: float, x: np.ndarray) -> np.ndarray:
    return np.sinc(x) * np.sinc(x / radius)


def _gaussian(x: np.ndarray) -> np.ndarray:
    return np.where(x < 1.5, np.exp(-2 * x * x), 0)  # radius 1.5, three standard deviations


_KERNELS = {
    "triangle": (1.0, _triangle),
    "keyscubic": (2.0, functools.partial(_cubic, 0.0, 0.5)),
    "mitchellcubic": (2.0, functools.partial(_cubic, 1 / 3, 1 / 3)),
    "lanczos3": (3.0, functools.partial(_lanczos, 3.0)),
    "lanczos5": (5.0, functools.partial(_lanczos, 5.0)),
    "gaussian": (1.5, _gaussian),
}
METHODS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian",
           "mitchellcubic")  # fmt: skip
