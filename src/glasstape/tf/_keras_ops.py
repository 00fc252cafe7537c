"""Functions that Keras' losses, regularizers and layers are made of, with TensorFlow's gradients.

Where a function has a kink or a pole, JAX and TensorFlow chose different slopes: |x| has the slope
1 at 0 in JAX, and 0 in TensorFlow; a vector of zeros, normalized, has the slope NaN and a finite
one. `tf.abs` and its like follow TensorFlow (`_rules`); Keras on TensorFlow does so, too. Here its
functions are given the same rules for what they are mostly called with, tensors of one dtype.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras

from glasstape.tf import _matrices, _rules


def install() -> None:
    """Put the rules in the place of Keras' own."""
    module: Any = keras.losses.mean_absolute_error.__globals__["ops"]  # what Keras calls; private
    if hasattr(module.abs, "_is_by_rule"):
        return
    for name, rule in _RULES.items():
        found = _by_rule(getattr(module, name), rule)
        setattr(module, name, found)
    module.nn.normalize = module.normalize


def _by_rule(original: Callable[..., Any], rule: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def function(x: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, keras.Variable):
            x = keras.ops.convert_to_tensor(x)
        if isinstance(x, jax.Array) and jnp.issubdtype(x.dtype, jnp.floating):
            dtypes = [getattr(v, "dtype", x.dtype) for v in (*args, *kwargs.values())]
            if all(dtype == x.dtype for dtype in dtypes):
                return rule(x, *args, **kwargs)
        return original(x, *args, **kwargs)

    marked: Any = function
    marked._is_by_rule = True
    return marked


def _clip(x: Any, x_min: Any, x_max: Any) -> Any:
    return _rules.clip(x, *[jnp.asarray(v, x.dtype) for v in (x_min, x_max)])


def _leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    return jnp.where(x > 0, x, negative_slope * x)


def _maximum(x1: Any, x2: Any) -> Any:
    return _rules.maximum(x1, jnp.asarray(x2, x1.dtype))


def _normalize(x: Any, axis: Any = -1, order: Any = 2, epsilon: float | None = None) -> Any:
    least = keras.config.epsilon() if epsilon is None else epsilon
    if order != 2:
        return x / _maximum(_matrices.norm(x, order, axis, keepdims=True), least)
    squares = jnp.sum(x * x, tuple(axis) if isinstance(axis, list) else axis, keepdims=True)
    return x * _rules.minimum(_rules.rsqrt(squares), jnp.asarray(1 / least, x.dtype))


_RULES: dict[str, Callable[..., Any]] = {
    "abs": _rules.abs,
    "absolute": _rules.abs,
    "clip": _clip,
    "leaky_relu": _leaky_relu,
    "maximum": _maximum,
    "normalize": _normalize,
}
