"""The compiled training step against the same step written otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import contestants
from benchmarks.bench import Bench
from benchmarks.case import Case
from benchmarks.rows import Row, compare

TITLE = "Compiled step"
OURS = "glasstape_function"
# Two copies of one program: how far their ratio is from 1 is what cannot be told apart here.
CONTROL, CONTROL_OF = "jax_hand_written_again", "jax_hand_written"


def measure(bench: Bench) -> Iterator[Row]:
    others = ("_eager", "_many", "_data", "_gan")
    compiled = [n for n in contestants.names() if not n.endswith(others) and n != OURS]
    names = [OURS, *filter(bench.wanted, compiled)]
    for case in bench.cases():
        yield from _measure(bench, names, case)


def _measure(bench: Bench, names: list[str], case: Case) -> Iterator[Row]:
    measured = bench.race(names, case)
    for name, other in measured.items():
        if name not in (OURS, CONTROL):
            yield compare(case.title, measured[OURS], other, at_most=_at_most(name, case))
    if CONTROL in measured and CONTROL_OF in measured:
        yield compare(case.title, measured[CONTROL], measured[CONTROL_OF])


def _at_most(name: str, case: Case) -> float | None:
    if name == "jax_hand_written":
        return 1.05
    if name == "tensorflow_function" and case.net == "mlp":
        return 1 / 3
    return 0.9 if name.startswith(("tensorflow", "torch")) else None
