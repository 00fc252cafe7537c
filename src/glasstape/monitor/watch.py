"""`glass`: look at the gradients of whatever trains inside this context."""

from __future__ import annotations

import builtins
import itertools
import platform
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from glasstape import __version__, sources
from glasstape.compiler import program
from glasstape.errors import GlassValueError
from glasstape.guards import events
from glasstape.guards.eager import EagerGuards
from glasstape.monitor import probes
from glasstape.monitor.runlog import Measurement, RunLog, VariableInfo
from glasstape.monitor.schedule import Schedule
from glasstape.monitor.views.terminal import TerminalView
from glasstape.ports import jax_trace, keras_state

# Looking in eager code costs one more dispatch.
_EAGER_EVERY = 10


class glass:
    """Show and keep the gradients of every step that trains inside this context.

    Per variable: gradient norm, largest absolute value, share of zeros, share of values that are
    not finite, and the size of the update relative to the weight. In a `glasstape.function` these
    are a few scalars computed inside the compiled step, read when they are ready; the weights are
    bit-equal with and without a glass.

    Args:
        show: ``"terminal"`` draws a live table (on anything but a terminal, one table at the
            end); None shows nothing.
        run_dir: Folder to write into; ``runs/<date>-<time>`` when None.
        every: Look at every k-th call of a step; ``"auto"`` chooses k so that looking costs at
            most some percent.

    Attributes:
        run_dir: The folder.

    Raises:
        GlassValueError: an argument has an unknown value.

    Example:
        >>> import tempfile
        >>> import glasstape as gt
        >>> with gt.glass(show=None, run_dir=tempfile.mkdtemp()) as glass:
        ...     pass  # for images, labels in train_ds: train_step(images, labels)
    """

    def __init__(
        self,
        show: Literal["terminal"] | None = "terminal",
        run_dir: str | Path | None = None,
        every: int | Literal["auto"] = "auto",
    ):
        if show not in ("terminal", None):
            raise _bad("show", 'None or "terminal"', show)
        if every != "auto" and (not isinstance(every, int) or every < 1):
            raise _bad("every", 'a positive integer or "auto"', every)
        self.run_dir = Path(run_dir) if run_dir is not None else _new_run_dir()
        self._every: int | Literal["auto"] = every
        self._view = TerminalView() if show else None
        self._log: RunLog | None = None
        self._schedules: dict[Any, Schedule] = {}
        self._waiting: deque[tuple[str, int, Sequence[VariableInfo], Any]] = deque()
        self._infos: dict[tuple[int, ...], list[VariableInfo]] = {}
        self._eager = _EagerWatch(self)

    # ----- the context -----

    def __enter__(self) -> glass:
        self._log = RunLog(
            self.run_dir,
            {
                "glasstape": __version__,
                "jax": jax.__version__,
                "python": platform.python_version(),
                "device": jax.default_backend(),
                "program": sys.argv[:1],
            },
        )
        if self._view is not None:
            self._view.open()
        program.add_probe(self)
        events.push(self._eager)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: Any) -> None:
        program.remove_probe(self)
        events.pop(self._eager)
        try:
            self._eager.finish()
            self._drain(wait=True)
        finally:
            if self._view is not None:
                self._view.close()
            if self._log is not None:
                intervals = {s.name: s.interval for s in self._schedules.values()}
                self._log.close(error=None if kind is None else kind.__name__, every=intervals)
                self._log = None
        if error is None:
            program.settle()

    def print(self, text: str) -> None:
        """Print a line above the live table."""
        if self._view is not None:
            self._view.print(text)
        else:
            builtins.print(text, flush=True)

    def log(self, **scalars: Any) -> None:
        """Keep scalars of your own in the run folder, such as ``log(epoch=1, loss=0.3)``."""
        if self._log is not None:
            self._log.log({k: float(np.asarray(v)) for k, v in scalars.items()})

    # ----- as the compiler's probe -----

    def due(self, key: Any, name: str, variables: Sequence[Any] | None) -> bool:
        """Whether to look at the call of step `key` that is about to be made."""
        schedule = self._schedules.get(key)
        if schedule is None:
            if variables is None:
                return True  # not traced yet
            schedule = Schedule(name, self._every, lambda: _wait_for(variables))
            self._schedules[key] = schedule
        return schedule.due()

    measure = staticmethod(probes.measure)

    def receive(self, step: str, call: int, variables: Sequence[Any], measured: Any) -> None:
        """Take the measurements of one call, which may still be on their way."""
        self._waiting.append((step, call, self._info(variables), measured))
        self._drain(wait=False)

    def _info(self, variables: Sequence[Any]) -> list[VariableInfo]:
        key = tuple(map(id, variables))
        if key not in self._infos:
            self._infos[key] = [
                VariableInfo(v.path, tuple(v.shape), str(v.dtype)) for v in variables
            ]
        return self._infos[key]

    def _drain(self, wait: bool) -> None:
        while self._waiting and (wait or self._waiting[0][3].is_ready()):
            step, call, infos, measured = self._waiting.popleft()
            measurement = Measurement(step, call, infos, np.asarray(measured).tolist())
            if self._log is not None:
                self._log.add(measurement)
            if self._view is not None:
                self._view.add(measurement)


class _EagerWatch(EagerGuards):
    """The eager guards, and a look at each update when the next one starts."""

    def __init__(self, owner: glass):
        super().__init__()
        self._owner = owner
        self._measure = jax.jit(probes.measure)
        self._calls = 0
        self._pending: tuple[list[Any], list[Any], list[Any]] | None = None

    def update_applied(self, event: events.UpdateApplied) -> None:
        super().update_applied(event)
        self.finish()
        pairs = [
            (g, v) for g, v in zip(event.gradients, event.variables, strict=True) if g is not None
        ]
        if not pairs or any(jax_trace.is_tracer(g) for g, _ in pairs):
            return
        self._calls += 1
        every = _EAGER_EVERY if self._owner._every == "auto" else self._owner._every
        if (self._calls - 1) % every == 0:
            variables = [v for _, v in pairs]
            before = [keras_state.raw_value(v) for v in variables]
            self._pending = (variables, [g for g, _ in pairs], before)

    def finish(self) -> None:
        """Measure the update noted last: by now it has been applied."""
        if self._pending is None:
            return
        (variables, gradients, before), self._pending = self._pending, None
        after = [keras_state.raw_value(v) for v in variables]
        with jax_trace.eval_context():
            measured = self._measure(gradients, before, after)
        self._owner.receive("eager code", self._calls, variables, measured)


def _wait_for(variables: Sequence[Any]) -> None:
    jax.block_until_ready([keras_state.raw_value(v) for v in variables])


def _new_run_dir() -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for suffix in itertools.count():
        folder = Path("runs") / (stamp if not suffix else f"{stamp}-{suffix}")
        if not folder.exists():
            return folder
    raise AssertionError  # itertools.count never ends


def _bad(argument: str, expected: str, received: object) -> GlassValueError:
    return GlassValueError(
        f"glass was given an unknown value for `{argument}`.",
        expected=expected,
        received=repr(received),
        fix="see help(glasstape.glass)",
        where=sources.user_source(2),
    )
