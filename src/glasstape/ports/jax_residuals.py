"""What one ``scan`` stacks up for others that can as well compute it from the rest."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax.core import eval_jaxpr
from jax.extend.core import Literal

from glasstape.ports.jax_program import Equation, changed, opened
from glasstape.ports.jax_scan import counts, repeated


def recomputed(program: Any, is_cheap: Callable[[Any], bool], most: int) -> Any:
    """A jaxpr, open or closed, whose loops leave to their readers what is cheap to compute.

    Left out are stacks of float32 that only loops read, row by row, and whose rows a few operations
    make of what is stacked anyway. No loop reads more than before.

    Args:
        program: The jaxpr.
        is_cheap: Tells of an operation.
        most: How many of them may make a row.
    """
    return changed(program, functools.partial(_recomputed, is_cheap=is_cheap, most=most))


class _Given(NamedTuple):
    """What a loop's round has from outside: an array, or its row of it."""

    variable: Any
    by_row: bool


class _Recipe(NamedTuple):
    """How a row is made: a jaxpr, and where its inputs are."""

    program: Any
    needs: list[_Given]


class _Loop:
    """A ``scan`` of a program."""

    def __init__(self, equation: Any):
        avals = [v.aval for v in equation.invars], [v.aval for v in equation.outvars]
        self.equation = equation
        self.body, self.closed_over = opened(equation.params["jaxpr"])
        self.constants, self.carried, _ = counts(Equation("scan", equation.params, *avals))
        self.first_row = self.constants + self.carried
        self.rows = equation.invars[self.first_row :]
        self.given = {
            inner: _Given(outer, i >= self.first_row)
            for i, (inner, outer) in enumerate(zip(self.body.invars, equation.invars, strict=True))
            if not isinstance(outer, Literal) and not self.constants <= i < self.first_row
        }
        self.at_hand = set(self.given.values())
        self.made = {v: i for i, e in enumerate(self.body.eqns) for v in e.outvars}

    def stacked(self) -> list[tuple[Any, Any]]:
        """The results by row, in the body and outside, in the order in which they are made."""
        inner, outer = self.body.outvars, self.equation.outvars
        pairs = zip(inner[self.carried :], outer[self.carried :], strict=True)
        real = [pair for pair in pairs if not isinstance(pair[0], Literal)]
        return sorted(real, key=lambda pair: self.made.get(pair[0], -1))


def _recomputed(jaxpr: Any, is_cheap: Callable[[Any], bool], most: int) -> Any:
    loops = {id(e): _Loop(e) for e in jaxpr.eqns if e.primitive.name == "scan"}
    if len(loops) < 2:
        return jaxpr
    readers = _readers(jaxpr, loops)
    recipes: dict[Any, _Recipe] = {}
    for loop in loops.values():
        known = {v: g for v, g in loop.given.items() if g.variable not in recipes}
        for inner, outer in loop.stacked():
            reading = readers.get(outer, [])
            recipe = None
            if reading and None not in reading and outer.aval.dtype == "float32":
                recipe = _recipe(loop, inner, known, is_cheap, most)
            if recipe is not None and _is_worth_it(outer, recipe, reading):
                recipes[outer] = recipe
                for reader in reading:
                    reader.at_hand |= set(recipe.needs)
            elif reading:
                known.setdefault(inner, _Given(outer, by_row=True))
    if not recipes:
        return jaxpr
    return jaxpr.replace(
        eqns=[_rebuilt(loops[id(e)], recipes) if id(e) in loops else e for e in jaxpr.eqns]
    )


def _readers(jaxpr: Any, loops: dict[int, _Loop]) -> dict[Any, list[Any]]:
    """Of each variable the loops that take a row of it each round, and None for all else."""
    readers: dict[Any, list[Any]] = {}
    for equation in jaxpr.eqns:
        loop = loops.get(id(equation))
        for i, variable in enumerate(equation.invars):
            if not isinstance(variable, Literal):
                by_row = loop is not None and i >= loop.first_row
                readers.setdefault(variable, []).append(loop if by_row else None)
    for variable in jaxpr.outvars:
        if not isinstance(variable, Literal):
            readers.setdefault(variable, []).append(None)
    return readers


def _recipe(
    loop: _Loop,
    result: Any,
    known: dict[Any, _Given],
    is_cheap: Callable[[Any], bool],
    most: int,
) -> _Recipe | None:
    """How to make a variable of the body of what is known; None if that is not cheap."""
    numbers: set[int] = set()
    needs: dict[Any, _Given] = {}
    wanted = [result]
    while wanted:
        variable = wanted.pop()
        if variable in known:
            needs[variable] = known[variable]
            continue
        number = loop.made.get(variable)
        if number is None or not is_cheap(loop.body.eqns[number]):
            return None
        if number not in numbers:
            numbers.add(number)
            wanted += [v for v in loop.body.eqns[number].invars if not isinstance(v, Literal)]
    if len(numbers) > most:
        return None
    program = loop.body.replace(
        constvars=[],
        invars=list(needs),
        outvars=[result],
        eqns=[loop.body.eqns[i] for i in sorted(numbers)],
        debug_info=loop.body.debug_info._replace(arg_names=None, result_paths=None),
    )
    return _Recipe(program, list(needs.values()))


def _is_worth_it(stack: Any, recipe: _Recipe, reading: list[_Loop]) -> bool:
    """Whether none of the loops that read a stack reads more without it."""
    more = [sum(g.variable.aval.size for g in set(recipe.needs) - r.at_hand) for r in reading]
    return max(more) <= stack.aval.size


def _rebuilt(loop: _Loop, recipes: dict[Any, _Recipe]) -> Any:
    """The ``scan`` without the stacks there are recipes for, which makes what it needs of them."""
    equation = loop.equation
    followed = {v: recipes[v] for v in loop.rows if v in recipes}
    is_kept = [v not in recipes for v in equation.outvars]
    if not followed and all(is_kept):
        return equation
    needs = [
        g for recipe in followed.values() for g in recipe.needs if g not in loop.given.values()
    ]
    rows = dict.fromkeys([v for v in loop.rows if v not in recipes])
    rows |= dict.fromkeys(g.variable for g in needs if g.by_row)
    more = dict.fromkeys(g.variable for g in needs if not g.by_row)

    def recomputed_residuals(*inputs: Any) -> list[Any]:
        head, tail = inputs[: loop.first_row], inputs[loop.first_row :]
        fixed, start = head[: loop.constants], head[loop.constants :]
        own = zip(equation.invars[: loop.constants], fixed, strict=True)
        constants = {v: array for v, array in own if not isinstance(v, Literal)}
        constants |= zip(more, tail[len(rows) :], strict=True)

        def run(carry: list[Any], row: list[Any]) -> tuple[list[Any], list[Any]]:
            at = dict(zip(rows, row, strict=True))
            for stack, (program, needed) in followed.items():
                given = [(at if g.by_row else constants)[g.variable] for g in needed]
                (at[stack],) = eval_jaxpr(program, (), *given)
            made = eval_jaxpr(
                loop.body, loop.closed_over, *fixed, *carry, *(at[v] for v in loop.rows)
            )
            kept = [m for m, k in zip(made, is_kept, strict=True) if k]
            return kept[: loop.carried], kept[loop.carried :]

        end, stacks = repeated(run, start, tail[: len(rows)], equation.params)
        return [*end, *stacks]

    inputs = [*equation.invars[: loop.first_row], *rows, *more]
    (call,) = jax.make_jaxpr(jax.jit(recomputed_residuals))(*(v.aval for v in inputs)).eqns
    return equation.replace(
        primitive=call.primitive,
        params=call.params,
        effects=call.effects,
        invars=inputs,
        outvars=[v for v, k in zip(equation.outvars, is_kept, strict=True) if k],
    )
