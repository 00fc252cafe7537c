"""What it costs to look at the gradients, and whether looking changes the weights."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

from benchmarks import keras_program
from benchmarks.bench import Bench
from benchmarks.case import Case
from benchmarks.race import race
from benchmarks.rows import Row, compare

TITLE = "Glass on"
AT_MOST = 1.03
STEPS_COMPARED = 100
# Until then the glass has chosen how often it looks (see glasstape.monitor.schedule).
STEPS_TO_SETTLE = 60


def measure(bench: Bench) -> Iterator[Row]:
    for case in bench.cases():
        yield from _cost(bench, case)
        yield from _weights(case)


def _cost(bench: Bench, case: Case) -> Iterator[Row]:
    from benchmarks.contestants import glasstape_function

    off = glasstape_function.prepare(case)
    off(1)
    for every in ("auto", 1):
        on = Watched(case, every)
        on(STEPS_TO_SETTLE)
        seconds = race({"on": on, "off": off}, bench.effort, multiple=on.interval)
        # The promise is made for convolutional nets and for the glass' own choice.
        promised = every == "auto" and case.net != "mlp"
        yield compare(
            case.title,
            (f"glass on ({_often(every, on.interval)})", seconds["on"]),
            ("glass off", seconds["off"]),
            at_most=AT_MOST if promised else None,
        )


class Watched:
    """The step with a glass that is on only while this step runs.

    Leaving and entering the glass for each block would time how it finds its feet: it begins by
    timing calls with and without looking.
    """

    def __init__(self, case: Case, every: Any):
        import glasstape as gt
        from benchmarks.contestants import glasstape_function
        from glasstape.compiler import program

        self._program = program
        self._run = glasstape_function.prepare(case)
        self._glass = gt.glass(show=None, run_dir=tempfile.mkdtemp(), every=every)
        self._glass.__enter__()
        program.remove_probe(self._glass)

    def __call__(self, steps: int) -> tuple[float, float]:
        self._program.add_probe(self._glass)
        try:
            return self._run(steps)
        finally:
            self._program.remove_probe(self._glass)

    @property
    def interval(self) -> int:
        """Every how many steps the glass looks."""
        (schedule,) = self._glass._schedules.values()
        return schedule.interval


def _weights(case: Case) -> Iterator[Row]:
    import glasstape as gt

    off = _train(case)
    for every in ("auto", 1):
        folder = tempfile.TemporaryDirectory()
        with folder as run_dir, gt.glass(show=None, run_dir=run_dir, every=every):
            on = _train(case)
        yield Row(
            case.title,
            f"weights after {STEPS_COMPARED} steps, glass on ({_often(every)})",
            "glass off",
            note="bit-equal" if on == off else "DIFFERENT",
        )


def _often(every: Any, interval: int | None = None) -> str:
    if every == 1:
        return "every step"
    return f"every {interval}th step, its own choice" if interval else "its own choice"


def _train(case: Case) -> list[bytes]:
    """The bytes of everything the step overwrites, after some steps."""
    import keras
    import numpy as np

    import glasstape as gt
    from benchmarks.contestants import loop
    from benchmarks.contestants.glasstape_function import on_device

    program = keras_program.build(gt, keras, case)
    loop(gt.function(program.step), on_device(case))(STEPS_COMPARED)
    return [np.asarray(v.value).tobytes() for v in program.variables]
