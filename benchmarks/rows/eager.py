"""The step without `function`, for those who never compile."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import contestants
from benchmarks.bench import Bench
from benchmarks.rows import Row, compare

TITLE = "Eager step"
OURS = "glasstape_eager"
# The ratio to TensorFlow's eager step to reach.
AT_MOST = {"mlp": 0.25, "chapter_cnn": 0.5}


def measure(bench: Bench) -> Iterator[Row]:
    eager = [n for n in contestants.names() if n.endswith("_eager") and n != OURS]
    names = [OURS, *filter(bench.wanted, eager)]
    if len(names) == 1:
        return
    for case in bench.cases():
        if case.net not in AT_MOST or case.batch_size != case.definition.BATCH_SIZES[0]:
            continue
        measured = bench.race(names, case)
        for name, other in measured.items():
            if name != OURS:
                target = AT_MOST[case.net] if name == "tensorflow_eager" else None
                yield compare(case.title, measured[OURS], other, at_most=target)
