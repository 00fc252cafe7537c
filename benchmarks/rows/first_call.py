"""The first call of a step: tracing and compiling, nothing kept on disk.

Each time is that of a fresh process. Imports, building the model and the optimizer's slots come
before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench, Entrant
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
        entrants = {name: Entrant(name) for name in (OURS, OTHER)}
        measured = bench.in_fresh_processes(entrants, case, lambda worker: worker(1)[0])
        yield compare(case.title, measured[OURS], measured[OTHER], at_most=AT_MOST)
