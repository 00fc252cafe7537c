"""The numbers that `jax.random` draws, drawn by NumPy in 12 to 20 nanoseconds each.

XLA draws them sooner, but compiles a tenth of a second for each shape before. JAX' generator is
``threefry2x32`` (Salmon et al., *Parallel random numbers: as easy as 1, 2, 3*, SC 2011), which
scrambles a count of the numbers by a key (``jax_threefry_partitionable``). The bits are JAX' own.
So are uniform numbers, where XLA multiplies and adds in one operation, as it does on processors
that can. Normal ones are up to 2 units in the last place off.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Key = tuple[int, int]
_PIECE = 1 << 14  # three such arrays fit a core's cache
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_WORD = 0xFFFFFFFF

# Giles, *Approximating the erfinv function*, GPU Computing Gems 2, 2010: single precision, highest
# power first, near zero and in the tails.
_CENTER = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
    -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip
_TAIL = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
    -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
)  # fmt: skip


def uniform(key: Key, count: int, low: float, high: float) -> np.ndarray:
    """As `jax.random.uniform` draws them: float32[count] from low to high."""
    return _in_pieces(count, lambda first, out: _draw(key, first, low, high, out))


def normal(key: Key, count: int) -> np.ndarray:
    """As `jax.random.normal` draws them: float32[count]."""
    low = float(np.nextafter(np.float32(-1), np.float32(0)))
    return _in_pieces(count, lambda first, out: _draw_normal(key, first, low, 1.0, out))


def truncated_normal(key: Key, count: int, limit: float) -> np.ndarray:
    """As `jax.random.truncated_normal` draws them: float32[count] between -limit and limit."""
    bound = math.erf(limit / math.sqrt(2))
    largest = np.nextafter(np.float32(limit), np.float32(0))

    def fill(first: int, out: np.ndarray) -> None:
        _draw_normal(key, first, -bound, bound, out)
        np.clip(out, -largest, largest, out=out)

    return _in_pieces(count, fill)


def _in_pieces(count: int, fill: Callable[[int, np.ndarray], None]) -> np.ndarray:
    numbers = np.empty(count, np.float32)
    for first in range(0, count, _PIECE):
        fill(first, numbers[first : first + _PIECE])
    return numbers


def _draw_normal(key: Key, first: int, low: float, high: float, out: np.ndarray) -> None:
    _draw(key, first, low, high, out)
    out *= _erf_inv(out)  # in this order
    out *= np.float32(math.sqrt(2))


def _draw(key: Key, first: int, low: float, high: float, out: np.ndarray) -> None:
    """Uniform numbers, from number `first` on."""
    bits = _bits(key, first, out.size)
    bits >>= np.uint32(9)
    bits |= np.uint32(0x3F800000)  # the exponent of 1 to 2
    least = np.float32(low)
    # Multiplied and added in one: the product has no more digits than a double.
    wide = (bits.view(np.float32) - np.float32(1)).astype(np.float64)
    wide *= np.float32(high) - least
    wide += least
    out[:] = wide
    np.maximum(out, least, out=out)


def _bits(key: Key, first: int, count: int) -> np.ndarray:
    keys = (*key, key[0] ^ key[1] ^ _PARITY)
    high, low = divmod(first, _WORD + 1)
    left = np.full(count, (high + keys[0]) & _WORD, np.uint32)
    right = np.arange(count, dtype=np.uint32)
    right += np.uint32((low + keys[1]) & _WORD)
    shifted = np.empty_like(right)
    for turn in range(1, 6):
        for rotation in _ROTATIONS[(turn + 1) % 2]:
            left += right
            np.left_shift(right, np.uint32(rotation), out=shifted)
            right >>= np.uint32(32 - rotation)
            right |= shifted
            right ^= left
        left += np.uint32(keys[turn % 3])
        right += np.uint32((keys[(turn + 1) % 3] + turn) & _WORD)
    left ^= right
    return left


def _erf_inv(x: np.ndarray) -> np.ndarray:
    """erf_inv(x) / x."""
    w = -np.log1p(-x * x)
    found = _polynomial(_CENTER, w - np.float32(2.5))
    tail = np.flatnonzero(w >= 5)
    found[tail] = _polynomial(_TAIL, np.sqrt(w[tail]) - np.float32(3))
    return found


def _polynomial(coefficients: tuple[float, ...], x: np.ndarray) -> np.ndarray:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += np.float32(coefficient)
    return value
