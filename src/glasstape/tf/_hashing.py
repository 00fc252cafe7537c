"""Numbers for texts: those by which TensorFlow puts words into buckets.

FarmHash's 64-bit fingerprint is defined at https://github.com/google/farmhash, SipHash-2-4 in
"SipHash: a fast short-input PRF" (Aumasson, Bernstein 2012); neither will change.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from glasstape.tf._convert import as_tensor
from glasstape.tf._text import as_strings, refusal

_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_ALL = 2**64 - 1


def to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Any:
    """A number below `num_buckets` for each string, as ``tf.strings.to_hash_bucket_fast``.

    Args:
        input: Strings, any shape.
        num_buckets: How many numbers there are.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        int64 tensor of that shape (int32 unless ``jax_enable_x64`` is set).

    Raises:
        TensorTypeError: `input` is no text, or there are no buckets.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.to_hash_bucket_fast(["Hello", "TensorFlow"], 3).tolist()
        [0, 2]
    """
    del name
    return as_tensor(buckets(input, num_buckets))


def to_hash_bucket_strong(input: Any, num_buckets: int, key: Any, name: str | None = None) -> Any:
    """Likewise, by SipHash and a key, as ``tf.strings.to_hash_bucket_strong``.

    Args:
        input: Strings, any shape.
        num_buckets: How many numbers there are.
        key: Two whole numbers that are not negative.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        int64 tensor of that shape (int32 unless ``jax_enable_x64`` is set).

    Raises:
        TensorTypeError: `input` is no text, or there are no buckets, or other keys.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.to_hash_bucket_strong(["Hello", "TF"], 3, [1, 2]).tolist()
        [2, 0]
    """
    del name
    return as_tensor(buckets(input, num_buckets, key))


def buckets(texts: Any, count: int, key: Any = None) -> np.ndarray:
    """Likewise, int64 whatever JAX has; by SipHash when there is a key."""
    if count < 1:
        raise refusal("num_buckets of 1 or more", count, "pass a larger one")
    if key is not None and (len(key) != 2 or min(key) < 0):
        raise refusal("a key of two whole numbers that are not negative", key, "pass [1, 2]")
    array = np.asarray(as_strings(texts))
    number = fingerprint if key is None else functools.partial(_sip_hash, key)
    numbers = [number(bytes(text)) % count for text in array.reshape(-1)]
    return np.array(numbers, np.int64).reshape(array.shape)


def _sip_hash(key: Sequence[int], text: bytes) -> int:
    """SipHash-2-4: each word goes through two rounds, the end through four."""
    first, second = (int(k) & _ALL for k in key)
    a, b = first ^ 0x736F6D6570736575, second ^ 0x646F72616E646F6D
    c, d = first ^ 0x6C7967656E657261, second ^ 0x7465646279746573
    end = len(text) // 8 * 8
    last = int.from_bytes(text[end:], "little") | (len(text) & 0xFF) << 56
    for word in [*(_word(text, at) for at in range(0, end, 8)), last]:
        a, b, c, d = _sip_rounds(2, a, b, c, d ^ word)
        a ^= word
    a, b, c, d = _sip_rounds(4, a, b, c ^ 0xFF, d)
    return a ^ b ^ c ^ d


def _sip_rounds(count: int, a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    for _ in range(count):
        a, c = (a + b) & _ALL, (c + d) & _ALL
        b, d = _turn(b, 51) ^ a, _turn(d, 48) ^ c
        a = _turn(a, 32)
        a, c = (a + d) & _ALL, (c + b) & _ALL
        b, d = _turn(b, 47) ^ c, _turn(d, 43) ^ a
        c = _turn(c, 32)
    return a, b, c, d


def fingerprint(text: bytes) -> int:
    """The fingerprint, below ``2**64``."""
    size = len(text)
    if size <= 16:
        return _up_to_16(text, size)
    mul = (_K2 + 2 * size) & _ALL
    if size <= 32:
        a, b = _word(text, 0) * _K1, _word(text, 8)
        c, d = _word(text, size - 8) * mul, _word(text, size - 16) * _K2
        return _joined(_turn(a + b, 43) + _turn(c, 30) + d, a + _turn(b + _K2, 18) + c, mul)
    if size <= 64:
        return _up_to_64(text, size, mul)
    return _longer(text, size)


def _up_to_16(text: bytes, size: int) -> int:
    mul = _K2 + 2 * size
    if size >= 8:
        a, b = _word(text, 0) + _K2, _word(text, size - 8)
        return _joined(_turn(b, 37) * mul + a, (_turn(a, 25) + b) * mul, mul)
    if size >= 4:
        first, last = (int.from_bytes(text[at : at + 4], "little") for at in (0, size - 4))
        return _joined(size + (first << 3), last, mul)
    if size:
        mixed = (text[0] + (text[size >> 1] << 8)) * _K2 ^ (size + (text[-1] << 2)) * _K0
        return _shifted(mixed & _ALL) * _K2 & _ALL
    return _K2


def _up_to_64(text: bytes, size: int, mul: int) -> int:
    a, b = _word(text, 0) * _K2, _word(text, 8)
    c, d = _word(text, size - 8) * mul, _word(text, size - 16) * _K2
    y = _turn(a + b, 43) + _turn(c, 30) + d
    z = _joined(y, a + _turn(b + _K2, 18) + c, mul)
    e, f = _word(text, 16) * mul, _word(text, 24)
    g, h = (y + _word(text, size - 32)) * mul, (z + _word(text, size - 24)) * mul
    return _joined(_turn(e + f, 43) + _turn(g, 30) + h, e + _turn(f + a, 18) + g, mul)


def _longer(text: bytes, size: int) -> int:
    """56 bytes of state, through which blocks of 64 bytes go; the last block may overlap."""
    y = (81 * _K1 + 113) & _ALL
    z = _shifted((y * _K2 + 113) & _ALL) * _K2 & _ALL
    v = w = (0, 0)
    x = (81 * _K2 + _word(text, 0)) & _ALL
    for at in range(0, (size - 1) // 64 * 64, 64):
        x = _turn(x + y + v[0] + _word(text, at + 8), 37) * _K1 ^ w[1]
        y = _turn(y + v[1] + _word(text, at + 48), 42) * _K1 + v[0] + _word(text, at + 40)
        z = _turn(z + w[0], 33) * _K1
        v = _mixed(text, at, v[1] * _K1, x + w[0])
        w = _mixed(text, at + 32, z + w[1], y + _word(text, at + 16))
        x, z = z & _ALL, x & _ALL
    at, mul = size - 64, _K1 + ((z & 0xFF) << 1)
    w = (w[0] + (size - 1 & 63), w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x = (_turn(x + y + v[0] + _word(text, at + 8), 37) * mul & _ALL) ^ (w[1] * 9 & _ALL)
    y = _turn(y + v[1] + _word(text, at + 48), 42) * mul + v[0] * 9 + _word(text, at + 40)
    z = _turn(z + w[0], 33) * mul
    v = _mixed(text, at, v[1] * mul, x + w[0])
    w = _mixed(text, at + 32, z + w[1], y + _word(text, at + 16))
    first = _joined(v[0], w[0], mul) + _shifted(y & _ALL) * _K0 + x
    return _joined(first, _joined(v[1], w[1], mul) + z, mul)


def _mixed(text: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """32 bytes mixed into two words."""
    first, second, third, fourth = (_word(text, at + i) for i in (0, 8, 16, 24))
    a += first
    b = _turn(b + a + fourth, 21)
    c = a
    a += second + third
    return (a + fourth) & _ALL, (b + _turn(a, 44) + c) & _ALL


def _joined(u: int, v: int, mul: int) -> int:
    a = _shifted((u ^ v) * mul & _ALL)
    b = _shifted((v ^ a) * mul & _ALL)
    return b * mul & _ALL


def _shifted(value: int) -> int:
    return value ^ value >> 47


def _turn(value: int, by: int) -> int:
    value &= _ALL
    return (value >> by | value << 64 - by) & _ALL


def _word(text: bytes, at: int) -> int:
    return int.from_bytes(text[at : at + 8], "little")
