"""Datasets: shuffle, normalise, batch and prefetch MNIST-sized images, alone and feeding a step."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import contestants
from benchmarks.bench import Bench
from benchmarks.case import Case
from benchmarks.rows import Row, compare

TITLE = "Datasets"
OURS, FEEDING, FED = "glasstape_data", "glasstape_fed_data", "glasstape_function"
AT_MOST, WAITING_AT_MOST = 1.0, 1.03
FEEDS = "chapter_cnn"


def measure(bench: Bench) -> Iterator[Row]:
    case = Case(FEEDS, 32)
    others = [n for n in contestants.names() if n.endswith("_data") and n not in (OURS, FEEDING)]
    yield from _measure(bench, [OURS, *filter(bench.wanted, others)], case, AT_MOST)
    yield from _measure(bench, [FEEDING, FED], case, WAITING_AT_MOST)


def _measure(bench: Bench, names: list[str], case: Case, at_most: float) -> Iterator[Row]:
    measured = bench.race(names, case, compare_losses=False)
    title = "batches of 32 images" if names[0] == OURS else case.title
    for name in names[1:]:
        if name in measured:
            yield compare(title, measured[names[0]], measured[name], at_most=at_most)
