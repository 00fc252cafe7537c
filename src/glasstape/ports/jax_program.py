"""Programs as data: stage a Python step, find the state it reads, run it with other state.

A step is staged once. Every variable it reads appears in the program as one `read_variable`
equation, bound in the outermost trace, however deeply the read was nested. `Staged.run` replaces
these equations by program inputs while it re-binds the rest, so the Python step is not traced a
second time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.core import ShapedArray, Trace, eval_jaxpr
from jax.extend.core import Primitive, set_current_trace

_read_variable_p = Primitive("read_variable")


@_read_variable_p.def_abstract_eval
def _(*, index: int, shape: tuple[int, ...], dtype: Any) -> ShapedArray:
    del index
    return ShapedArray(shape, dtype)


def bind_read(trace: Trace, index: int, shape: tuple[int, ...], dtype: Any) -> Any:
    """The value of state number `index` at the start of the program traced by `trace`."""
    with set_current_trace(trace):
        return _read_variable_p.bind(index=index, shape=tuple(shape), dtype=dtype)


class Staged:
    """A Python function as a program over (state, inputs).

    Args:
        function: Called once, with tracers for `inputs`; returns a flat list of arrays.
        inputs: Arrays or anything with shape and dtype.
    """

    def __init__(self, function: Callable[..., list[Any]], inputs: Sequence[Any]):
        closed = jax.make_jaxpr(function)(*inputs)
        self._consts = closed.consts
        reads = {e.params["index"]: e for e in closed.eqns if e.primitive is _read_variable_p}
        self.reads = sorted(reads)
        jaxpr = closed.jaxpr
        names = [*jaxpr.debug_info.arg_names] if jaxpr.debug_info.arg_names else None
        state_names = [f"state_{i}" for i in self.reads]
        self._jaxpr = jaxpr.replace(
            invars=[reads[i].outvars[0] for i in self.reads] + list(jaxpr.invars),
            eqns=[e for e in jaxpr.eqns if e.primitive is not _read_variable_p],
            debug_info=jaxpr.debug_info._replace(
                arg_names=tuple(state_names + names) if names is not None else None
            ),
        )

    def run(self, state: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """Run on the current trace; `state` holds one array for each of `reads`."""
        return eval_jaxpr(self._jaxpr, self._consts, *state, *inputs)

    def __len__(self) -> int:
        return len(self._jaxpr.eqns)


def evaluate(jaxpr: Any, consts: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
    """Run a jaxpr with these constants on the current trace."""
    return eval_jaxpr(jaxpr, consts, *inputs)


def barrier(values: Sequence[Any]) -> list[Any]:
    """The same values; XLA neither fuses nor reorders arithmetic across this point."""
    return list(jax.lax.optimization_barrier(tuple(values))) if values else []
