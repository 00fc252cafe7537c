"""`tf.random`: reproducible with `set_seed`, with other numbers than TensorFlow's."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import keras

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _elsewhere, _seeds
from glasstape.tf._convert import as_shape, as_tensor, available

__all__ = ["normal", "set_seed", "uniform"]


def set_seed(seed: int) -> None:
    """Make what follows reproducible, as ``tf.random.set_seed``.

    Python's and NumPy's global generators are seeded as well, because Keras draws the seeds of
    layers and datasets from them.

    Args:
        seed: A whole number.

    Raises:
        TensorTypeError: it is not one.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.set_seed(1)
        >>> first = tf.random.normal([])
        >>> tf.random.set_seed(1)
        >>> bool(first == tf.random.normal([]))
        True
    """
    _seeds.set_seed(seed)


def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Numbers from a normal distribution, new ones at each call, as ``tf.random.normal``.

    Args:
        shape: Whole numbers, or a tensor of them.
        mean: Number or tensor that broadcasts with `shape`.
        stddev: Likewise.
        dtype: A floating-point dtype.
        seed: Calls with one seed go through one sequence of numbers.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor.

    Raises:
        TensorTypeError: an argument has the wrong type.
        StepTypeError: JAX is tracing outside of a compiled step (``jax.jit``, Keras' ``fit``).

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.normal([2, 3], stddev=0.1).shape
        (2, 3)
    """
    del name
    dtype = available(dtype)
    mean, stddev = as_tensor(mean, dtype), as_tensor(stddev, dtype)
    return keras.random.normal(
        as_shape(shape), mean, stddev, dtype.name, seed=_seeds.generator(seed)
    )


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Numbers from ``[minval, maxval)``, new ones at each call, as ``tf.random.uniform``.

    Args:
        shape: Whole numbers, or a tensor of them.
        minval: Number or tensor that broadcasts with `shape`.
        maxval: Likewise; 1 when None, which integers do not allow.
        dtype: A floating-point or integer dtype.
        seed: Calls with one seed go through one sequence of numbers.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor.

    Raises:
        TensorTypeError: an argument has the wrong type, or `maxval` is missing or too small.
        StepTypeError: JAX is tracing outside of a compiled step (``jax.jit``, Keras' ``fit``).

    Example:
        >>> import glasstape.tf as tf
        >>> bool(tf.random.uniform([], 5, 7, tf.int32) < 7)
        True
    """
    del name
    dtype = available(dtype)
    floating = jnp.issubdtype(dtype, jnp.floating)
    if not floating:
        _check_bounds(minval, maxval)
    low, high = as_tensor(minval, dtype), as_tensor(1 if maxval is None else maxval, dtype)
    size, source = as_shape(shape), _seeds.generator(seed)
    if floating:
        # TensorFlow's formula, which also goes down from minval to a smaller maxval.
        return low + (high - low) * keras.random.uniform(size, dtype=dtype.name, seed=source)
    return keras.random.randint(size, low, high, dtype.name, seed=source)


def _check_bounds(low: Any, high: Any) -> None:
    if high is not None and not (isinstance(low, int) and isinstance(high, int) and low >= high):
        return
    raise TensorTypeError(
        "tf.random.uniform cannot draw whole numbers from these bounds.",
        expected="maxval > minval",
        received=f"minval={low}, maxval={high}",
        fix="pass maxval, the first number that is not drawn any more",
        where=sources.user_source(),
    )


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
