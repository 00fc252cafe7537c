"""Keeping numbers and norms within limits."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from glasstape.tf import _rules
from glasstape.tf._convert import as_axis, as_tensor
from glasstape.tf._translate import NUMBERS, REALS, Refused, tensor_of, translated


@translated("clip_by_value")
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """Numbers kept within limits; the gradient passes where nothing is changed.

    Args:
        t: Tensor of numbers.
        clip_value_min: The smallest number, or a tensor of them.
        clip_value_max: The largest, likewise.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.clip_by_value([-1.0, 0.5, 3.0], 0.0, 1.0).tolist()
        [0.0, 0.5, 1.0]
    """
    x = tensor_of(REALS, t)
    low, high = as_tensor(clip_value_min, x.dtype), as_tensor(clip_value_max, x.dtype)
    if jnp.broadcast_shapes(x.shape, low.shape, high.shape) != x.shape:
        shown = f"{low.shape} and {high.shape}"
        raise Refused(f"limits that broadcast to shape {x.shape}", shown, "change their shapes")
    return _rules.clip(x, low, high)


@translated("clip_by_norm")
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """A tensor shortened to a norm, when it is longer.

    Args:
        t: Tensor of floats.
        clip_norm: The largest norm.
        axes: Of which axes the norm is; of all when None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.clip_by_norm([3.0, 4.0], 1.0).tolist()
        [0.6000000238418579, 0.800000011920929]
    """
    x = tensor_of("f", t)
    limit = as_tensor(clip_norm, x.dtype)
    squares = jnp.sum(x * x, as_axis(axes, x), keepdims=True)
    # The root of 0 has no gradient, so 1 takes its place on the way.
    norm = jnp.where(squares > 0, jnp.sqrt(jnp.where(squares > 0, squares, 1)), squares)
    return x * limit / _rules.maximum(norm, limit)


@translated("clip_by_global_norm")
def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Any]:
    """Several tensors shortened to one norm of them all, when that is longer.

    Args:
        t_list: List of tensors; Nones stay.
        clip_norm: The largest norm.
        use_norm: The norm, when it is known already.

    Returns:
        A tuple of the list of tensors, and the norm before. All are NaN when it is not finite.

    Example:
        >>> import glasstape.tf as tf
        >>> clipped, norm = tf.clip_by_global_norm([[3.0], [4.0]], 1.0)
        >>> float(norm)
        5.0
    """
    tensors = [None if t is None else tensor_of(NUMBERS, t) for t in t_list]
    norm = as_tensor(global_norm(tensors) if use_norm is None else use_norm)
    limit = as_tensor(clip_norm, norm.dtype)
    scale = limit * jnp.minimum(1 / norm, jnp.ones((), norm.dtype) / limit)
    scale = scale + (norm - norm)  # NaN when the norm is not finite
    return [None if t is None else t * scale.astype(t.dtype) for t in tensors], norm


@translated("linalg.global_norm")
def global_norm(t_list: Any, name: str | None = None) -> Any:
    """The norm of several tensors, as if they were one.

    Args:
        t_list: List of tensors; Nones are left out.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.linalg.global_norm([[3.0], [4.0]]))
        5.0
    """
    tensors = [tensor_of("fc", t) for t in t_list if t is not None]
    return jnp.sqrt(sum(jnp.sum(jnp.real(t * jnp.conj(t))) for t in tensors))
