"""The recorder: knows tensors by identity and variables by their reads; knows no derivatives.

An array is followed when it is watched or was computed from one that is. Arrays are held while
their ``id`` is a key, so that an identity is never reused. Identity is the tape's only notion of
"the same tensor", hence two rules (each broken once gave a silently wrong gradient):

* An output that *is* an object the tape already knows gets a new identity before it is noted
  (`jax.lax.stop_gradient` and forwarding `jit` calls return their input).
* A variable whose stored array is known as something else (it was assigned a recorded tensor, or
  shares its array with another variable) hands out an alias, so that no gradient leaks through
  the assignment.

Where a path ends, a `Cut` is noted, so that it can be told why a gradient is None (`why`).
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from glasstape import sources
from glasstape.errors import TapeTypeError
from glasstape.ports import jax_cuts, jax_reach, jax_trace
from glasstape.ports.jax_trace import Operation
from glasstape.tape import pullbacks
from glasstape.tape.record import Record, shapes
from glasstape.tape.shadows import Cut, Shadows


class VariableReads:
    """A variable and every array it handed out while the tape watched it."""

    __slots__ = ("arrays", "variable")

    def __init__(self, variable: Any):
        self.variable = variable
        self.arrays: dict[int, Any] = {}


class PassedOver:
    """A variable that was read and not watched, and why; does not keep it alive."""

    __slots__ = ("mark", "reason", "variable")

    def __init__(self, variable: Any, reason: str):
        self.variable = weakref.ref(variable)
        self.reason = reason
        self.mark = sources.mark(4)


class Recorder:
    """Collects `Record`s of operations on followed arrays; a `jax_trace.Sink`."""

    def __init__(self, watch_accessed_variables: bool):
        self.watch_accessed_variables = watch_accessed_variables
        self.records: list[Record] = []
        self.followed: dict[int, Any] = {}
        self.reads: dict[int, VariableReads] = {}
        self.shadows = Shadows()
        self.cuts: list[Cut] = []
        self.passed_over: dict[int, PassedOver] = {}
        self._read_ids: dict[int, int] = {}  # id of an array read from a variable -> id(variable)

    # ----- watching -----

    def watch_array(self, array: Any) -> None:
        """Follow `array` from now on."""
        self.followed[id(array)] = array

    def watch_variable(self, variable: Any) -> None:
        """Follow what `variable` hands out from now on."""
        self.reads.setdefault(id(variable), VariableReads(variable))

    def variable_read(self, variable: Any, value: Any) -> Any:
        """Note a read; the value to hand out (see the module's second rule)."""
        key = id(variable)
        watched = key in self.reads
        wanted = self.watch_accessed_variables and variable.trainable
        if not watched and wanted and jax_trace.is_differentiable(value):
            self.watch_variable(variable)
            watched = True
        elif not watched:
            self._pass_over(variable)
        known = id(value) in self.followed
        if known and self._read_ids.get(id(value)) != key:
            stored, value = value, jax_trace.detached_alias(value)
            self._cut_by_assignment(variable, stored, value)
            known = False
        if watched and not known and jax_trace.is_differentiable(value):
            self.followed[id(value)] = value
            self.reads[key].arrays[id(value)] = value
            self._read_ids[id(value)] = key
        return value

    def _pass_over(self, variable: Any) -> None:
        noted = self.passed_over.get(id(variable))
        if noted is None or noted.reason == "stopped":
            reason = "integer" if self.watch_accessed_variables else "not_watched"
            reason = reason if variable.trainable else "not_trainable"
            self.passed_over[id(variable)] = PassedOver(variable, reason)

    def variable_read_unrecorded(self, variable: Any) -> None:
        """Note a read while the tape does not record."""
        if id(variable) not in self.reads and id(variable) not in self.passed_over:
            self.passed_over[id(variable)] = PassedOver(variable, "stopped")

    def forget_variables(self) -> None:
        """Forget which variables were read."""
        self.reads.clear()
        self.passed_over.clear()

    def variable_target(self, variable: Any) -> Any:
        """What a variable stands for as a target: its value now, not how that was computed."""
        value = variable.value
        reads = self.reads.get(id(variable))
        if reads is not None and id(value) in reads.arrays:
            return value
        return jax_trace.detached_alias(value)

    # ----- recording (the Sink protocol) -----

    def known(self, args: Sequence[Any]) -> tuple[int, ...]:
        """Positions of the followed inputs."""
        followed = self.followed
        return tuple([i for i, a in enumerate(args) if id(a) in followed])

    def knows_any(self, values: Sequence[Any]) -> bool:
        """Whether any of `values` is followed."""
        return any(id(v) in self.followed for v in values)

    def execute(
        self,
        operation: Operation,
        args: Sequence[Any],
        known: tuple[int, ...],
        eager: Any,
    ) -> list[Any]:
        """Run `operation`, write it down, and give every output an identity of its own."""
        pullback, followed = None, known
        if operation.is_call_like:
            # None, not zero, is the gradient of an argument that a function does not use.
            used = jax_reach.used_inputs(operation.name, operation.params)
            known = known if used is None else tuple([i for i in known if i in used])
        if operation.has_closure:
            self._refuse_closure(operation)
        if known and (
            operation.has_closure
            or (operation.is_call_like and any(map(jax_trace.is_tracer, args)))
        ):
            outs, pullback = pullbacks.linearize(operation, args, known)
        else:
            outs = operation.run(args, eager)
        inputs = {id(a) for a in args}
        for i, out in enumerate(outs):
            if id(out) in inputs or id(out) in self.followed:
                outs[i] = jax_trace.alias(out)
        noted = []
        if known and operation.name != "stop_gradient":
            noted = [o for o in outs if jax_trace.is_differentiable(o)]
        if noted:
            mark = sources.mark(4)
            self.records.append(Record(operation, tuple(args), tuple(outs), known, pullback, mark))
            self.followed.update([(id(o), o) for o in noted])
        if len(noted) < len(outs):
            lost = [o for o in outs if not (noted and jax_trace.is_differentiable(o))]
            self._cut_by(operation, args, followed, lost)
        return outs

    # ----- where paths end -----

    def _cut_by(
        self, operation: Operation, args: Sequence[Any], read: tuple[int, ...], lost: list[Any]
    ) -> None:
        cut = Cut(
            operation.title,
            [id(args[i]) for i in read],
            len(self.records),
            sources.mark(4),
            shapes(lost),
            jax_cuts.inside(operation),
            read,
        )
        self._note(cut, args, lost)

    def _cut_by_assignment(self, variable: Any, stored: Any, handed_out: Any) -> None:
        number = len(self.records)
        cut = Cut("assign", [id(stored)], number, sources.mark(4), repr(variable.path))
        self._note(cut, [stored], [handed_out])

    def _note(self, cut: Cut, args: Sequence[Any], lost: Sequence[Any]) -> None:
        self.cuts.append(cut)
        self.shadows.cast(self.shadows.behind(map(id, args)) | {cut}, lost)

    def cast_shadows(self, args: Sequence[Any], outs: Sequence[Any]) -> None:
        """Let the results of an operation that is not recorded be shadows of what it read."""
        ids = [id(a) for a in args]
        cuts = self.shadows.behind(ids)
        if cuts:
            self.shadows.cast(cuts, [o for o in outs if id(o) not in ids])

    def _refuse_closure(self, operation: Operation) -> None:
        """JAX's custom rules give gradients of their arguments only."""
        for value in operation.closed_over():
            if id(value) in self.followed:
                raise TapeTypeError(
                    "A function with a custom gradient closes over a tensor that the tape follows.",
                    expected="every tensor to be differentiated among the function's arguments",
                    received=f"a {value.dtype}{list(value.shape)} tensor from the code around it",
                    fix="pass it as an argument; if it needs no gradient, close over "
                    "gt.stop_gradient(tensor)",
                    where=sources.user_source(),
                )

    def clear(self) -> None:
        """Forget everything but which variables were read; held arrays are freed."""
        self.records.clear()
        self.followed.clear()
        self.shadows.clear()
        self.cuts.clear()
        for reads in self.reads.values():
            reads.arrays.clear()
        self._read_ids.clear()
