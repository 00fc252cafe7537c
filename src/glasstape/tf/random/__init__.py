"""`tf.random`: reproducible with `set_seed`, with other numbers than TensorFlow's."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _elsewhere, _seeds, _stateless
from glasstape.tf._candidates import (
    fixed_unigram_candidate_sampler as fixed_unigram_candidate_sampler,
)
from glasstape.tf._candidates import (
    log_uniform_candidate_sampler as log_uniform_candidate_sampler,
)
from glasstape.tf._candidates import uniform_candidate_sampler as uniform_candidate_sampler
from glasstape.tf._convert import as_shape, as_tensor, available
from glasstape.tf._generator import Algorithm as Algorithm
from glasstape.tf._generator import Generator as Generator
from glasstape.tf._generator import get_global_generator as get_global_generator
from glasstape.tf._generator import set_global_generator as set_global_generator
from glasstape.tf._stateless import fold_in as fold_in
from glasstape.tf._stateless import split as split
from glasstape.tf._stateless import stateless_binomial as stateless_binomial
from glasstape.tf._stateless import stateless_categorical as stateless_categorical
from glasstape.tf._stateless import stateless_gamma as stateless_gamma
from glasstape.tf._stateless import stateless_normal as stateless_normal
from glasstape.tf._stateless import stateless_poisson as stateless_poisson
from glasstape.tf._stateless import stateless_truncated_normal as stateless_truncated_normal
from glasstape.tf._stateless import stateless_uniform as stateless_uniform
from glasstape.tf._translate import translated
from glasstape.tf.random import experimental as experimental

__all__ = [
    "Algorithm",
    "Generator",
    "categorical",
    "experimental",
    "fixed_unigram_candidate_sampler",
    "fold_in",
    "gamma",
    "get_global_generator",
    "log_uniform_candidate_sampler",
    "normal",
    "poisson",
    "set_global_generator",
    "set_seed",
    "shuffle",
    "split",
    "stateless_binomial",
    "stateless_categorical",
    "stateless_gamma",
    "stateless_normal",
    "stateless_poisson",
    "stateless_truncated_normal",
    "stateless_uniform",
    "truncated_normal",
    "uniform",
    "uniform_candidate_sampler",
]


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


@translated("random.truncated_normal")
def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Numbers from a normal distribution, at most two standard deviations from the mean.

    Args:
        mean: Number or tensor that broadcasts with `shape`.
        stddev: Likewise.
        seed: Calls with one seed go through one sequence of numbers.

    Example:
        >>> import glasstape.tf as tf
        >>> bool(tf.reduce_max(tf.abs(tf.random.truncated_normal([100]))) <= 2)
        True
    """
    return _stateless.truncated_normals(_seeds.next_key(seed), shape, mean, stddev, dtype)


@translated("random.shuffle")
def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Any:
    """The rows in a random order.

    Args:
        value: Tensor of rank 1 or more.
        seed: Calls with one seed go through one sequence of numbers.

    Example:
        >>> import glasstape.tf as tf
        >>> sorted(tf.random.shuffle([1, 2, 3]).tolist())
        [1, 2, 3]
    """
    x = as_tensor(value)
    return jax.random.permutation(_seeds.next_key(seed), x) if x.ndim else x


@translated("random.categorical")
def categorical(
    logits: Any,
    num_samples: Any,
    dtype: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Class numbers, drawn with the probabilities softmax(logits).

    Args:
        logits: float tensor of shape ``[batch, classes]``.
        num_samples: How many for each row.
        dtype: int64 when None, which is int32 unless ``jax_enable_x64`` is set.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        A tensor of shape ``[batch, num_samples]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.categorical([[0.0, 1.0]], 5).shape
        (1, 5)
    """
    return _stateless.categoricals(_seeds.next_key(seed), logits, num_samples, dtype)


@translated("random.gamma")
def gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Numbers from gamma distributions.

    Args:
        shape: How many for each; it comes before the parameters' own shape.
        alpha: The shape of the distribution.
        beta: Its inverse scale; 1 when None.
        seed: Calls with one seed go through one sequence of numbers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.gamma([3], alpha=[1.0, 2.0]).shape
        (3, 2)
    """
    return _stateless.stacked_gammas(_seeds.next_key(seed), shape, alpha, beta, dtype)


@translated("random.poisson")
def poisson(
    shape: Any, lam: Any, dtype: Any = "float32", seed: int | None = None, name: str | None = None
) -> Any:
    """Counts from Poisson distributions.

    Args:
        shape: How many for each; it comes before the shape of `lam`.
        lam: The mean.
        seed: Calls with one seed go through one sequence of numbers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.poisson([3], lam=[1.0, 2.0]).shape
        (3, 2)
    """
    lam = as_tensor(lam)
    return _stateless.poissons(_seeds.next_key(seed), (*as_shape(shape), *lam.shape), lam, dtype)


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
