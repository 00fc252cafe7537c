"""What one waits for before training goes: Python, imports, the net, tracing, compiling, a step.

Each time is that of a fresh process, from its start. glasstape is measured with nothing kept on
disk, and as a user has it from the second run of a program on: with the programs that the first run
has kept (``docs/cache.md``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from benchmarks.bench import Bench, Entrant
from benchmarks.case import Case
from benchmarks.rows import Row, compare
from benchmarks.worker import Worker, WorkerError

TITLE = "From the start of the program to the end of the first step"
AT_MOST = 1.0


def measure(bench: Bench) -> Iterator[Row]:
    for case in [*bench.cases(), *bench.gans()]:
        kind = "gan" if case.is_gan else "function"
        other = f"tensorflow_{kind}"
        if not bench.wanted(other) or case.batch_size != case.definition.BATCH_SIZES[0]:
            continue  # the same program but for its shapes
        try:
            yield from _measure(bench, case, f"glasstape_{kind}", other)
        except WorkerError as error:
            bench.failures[f"first step, {case.title}"] = str(error)


def _measure(bench: Bench, case: Case, ours: str, other: str) -> Iterator[Row]:
    case = case._replace(most_batches=1)
    with tempfile.TemporaryDirectory() as folder:
        kept = Entrant(ours, {"GLASSTAPE_CACHE": folder})
        bench.in_a_fresh_process(kept, case, _first_step)  # the earlier run
        entrants = {"ours": Entrant(ours), "kept": kept, "other": Entrant(other)}
        measured = bench.in_fresh_processes(entrants, case, _first_step)
    title, seconds = measured["kept"]
    of_later_runs = f"{title}, programs kept from an earlier run", seconds
    for entrant in (measured["ours"], of_later_runs):
        yield compare(case.title, entrant, measured["other"], at_most=AT_MOST)


def _first_step(worker: Worker) -> float:
    return worker.seconds + worker(1)[0]
