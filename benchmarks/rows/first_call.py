"""The first call of a step: tracing and compiling, nothing kept on disk.

Each time is that of a fresh process. Imports, building the model and the optimizer's slots come
before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.case import Case
from benchmarks.rows import Row, compare

TITLE = "First call"
OURS, OTHER = "glasstape_function", "jax_hand_written"
AT_MOST = 1.15


def measure(bench: Bench) -> Iterator[Row]:
    if not bench.wanted(OTHER):
        return
    for case in bench.cases():
        if case.batch_size != case.definition.BATCH_SIZES[0]:
            continue  # the same program but for its shapes
        yield compare(case.title, *first_calls(bench, case, OURS, OTHER), at_most=AT_MOST)


def first_calls(
    bench: Bench, case: Case, ours: str, other: str
) -> tuple[tuple[str, list[float]], tuple[str, list[float]]]:
    """Title and seconds of two contestants, each in fresh processes, in turns."""
    seconds: dict[str, list[float]] = {ours: [], other: []}
    titles: dict[str, str] = {}
    for i in range(bench.pairs):
        for name in (ours, other) if i % 2 == 0 else (other, ours):
            titles[name], elapsed = _first_call(bench, name, case)
            seconds[name].append(elapsed)
    return (titles[ours], seconds[ours]), (titles[other], seconds[other])


def _first_call(bench: Bench, name: str, case: Case) -> tuple[str, float]:
    worker = bench.worker(name, case, JAX_ENABLE_COMPILATION_CACHE="false")
    try:
        return worker.title, worker(1)[0]
    finally:
        worker.close()
