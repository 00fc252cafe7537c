"""Where inside a compiled function the path from an input ends, told from the program alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from jax.extend.core import Literal

from glasstape.ports import jax_reach, jax_trace
from glasstape.sources import UNKNOWN, Source, is_user_file


class InnerCut(NamedTuple):
    """An operation of a program that reads what a gradient could reach and gives what it cannot.

    Attributes:
        name: Of the operation.
        result: What comes out; has shape and dtype.
        source: The user's file and line.
    """

    name: str
    result: Any
    source: Source


def first_cut(program: Any, positions: Iterable[int]) -> InnerCut | None:
    """Where the path from these inputs ends on its way to the program's results.

    Args:
        program: A closed jaxpr.
        positions: Of the inputs.

    Returns:
        None when no result is computed from the inputs, or when the function is not the user's:
        a library function is traced once, so its lines would be those of its first caller.
    """
    if not is_users(program):
        return None
    jaxpr = program.jaxpr
    live = {jaxpr.invars[i] for i in positions}
    lost: dict[Any, InnerCut] = {}
    for equation in jaxpr.eqns:
        read = [v for v in equation.invars if not isinstance(v, Literal)]
        inherited = next((lost[v] for v in read if v in lost), None)
        passes = any(equation.invars[i] in live for i in _passing(equation))
        reads_live = not live.isdisjoint(read)
        for out in equation.outvars:
            if passes and jax_trace.is_differentiable(out.aval):
                live.add(out)
            elif reads_live:
                lost[out] = _cut(equation, out.aval, live)
            elif inherited is not None:
                lost[out] = inherited
    ends = [lost[v] for v in jaxpr.outvars if not isinstance(v, Literal) and v in lost]
    return ends[0] if ends else None


def _passing(equation: Any) -> list[int]:
    """Positions of the inputs from which a gradient can come back."""
    if equation.primitive.name == "stop_gradient":
        return []
    used: Iterable[int] = range(len(equation.invars))
    if equation.primitive.name == "jit":
        used = jax_reach.used_inputs(equation.params["jaxpr"])
    return [i for i in used if not isinstance(equation.invars[i], Literal)]


def _cut(equation: Any, result: Any, live: set[Any]) -> InnerCut:
    if equation.primitive.name == "jit":
        variables = enumerate(equation.invars)
        read = [i for i, v in variables if not isinstance(v, Literal) and v in live]
        inner = first_cut(equation.params["jaxpr"], read)
        if inner is not None:
            return inner
    title = jax_trace.program_title(equation.primitive, equation.params)
    return InnerCut(title, result, _source(equation))


def is_users(program: Any) -> bool:
    """Whether a closed jaxpr is that of a function of the user's."""
    name = getattr(program.jaxpr.debug_info, "func_filename", None)
    # A function compiled by `glasstape.function` is staged and run by our own; what is inside is
    # the user's.
    own = ("compiler/program.py", "compiler/step.py")
    return name is not None and (is_user_file(name) or name.endswith(own))


def _source(equation: Any) -> Source:
    traceback = equation.source_info.traceback
    for frame in traceback.frames if traceback is not None else ():
        if is_user_file(frame.file_name):
            return Source(frame.file_name, frame.line_num, frame.function_name)
    return UNKNOWN
