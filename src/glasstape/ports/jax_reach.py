"""Which inputs of a program its results depend on, told from the program alone."""

from __future__ import annotations

import weakref
from typing import Any

from jax.extend.core import Literal

from glasstape.ports.jax_trace import is_differentiable

# Program -> positions. The programs of compiled functions live as long as the functions.
_known: weakref.WeakKeyDictionary[Any, frozenset[int]] = weakref.WeakKeyDictionary()


def used_inputs(program: Any) -> frozenset[int]:
    """Positions of the inputs from which a gradient can come back.

    An input counts when a floating-point result is computed from it, by whatever operations; what
    only passes through integers or `stop_gradient` does not count.

    Args:
        program: A closed jaxpr.
    """
    found = _known.get(program)
    if found is None:
        found = _known[program] = _used(program.jaxpr)
    return found


def _used(jaxpr: Any) -> frozenset[int]:
    needed = set(filter(_carries, jaxpr.outvars))
    for equation in reversed(jaxpr.eqns):
        if equation.primitive.name == "stop_gradient" or needed.isdisjoint(equation.outvars):
            continue
        needed.update(filter(_carries, _read(equation)))
    return frozenset(i for i, v in enumerate(jaxpr.invars) if v in needed)


def _read(equation: Any) -> list[Any]:
    if equation.primitive.name != "jit":
        return equation.invars
    return [equation.invars[i] for i in used_inputs(equation.params["jaxpr"])]


def _carries(variable: Any) -> bool:
    aval = variable.aval
    return not isinstance(variable, Literal) and hasattr(aval, "dtype") and is_differentiable(aval)
