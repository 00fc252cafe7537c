"""Matrices that a loop multiplies by as they lie turned: turned once, before it.

The gradient of a recurrent layer by its state multiplies by the weights turned, in each round. Code
for products reads a right side in rows; of another it makes a copy in each call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jax import lax

from glasstape.ports import jax_scan
from glasstape.ports.jax_program import Equation

_TURNED = (((1,), (1,)), ((), ()))
# In fewer rounds the copy does not pay.
LEAST_ROUNDS = 4
# Of fewer numbers a product takes no time worth saving.
LEAST_WEIGHTS = 2048


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "scan" or equation.params["length"] < LEAST_ROUNDS:
        return None
    places = [
        _place(product)
        for product in jax_scan.products_by_constants(equation, _TURNED, LEAST_WEIGHTS)
    ]
    if not places:
        return None
    scan = jax_scan.with_prepared(equation, places)

    def turned_before_the_loop(*inputs: Any) -> list[Any]:
        return scan(*inputs)

    return turned_before_the_loop


def _place(product: Any) -> jax_scan.Prepared:
    left, right = product.invars
    params = product.params | {"dimension_numbers": (((1,), (0,)), ((), ()))}

    def turned_product(left: Any, right: Any) -> Any:
        return lax.dot_general_p.bind(left, right, **params)

    return jax_scan.Prepared([product], [left], [right], lambda w: w.T, turned_product)
