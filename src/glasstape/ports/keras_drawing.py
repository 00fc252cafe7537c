"""The weights of a new layer are drawn in a row, by one program for many shapes.

A Keras initializer draws an array of the weight's own shape, for which XLA for CPUs compiles a
program each time: a fifth of a second for two dimensions, up to a second for the four of a
convolution's kernel, 13 seconds for the nets of pix2pix. JAX' generator counts the elements in
their order, so more of them in a row begin with the same numbers (``jax_threefry_partitionable``,
JAX' default since 0.5). What is drawn in eager code on a CPU is therefore drawn in rows of so many
numbers as a few programs serve, and shaped afterwards. The numbers are the same: uniform ones to
the last bit, normal ones but for last digits, since XLA may compile their formula in another way.
"""

from __future__ import annotations

import functools
import inspect
import math
import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.ports.jax_trace import is_eager

# What initializers and `keras.random` draw with has no public name. Where a version of Keras has it
# elsewhere, everything is drawn as Keras does (tests/ports/test_keras_drawing.py looks).
_MODULE = "keras.src.backend.jax.random"
NAMES = ("uniform", "normal", "truncated_normal")
# Rows have a power of two numbers in this range, or a multiple of the larger one.
LEAST, MOST = 1 << 12, 1 << 20


def install() -> None:
    """Have the functions of `NAMES` draw so, once a process."""
    module = sys.modules.get(_MODULE)
    for name in NAMES:
        original = getattr(module, name, None)
        if original is not None and not hasattr(original, "__wrapped__"):
            setattr(module, name, _in_a_row(original))


def _in_a_row(original: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(original)

    @functools.wraps(original)
    def draw(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        shape = given.pop("shape")
        if not _may(shape, **given):
            return original(*args, **kwargs)
        count = math.prod(shape)
        row = np.asarray(original((_rounded(count),), **given))
        return jnp.array(row[:count].reshape(shape))  # a copy: the row goes

    return draw


def _may(shape: Any, dtype: Any = None, seed: Any = None, **numbers: Any) -> bool:
    """Whether the numbers are drawn now, would be the same in a row, and are nobody's function."""
    del dtype
    settings: Any = jax.config
    return (
        isinstance(shape, (tuple, list))
        and len(shape) > 1
        and all(isinstance(n, int) and n for n in shape)
        and all(isinstance(number, (int, float, np.number)) for number in numbers.values())
        and not jnp.issubdtype(getattr(seed, "dtype", np.uint32), jax.dtypes.prng_key)
        and is_eager()
        and jax.default_backend() == "cpu"
        and settings.jax_threefry_partitionable
        and settings.jax_default_prng_impl == "threefry2x32"
    )


def _rounded(count: int) -> int:
    if count > MOST:
        return -(-count // MOST) * MOST
    return max(LEAST, 1 << (count - 1).bit_length())
