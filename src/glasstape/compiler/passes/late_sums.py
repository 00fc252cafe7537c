"""Products that a loop adds up, round by round, made at once after it.

The gradient of a recurrent layer by its weights is a sum over time of products. JAX makes each in
the loop's round and adds it to a matrix that is carried along, as large as the weights, which is
read and written every time. Made after the loop it is one product, which sums over time, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from glasstape.ports import jax_scan
from glasstape.ports.jax_program import Equation


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "scan":
        return None
    carried = equation.inputs[jax_scan.counts(equation).constants :]
    sums: list[jax_scan.SummedProduct] = []
    made: dict[Any, int] = {}
    # The largest first: what is handed out for one serves another.
    for found in sorted(
        jax_scan.summed_products(equation), key=lambda s: -math.prod(carried[s.carry].shape)
    ):
        matrix = carried[found.carry]
        more = sum(size for side, size in found.made.items() if side not in made)
        # What the loop hands out instead must be less than what it carried.
        if matrix.dtype == "float32" and more <= math.prod(matrix.shape):
            sums.append(found)
            made |= found.made
    if not sums:
        return None
    scan = jax_scan.summed_after(equation, sums)

    def sums_after_the_loop(*inputs: Any) -> list[Any]:
        return scan(*inputs)

    return sums_after_the_loop
