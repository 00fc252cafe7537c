"""What is measured of each gradient, as a few scalars of the compiled program."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def measure(gradients: list[Any], before: list[Any], after: list[Any]) -> Any:
    """Measure each gradient and the update it led to.

    For a gradient g of n entries, weights w before and w' after the update: ‖g‖₂, max|gᵢ|, the
    share of gᵢ = 0, the share of gᵢ that are NaN or infinite, and ‖w' - w‖₂ / ‖w‖₂. The last one
    is around 1e-3 in a healthy run (Karpathy, *Stanford CS231n*, "Ratio of weights:updates").

    Args:
        gradients: float arrays of any shape.
        before: The variables' values at the start of the step, shaped like the gradients.
        after: Their values at the end.

    Returns:
        float32[number of gradients, 5], columns as in `runlog.COLUMNS`.
    """
    return jnp.stack([_row(g, w, v) for g, w, v in zip(gradients, before, after, strict=True)])


def _row(gradient: Any, before: Any, after: Any) -> Any:
    g = jnp.abs(gradient).astype(jnp.float32)
    change, weight = (after - before).astype(jnp.float32), before.astype(jnp.float32)
    squares = jnp.vdot(g, g)
    return jnp.stack(
        [
            jnp.sqrt(squares),
            _by_rows(jnp.max, g),
            _by_rows(jnp.sum, (g == 0).astype(jnp.float32)) / max(g.size, 1),
            _nonfinite_share(g, squares),
            jnp.sqrt(_by_rows(jnp.sum, change * change)) / jnp.sqrt(jnp.vdot(weight, weight)),
        ]
    )


def _by_rows(reduce: Any, values: Any) -> Any:
    """`reduce` in two stages: XLA's CPU code spreads only the first one over the cores."""
    if values.size == 0:
        return jnp.zeros((), values.dtype)
    if values.ndim < 2:
        return reduce(values)
    return reduce(jax.lax.optimization_barrier(reduce(values, axis=-1)))


def _nonfinite_share(g: Any, squares: Any) -> Any:
    """Counted only when the squares do not add up to a finite number, which is hardly ever."""

    def count(g: Any) -> Any:
        return jnp.sum(~jnp.isfinite(g)).astype(jnp.float32) / max(g.size, 1)

    return jax.lax.cond(jnp.isfinite(squares), lambda g: jnp.zeros((), jnp.float32), count, g)
