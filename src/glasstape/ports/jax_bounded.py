"""How many rounds a ``while`` has at most, said in its condition, where derivatives can read it."""

from __future__ import annotations

from typing import Any

from jax.extend.core import Primitive
from jax.interpreters import batching, mlir

from glasstape.ports.jax_program import opened

_at_most_p = Primitive("at_most")


@_at_most_p.def_impl
def _(holds: Any, *, rounds: int) -> Any:
    del rounds
    return holds


@_at_most_p.def_abstract_eval
def _(holds: Any, *, rounds: int) -> Any:
    del rounds
    return holds


batching.defvectorized(_at_most_p)
mlir.register_lowering(_at_most_p, lambda ctx, holds, *, rounds: [holds])


def at_most(holds: Any, rounds: int) -> Any:
    """`holds`, the condition of a ``while`` that has so many rounds at most."""
    return _at_most_p.bind(holds, rounds=rounds)


def most_rounds(params: dict[str, Any]) -> int | None:
    """What was said so of a ``while`` operation with these parameters, or None."""
    condition, _ = opened(params["cond_jaxpr"])
    said = [e.params["rounds"] for e in condition.eqns if e.primitive is _at_most_p]
    return min(said, default=None)
