"""A GAN's step, two nets with a tape each, against TensorFlow: later steps and the first one."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import contestants
from benchmarks.bench import Bench
from benchmarks.case import Case, cases, gan_names
from benchmarks.rows import Row, compare
from benchmarks.rows.first_call import first_calls

TITLE = "GANs"
OURS = "glasstape_gan"


def measure(bench: Bench) -> Iterator[Row]:
    gan = [n for n in contestants.names() if n.endswith("_gan") and n != OURS]
    others = list(filter(bench.wanted, gan))
    if not others:
        return
    for case in cases(gan_names()):
        yield from _later_steps(bench, case, others)
        for other in others:
            pair = first_calls(bench, case, OURS, other)
            yield compare(f"{case.title}: the first step", *pair, at_most=1.0)


def _later_steps(bench: Bench, case: Case, others: list[str]) -> Iterator[Row]:
    measured = bench.race([OURS, *others], case)
    for name in others:
        if name in measured:
            yield compare(case.title, measured[OURS], measured[name], at_most=0.9)
