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
        seconds: dict[str, list[float]] = {OURS: [], OTHER: []}
        titles: dict[str, str] = {}
        for i in range(bench.pairs):
            for name in (OURS, OTHER) if i % 2 == 0 else (OTHER, OURS):
                titles[name], elapsed = _first_call(bench, name, case)
                seconds[name].append(elapsed)
        ours, other = ((titles[name], seconds[name]) for name in (OURS, OTHER))
        yield compare(case.title, ours, other, at_most=AT_MOST)


def _first_call(bench: Bench, name: str, case: Case) -> tuple[str, float]:
    worker = bench.worker(name, case, JAX_ENABLE_COMPILATION_CACHE="false")
    try:
        return worker.title, worker(1)[0]
    finally:
        worker.close()
