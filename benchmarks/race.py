"""Contestants measured against each other on a machine that is not quiet.

They run in short blocks, one after the other, over and over (A B C, C B A, ...), only one at a
time. Whatever slows the machine for a while slows neighbouring blocks alike, so the ratio of two
blocks of one round says more than the ratio of two averages. Reported is the median of these
ratios and, as its spread, the middle half of them.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from benchmarks.contestants import Run

# Thread pools of the contestant that has just stopped go on spinning for some milliseconds.
PAUSE = 0.02
WARM_UP_STEPS = 5
FEWEST_STEPS = 3


class Effort(NamedTuple):
    """How much to measure.

    Attributes:
        blocks: How many blocks each contestant runs.
        seconds: About how long a block lasts.
    """

    blocks: int
    seconds: float


class Ratio(NamedTuple):
    """Our time over theirs: the median of the paired ratios and the middle half of them."""

    median: float
    low: float
    high: float


def race(runs: Mapping[str, Run], effort: Effort, multiple: int = 1) -> dict[str, list[float]]:
    """Seconds a step of each block of each contestant; block i of all ran one after the other.

    Args:
        runs: The contestants, already compiled.
        effort: How much to measure.
        multiple: The number of steps in a block is a multiple of this.
    """
    steps = {name: _steps(run, effort.seconds, multiple) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for names in rounds(list(runs), effort.blocks):
        for name in names:
            time.sleep(PAUSE)
            seconds[name].append(runs[name](steps[name])[0] / steps[name])
    return seconds


def _steps(run: Run, block_seconds: float, multiple: int) -> int:
    run(WARM_UP_STEPS)
    a_step = run(WARM_UP_STEPS)[0] / WARM_UP_STEPS
    wanted = max(block_seconds / a_step, FEWEST_STEPS)
    return math.ceil(wanted / multiple) * multiple


def rounds(names: list[str], count: int) -> Iterator[list[str]]:
    """Who runs in each round, in which order."""
    for i in range(count):
        yield names if i % 2 == 0 else names[::-1]


def ratio(ours: list[float], theirs: list[float]) -> Ratio:
    """Compare the blocks of two contestants pair by pair."""
    low, median, high = quartiles([a / b for a, b in zip(ours, theirs, strict=True)])
    return Ratio(median, low, high)


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """The quarter, half and three-quarter points."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, median, high
