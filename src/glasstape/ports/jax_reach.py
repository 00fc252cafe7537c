"""Which inputs of an operation its results depend on, told from the programs it runs."""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

from jax.extend.core import ClosedJaxpr, Literal

from glasstape.ports.jax_trace import is_differentiable


class Inner(NamedTuple):
    """A program that an operation runs: a called function, a branch, the body of a loop.

    Attributes:
        program: A jaxpr, open or closed.
        skipped: So many of the operation's first inputs are not inputs of this program.
        carried: So many of the program's first results are inputs of the next round.
        carried_at: Position of the first of these inputs.
    """

    program: Any
    skipped: int = 0
    carried: int = 0
    carried_at: int = 0


def inner_programs(name: str, params: dict[str, Any]) -> list[Inner]:
    """The programs of an operation; none for one that has no others inside.

    Not those with a derivative rule of their own: what is inside does not tell what comes back.
    """
    if name in ("jit", "checkpoint", "remat2"):
        return [Inner(params["jaxpr"])]
    if name == "scan":
        consts, carried = _scan_counts(params)
        return [Inner(params["jaxpr"], 0, carried, consts)]
    if name == "while":
        body = params["body_jaxpr"]
        consts = params["body_nconsts"]
        return [Inner(body, params["cond_nconsts"], len(opened(body).outvars), consts)]
    if name == "cond":
        return [Inner(branch, 1) for branch in params["branches"]]
    return []


def _scan_counts(params: dict[str, Any]) -> tuple[int, int]:
    """How many constants a ``scan`` has, and how many values it carries on."""
    if "ft_in" in params:  # since JAX 0.12, instead of the numbers
        consts, carried, _ = map(len, params["ft_in"].unpack())
        return consts, carried
    return params["num_consts"], params["num_carry"]


def opened(program: Any) -> Any:
    """The open jaxpr of a program."""
    return program.jaxpr if isinstance(program, ClosedJaxpr) else program


# Program -> positions. The programs of compiled functions live as long as the functions.
_known: weakref.WeakKeyDictionary[Any, frozenset[int]] = weakref.WeakKeyDictionary()


def used_inputs(name: str, params: dict[str, Any]) -> frozenset[int] | None:
    """Positions of the inputs from which a gradient can come back; None: from any.

    An input counts when a floating-point result is computed from it, by whatever operations; what
    only passes through integers or `stop_gradient` does not count.

    Args:
        name: Of the operation.
        params: Of the operation.
    """
    programs = inner_programs(name, params)
    if not programs:
        return None
    return frozenset(i + inner.skipped for inner in programs for i in _used_by(inner.program))


def _used_by(program: Any) -> frozenset[int]:
    found = _known.get(program)
    if found is None:
        found = _known[program] = _used(opened(program))
    return found


def _used(jaxpr: Any) -> frozenset[int]:
    # Of a loop all results are wanted, those that are carried on, too, so one pass is enough.
    needed = set(filter(_carries, jaxpr.outvars))
    for equation in reversed(jaxpr.eqns):
        if equation.primitive.name == "stop_gradient" or needed.isdisjoint(equation.outvars):
            continue
        needed.update(filter(_carries, _read(equation)))
    return frozenset(i for i, v in enumerate(jaxpr.invars) if v in needed)


def _read(equation: Any) -> list[Any]:
    used = used_inputs(equation.primitive.name, equation.params)
    return equation.invars if used is None else [equation.invars[i] for i in used]


def _carries(variable: Any) -> bool:
    aval = variable.aval
    return not isinstance(variable, Literal) and hasattr(aval, "dtype") and is_differentiable(aval)
