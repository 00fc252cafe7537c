"""A traced step compiled and run: borrow the state, call, keep the new one for the next call."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from operator import itemgetter
from sys import getrefcount
from time import perf_counter
from typing import Any, Protocol

import jax
import jax.numpy as jnp

from glasstape.compiler import failures, second_compile
from glasstape.compiler.checks import EMPTY_VERDICT
from glasstape.compiler.cost import Cost
from glasstape.compiler.passes import rewriting as passes
from glasstape.compiler.step import Traced
from glasstape.compiler.verdicts import Judge
from glasstape.ports import keras_loans, keras_state
from glasstape.ports.jax_program import barrier


class Probe(Protocol):
    """Looks at gradients from inside a compiled step (see `glasstape.glass`)."""

    def due(self, key: Any, name: str, variables: Sequence[Any] | None) -> bool:
        """Whether to look at the next call of a step; `variables` is None before its trace."""
        ...

    def measure(
        self, gradients: list[Any], before: list[Any], after: list[Any]
    ) -> Any:  # pragma: no cover - protocol
        """Build the extra outputs: one entry a gradient in each list."""
        ...

    def receive(self, step: str, call: int, variables: Sequence[Any], measured: Any) -> None:
        """Take the outputs of one call, still on their way; must not wait for them."""
        ...


# Of the glasses that are open, the innermost last.
active_probes: list[Probe] = []


def add_probe(probe: Probe) -> None:
    """Let `probe` look into every step called from now on."""
    active_probes.append(probe)


def remove_probe(probe: Probe) -> None:
    """Undo `add_probe`."""
    active_probes.remove(probe)


def active_probe() -> Probe | None:
    """The probe of the innermost glass, if any."""
    return active_probes[-1] if active_probes else None


class Program:
    """One compiled step.

    Args:
        name: The step's name, for messages and the glass.
        traced: What the step does.
        judge: Holds the step's verdict between calls.
        probe: Looks at the gradients, or None.

    Attributes:
        staged: What it computes, after the passes.
    """

    def __init__(self, name: str, traced: Traced, judge: Judge, probe: Probe | None):
        self.name = name
        self._traced = traced
        self.staged = passes.applied(traced.staged)
        self._probe = probe if traced.gradients else None
        state = {id(v): i for i, v in enumerate(traced.state)}
        written = {id(v) for v in traced.written}
        # Read and written: donated. Written without being read: nothing to donate.
        overwritten = [v for v in traced.written if id(v) in state]
        only_read = [v for v in traced.state if id(v) not in written]
        inputs = overwritten + only_read
        self._order = [state[id(v)] for v in inputs]
        self._inputs = traced.state.reordered(self._order)
        # A probe's "before": the state in the order in which `_compute` receives it.
        self._position = {id(v): i for i, v in enumerate(inputs)}
        hidden = [judge.stored] if traced.errors else []
        self._overwritten = [keras_loans.storage(v) for v in overwritten] + hidden
        self._only_read = [keras_loans.storage(v) for v in only_read]
        self._written = [keras_loans.storage(v) for v in traced.written] + hidden
        # What one call writes the next can take as it is.
        self._may_keep = len(overwritten) == len(traced.written)
        self._on_loan: list[Any] | None = None  # the newest values of `_written`
        self._running = False
        self._keeping = jax.jit(self._compute)
        self._donating = jax.jit(self._compute, donate_argnums=0)
        # The user's code may raise, and on a GPU that shows late: nothing must be lost.
        self._may_raise = traced.staged.calls_host
        if self._may_raise:
            self._donating = self._keeping
        self._newest = self._donating  # what steps run
        self._anew: Any = None  # layouts of the arguments, when it is time to compile it anew
        # The programs that have run to their end once, and the one of them that ran last.
        self._proven: set[Any] = set()
        self._last: Any = None
        self._judge = judge
        self._print = traced.prints.write if traced.prints.lines else None
        self._may_look = bool(traced.errors) and not traced.at_once
        self._must_look = traced.at_once
        self._result = _filler(traced)
        has_state = self._order or self._written
        self._turn = keras_loans.one_at_a_time if has_state else contextlib.nullcontext()

    def _compute(self, overwritten: list[Any], only_read: list[Any], inputs: tuple[Any, ...]):
        """The program: (new values, measurements, outputs, printed tensors).

        The last of what is overwritten is the verdict, if there are checks.
        """
        traced = self._traced
        verdict: Any = EMPTY_VERDICT
        if traced.errors:
            *overwritten, verdict = overwritten
        state: list[Any] = [None] * len(self._order)
        for position, value in zip(self._order, overwritten + only_read, strict=True):
            state[position] = value
        results = iter(self.staged.call(self.name, state, (*inputs, verdict)))
        new = [next(results) for _ in traced.written]
        gradients = [next(results) for _ in traced.gradients]
        verdict = [next(results)] if traced.errors else []
        outputs = [next(results) for _ in range(traced.num_outputs)]
        measured = None
        if self._probe is not None:
            measured = self._measure(gradients, overwritten + only_read, new)
        return new + verdict, measured, outputs, list(results)

    def _measure(self, gradients: list[Any], old: list[Any], new: list[Any]) -> Any:
        # Everything the probe reads passes a barrier of its own, so that XLA compiles the
        # update exactly as it does without a probe.
        after = {id(v): n for v, n in zip(self._traced.written, new, strict=True)}
        befores = [old[self._position[id(v)]] for v in self._traced.gradients]
        afters = [after.get(id(v), b) for v, b in zip(self._traced.gradients, befores, strict=True)]
        count = len(gradients)
        seen = barrier([*gradients, *befores, *afters])
        assert self._probe is not None  # noqa: S101 - our own invariant
        return self._probe.measure(seen[:count], seen[count : 2 * count], seen[2 * count :])

    # ----- running -----

    def run(self, inputs: Sequence[Any], call: int, keep_state: bool = False) -> Any:
        """Run the step on `inputs`.

        Args:
            inputs: The call's arrays.
            call: The number of the call, for the probe.
            keep_state: Do not donate, because somebody records this call on a tape.
        """
        run = self._keeping if keep_state else self._newest
        with self._turn:
            _, measured, outputs, printed = self._dispatch(run, inputs, keep_state)
            verdict = None
            if self._may_look:
                judge = self._judge
                if not judge.is_asked:
                    judge.await_reader()
                if perf_counter() > judge.next_look:
                    verdict = self._copied_verdict()
        if measured is not None and self._probe is not None:
            self._probe.receive(self.name, call, self._traced.gradients, measured)
        if self._print is not None:
            self._print(printed)
        if verdict is not None:  # after printing: what was printed may tell why
            self._judge.look(verdict)
        elif self._must_look:
            self._judge.check()
        return self._result(outputs)

    def _dispatch(self, run: Callable, inputs: Sequence[Any], keep_state: bool = False) -> Any:
        """Start a program and keep its state; the caller has the turn.

        Args:
            run: Takes what is overwritten, what is only read, and `inputs`.
            inputs: Arrays.
            keep_state: As above.
        """
        overwritten = self._on_loan
        if overwritten is None:
            overwritten = self._borrow(keep_state)
        only_read = [*map(_value, self._only_read)]
        if run is not self._last:
            run = self._checked(run)
        # Ctrl-C is delivered between bytecodes. `extend(map(...))` leaves none between the end
        # of the donating call and the moment its results are held, so no state can be lost.
        held: list[Any] = []
        self._running = True
        try:
            held.extend(map(run, (overwritten,), (only_read,), (tuple(inputs),)))
            self._on_loan = held[0][0]
        except BaseException:
            if held:
                self._on_loan = held[0][0]
            raise
        finally:
            self._running = False
        if keep_state or not self._may_keep:
            keras_loans.take_back()  # a tape holds these values, too: the next call will see it
        return held[0]

    def _copied_verdict(self) -> Any:
        """The newest verdict, for a look at it later; the caller has the turn."""
        newest = self._judge.stored["_value"] if self._on_loan is None else self._on_loan[-1]
        # Not jnp.copy, which compiles a program, and which a tape records.
        copied = jax.device_put(newest, newest.sharding, may_alias=False)
        copied.copy_to_host_async()
        return copied

    def _checked(self, run: Callable) -> Callable:
        """`run`; the first time waited for, with what it overwrites kept until it succeeds."""
        if self._anew is not None:
            layouts, self._anew = self._anew, None
            second_compile.start(self, layouts)
        if run in self._proven:
            self._last = run
            return run

        def carefully(overwritten: list[Any], only_read: list[Any], inputs: tuple[Any, ...]) -> Any:
            began = perf_counter()
            copies: list[Any] = [None] * len(overwritten)
            if run is not self._keeping:
                copies = failures.backup(overwritten, self._traced.staged.bytes_computed)
            try:
                results = jax.block_until_ready(run(overwritten, only_read, inputs))
            except Exception as error:
                self._restore(failures.restored(copies, overwritten))
                arguments = overwritten, only_read, inputs
                needs = functools.partial(failures.memory_needed, run, arguments)
                explained = failures.of_running(error, self.name, needs)
                if explained is error:
                    raise
                raise explained from None
            if not self._may_raise:
                self._proven.add(run)
                self._last = run
                if run is self._donating:
                    layouts = jax.tree.map(_layout, (overwritten, only_read, inputs))
                    second_compile.plan(self, layouts, perf_counter() - began)
            return results

        return carefully

    # ----- compiling it anew -----

    def compile_again_when_called(self, layouts: Sequence[Any]) -> None:
        """Start `second_compile` at the next call, if there is one."""
        self._anew, self._last = layouts, None

    def temporary_bytes(self, layouts: Sequence[Any]) -> int:
        """How large a block its first program takes for intermediate values."""
        compiled = self._donating.lower(*layouts).compile()  # JAX has it already
        return Cost.of(self.name, compiled).temporary_bytes or 0

    def compile_again(self, layouts: Sequence[Any], options: dict[str, Any]) -> None:
        """Compile it with XLA's options and go on with that; takes as long as compiling does."""
        newest = jax.jit(self._compute, donate_argnums=0, compiler_options=options)
        newest.lower(*layouts).compile()
        self._newest = newest

    def _restore(self, values: list[Any]) -> None:
        """Put the values back with which a program was started that failed."""
        self._on_loan = None
        for stored, value in zip(self._overwritten, values, strict=True):
            stored["_value"] = value

    def lower(self, inputs: Sequence[Any]) -> Any:
        """The program for inputs like these as XLA is given it; runs nothing, borrows nothing."""
        state = [jax.ShapeDtypeStruct(*keras_state.layout(v)) for v in self._inputs]
        count = len(self._inputs) - len(self._only_read)
        verdict = [_layout(EMPTY_VERDICT)] if self._traced.errors else []
        return self._donating.lower(
            state[:count] + verdict, state[count:], tuple(map(_layout, inputs))
        )

    def tell_reads(self) -> None:
        """Let open tapes know which variables this program is about to read."""
        for variable in self._inputs:
            variable.value  # noqa: B018 - reading is the point

    def _borrow(self, keep_state: bool) -> list[Any]:
        """The values to overwrite; from now on this program may have newer ones than the variables.

        Arrays somebody else still holds are copied, so that they survive being donated.
        """
        keras_loans.lend_to(self)
        overwritten = [stored["_value"] for stored in self._overwritten]
        if not keep_state and overwritten and max(map(getrefcount, overwritten)) > _UNSHARED:
            _copy_shared(overwritten)
        return overwritten

    def give_back(self) -> bool:
        """Store the newest values in the variables; the next call takes them out again."""
        if self._running:
            return False  # asked from inside the call itself: it will have newer ones in a moment
        if self._on_loan is not None:
            for stored, value in zip(self._written, self._on_loan, strict=True):
                stored["_value"] = value
            self._on_loan = None
        return True

    def __del__(self) -> None:
        if getattr(self, "_on_loan", None) is not None:
            self.give_back()  # the variables may live longer than the step


_value = itemgetter("_value")
_LEAF = jax.tree.structure(0)


def _filler(traced: Traced) -> Callable[[list[Any]], Any]:
    """Makes the step's result of the program's outputs."""
    tree, static = traced.out_tree, traced.out_static
    if static:
        return functools.partial(_fill_in, tree, static)
    # The usual step gives its loss.
    return itemgetter(0) if tree == _LEAF else tree.unflatten


def _fill_in(tree: Any, static: dict[int, Any], outputs: list[Any]) -> Any:
    """A result some leaves of which are not arrays."""
    arrays = iter(outputs)
    leaves = [static[i] if i in static else next(arrays) for i in range(tree.num_leaves)]
    return jax.tree.unflatten(tree, leaves)


def _layout(value: Any) -> jax.ShapeDtypeStruct:
    weak = getattr(value, "weak_type", False)
    return jax.ShapeDtypeStruct(value.shape, value.dtype, weak_type=weak)


def _count_when_unshared() -> int:
    """What `getrefcount` says, in `Program._borrow`, of an array only its variable holds."""
    stored = [{"_value": object()}]
    values = [s["_value"] for s in stored]
    return max(map(getrefcount, values))


_UNSHARED = _count_when_unshared()


def _copy_shared(values: list[Any]) -> None:
    """Replace each array that somebody else still holds by a copy, which may be donated."""
    for i in range(len(values)):
        # Both counts were taken of list items, but here the call itself adds none.
        if getrefcount(values[i]) > _UNSHARED:
            values[i] = jnp.copy(values[i])
