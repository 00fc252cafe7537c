"""What is measured of each gradient, as a few scalars of the compiled program.

All sums of a variable are taken by one reduction. With one reduction a sum XLA took 7 s instead
of 1 s to compile the measurements of 40 variables, and the measuring itself was not quicker.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

# float32 holds 1e-38 to 1e38, so the squares of a gradient that vanishes or explodes leave its
# range first. Sums of scaled squares take over where the plain sum is not to be trusted
# (J. L. Blue, "A Portable Fortran Program to Find the Euclidean Norm of a Vector", 1978).
_UP, _DOWN = 2.0**75, 2.0**-75
_BOUND = 2.0**63
_SMALLEST_SUM = 1e-24
# A vector of more entries than that is added up in pieces, to keep digits and to use all cores.
_LONG, _PIECE = 2**16, 2**10


class _Sums(NamedTuple):
    """What is reduced over the entries of a variable; float arrays of one shape."""

    squares: Any
    squares_up: Any
    squares_down: Any
    largest: Any
    zeros: Any
    nonfinite: Any
    change: Any
    weight: Any


def measure(gradients: list[Any], before: list[Any], after: list[Any]) -> Any:
    """Measure each gradient and the update it led to.

    For a gradient g of n entries, weights w before and w' after the update: ‖g‖₂, max|gᵢ|, the
    share of gᵢ = 0, the share of gᵢ that are NaN or infinite, and ‖w' - w‖₂ / ‖w‖₂. The last one
    is around 1e-3 in a healthy run (Karpathy, *Stanford CS231n*, "Ratio of weights:updates"); for
    weights that are all zero it is 0 when they stay so and infinite otherwise.

    Args:
        gradients: float or complex arrays of any shape.
        before: The variables' values at the start of the step, shaped like the gradients.
        after: Their values at the end.

    Returns:
        float32[number of gradients, 5], columns as in `runlog.COLUMNS`.
    """
    rows = [_sums(g, w, v) for g, w, v in zip(gradients, before, after, strict=True)]
    sums = _Sums(*(jnp.stack(column) for column in zip(*rows, strict=True)))
    sizes = jnp.array([max(g.size, 1) for g in gradients], jnp.float32)
    columns = [
        _norm(sums),
        sums.largest,
        sums.zeros / sizes,
        sums.nonfinite / sizes,
        _ratio(sums.change, sums.weight),
    ]
    return jnp.stack([c.astype(jnp.float32) for c in columns], axis=1)


def _sums(gradient: Any, before: Any, after: Any) -> _Sums:
    g, old, new = _widen(gradient), _widen(before), _widen(after)
    padding = -g.size % _PIECE if g.ndim == 1 and g.size > _LONG else None
    if padding is not None:
        g, old, new = (jnp.pad(x, (0, padding)).reshape(-1, _PIECE) for x in (g, old, new))
    sums = _reduce(_terms(jnp.abs(g), jnp.abs(old), jnp.abs(new - old)))
    return sums._replace(zeros=sums.zeros - (padding or 0))


def _widen(values: Any) -> Any:
    """At least float32: sums of half precision lose digits, and differences all of them."""
    return values.astype(jnp.promote_types(values.dtype, jnp.float32))


def _terms(g: Any, weight: Any, change: Any) -> _Sums:
    return _Sums(
        squares=g * g,
        squares_up=_scaled_square(g, _UP),
        squares_down=_scaled_square(g, _DOWN),
        largest=g,
        zeros=(g == 0).astype(g.dtype),
        nonfinite=(~jnp.isfinite(g)).astype(g.dtype),
        change=change * change,
        weight=weight * weight,
    )


def _scaled_square(g: Any, scale: float) -> Any:
    # The bound is beyond what counts. It keeps XLA from computing (g * g) * (scale * scale), which
    # is 0 * inf for g = 0.
    scaled = jnp.minimum(g * scale, _BOUND)
    return scaled * scaled


def _reduce(terms: _Sums) -> _Sums:
    """In two stages: XLA's CPU code spreads only the first one over the cores."""
    ndim = terms.largest.ndim
    if ndim > 1:
        terms = _Sums(*jax.lax.optimization_barrier(_reduce_axes(terms, (ndim - 1,))))
        ndim -= 1
    return _reduce_axes(terms, tuple(range(ndim)))


def _reduce_axes(terms: _Sums, axes: tuple[int, ...]) -> _Sums:
    zeros = tuple(jnp.zeros((), term.dtype) for term in terms)
    return _Sums(*jax.lax.reduce(tuple(terms), zeros, _combine, axes))


def _combine(a: Any, b: Any) -> Any:
    a, b = _Sums(*a), _Sums(*b)
    added = _Sums(*(x + y for x, y in zip(a, b, strict=True)))
    return tuple(added._replace(largest=jnp.maximum(a.largest, b.largest)))


def _norm(sums: _Sums) -> Any:
    scaled = jnp.where(
        sums.squares > 1, jnp.sqrt(sums.squares_down) / _DOWN, jnp.sqrt(sums.squares_up) / _UP
    )
    trusted = jnp.isfinite(sums.squares) & (sums.squares > _SMALLEST_SUM)
    return jnp.where(trusted | jnp.isnan(sums.squares), jnp.sqrt(sums.squares), scaled)


def _ratio(change: Any, weight: Any) -> Any:
    """The root of `change` / `weight`; 0 / 0 is 0."""
    return jnp.sqrt(change) / jnp.where((weight == 0) & (change == 0), 1, jnp.sqrt(weight))
