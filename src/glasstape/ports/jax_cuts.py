"""Where inside a function, branch or loop a path ends, told from the program alone."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
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


class Inside(NamedTuple):
    """What an operation runs, remembered without keeping arrays alive.

    Attributes:
        programs: For each program what gives it, or None when it is gone, and what
            `jax_reach.Inner` says of it.
    """

    programs: list[tuple[Callable[[], Any], jax_reach.Inner]]

    def first_cut(self, positions: Iterable[int]) -> InnerCut | None:
        """Where the path from these inputs of the operation ends on its way to the results.

        Returns:
            None when no result is computed from the inputs, when the programs are gone, or when
            the function is not the user's: a library function is traced once, so its lines would
            be those of its first caller.
        """
        positions = list(positions)
        for get, inner in self.programs:
            program = get()
            if program is not None:
                found = _first_cut(inner._replace(program=program), positions)
                if found is not None:
                    return found
        return None


def inside(operation: jax_trace.Operation) -> Inside | None:
    """The programs of an operation; None when it has none."""
    programs = jax_reach.inner_programs(operation.name, operation.params)
    if not programs:
        return None
    return Inside([(_reference(i.program), i._replace(program=None)) for i in programs])


def _reference(program: Any) -> Callable[[], Any]:
    # A closed jaxpr may hold arrays, and lives as long as the function. That of `jax.checkpoint`
    # is open, and nobody else keeps it.
    return weakref.ref(program) if jax_reach.opened(program) is not program else lambda: program


def _first_cut(inner: jax_reach.Inner, positions: Iterable[int]) -> InnerCut | None:
    if not is_users(inner.program):
        return None
    jaxpr = jax_reach.opened(inner.program)
    inputs = jaxpr.invars
    live = {inputs[i - inner.skipped] for i in positions if i >= inner.skipped}
    lost: dict[Any, InnerCut] = {}
    carried = list(zip(jaxpr.outvars[: inner.carried], inputs[inner.carried_at :], strict=False))
    while True:  # a round more for each result of a loop that comes back as an input
        _follow(jaxpr, live, lost)
        back = [(out, into) for out, into in carried if not isinstance(out, Literal)]
        new_live = {into for out, into in back if out in live} - live
        new_lost = {into: lost[out] for out, into in back if out in lost and into not in lost}
        if not new_live and not new_lost:
            break
        live |= new_live
        lost |= new_lost
    ends = [lost[v] for v in jaxpr.outvars if not isinstance(v, Literal) and v in lost]
    return ends[0] if ends else None


def _follow(jaxpr: Any, live: set[Any], lost: dict[Any, InnerCut]) -> None:
    """Add what is computed from `live`, with a derivative, and from `lost`, without one."""
    for equation in jaxpr.eqns:
        read = [v for v in equation.invars if not isinstance(v, Literal)]
        inherited = next((lost[v] for v in read if v in lost), None)
        passes = any(equation.invars[i] in live for i in _passing(equation))
        reads_live = not live.isdisjoint(read)
        for out in equation.outvars:
            if passes and jax_trace.is_differentiable(out.aval):
                live.add(out)
            elif reads_live:
                lost.setdefault(out, _cut(equation, out.aval, live))
            elif inherited is not None:
                lost.setdefault(out, inherited)


def _passing(equation: Any) -> list[int]:
    """Positions of the inputs from which a gradient can come back."""
    if equation.primitive.name == "stop_gradient":
        return []
    used = jax_reach.used_inputs(equation.primitive.name, equation.params)
    positions = range(len(equation.invars)) if used is None else used
    return [i for i in positions if not isinstance(equation.invars[i], Literal)]


def _cut(equation: Any, result: Any, live: set[Any]) -> InnerCut:
    variables = enumerate(equation.invars)
    read = [i for i, v in variables if not isinstance(v, Literal) and v in live]
    for inner in jax_reach.inner_programs(equation.primitive.name, equation.params):
        found = _first_cut(inner, read)
        if found is not None:
            return found
    title = jax_trace.program_title(equation.primitive, equation.params)
    return InnerCut(title, result, _source(equation))


def is_users(program: Any) -> bool:
    """Whether a jaxpr, open or closed, is that of a function of the user's."""
    name = getattr(jax_reach.opened(program).debug_info, "func_filename", None)
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
