"""Many calls of a step in one dispatch: they wait until so many have come, or somebody looks.

Starting a program costs Python and XLA 20 to 50 microseconds, which for a small net is a good part
of the step. So the calls of a step may be queued and run by one compiled loop. Whoever reads a
variable, or the values of a result, has the queue run first: what is seen is always what single
steps would have shown.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.compiler import signature as signatures
from glasstape.compiler.program import Program
from glasstape.compiler.step import Traced
from glasstape.compiler.verdicts import Judge
from glasstape.errors import ResultLostError
from glasstape.ports import jax_trace, keras_loans, keras_state
from glasstape.ports.jax_pending import PendingArray, arrived

# So many full queues are timed in each way before the quicker way is kept.
TIMED = 3


class Row:
    """One queued call.

    Args:
        inputs: Its arrays.
        run: Runs the queue.
    """

    __slots__ = ("_error", "_outputs", "_run", "inputs")

    def __init__(self, inputs: tuple[Any, ...], run: Callable[[], None]):
        self.inputs = inputs
        self._run = run
        self._outputs: Callable[[], Sequence[Any]] | None = None
        self._error: BaseException | None = None

    def finish(self, outputs: Callable[[], Sequence[Any]]) -> None:
        """The call has run; `outputs` gives its results."""
        self._outputs, self.inputs, self._run = outputs, (), _nothing

    def fail(self, error: BaseException) -> None:
        """The call will have no results."""
        self._error, self.inputs, self._run = error, (), _nothing

    def output(self, number: int) -> Any:
        """One of its results."""
        if self._outputs is None:
            self._run()
        if self._outputs is None:
            raise ResultLostError(
                "The result of a queued step was asked for, and the step did not finish.",
                expected="a step that ran",
                received=f"one that was stopped by {type(self._error).__name__}: {self._error}",
                fix="see the error the queue ended with; steps_per_call=1 raises it at the call",
                where=sources.user_source(),
            ) from self._error
        return self._outputs()[number]


def _nothing() -> None:
    """Nothing is left to run."""


class QueuedProgram(Program):
    """A step whose calls are run many at a time.

    Args:
        name: The step's name.
        traced: What the step does.
        judge: Holds the step's verdict between calls.
        size: How many calls make a full queue.
    """

    def __init__(self, name: str, traced: Traced, judge: Judge, size: int):
        super().__init__(name, traced, judge, None)
        self._size = size
        self._waiting: list[Row] = []
        self._layout: Any = None
        self._flushing = False
        self._many = jax.jit(self._compute_many, donate_argnums=0)
        self._unstack = jax.jit(lambda stacked: [list(column) for column in stacked])
        self._race = _Race()

    @staticmethod
    def serves(traced: Traced) -> bool:
        """Whether calls of this step may wait: nobody can see when it runs, and a loop may pay.

        XLA for CPU has slower convolutions inside loops (JAX issue 12868), with other rounding.
        """
        staged = traced.staged
        visible = bool(traced.prints.lines) or staged.has_effects or staged.calls_host
        slow = jax.default_backend() == "cpu" and staged.has_operation("conv_general_dilated")
        sizes = [n for layout in traced.output_layouts for n in layout.shape]
        is_exact = all(isinstance(n, int) for n in sizes)  # else it is a trace for any size
        return bool(traced.written) and is_exact and not visible and not slow

    def _compute_many(self, overwritten: list[Any], only_read: list[Any], inputs: tuple[Any, ...]):
        """As `_compute`, for many calls: `inputs` are the arrays of each."""
        columns = tuple(jnp.stack(column) for column in zip(*inputs, strict=True))

        def one(before: list[Any], row: tuple[Any, ...]) -> Any:
            new, _, outputs, _ = self._compute(before, only_read, row)
            pairs = zip(new, before, strict=True)
            return [jax.lax.convert_element_type(n, b.dtype) for n, b in pairs], outputs

        new, outputs = jax.lax.scan(one, overwritten, columns, length=len(inputs))
        return new, None, outputs, []

    def run(self, inputs: Sequence[Any], call: int, keep_state: bool = False) -> Any:
        """Queue a call; run the queue when it is full."""
        if keep_state or self._size == 1:
            with self._turn:
                self.flush()
            return super().run(inputs, call, keep_state)
        with self._turn:
            row = self._enqueue(inputs)
            is_full = len(self._waiting) >= self._size
            if is_full:
                self.flush()
            is_due = is_full and self._may_look and time.perf_counter() > self._judge.next_look
            verdict = self._copied_verdict() if is_due else None
        if verdict is not None:
            self._judge.look(verdict)
        outputs = self._traced.output_layouts
        return self._result(
            [PendingArray(a, functools.partial(row.output, i)) for i, a in enumerate(outputs)]
        )

    def _enqueue(self, inputs: Sequence[Any]) -> Row:
        layout = signatures.quick_key(tuple(inputs))
        if self._waiting and layout != self._layout:
            self.flush()
        if not self._waiting:
            self._layout = layout
            if self._on_loan is None:
                keras_loans.lend_to(self)
            if self._traced.errors:
                keras_state.pending_verdicts.setdefault(self._judge.key, self._settle)
        row = Row(tuple(map(_kept, inputs)), self.flush)
        self._waiting.append(row)
        return row

    def _settle(self) -> None:
        self.flush()
        self._judge.check()

    def flush(self) -> None:
        """Run what is queued."""
        with self._turn:
            if self._flushing or not self._waiting:
                return
            self._flushing = True
            try:
                # Whoever looks may be tracing a step of its own, or recording on a tape.
                with jax_trace.eval_context():
                    self._run_all()
            finally:
                self._flushing = False

    def _run_all(self) -> None:
        if len(self._waiting) == self._size and self._race.many_next():
            self._time(True, self._run_many)
        else:
            self._time(False, self._run_each)

    def _time(self, many: bool, run: Callable[[], None]) -> None:
        if self._race.is_over or len(self._waiting) != self._size:
            run()
            return
        jax.block_until_ready(self._on_loan)
        start = time.perf_counter()
        run()
        jax.block_until_ready(self._on_loan)
        self._race.add(many, time.perf_counter() - start)
        if self._race.is_over and not self._race.many_next():
            self._size = 1  # the loop is not quicker than its rounds

    def _run_each(self) -> None:
        while self._waiting:
            self._advance(self._newest, self._waiting[:1], self._waiting[0].inputs)

    def _run_many(self) -> None:
        rows = list(self._waiting)
        self._advance(self._many, rows, [row.inputs for row in rows])

    def _advance(self, run: Callable, rows: list[Row], inputs: Sequence[Any]) -> None:
        """Run these rows, the first that wait, and take them off the queue."""
        before = self._on_loan
        try:
            outputs = self._dispatch(run, inputs)[2]
        except BaseException as error:
            has_run = self._on_loan is not None and self._on_loan is not before
            if has_run or isinstance(error, Exception):
                del self._waiting[: len(rows)]
                for row in rows:
                    row.fail(error)
            raise
        del self._waiting[: len(rows)]
        if run is not self._many:
            rows[0].finish(lambda: outputs)
            return
        unstacked = functools.cache(functools.partial(self._unstacked, outputs))
        for number, row in enumerate(rows):
            row.finish(functools.partial(_row_of, unstacked, number))

    def _unstacked(self, stacked: Sequence[Any]) -> list[list[Any]]:
        with jax_trace.eval_context():
            return self._unstack(stacked)

    def give_back(self) -> bool:
        """Run what is queued and store the newest values in the variables."""
        if not self._running:
            self.flush()
        return super().give_back()

    def __del__(self) -> None:
        if getattr(self, "_waiting", None):
            self.flush()
        super().__del__()


def _row_of(unstacked: Callable[[], list[list[Any]]], number: int) -> list[Any]:
    return [column[number] for column in unstacked()]


def _kept(value: Any) -> Any:
    """What a queue may hold on to: NumPy arrays may be overwritten by their owner."""
    return np.array(value) if isinstance(value, np.ndarray) else arrived(value)


class _Race:
    """Finds out whether one loop is quicker than its rounds by themselves.

    The first full queue compiles the loop and is not timed; then both ways take turns.
    """

    def __init__(self) -> None:
        self._seconds: dict[bool, list[float]] = {True: [], False: []}

    @property
    def is_over(self) -> bool:
        """Whether both ways have been timed often enough."""
        return len(self._seconds[True]) > TIMED and len(self._seconds[False]) >= TIMED

    def many_next(self) -> bool:
        """Whether the next full queue is to be run by the loop."""
        if self.is_over:
            return min(self._seconds[True][1:]) < min(self._seconds[False])
        return len(self._seconds[True]) <= len(self._seconds[False])

    def add(self, many: bool, seconds: float) -> None:
        """Note what a full queue took."""
        self._seconds[many].append(seconds)
