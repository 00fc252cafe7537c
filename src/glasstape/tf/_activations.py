"""Activations of `tf.nn`, and what else it does to features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape.tf import _logits, _rules, _seeds
from glasstape.tf._conv import is_first
from glasstape.tf._convert import as_axis, as_shape, as_tensor
from glasstape.tf._translate import NUMBERS, REALS, Refused, kind, tensor_of, translated

_SELU = (1.0507009873554805, 1.6732632423543772)


def _activation(
    names: str, kinds: str, formula: Callable[[Any], Any], text: str, example: str, gives: str
) -> Callable[..., Any]:
    """A function ``f(features, name=None)`` of each element."""

    def function(features: Any, name: str | None = None) -> Any:
        return formula(tensor_of(kinds, features))

    public = names.split()
    function.__name__ = function.__qualname__ = public[0].rpartition(".")[2]
    function.__doc__ = (
        f"{text}.\n\n    Example:\n        >>> import glasstape.tf as tf\n"
        f"        >>> {example}\n        {gives}"
    )
    return translated(*public)(function)


def _elu(x: Any) -> Any:
    return jnp.where(x < 0, jnp.expm1(jnp.where(x < 0, x, 0)), x)


def _selu(x: Any) -> Any:
    scale, alpha = (np.asarray(v, x.dtype) for v in _SELU)
    return scale * jnp.where(x < 0, alpha * jnp.expm1(jnp.where(x < 0, x, 0)), x)


def _relu6(x: Any) -> Any:
    six = jnp.asarray(6, x.dtype)
    return jnp.where(x <= 0, jnp.zeros_like(x), jnp.where(x >= six, six, x))


# fmt: off
relu = _activation("nn.relu", REALS, jax.nn.relu, "max(x, 0)", "tf.nn.relu([-1.0, 2.0]).tolist()", "[0.0, 2.0]")
relu6 = _activation("nn.relu6", REALS, _relu6, "min(max(x, 0), 6)", "tf.nn.relu6([-1.0, 8.0]).tolist()", "[0.0, 6.0]")
elu = _activation("nn.elu", "f", _elu, "x, and eˣ - 1 below 0", "tf.nn.elu([0.0, 2.0]).tolist()", "[0.0, 2.0]")
selu = _activation("nn.selu", "f", _selu, "`elu`, scaled so that layers keep mean and variance", "float(tf.nn.selu(0.0))", "0.0")
softplus = _activation("nn.softplus math.softplus", "f", jax.nn.softplus, "log(1 + eˣ)", "round(float(tf.nn.softplus(0.0)), 4)", "0.6931")
softsign = _activation("nn.softsign math.softsign", "f", lambda x: x / (1 + jnp.abs(x)), "x / (1 + |x|)", "float(tf.nn.softsign(1.0))", "0.5")
# fmt: on


@translated("nn.leaky_relu")
def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Any:
    """x, and alpha x below 0.

    Args:
        features: Tensor of numbers; whole numbers become float32.
        alpha: The slope below 0.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.leaky_relu([-1.0, 2.0], alpha=0.5).tolist()
        [-0.5, 2.0]
    """
    x = tensor_of(REALS, features)
    x = x if kind(x.dtype) == "f" else x.astype("float32")
    return jnp.where(x > 0, x, x * as_tensor(alpha).astype(x.dtype))


@translated("nn.gelu")
def gelu(features: Any, approximate: bool = False, name: str | None = None) -> Any:
    """X Φ(x), with the normal distribution's Φ (Hendrycks and Gimpel 2016).

    Args:
        approximate: Whether to use a formula with tanh.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.nn.gelu(0.0))
        0.0
    """
    return jax.nn.gelu(tensor_of("f", features), approximate=approximate)


@translated("nn.silu", "nn.swish")
def silu(features: Any, beta: Any = 1.0) -> Any:
    """X sigmoid(beta x).

    Args:
        beta: The steepness.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.nn.silu(0.0))
        0.0
    """
    x = tensor_of("fc", features)
    return x * jax.nn.sigmoid(as_tensor(beta).astype(x.dtype) * x)


@translated("nn.crelu")
def crelu(features: Any, axis: Any = -1, name: str | None = None) -> Any:
    """max(x, 0) and max(-x, 0), side by side.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.crelu([-1.0, 2.0]).tolist()
        [0.0, 2.0, 1.0, 0.0]
    """
    x = tensor_of("if", features)
    return jax.nn.relu(jnp.concatenate([x, -x], int(axis)))


@translated("nn.softmax", "math.softmax")
def softmax(logits: Any, axis: Any = None, name: str | None = None) -> Any:
    """eˣ / Σ eˣ along an axis.

    Args:
        logits: Tensor of floats, of rank 1 or more.
        axis: The last one when None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.softmax([0.0, 0.0]).tolist()
        [0.5, 0.5]
    """
    x = tensor_of("f", logits)
    result = jax.nn.softmax(x, as_axis(-1 if axis is None else axis, x))
    return _logits.remember_in_step(result, x, "softmax")


@translated("nn.log_softmax", "math.log_softmax")
def log_softmax(logits: Any, axis: Any = None, name: str | None = None) -> Any:
    """X - log Σ eˣ along an axis.

    Args:
        logits: Tensor of floats, of rank 1 or more.
        axis: The last one when None.

    Example:
        >>> import glasstape.tf as tf
        >>> round(float(tf.nn.log_softmax([0.0, 0.0])[0]), 4)
        -0.6931
    """
    x = tensor_of("f", logits)
    return jax.nn.log_softmax(x, as_axis(-1 if axis is None else axis, x))


@translated("nn.bias_add")
def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Any:
    """A number added to each channel.

    Args:
        value: Tensor of rank 2 or more.
        bias: Tensor of shape ``[channels]``, of the same dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.bias_add([[1.0, 2.0]], [10.0, 20.0]).tolist()
        [[11.0, 22.0]]
    """
    x = tensor_of(NUMBERS, value)
    bias = as_tensor(bias, x.dtype)
    axis = 1 if is_first(data_format) else x.ndim - 1
    if x.ndim < 2 or bias.shape != (x.shape[axis],):
        shown = f"shapes {x.shape} and {bias.shape}"
        raise Refused("a bias for each channel, of rank 1", shown, "use tf.add")
    return x + bias.reshape(-1, *[1] * (x.ndim - 1 - axis))


@translated("nn.dropout")
def dropout(
    x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None
) -> Any:
    """Some numbers set to 0, the others scaled so that the mean stays.

    Args:
        x: Tensor of floats, any shape.
        rate: The part that is set to 0, from 0 to below 1.
        noise_shape: Where it has 1, a whole axis is kept or not; None at what stays.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.dropout([1.0, 2.0], rate=0).tolist()
        [1.0, 2.0]
    """
    x = tensor_of("f", x)
    if not hasattr(rate, "shape") and not 0 <= rate < 1:
        raise Refused("a rate from 0 to below 1", repr(rate), "change it")
    if not hasattr(rate, "shape") and rate == 0:
        return x
    shape = x.shape if noise_shape is None else _noise_shape(noise_shape, x.shape)
    rate = as_tensor(rate).astype(x.dtype)
    drawn = keras.random.uniform(shape, dtype=x.dtype.name, seed=_seeds.generator(seed))
    return jnp.where(drawn >= rate, x / (1 - rate), jnp.zeros_like(x))


def _noise_shape(wanted: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    if isinstance(wanted, list | tuple) and len(wanted) == len(shape):
        wanted = [n if w is None else w for w, n in zip(wanted, shape, strict=True)]
    return as_shape(wanted)


@translated("nn.l2_normalize", "math.l2_normalize", "linalg.l2_normalize")
def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None) -> Any:
    """X / √max(Σ|x|², epsilon).

    Args:
        axis: One axis or several; all when None.
        epsilon: What keeps from dividing by 0.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.l2_normalize([3.0, 4.0]).tolist()
        [0.6000000238418579, 0.800000011920929]
    """
    x = tensor_of("fc", x)
    squares = jnp.sum(jnp.real(x * jnp.conj(x)), as_axis(axis, x), keepdims=True)
    least = jnp.asarray(epsilon, squares.dtype)
    return x * jax.lax.rsqrt(_rules.maximum(squares, least)).astype(x.dtype)


@translated("nn.moments")
def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[Any, Any]:
    """Mean and variance along axes.

    Args:
        axes: One axis or several.
        shift: Unused.

    Returns:
        A tuple of two tensors.

    Example:
        >>> import glasstape.tf as tf
        >>> [float(m) for m in tf.nn.moments([1.0, 3.0], 0)]
        [2.0, 1.0]
    """
    x = tensor_of("fc", x)
    axes = as_axis(axes, x)
    return jnp.mean(x, axes, keepdims=keepdims), jnp.var(x, axes, keepdims=keepdims)


@translated("nn.weighted_moments")
def weighted_moments(
    x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: str | None = None
) -> tuple[Any, Any]:
    """Mean and variance along axes, of numbers that count differently.

    Args:
        axes: One axis or several.
        frequency_weights: How much each number counts; broadcasts with `x`.

    Returns:
        A tuple of two tensors.

    Example:
        >>> import glasstape.tf as tf
        >>> [float(m) for m in tf.nn.weighted_moments([1.0, 3.0], 0, [1.0, 0.0])]
        [1.0, 0.0]
    """
    x = tensor_of("f", x)
    weights, axes = as_tensor(frequency_weights).astype(x.dtype), as_axis(axes, x)
    weights = jnp.broadcast_to(weights, jnp.broadcast_shapes(weights.shape, x.shape))
    total = jnp.sum(weights, axes, keepdims=True)
    mean = jnp.sum(weights * x, axes, keepdims=True) / total
    variance = jnp.sum(weights * (x - mean) ** 2, axes, keepdims=True) / total
    both = (mean, variance)
    return both if keepdims else tuple(jnp.squeeze(m, axes) for m in both)  # pyright: ignore


@translated("nn.sufficient_statistics")
def sufficient_statistics(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[Any, Any, Any, Any]:
    """What mean and variance along axes can be computed from.

    Args:
        axes: List of axes.
        shift: Subtracted first, when it is not None.

    Returns:
        A tuple of the count, the sum, the sum of squares, and the shift.

    Example:
        >>> import glasstape.tf as tf
        >>> [float(v) for v in tf.nn.sufficient_statistics([1.0, 3.0], [0])[:3]]
        [2.0, 4.0, 10.0]
    """
    x = tensor_of("f", x)
    axes = tuple(np.asarray(axes).reshape(-1).tolist())
    count = jnp.asarray(np.prod([x.shape[a] for a in axes]), x.dtype)
    shift = None if shift is None else as_tensor(shift, x.dtype)
    moved = x if shift is None else x - shift
    total, squares = (jnp.sum(v, axes, keepdims=keepdims) for v in (moved, moved * moved))
    return count, total, squares, shift


@translated("nn.normalize_moments")
def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Any, Any]:
    """Mean and variance from what `sufficient_statistics` returns.

    Args:
        counts: The count.
        mean_ss: The sum.
        variance_ss: The sum of squares.
        shift: What was subtracted, or None.

    Returns:
        A tuple of two tensors.

    Example:
        >>> import glasstape.tf as tf
        >>> [float(m) for m in tf.nn.normalize_moments(2.0, 4.0, 10.0, None)]
        [2.0, 1.0]
    """
    count, total, squares = (tensor_of("f", v) for v in (counts, mean_ss, variance_ss))
    moved = total / count
    mean = moved if shift is None else moved + as_tensor(shift)
    return mean, squares / count - moved * moved


@translated("nn.batch_normalization")
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: str | None = None,
) -> Any:
    """(x - mean) / √(variance + epsilon), scaled and moved.

    Args:
        mean: Tensor that broadcasts with `x`.
        variance: Likewise.
        offset: Added at the end, or None.
        scale: Multiplied with, or None.
        variance_epsilon: What keeps from dividing by 0.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.batch_normalization([1.0, 3.0], 2.0, 1.0, None, None, 0.0).tolist()
        [-1.0, 1.0]
    """
    x = tensor_of("f", x)
    mean, variance = as_tensor(mean), as_tensor(variance)
    factor = jax.lax.rsqrt(variance + as_tensor(variance_epsilon).astype(variance.dtype))
    factor = factor if scale is None else factor * as_tensor(scale)
    rest = -mean * factor if offset is None else as_tensor(offset) - mean * factor
    return x * factor.astype(x.dtype) + rest.astype(x.dtype)


@translated("nn.local_response_normalization", "nn.lrn")
def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Any:
    """Each number over a power of the sum of the squares of its neighbours in the last axis.

    Args:
        input: Tensor of rank 4.
        depth_radius: How many neighbours on each side.
        bias: Added to the sum.
        alpha: Multiplied with the sum.
        beta: The power.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nn.local_response_normalization(tf.ones([1, 1, 1, 1]), beta=1).tolist()
        [[[[0.5]]]]
    """
    x = tensor_of("f", input)
    if x.ndim != 4:
        raise Refused("a tensor of rank 4", f"shape {x.shape}", "add axes of length 1")
    wide = jnp.pad(x * x, [(0, 0)] * 3 + [(depth_radius, depth_radius)])
    neighbours = (wide[..., i : i + x.shape[-1]] for i in range(2 * depth_radius + 1))
    return x / (bias + alpha * sum(neighbours)) ** beta
