"""Formulas whose gradients TensorFlow defines differently from what JAX derives.

Where two numbers are equal, TensorFlow's `maximum` hands the whole gradient to the first, JAX
half of it to both. `xlogy` and its like, `clip_by_value` and `pow` have edges of their own.
Written with `jnp.where`, so that JAX derives TensorFlow's rule, to any order.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax


def maximum(x: Any, y: Any) -> Any:
    """NaN wins, as in `jnp.maximum`."""
    return jnp.where((x >= y) | jnp.isnan(x), x, y)


def minimum(x: Any, y: Any) -> Any:
    """NaN wins, as in `jnp.minimum`."""
    return jnp.where((x <= y) | jnp.isnan(x), x, y)


def clip(x: Any, low: Any, high: Any) -> Any:
    """The gradient passes where nothing is clipped, also at the limits themselves."""
    return jnp.where(x < low, low, jnp.where(x > high, high, x))


def divide_no_nan(x: Any, y: Any) -> Any:
    """0 where y is 0, and no gradient there."""
    zero = y == 0
    return jnp.where(zero, jnp.zeros((), x.dtype), x / jnp.where(zero, jnp.ones_like(y), y))


@jax.custom_jvp
def multiply_no_nan(x: Any, y: Any) -> Any:
    """0 where y is 0."""
    return jnp.where(y == 0, jnp.zeros((), x.dtype), x * y)


@multiply_no_nan.defjvp
def _multiply_no_nan_jvp(primals: Any, tangents: Any) -> Any:
    (x, y), (dx, dy) = primals, tangents
    return multiply_no_nan(x, y), multiply_no_nan(dx, y) + multiply_no_nan(dy, x)


def xlogy(x: Any, y: Any) -> Any:
    """0 where x is 0, and no gradient there."""
    return _where_nonzero(x, y, lambda x, y: x * jnp.log(y))


def xlog1py(x: Any, y: Any) -> Any:
    """0 where x is 0, and no gradient there."""
    return _where_nonzero(x, y, lambda x, y: x * jnp.log1p(y))


def xdivy(x: Any, y: Any) -> Any:
    """0 where x is 0, and no gradient there."""
    return _where_nonzero(x, y, lambda x, y: x / y)


def _where_nonzero(x: Any, y: Any, formula: Any) -> Any:
    x, y = jnp.broadcast_arrays(x, y)
    zero = x == 0
    safe = jnp.where(zero, jnp.ones_like(y), y)
    return jnp.where(zero, jnp.zeros_like(x), formula(x, safe))


def pow(x: Any, y: Any) -> Any:
    """xʸ; the gradient for y is 0 where x is not positive."""
    if not jnp.issubdtype(x.dtype, jnp.floating):
        return jnp.power(x, y)
    # Where x ≤ 0 the value comes from a power whose exponent is held fixed.
    x, y = jnp.broadcast_arrays(x, y)
    return jnp.power(x, jnp.where(x > 0, y, lax.stop_gradient(y)))


@jax.custom_jvp
def abs(x: Any) -> Any:
    """|x| of real numbers; the gradient at 0 is 0."""
    return jnp.abs(x)


@abs.defjvp
def _abs_jvp(primals: Any, tangents: Any) -> Any:
    return abs(*primals), jnp.sign(primals[0]) * tangents[0]


def _no_gradient_of_zero(formula: Any, slope: Any) -> Any:
    """A function whose slope may be infinite; a gradient of 0 stays 0 there, and not NaN.

    So ``tf.where(x > 0, tf.sqrt(x), 0)`` has a gradient at 0, as in TensorFlow.
    """

    @jax.custom_vjp
    def function(x: Any) -> Any:
        return formula(x)

    def forward(x: Any) -> Any:
        y = formula(x)
        return y, y

    def backward(y: Any, cotangent: Any) -> Any:
        zero = cotangent == 0
        return (jnp.where(zero, jnp.zeros_like(cotangent), cotangent * jnp.conj(slope(y))),)

    function.defvjp(forward, backward)
    return function


sqrt = _no_gradient_of_zero(jnp.sqrt, lambda y: 0.5 / y)
rsqrt = _no_gradient_of_zero(lax.rsqrt, lambda y: -0.5 * y * y * y)
reciprocal = _no_gradient_of_zero(lambda x: 1 / x, lambda y: -y * y)


@jax.custom_vjp
def softmax_cross_entropy(labels: Any, logits: Any) -> Any:
    """-Σ labels log softmax(logits) along the last axis; see `_softmax_backward`."""
    return _softmax_forward(labels, logits)[0]


def _softmax_forward(labels: Any, logits: Any) -> Any:
    log_softmax = jax.nn.log_softmax(logits)
    return -jnp.sum(labels * log_softmax, -1), (labels, log_softmax)


def _softmax_backward(kept: Any, cotangent: Any) -> Any:
    """TensorFlow takes the labels of a row to add up to 1, also where they do not."""
    labels, log_softmax = kept
    cotangent = cotangent[..., None]
    return -log_softmax * cotangent, (jnp.exp(log_softmax) - labels) * cotangent


softmax_cross_entropy.defvjp(_softmax_forward, _softmax_backward)
