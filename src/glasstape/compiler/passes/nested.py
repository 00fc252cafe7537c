"""Convolutions in loops and branches, in the order of dimensions that XLA for CPUs has code for.

XLA turns a convolution around until its images, space and channels lie as its code wants them, but
in the outermost program only. In the body of a loop the gradients of convolutions, which JAX writes
with other orders, fall to plain loops: 30 to 50 times as slow. Turned around here they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jax import lax

from glasstape.ports.jax_program import Equation


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "conv_general_dilated" or not equation.is_nested:
        return None
    params = dict(equation.params)
    given = params.pop("dimension_numbers")
    last = len(given.lhs_spec) - 1
    space = tuple(range(1, last))
    wanted = lax.ConvDimensionNumbers(
        (0, last, *space), (last, last - 1, *range(last - 1)), (0, last, *space)
    )
    if given == wanted:
        return None

    def turned_convolution(lhs: Any, rhs: Any) -> Any:
        out = lax.conv_general_dilated(
            lhs.transpose(_order(given.lhs_spec, wanted.lhs_spec)),
            rhs.transpose(_order(given.rhs_spec, wanted.rhs_spec)),
            dimension_numbers=wanted,
            **params,
        )
        return out.transpose(_order(wanted.out_spec, given.out_spec))

    return turned_convolution


def _order(given: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """How dimensions that lie in one order are put into the other."""
    return [given[wanted.index(place)] for place in range(len(given))]
