"""`glass`: look at the gradients of whatever trains inside this context."""

from __future__ import annotations

import builtins
import contextlib
import itertools
import platform
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from glasstape import __version__, sources
from glasstape.compiler import program, retrace, verdicts
from glasstape.errors import GlassStateError
from glasstape.guards import events
from glasstape.monitor import arguments, probes
from glasstape.monitor.eager import EagerWatch
from glasstape.monitor.runlog import Measurement, RunLog
from glasstape.monitor.schedule import Schedule
from glasstape.monitor.series import Series, SeriesTable
from glasstape.monitor.views.terminal import TerminalView
from glasstape.ports import jax_trace, keras_state

# Looking in eager code costs one more dispatch.
_EAGER_EVERY = 10

_open: list[glass] = []


class glass:
    """Show and keep the gradients of every step that trains inside this context.

    Per variable: gradient norm, largest absolute value, share of zeros, share of values that are
    not finite, and the size of the update relative to the weight. In a `glasstape.function` these
    are a few scalars computed inside the compiled step, read when they are ready; the weights are
    bit-equal with and without a glass. Of nested glasses the innermost one looks.

    Args:
        show: ``"terminal"`` draws a live table (on anything but a terminal, one table at the
            end), a `TerminalView` draws it elsewhere or in another language; None shows nothing.
        run_dir: Folder to write into; ``runs/<date>-<time>`` when None.
        every: Look at the first call of a step and every k-th after it; ``"auto"`` chooses k so
            that looking costs at most some percent.

    Attributes:
        run_dir: The folder.

    Raises:
        GlassValueError: an argument has an unknown value; on entering, the folder cannot be
            written or holds a run already.
        GlassStateError: it is entered a second time, or inside a compiled step.

    Example:
        >>> import tempfile
        >>> import glasstape as gt
        >>> with gt.glass(show=None, run_dir=tempfile.mkdtemp()) as glass:
        ...     pass  # for images, labels in train_ds: train_step(images, labels)
    """

    def __init__(
        self,
        show: Literal["terminal"] | TerminalView | None = "terminal",
        run_dir: str | Path | None = None,
        every: int | Literal["auto"] = "auto",
    ):
        if show not in ("terminal", None) and not isinstance(show, TerminalView):
            raise arguments.unknown("show", 'None, "terminal" or a TerminalView', show)
        self._every = arguments.interval(every)
        self.run_dir = Path(run_dir) if run_dir is not None else _new_run_dir()
        self._view = TerminalView() if show == "terminal" else show
        self._log: RunLog | None = None
        self._closing: contextlib.ExitStack | None = None
        self._schedules: dict[Any, Schedule] = {}
        self._series = SeriesTable()
        self._waiting: deque[tuple[Series, int, Any]] = deque()
        # Compiled steps may be called from several threads.
        self._lock = threading.RLock()

    # ----- the context -----

    def __enter__(self) -> glass:
        _check_enter(self._closing is None)
        eager = EagerWatch(self._find, self._every or _EAGER_EVERY, self._receive)
        with contextlib.ExitStack() as closing:
            self._log = RunLog(self.run_dir, _about())
            closing.push(self._close_log)
            if self._view is not None:
                self._view.open()
                closing.callback(self._view.close)
            closing.callback(self._drain, wait=True)
            _open.append(self)
            closing.callback(_open.remove, self)
            program.add_probe(_PROBE)
            closing.callback(program.remove_probe, _PROBE)
            retrace.listeners.append(self._traced)
            closing.callback(retrace.listeners.remove, self._traced)
            events.push(eager)
            closing.callback(events.pop, eager)
            closing.push(_settle)
            self._closing = closing.pop_all()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: Any) -> None:
        if self._closing is not None:
            self._closing.__exit__(kind, error, traceback)

    def _close_log(self, kind: type | None, error: BaseException | None, traceback: Any) -> None:
        with self._lock:
            log, self._log = self._log, None
            if log is not None:
                # Of the programs of a step, the one that was called most.
                schedules = sorted(self._schedules.values(), key=lambda s: s.calls)
                every = {s.name: s.interval for s in schedules if s.name in self._series}
                log.close(error=None if kind is None else kind.__name__, every=every)

    def print(self, text: str) -> None:
        """Print a line above the live table."""
        if self._view is not None:
            self._view.print(text)
        else:
            builtins.print(text, flush=True)

    def log(self, **scalars: Any) -> None:
        """Keep scalars of your own in the run folder, such as ``log(epoch=1, loss=0.3)``.

        Args:
            **scalars: Numbers, or arrays of one number; waits until they are computed.

        Raises:
            GlassValueError: something is not a number.
            GlassStateError: the glass is not open.
        """
        numbers = {name: arguments.number(name, value) for name, value in scalars.items()}
        with self._lock:
            if self._log is None:
                raise GlassStateError(
                    "glass.log was called while the glass is not open.",
                    expected="a call inside `with gt.glass(...) as glass:`",
                    received="a call before or after it",
                    fix="move the call into the `with`",
                    where=sources.user_source(),
                )
            self._log.log(numbers)

    # ----- looking -----

    def _due(self, key: Any, name: str, variables: Sequence[Any] | None) -> bool:
        with self._lock:
            schedule = self._schedules.get(key)
            if schedule is None:
                schedule = self._schedules[key] = Schedule(name, self._every)
            return schedule.due(lambda: _wait_for(variables or ()))

    def _traced(self, step: str, trace: retrace.Trace) -> None:
        with self._lock:
            if self._log is not None:
                self._log.trace(step, **asdict(trace))

    def _find(self, step: str, variables: Sequence[Any]) -> Series:
        with self._lock:
            return self._series.find(step, variables)

    def _receive(self, series: Series, call: int, measured: Any) -> None:
        """Take the measurements of one call, which may still be on their way."""
        measured.copy_to_host_async()  # from a GPU, so that reading them need not wait
        with self._lock:
            self._waiting.append((series, call, measured))
            self._drain(wait=False)

    def _drain(self, wait: bool) -> None:
        with self._lock:
            while self._waiting and (wait or self._waiting[0][2].is_ready()):
                series, call, measured = self._waiting.popleft()
                values = np.asarray(measured).tolist()
                measurement = Measurement(series.label, call, series.variables, values)
                if self._log is not None:
                    self._log.add(measurement)
                if self._view is not None:
                    self._view.add(measurement)


class _InnermostGlass:
    """What compiled steps know of every glass.

    A step has one program that looks for each probe. So there is one probe: a glass an epoch must
    not compile the step anew each time, nor be kept alive by it.
    """

    measure = staticmethod(probes.measure)

    def due(self, key: Any, name: str, variables: Sequence[Any] | None) -> bool:
        """As the compiler asks it."""
        innermost = _innermost()
        return innermost is not None and innermost._due(key, name, variables)

    def receive(self, step: str, call: int, variables: Sequence[Any], measured: Any) -> None:
        """As the compiler calls it."""
        innermost = _innermost()
        if innermost is not None:
            innermost._receive(innermost._find(step, variables), call, measured)


_PROBE = _InnermostGlass()


def _innermost() -> glass | None:
    glasses = _open[-1:]  # another thread may close the last one at any time
    return glasses[0] if glasses else None


def _settle(kind: type | None, error: BaseException | None, traceback: Any) -> None:
    """Raise what the last calls have earned, unless something was raised already."""
    if kind is None:
        verdicts.settle()


def _wait_for(variables: Sequence[Any]) -> None:
    # Deleted: another thread has called the step and has not put its results back yet.
    values = [keras_state.raw_value(v) for v in variables]
    with contextlib.suppress(RuntimeError):
        jax.block_until_ready(values)


def _about() -> dict[str, Any]:
    return {
        "glasstape": __version__,
        "jax": jax.__version__,
        "python": platform.python_version(),
        "device": jax.default_backend(),
        "program": sys.argv[:1],
    }


def _new_run_dir() -> Path:
    """A new folder, made at once so that no other run gets it."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for suffix in itertools.count():
        folder = Path("runs") / (stamp if not suffix else f"{stamp}-{suffix}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError:
            pass  # said on entering, with the reason
        return folder
    raise AssertionError  # itertools.count never ends


def _check_enter(is_new: bool) -> None:
    if not is_new:
        raise GlassStateError(
            "This glass was entered before.",
            expected="one `with` for each glass, since each writes a run folder of its own",
            received="a second `with`",
            fix="write `with gt.glass(...) as glass:` with a new one",
            where=sources.user_source(),
        )
    if not jax_trace.is_eager():
        raise GlassStateError(
            "A glass was opened inside a compiled step.",
            expected="a glass around the loop that calls the step",
            received="`with gt.glass(...)` in a function that is being traced",
            fix="move the `with` out of the step",
            where=sources.user_source(),
        )
