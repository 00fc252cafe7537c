"""The recorder: knows tensors by identity and variables by their reads; knows no derivatives.

An array is followed when it is watched or was computed from one that is. Arrays are held while
their ``id`` is a key, so that an identity is never reused. Identity is the tape's only notion of
"the same tensor", hence two rules (each broken once gave a silently wrong gradient):

* An output that *is* an object the tape already knows gets a new identity before it is noted
  (`jax.lax.stop_gradient` and forwarding `jit` calls return their input).
* A variable whose stored array is known as something else (it was assigned a recorded tensor, or
  shares its array with another variable) hands out an alias, so that no gradient leaks through
  the assignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glasstape import sources
from glasstape.errors import TapeTypeError
from glasstape.ports import jax_reach, jax_trace
from glasstape.ports.jax_trace import Operation
from glasstape.tape import pullbacks
from glasstape.tape.record import Record


class VariableReads:
    """A variable and every array it handed out while the tape watched it."""

    __slots__ = ("arrays", "variable")

    def __init__(self, variable: Any):
        self.variable = variable
        self.arrays: dict[int, Any] = {}


class Recorder:
    """Collects `Record`s of operations on followed arrays; a `jax_trace.Sink`."""

    def __init__(self, watch_accessed_variables: bool):
        self.watch_accessed_variables = watch_accessed_variables
        self.records: list[Record] = []
        self.followed: dict[int, Any] = {}
        self.reads: dict[int, VariableReads] = {}
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
        known = id(value) in self.followed
        if known and self._read_ids.get(id(value)) != key:
            value = jax_trace.detached_alias(value)
            known = False
        if watched and not known and jax_trace.is_differentiable(value):
            self.followed[id(value)] = value
            self.reads[key].arrays[id(value)] = value
            self._read_ids[id(value)] = key
        return value

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
        self, operation: Operation, args: Sequence[Any], known: tuple[int, ...]
    ) -> list[Any]:
        """Run `operation`, write it down, and give every output an identity of its own."""
        pullback = None
        if operation.name == "jit":
            # None, not zero, is the gradient of an argument that a function does not use.
            used = jax_reach.used_inputs(operation.params["jaxpr"])
            known = tuple([i for i in known if i in used])
        if operation.has_closure:
            self._refuse_closure(operation)
        if known and (
            operation.has_closure
            or (operation.is_call_like and any(map(jax_trace.is_tracer, args)))
        ):
            outs, pullback = pullbacks.linearize(operation, args, known)
        else:
            outs = operation.bind(*args)
        inputs = {id(a) for a in args}
        for i, out in enumerate(outs):
            if id(out) in inputs or id(out) in self.followed:
                outs[i] = jax_trace.alias(out)
        if operation.name == "stop_gradient" or not known:
            return outs  # under an identity of its own, and cut off
        noted = [o for o in outs if jax_trace.is_differentiable(o)]
        if noted:
            self.records.append(Record(operation, tuple(args), tuple(outs), known, pullback))
            self.followed.update((id(o), o) for o in noted)
        return outs

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
        for reads in self.reads.values():
            reads.arrays.clear()
        self._read_ids.clear()
