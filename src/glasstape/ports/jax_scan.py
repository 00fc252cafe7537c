"""A ``scan`` taken apart: products of matrices that it does no more with than add them up."""

from __future__ import annotations

import collections
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.core import eval_jaxpr
from jax.extend.core import Literal

from glasstape.ports.jax_program import Equation, opened


class Counts(NamedTuple):
    """How many inputs of a ``scan`` are constants, carried, and rows of each round's own."""

    constants: int
    carried: int
    rows: int


def counts(equation: Equation) -> Counts:
    """Of a ``scan``, whose parameters tell in a way that changed with JAX 0.12.

    What is stacked has a dimension more than in the body.
    """
    body, _ = opened(equation.params["jaxpr"])
    pairs = zip(equation.inputs, body.invars, strict=True)
    rows = sum(given.shape != inner.aval.shape for given, inner in pairs)
    pairs = zip(equation.outputs, body.outvars, strict=True)
    carried = sum(made.shape == inner.aval.shape for made, inner in pairs)
    return Counts(len(body.invars) - carried - rows, carried, rows)


def repeated(run: Any, start: Sequence[Any], rows: Sequence[Any], params: dict[str, Any]) -> Any:
    """A ``scan`` of `run` that is otherwise like the one with these parameters."""
    rounds = params["length"], params["reverse"], params["unroll"]
    return lax.scan(run, list(start), list(rows), *rounds)


class SummedProduct(NamedTuple):
    """A product that is made in each round of a loop and added to a carried sum.

    Attributes:
        carry: The number of the sum among what is carried.
        made: What the loop has to hand out for the product to be made after it, and how many
            numbers of it a round.
        equations: The operations of the body that make it: product, transposition or none, sum.
    """

    carry: int
    made: dict[Any, int]
    equations: list[Any]


def summed_products(equation: Equation) -> list[SummedProduct]:
    """Those of a ``scan``."""
    body, _ = opened(equation.params["jaxpr"])
    first, count, _ = counts(equation)
    made = {variable: e for e in body.eqns for variable in e.outvars}
    readers: dict[Any, list[Any]] = {}
    for operation in body.eqns:
        for atom in operation.invars:
            if not isinstance(atom, Literal):
                readers.setdefault(atom, []).append(operation)
    carried = body.invars[first : first + count]
    at_hand = set(body.invars[: first + count])
    given = set(body.invars[first + count :])
    results = list(body.outvars)

    def only_in(variable: Any, operation: Any) -> bool:
        uses = readers.get(variable, [])
        return len(uses) == 1 and uses[0] is operation and variable not in results

    found = []
    for number, (before, after) in enumerate(zip(carried, results, strict=False)):
        added = made.get(after) if not isinstance(after, Literal) else None
        if added is None or added.primitive.name not in ("add", "add_any"):
            continue
        if before not in added.invars or not only_in(before, added) or after in readers:
            continue
        (summand,) = [v for v in added.invars if v is not before] or [before]
        chain = [added]
        while not isinstance(summand, Literal) and summand in made and only_in(summand, chain[0]):
            chain.insert(0, made[summand])
            if chain[0].primitive.name != "transpose" or len(chain) > 2:
                break
            (summand,) = chain[0].invars
        product = chain[0]
        if product.primitive.name != "dot_general" or results.count(after) > 1:
            continue
        sides = product.invars
        if any(isinstance(side, Literal) or side in at_hand for side in sides):
            continue
        handed_out = {side: side.aval.size for side in sides if side not in given}
        found.append(SummedProduct(number, handed_out, chain))
    return found


def summed_after(equation: Equation, sums: Sequence[SummedProduct]) -> Callable[..., Any]:
    """The ``scan`` as a function of its inputs, with these sums made by one product after it."""
    params = equation.params
    body, constants = opened(params["jaxpr"])
    consts, carries, _ = counts(equation)
    late = {s.carry: s for s in sums}
    gone = {id(e) for s in sums for e in s.equations}
    sides = dict.fromkeys(side for s in sums for side in s.equations[0].invars)
    given = {v: i for i, v in enumerate(body.invars[consts + carries :])}
    handed_out = [side for side in sides if side not in given]
    going_on = [i for i in range(carries) if i not in late]
    rest = body.replace(
        invars=[v for i, v in enumerate(body.invars) if i - consts not in late],
        outvars=[v for i, v in enumerate(body.outvars) if i not in late] + handed_out,
        eqns=[e for e in body.eqns if id(e) not in gone],
        debug_info=body.debug_info._replace(arg_names=None, result_paths=None),
    )

    def scan(*inputs: Any) -> list[Any]:
        fixed, rows = inputs[:consts], list(inputs[consts + carries :])
        start = inputs[consts : consts + carries]

        def run(carry: list[Any], row: list[Any]) -> tuple[list[Any], list[Any]]:
            made = eval_jaxpr(rest, constants, *fixed, *carry, *row)
            return made[: len(going_on)], made[len(going_on) :]

        end, made = repeated(run, [start[i] for i in going_on], rows, params)
        count = len(made) - len(handed_out)
        stacked = dict(zip(handed_out, made[count:], strict=True))
        stacked |= {side: rows[given[side]] for side in sides if side in given}
        ends = dict(zip(going_on, end, strict=True))
        for number, late_sum in late.items():
            ends[number] = start[number] + _product(late_sum, stacked)
        return [*(ends[i] for i in range(carries)), *made[:count]]

    return scan


def _product(late: SummedProduct, stacked: dict[Any, Any]) -> Any:
    """Of all rounds, whose numbers are summed over with the others."""
    product, *turns = late.equations[:-1]
    left, right = (stacked[side] for side in product.invars)
    summed, (left_shared, right_shared) = product.params["dimension_numbers"]
    left_summed, right_summed = ([0, *(i + 1 for i in side)] for side in summed)
    made = lax.dot_general(
        left,
        right,
        (
            (left_summed, right_summed),
            ([i + 1 for i in left_shared], [i + 1 for i in right_shared]),
        ),
        precision=product.params["precision"],
        preferred_element_type=product.params["preferred_element_type"],
    )
    for turn in turns:
        made = jnp.transpose(made, turn.params["permutation"])
    return made


def products_by_constants(equation: Equation, numbers: Any, least: int) -> list[Any]:
    """The operations of a ``scan``'s body that multiply float32 matrices by one of its constants.

    Args:
        equation: The ``scan``.
        numbers: Their ``dimension_numbers``, in tuples.
        least: So many numbers the constant has at least.
    """
    body, _ = opened(equation.params["jaxpr"])
    constants = set(body.invars[: counts(equation).constants])

    def is_one(operation: Any) -> bool:
        if operation.primitive.name != "dot_general":
            return False
        left, right = operation.invars
        if isinstance(left, Literal) or isinstance(right, Literal):
            return False
        found = operation.params["dimension_numbers"]
        return (
            right in constants
            and right.aval.size >= least
            and left not in constants
            and left.aval.ndim == right.aval.ndim == 2
            and left.aval.dtype == right.aval.dtype == "float32"
            and tuple(tuple(map(tuple, sides)) for sides in found) == numbers
        )

    return list(filter(is_one, body.eqns))


def sums_of_two(equation: Equation, products: Sequence[Any]) -> list[tuple[Any, Any, Any]]:
    """Those of the body's products that are added in pairs and nothing else, with the sum."""
    body, _ = opened(equation.params["jaxpr"])
    made = {e.outvars[0]: e for e in products}
    read = [*(v for e in body.eqns for v in e.invars), *body.outvars]
    uses = collections.Counter(v for v in read if not isinstance(v, Literal))
    return [
        (made[e.invars[0]], made[e.invars[1]], e)
        for e in body.eqns
        if e.primitive.name in ("add", "add_any")
        and all(not isinstance(v, Literal) and v in made and uses[v] == 1 for v in e.invars)
    ]


class Prepared(NamedTuple):
    """Operations of a ``scan``'s body that another takes the place of, with a constant of its own.

    Attributes:
        equations: They; the last one makes the result.
        inputs: What the other takes.
        constants: Of the loop, of which its own is made before it.
        prepare: Makes it.
        compute: (*inputs, its own) -> result.
    """

    equations: list[Any]
    inputs: list[Any]
    constants: list[Any]
    prepare: Callable[..., Any]
    compute: Callable[..., Any]


def with_prepared(equation: Equation, places: Sequence[Prepared]) -> Callable[..., Any]:
    """The ``scan`` as a function of its inputs, with these operations replaced."""
    params = equation.params
    body, closed_over = opened(params["jaxpr"])
    consts, carries, _ = counts(equation)
    number = {v: i for i, v in enumerate(body.invars[:consts])}
    new: dict[int, Any] = {}
    own = []
    for place in places:
        constant = jax.eval_shape(place.prepare, *(v.aval for v in place.constants))
        shapes = [*(v.aval for v in place.inputs), constant]
        program = jax.make_jaxpr(jax.jit(place.compute))(*shapes)
        own.append(program.jaxpr.invars[-1])
        last = place.equations[-1]
        (call,) = program.eqns
        new[id(last)] = call.replace(invars=[*place.inputs, own[-1]], outvars=last.outvars)
    gone = {id(e) for place in places for e in place.equations[:-1]}
    rest = body.replace(
        invars=[*own, *body.invars],
        eqns=[new.get(id(e), e) for e in body.eqns if id(e) not in gone],
        debug_info=body.debug_info._replace(arg_names=None, result_paths=None),
    )

    def scan(*inputs: Any) -> list[Any]:
        fixed, start = inputs[:consts], inputs[consts : consts + carries]
        made = [p.prepare(*(fixed[number[v]] for v in p.constants)) for p in places]

        def run(carry: list[Any], row: list[Any]) -> tuple[list[Any], list[Any]]:
            results = eval_jaxpr(rest, closed_over, *made, *fixed, *carry, *row)
            return results[:carries], results[carries:]

        end, rows = repeated(run, start, inputs[consts + carries :], params)
        return [*end, *rows]

    return scan
