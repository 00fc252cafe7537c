"""What it costs to look at the gradients, and whether looking changes the weights."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

import glasstape as gt
from benchmarks import keras_program
from benchmarks.bench import Bench
from benchmarks.case import Case
from benchmarks.contestants import Run, glasstape_function, loop, on_device
from benchmarks.race import race
from benchmarks.rows import Row, compare
from glasstape.compiler import program

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
    off = glasstape_function.prepare(case)
    off(1)
    for every in ("auto", 1):
        with watched(case, every) as (on, interval):
            seconds = race({"on": on, "off": off}, bench.effort, multiple=interval)
        # The promise is made for convolutional nets and for the glass' own choice.
        promised = every == "auto" and len(case.definition.INPUT_SHAPE) == 3
        yield compare(
            case.title,
            (f"glass on ({_often(every, interval)})", seconds["on"]),
            ("glass off", seconds["off"]),
            at_most=AT_MOST if promised else None,
        )


@contextlib.contextmanager
def watched(case: Case, every: Any) -> Iterator[tuple[Run, int]]:
    """A run with a glass that is on only while it runs, and every how many steps it looks.

    Entering a glass anew for each block would time how it finds its feet: it begins by timing
    calls with and without looking.
    """
    run = glasstape_function.prepare(case)
    with (
        tempfile.TemporaryDirectory() as folder,
        gt.glass(show=None, run_dir=folder, every=every) as glass,
    ):
        probe: Any = program.active_probe()
        run(STEPS_TO_SETTLE)
        (schedule,) = glass._schedules.values()

        def on(steps: int) -> tuple[float, float]:
            program.add_probe(probe)
            try:
                return run(steps)
            finally:
                program.remove_probe(probe)

        program.remove_probe(probe)
        try:
            yield on, schedule.interval
        finally:
            program.add_probe(probe)  # the glass removes it when it closes


def _weights(case: Case) -> Iterator[Row]:
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
    return f"every {interval} steps, its own choice" if interval else "its own choice"


def _train(case: Case) -> list[bytes]:
    """The bytes of everything the step overwrites, after some steps."""
    trained = keras_program.build(gt, keras, case)
    batches = on_device(case)
    loop(gt.function(trained.step), batches)(STEPS_COMPARED)
    return [np.asarray(v.value).tobytes() for v in trained.variables]
