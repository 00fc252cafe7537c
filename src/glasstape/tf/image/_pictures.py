"""What the functions of `tf.image` share: arguments, draws, and who computes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.ports import jax_trace
from glasstape.tf import random
from glasstape.tf._convert import as_tensor


def pictures(function: str, value: Any, ranks: tuple[int, ...] = (3, 4)) -> Any:
    """A tensor ``[height, width, channels]`` or a batch of them."""
    x = as_tensor(value)
    if isinstance(x, keras.KerasTensor):
        fix = f"wrap it: keras.layers.Lambda(lambda x: tf.image.{function}(x, ...))"
        raise refusal(function, "a tensor with numbers", "one of a model that is being built", fix)
    if len(x.shape) not in ranks:
        wanted = " or ".join({3: "[height, width, channels]"}.get(r, "a batch") for r in ranks)
        raise refusal(
            function, wanted, f"shape {tuple(x.shape)}", "add an axis: x[..., tf.newaxis]"
        )
    return x


def tensor(function: str, value: Any, least: int = 3) -> Any:
    """A tensor of at least `least` axes."""
    x = pictures(function, value, tuple(range(least, 33)))
    return x


def host(x: Any) -> Any:
    """`x` as a NumPy array where operations run at once, nobody records them, and it lies here.

    Pictures of a data set differ in size, and JAX compiles each operation anew for each size.
    """
    if isinstance(x, np.ndarray):
        return x
    plain = jax_trace.is_plain() and not jax_trace.is_tracer(x)
    return np.asarray(x) if plain and all(d.platform == "cpu" for d in x.devices()) else x


def module_of(x: Any) -> Any:
    """NumPy or `jax.numpy`."""
    return np if isinstance(x, np.ndarray | np.generic) else jnp


def as_size(function: str, *sizes: Any) -> tuple[int, ...]:
    """Whole numbers that are known while a step is traced."""
    try:
        return tuple(int(np.asarray(size)) for size in sizes)
    except (TypeError, ValueError, jax.errors.ConcretizationTypeError):
        fix = "pass Python numbers; x.shape has them, also while a step is traced"
        raise refusal(function, "whole numbers", repr(sizes), fix) from None


def known(value: Any) -> Any:
    """The number, or None while a step that computes it is traced."""
    return None if jax_trace.is_tracer(value) else np.asarray(value)


def check(holds: bool, function: str, expected: str, received: Any) -> None:
    """Refuse an argument."""
    if not holds:
        raise refusal(function, expected, str(received), "change the argument")


def refusal(function: str, expected: str, received: str, fix: str) -> TensorTypeError:
    """The error of a function of `tf.image`."""
    return TensorTypeError(
        f"tf.image.{function} cannot use its arguments.",
        expected=expected,
        received=received,
        fix=fix,
        where=sources.user_source(),
    )


def draw(shape: Any, low: Any, high: Any, seed: Any, dtype: str = "float32") -> Any:
    """Numbers that `tf.random.set_seed` makes reproducible, new ones at each call."""
    return random.uniform(shape, low, high, dtype, seed)


def draw_stateless(shape: Any, low: Any, high: Any, seed: Any, dtype: str = "float32") -> Any:
    """The numbers that belong to the two whole numbers `seed`."""
    first, second = as_tensor(seed).astype("uint32")
    key = jax.random.fold_in(jax.random.key(first), second)
    if dtype == "float32":
        return jax.random.uniform(key, shape, dtype, low, high)
    return jax.random.randint(key, shape, low, high, dtype)
