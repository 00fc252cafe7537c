"""A GAN's step, several nets trained together, against TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import contestants
from benchmarks.bench import Bench
from benchmarks.rows import Row, compare

TITLE = "GANs"
OURS = "glasstape_gan"
AT_MOST = 0.9


def measure(bench: Bench) -> Iterator[Row]:
    gan = [n for n in contestants.names() if n.endswith("_gan") and n != OURS]
    others = list(filter(bench.wanted, gan))
    if not others:
        return
    for case in bench.gans():
        measured = bench.race([OURS, *others], case)
        for name in others:
            if name in measured:
                yield compare(case.title, measured[OURS], measured[name], at_most=AT_MOST)
