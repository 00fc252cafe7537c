"""Arrays that are transposed and read backwards several times in a row."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
from jax import lax
from jax.extend.core import Literal

from glasstape.ports.jax_program import changed


def in_one(program: Any) -> Any:
    """A jaxpr, open or closed, with one transposition and one reversal for a row of them.

    Of two reversals nothing is left, nor of a transposition and its inverse.
    """
    return changed(program, _in_one)


class _View(NamedTuple):
    """An array as ``rev(transpose(base, order), backwards)``."""

    base: Any
    order: tuple[int, ...]
    backwards: frozenset[int]

    def turned(self, equation: Any) -> _View:
        """What a ``transpose`` or a ``rev`` makes of it."""
        if equation.primitive.name == "rev":
            return self._replace(backwards=self.backwards ^ set(equation.params["dimensions"]))
        permutation = equation.params["permutation"]
        order = tuple(self.order[i] for i in permutation)
        backwards = (i for i, before in enumerate(permutation) if before in self.backwards)
        return _View(self.base, order, frozenset(backwards))

    @property
    def is_base(self) -> bool:
        return not self.backwards and self.order == tuple(range(len(self.order)))


def _in_one(jaxpr: Any) -> Any:
    views: dict[Any, _View] = {}
    same: dict[Any, Any] = {}  # the array that another one is again
    equations: list[Any] = []
    is_changed = False
    for equation in jaxpr.eqns:
        if any(not isinstance(v, Literal) and v in same for v in equation.invars):
            equation = equation.replace(invars=[_found(v, same) for v in equation.invars])
        if equation.primitive.name not in ("transpose", "rev"):
            equations.append(equation)
            continue
        (given,), (made,) = equation.invars, equation.outvars
        if isinstance(given, Literal):
            equations.append(equation)
            continue
        before = views.get(given)
        start = before or _View(given, tuple(range(given.aval.ndim)), frozenset())
        view = views[made] = start.turned(equation)
        if before is None:
            equations.append(equation)
            continue
        is_changed = True
        if view.is_base and made.aval == view.base.aval:
            same[made] = view.base
        else:
            equations += _operations(view, equation)
    if not is_changed:
        return jaxpr
    outvars = [_found(v, same) for v in jaxpr.outvars]
    return jaxpr.replace(eqns=_needed(equations, outvars), outvars=outvars)


def _found(atom: Any, same: dict[Any, Any]) -> Any:
    return atom if isinstance(atom, Literal) else same.get(atom, atom)


def _operations(view: _View, equation: Any) -> list[Any]:
    """The view's operations, in the place of the last one of a row."""

    def compute(array: Any) -> Any:
        array = lax.transpose(array, view.order)
        return lax.rev(array, tuple(sorted(view.backwards))) if view.backwards else array

    jaxpr = jax.make_jaxpr(compute)(view.base.aval).jaxpr
    known = {jaxpr.invars[0]: view.base, jaxpr.outvars[0]: equation.outvars[0]}
    return [
        e.replace(
            invars=[known.get(v, v) for v in e.invars],
            outvars=[known.get(v, v) for v in e.outvars],
            source_info=equation.source_info,
        )
        for e in jaxpr.eqns
    ]


def _needed(equations: list[Any], results: list[Any]) -> list[Any]:
    """Without the transpositions and reversals that nobody reads any more."""
    read = {v for v in results if not isinstance(v, Literal)}
    kept = []
    for equation in reversed(equations):
        turns = equation.primitive.name in ("transpose", "rev")
        if not turns or not read.isdisjoint(equation.outvars):
            kept.append(equation)
            read.update(v for v in equation.invars if not isinstance(v, Literal))
    return kept[::-1]
