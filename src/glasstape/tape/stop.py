"""`stop_gradient`: the same numbers, cut off from the tape."""

from __future__ import annotations

from typing import Any

import jax

from glasstape.ports import keras_state


def stop_gradient(input: Any) -> Any:
    """Return `input` unchanged; no gradient flows through it.

    Args:
        input: Tensor, variable or nested structure of them, any shape and dtype.

    Returns:
        A structure like `input`, of tensors.

    Example:
        >>> import jax.numpy as jnp
        >>> import glasstape as gt
        >>> x = jnp.array(3.0)
        >>> with gt.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * gt.stop_gradient(x)
        >>> float(tape.gradient(y, x))
        3.0
    """
    values = jax.tree.map(lambda v: v.value if keras_state.is_variable(v) else v, input)
    return jax.lax.stop_gradient(values)
