"""`tf.random.stateless_*`: the same numbers for the same seed, each time."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from glasstape.tf._convert import as_shape, as_tensor, available
from glasstape.tf._translate import Refused, kind, tensor_of, translated


def key_of(seed: Any) -> Any:
    """JAX's key for TensorFlow's two seeds."""
    seeds = tensor_of("iu", seed)
    if seeds.shape != (2,):
        raise Refused("a seed of two whole numbers", f"shape {seeds.shape}", "write [1, 2]")
    first, second = seeds.astype("uint32")
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(0), first), second)


def normals(key: Any, shape: Any, mean: Any, stddev: Any, dtype: Any) -> Any:
    """Numbers from a normal distribution."""
    dtype = available(dtype)
    mean, stddev = as_tensor(mean, dtype), as_tensor(stddev, dtype)
    return mean + stddev * jax.random.normal(key, as_shape(shape), dtype)


def truncated_normals(key: Any, shape: Any, mean: Any, stddev: Any, dtype: Any) -> Any:
    """Likewise, at most two standard deviations from the mean."""
    dtype = available(dtype)
    mean, stddev = as_tensor(mean, dtype), as_tensor(stddev, dtype)
    return mean + stddev * jax.random.truncated_normal(key, -2, 2, as_shape(shape), dtype)


def uniforms(key: Any, shape: Any, minval: Any, maxval: Any, dtype: Any) -> Any:
    """Numbers between two limits; whole ones of all bits when there is none."""
    dtype, shape = available(dtype), as_shape(shape)
    if kind(dtype) not in "iuf":
        raise Refused("a dtype of numbers", str(dtype), "use tf.cast")
    if kind(dtype) == "f":
        low, high = as_tensor(minval, dtype), as_tensor(1 if maxval is None else maxval, dtype)
        return low + (high - low) * jax.random.uniform(key, shape, dtype)
    if minval is None and maxval is None:
        bits = jax.random.bits(key, shape, f"uint{8 * dtype.itemsize}")
        return jax.lax.bitcast_convert_type(bits, dtype)
    if maxval is None:
        raise Refused("maxval, for whole numbers", "None", "pass the first that is not drawn")
    return jax.random.randint(key, shape, as_tensor(minval, dtype), as_tensor(maxval, dtype), dtype)


def categoricals(key: Any, logits: Any, num_samples: Any, dtype: Any) -> Any:
    """Class numbers, `num_samples` for each row of logits."""
    x = tensor_of("f", logits)
    if x.ndim != 2:
        raise Refused("logits of shape [batch, classes]", f"shape {x.shape}", "write [logits]")
    drawn = jax.random.categorical(key, x[:, None], shape=(x.shape[0], int(num_samples)))
    return drawn.astype(available(dtype or "int64"))


def gammas(key: Any, shape: Any, alpha: Any, beta: Any, dtype: Any) -> Any:
    """Numbers from gamma distributions; `shape` ends with that of the parameters."""
    alpha, beta = _parameters(alpha, 1.0 if beta is None else beta, dtype)
    return jax.random.gamma(key, alpha, as_shape(shape), alpha.dtype) / beta


def stacked_gammas(key: Any, shape: Any, alpha: Any, beta: Any, dtype: Any) -> Any:
    """Likewise; `shape` comes before that of the parameters."""
    alpha, beta = _parameters(alpha, 1.0 if beta is None else beta, dtype)
    inner: Any = jnp.broadcast_shapes(alpha.shape, beta.shape)
    return jax.random.gamma(key, alpha, as_shape(shape) + inner, alpha.dtype) / beta


def _parameters(first: Any, second: Any, dtype: Any) -> tuple[Any, Any]:
    dtype = available(dtype)
    return as_tensor(first, dtype), as_tensor(second, dtype)


def poissons(key: Any, shape: Any, lam: Any, dtype: Any) -> Any:
    """Counts from Poisson distributions."""
    return jax.random.poisson(key, as_tensor(lam), as_shape(shape)).astype(available(dtype))


def binomials(key: Any, shape: Any, counts: Any, probs: Any, dtype: Any) -> Any:
    """How many of `counts` trials succeed."""
    n, p = as_tensor(counts), as_tensor(probs)
    p = p if kind(p.dtype) == "f" else p.astype("float32")
    drawn = jax.random.binomial(key, n.astype(p.dtype), p, as_shape(shape))
    return drawn.astype(available(dtype))


@translated("random.stateless_normal")
def stateless_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Any:
    """Numbers from a normal distribution, the same for the same seed.

    Args:
        seed: Two whole numbers.
        mean: Number or tensor that broadcasts with `shape`.
        stddev: Likewise.
        alg: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> a, b = (tf.random.stateless_normal([2], seed=[1, 2]) for _ in range(2))
        >>> bool(tf.reduce_all(a == b))
        True
    """
    return normals(key_of(seed), shape, mean, stddev, dtype)


@translated("random.stateless_truncated_normal")
def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Any:
    """Numbers from a normal distribution, at most two standard deviations from the mean.

    Args:
        seed: Two whole numbers.
        mean: Number or tensor that broadcasts with `shape`.
        stddev: Likewise.
        alg: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> x = tf.random.stateless_truncated_normal([100], seed=[1, 2])
        >>> bool(tf.reduce_max(tf.abs(x)) <= 2)
        True
    """
    return truncated_normals(key_of(seed), shape, mean, stddev, dtype)


@translated("random.stateless_uniform")
def stateless_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Any:
    """Numbers from ``[minval, maxval)``, the same for the same seed.

    Args:
        seed: Two whole numbers.
        minval: Number or tensor that broadcasts with `shape`.
        maxval: Likewise; 1 when None, which integers do not allow. Integers of all bits come
            when both limits are None.
        alg: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> bool(tf.random.stateless_uniform([], [1, 2], 5, 7, tf.int32) < 7)
        True
    """
    return uniforms(key_of(seed), shape, minval, maxval, dtype)


@translated("random.stateless_categorical")
def stateless_categorical(
    logits: Any,
    num_samples: Any,
    seed: Any,
    dtype: Any = "int64",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Any:
    """Class numbers, the same for the same seed.

    Args:
        logits: float tensor of shape ``[batch, classes]``.
        num_samples: How many for each row.
        seed: Two whole numbers.
        alg: Unused.

    Returns:
        A tensor of shape ``[batch, num_samples]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.stateless_categorical([[0.0, 1.0]], 5, seed=[1, 2]).shape
        (1, 5)
    """
    return categoricals(key_of(seed), logits, num_samples, dtype)


@translated("random.stateless_gamma")
def stateless_gamma(
    shape: Any,
    seed: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Any:
    """Numbers from gamma distributions, the same for the same seed.

    Args:
        shape: The result's shape, with which the parameters broadcast.
        seed: Two whole numbers.
        alpha: The shape of the distribution.
        beta: Its inverse scale; 1 when None.
        alg: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.stateless_gamma([3], [1, 2], alpha=2.0).shape
        (3,)
    """
    return gammas(key_of(seed), shape, alpha, beta, dtype)


@translated("random.stateless_poisson")
def stateless_poisson(
    shape: Any, seed: Any, lam: Any, dtype: Any = "int32", name: str | None = None
) -> Any:
    """Counts from Poisson distributions, the same for the same seed.

    Args:
        shape: The result's shape, with which `lam` broadcasts.
        seed: Two whole numbers.
        lam: The mean.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.stateless_poisson([3], [1, 2], lam=2.0).shape
        (3,)
    """
    return poissons(key_of(seed), shape, lam, dtype)


@translated("random.stateless_binomial")
def stateless_binomial(
    shape: Any,
    seed: Any,
    counts: Any,
    probs: Any,
    output_dtype: Any = "int32",
    name: str | None = None,
) -> Any:
    """How many of several trials succeed, the same for the same seed.

    Args:
        shape: The result's shape, with which the parameters broadcast.
        seed: Two whole numbers.
        counts: How many trials.
        probs: The probability of success.
        output_dtype: The result's dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.random.stateless_binomial([], [1, 2], 3.0, 1.0))
        3
    """
    return binomials(key_of(seed), shape, counts, probs, output_dtype)


@translated("random.split", "random.experimental.stateless_split")
def split(seed: Any, num: int = 2, alg: Any = "auto_select") -> Any:
    """Several seeds from one.

    Args:
        seed: Two whole numbers.
        num: How many.
        alg: Unused.

    Returns:
        A tensor of shape ``[num, 2]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.split([1, 2], 3).shape
        (3, 2)
    """
    bits = jax.random.bits(key_of(seed), (int(num), 2), "uint32")
    return jax.lax.bitcast_convert_type(bits, jnp.int32)


@translated("random.fold_in", "random.experimental.stateless_fold_in")
def fold_in(seed: Any, data: Any, alg: Any = "auto_select") -> Any:
    """Another seed, from a seed and a number such as a step's.

    Args:
        seed: Two whole numbers.
        data: A whole number.
        alg: Unused.

    Returns:
        A tensor of shape ``[2]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.fold_in([1, 2], 3).shape
        (2,)
    """
    key = jax.random.fold_in(key_of(seed), as_tensor(data).astype("uint32"))
    return jax.lax.bitcast_convert_type(jax.random.bits(key, (2,), "uint32"), jnp.int32)
