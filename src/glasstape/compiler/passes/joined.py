"""The sum of two products in a loop, made by one product of what is joined.

A recurrent layer adds ``x @ w`` and ``h @ u`` in each round. As ``[x, h] @ [w, u]`` it is one call,
which adds the numbers up where it makes them. The weights are joined once, before the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import lax

from glasstape.ports import jax_scan
from glasstape.ports.jax_program import Equation

_PLAIN = (((1,), (0,)), ((), ()))
# In fewer rounds joining the weights does not pay.
LEAST_ROUNDS = 4
# Of fewer numbers a product takes no time worth saving.
LEAST_WEIGHTS = 2048


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "scan" or equation.params["length"] < LEAST_ROUNDS:
        return None
    products = jax_scan.products_by_constants(equation, _PLAIN, LEAST_WEIGHTS)
    pairs = jax_scan.sums_of_two(equation, products)
    places = [_place(*pair) for pair in pairs if _is_less(*pair)]
    if not places:
        return None
    scan = jax_scan.with_prepared(equation, places)

    def joined_products(*inputs: Any) -> list[Any]:
        return scan(*inputs)

    return joined_products


def _is_less(first: Any, second: Any, total: Any) -> bool:
    """Whether the rows that are joined are no longer than those of the sum that is spared."""
    joined = sum(product.invars[0].aval.shape[1] for product in (first, second))
    same = first.params == second.params
    return same and joined <= total.outvars[0].aval.shape[1]


def _place(first: Any, second: Any, total: Any) -> jax_scan.Prepared:
    (x, w), (h, u) = first.invars, second.invars

    def joined_product(x: Any, h: Any, both: Any) -> Any:
        return lax.dot_general_p.bind(jnp.concatenate([x, h], 1), both, **first.params)

    def joined(w: Any, u: Any) -> Any:
        return jnp.concatenate([w, u])

    return jax_scan.Prepared([first, second, total], [x, h], [w, u], joined, joined_product)
