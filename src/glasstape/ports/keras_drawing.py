"""The initial values of variables are made without a program for each shape.

A Keras initializer draws or fills an array of the variable's own shape, for which XLA for CPUs
compiles a program each time: a fifth of a second for the random numbers of two dimensions, up to a
second for the four of a convolution's kernel, a fortieth for zeros; half of the time that building
a net took. What is made in eager code, where a CPU is the one device, is therefore made by NumPy,
to the same numbers (`jax_numbers`).

So many numbers that XLA would draw them sooner, those of other dtypes than float32, and those that
are no initial values and may be drawn again and again, are drawn by few programs: in rows of a
power of two, shaped afterwards. JAX' generator counts the elements in their order, so more of them
in a row begin with the same numbers (``jax_threefry_partitionable``, JAX' default since 0.5).
"""

from __future__ import annotations

import functools
import inspect
import math
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import keras
import numpy as np
from keras.backend import standardize_dtype

from glasstape.ports import jax_numbers
from glasstape.ports.jax_trace import is_eager

# What initializers and `keras.random` draw with, and what they fill arrays with, has no public
# name. Where a version of Keras has it elsewhere, everything is made as Keras does
# (tests/ports/test_keras_drawing.py looks).
_RANDOM = "keras.src.backend.jax.random"
_NUMPY = "keras.src.backend.jax.numpy"
DRAWN = ("uniform", "normal", "truncated_normal")
FILLED = {"zeros": 0, "ones": 1}
# Rows have a power of two numbers in this range, or a multiple of the larger one.
LEAST, MOST = 1 << 12, 1 << 20
# Above this many XLA draws them sooner, with what it takes to compile.
BY_NUMPY = 1 << 22


class _Thread(threading.local):
    initializes = False


_thread = _Thread()


def install() -> None:
    """Have the functions named above make arrays so, once a process."""
    for name in DRAWN:
        _replace(sys.modules.get(_RANDOM), name, functools.partial(_drawing, name))
    for name, value in FILLED.items():
        _replace(sys.modules.get(_NUMPY), name, functools.partial(_filling, value))
    _replace(keras.initializers.Orthogonal, "__call__", _orthogonal)
    _replace(keras.Variable, "_initialize_with_initializer", _initializing)


def _replace(home: Any, name: str, wrap: Callable[[Callable[..., Any]], Any]) -> None:
    original = getattr(home, name, None)
    if original is not None and not hasattr(original, "__wrapped__"):
        setattr(home, name, functools.wraps(original)(wrap(original)))


def _is_here() -> bool:
    """Whether arrays are made now, for the one device there is, a CPU."""
    return is_eager() and jax.default_backend() == "cpu" and jax.device_count() == 1


def _initializing(original: Callable[..., Any]) -> Callable[..., Any]:
    def initialize(self: Any, initializer: Any) -> None:
        before, _thread.initializes = _thread.initializes, True
        try:
            original(self, initializer)
        finally:
            _thread.initializes = before

    return initialize


def _orthogonal(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, shape: Any, dtype: Any = None) -> Any:
        if dtype != "float32" or not _is_shape(shape) or len(shape) < 2 or not _is_here():
            return original(self, shape, dtype)
        rows, columns = math.prod(shape[:-1]), shape[-1]
        sizes = max(rows, columns), min(rows, columns)
        # XLA's own factors, whose digits other libraries do not give; what follows is exact.
        drawn: Any = keras.random.normal(sizes, seed=self.seed, dtype=dtype)
        q, r = map(np.asarray, jax.numpy.linalg.qr(drawn))
        q = q * np.sign(r.diagonal()) * np.float32(self.gain)
        return _arrived((q if rows >= columns else q.T).reshape(shape))

    return call


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, (tuple, list)) and all(isinstance(n, int) for n in shape)


def _arrived(array: np.ndarray) -> Any:
    # Not jnp.array, which compiles a program for each shape. A copy: a compiled step may be given
    # the array to overwrite.
    return jax.device_put(array, may_alias=False)


def _filling(value: int, original: Callable[..., Any]) -> Callable[..., Any]:
    def fill(shape: Any, dtype: Any = None) -> Any:
        if dtype != "float32" or not _is_shape(shape) or not _is_here():
            return original(shape, dtype)
        return _arrived(np.full(shape, value, dtype))

    return fill


def _drawing(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(original)

    def draw(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        shape, *numbers, dtype, seed = given.args
        if not _may(shape, numbers, seed):
            return original(*args, **kwargs)
        seed = sys.modules[_RANDOM].jax_draw_seed(seed)
        count = math.prod(shape)
        if (
            _thread.initializes
            and count <= BY_NUMPY
            and standardize_dtype(dtype) == "float32"
            and {type(n) for n in numbers} <= {int, float}
        ):
            row = _drawn(name, np.asarray(seed), count, *numbers)
        else:
            row = np.asarray(original((_rounded(count),), *numbers, dtype, seed))[:count]
        return _arrived(row.reshape(shape))

    return draw


def _drawn(name: str, seed: np.ndarray, count: int, first: float, second: float) -> np.ndarray:
    key = int(seed[0]), int(seed[1])
    if name == "uniform":
        return jax_numbers.uniform(key, count, first, second)
    if name == "normal":
        row = jax_numbers.normal(key, count)
    else:
        row = jax_numbers.truncated_normal(key, count, 2.0)  # which is Keras' own limit
    row *= np.float32(second)
    row += np.float32(first)
    return row


def _may(shape: Any, numbers: Sequence[Any], seed: Any) -> bool:
    """Whether the numbers are drawn now, would be the same in a row, and are nobody's function."""
    settings: Any = jax.config
    return (
        _is_shape(shape)
        and all(shape)
        and all(isinstance(number, (int, float, np.number)) for number in numbers)
        and getattr(seed, "dtype", np.uint32) == np.uint32
        and getattr(seed, "shape", (2,)) == (2,)
        and _is_here()
        and settings.jax_threefry_partitionable
        and settings.jax_default_prng_impl == "threefry2x32"
    )


def _rounded(count: int) -> int:
    if count > MOST:
        return -(-count // MOST) * MOST
    return max(LEAST, 1 << (count - 1).bit_length())
