"""Many steps in one dispatch: `steps_per_call` against the same written otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.contestants import STEPS_PER_CALL
from benchmarks.rows import Row, compare

TITLE = "Many steps in one dispatch"
OURS = "glasstape_many"
# The ratio to reach, against each; single steps of ours must never be quicker.
AT_MOST = {"jax_hand_written_many": 1.05, "glasstape_function": 1.0, "keras_fit_many": 1.0}

# On a CPU, where convolutions in loops are slow, a block of its loops takes half a minute.
NETS = ("mlp", "chapter_cnn")


def measure(bench: Bench) -> Iterator[Row]:
    names = [OURS, *filter(bench.wanted, AT_MOST)]
    for case in bench.cases():
        if case.net not in NETS:
            continue
        measured = bench.race(names, case, compare_losses=False, multiple=STEPS_PER_CALL)
        for name, other in measured.items():
            if name != OURS:
                yield compare(case.title, measured[OURS], other, at_most=AT_MOST[name])
