"""How many floating-point operations of a step are those of matrix products and convolutions."""

from __future__ import annotations

from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr

NAMES = ("dot_general", "conv_general_dilated")


def flops(jaxpr: Any) -> float:
    """Of one run of a program: two for each product of two numbers that is added up.

    Positions of a window that are outside of a picture count nothing, as XLA counts them. What a
    loop runs counts as often as it is run; of a branch the longest way counts. The body of a loop
    of unknown length counts once.

    Args:
        jaxpr: The program, a `ClosedJaxpr` or `Jaxpr`.
    """
    return sum(map(_of_equation, getattr(jaxpr, "jaxpr", jaxpr).eqns))


def _of_equation(eqn: Any) -> float:
    if eqn.primitive.name in NAMES:
        return _of_product(eqn)
    params = jax.tree.leaves(list(eqn.params.values()), is_leaf=_is_jaxpr)
    inner = [flops(param) for param in params if _is_jaxpr(param)]
    if eqn.primitive.name == "cond":
        return max(inner)
    return eqn.params.get("length", 1) * sum(inner)


def _is_jaxpr(value: Any) -> bool:
    return isinstance(value, ClosedJaxpr | Jaxpr)


def _of_product(eqn: Any) -> float:
    shapes = [jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype) for v in eqn.invars]
    alone = jax.jit(lambda left, right: eqn.primitive.bind(left, right, **eqn.params))
    return alone.lower(*shapes).cost_analysis()["flops"]
