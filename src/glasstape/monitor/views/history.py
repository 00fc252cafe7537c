"""A number's whole history in a few characters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.-~=+*#"  # for terminals whose encoding has no blocks
_MOST_STRETCHES = 64
# Bars show ratios: less than a factor of two is drawn as a flat line.
_SMALLEST_SPAN = math.log10(2)


class History:
    """The means of equal stretches of time, in constant memory.

    When too many stretches have come together, each two neighbours become one. A stretch that
    holds a value which is not finite is NaN.

    Example:
        >>> history = History()
        >>> for value in (1.0, 3.0, 2.0, 4.0):
        ...     history.add(value)
        >>> history.stretches(2)
        [2.0, 3.0]
    """

    def __init__(self) -> None:
        self._full: list[float] = []
        self._length = 1  # values a stretch
        self._open: list[float] = []

    def add(self, value: float) -> None:
        """Take the next value."""
        self._open.append(value)
        if len(self._open) == self._length:
            self._full.append(_mean(self._open))
            self._open = []
        if len(self._full) == _MOST_STRETCHES:
            self._full = [_mean(self._full[i : i + 2]) for i in range(0, _MOST_STRETCHES, 2)]
            self._length *= 2

    def stretches(self, most: int) -> list[float]:
        """At most `most` stretches from the first value to the last."""
        known = self._full + ([_mean(self._open)] if self._open else [])
        count = min(most, len(known))
        edges = [round(i * len(known) / count) for i in range(count + 1)] if count else []
        return [_mean(known[a:b]) for a, b in itertools.pairwise(edges)]

    def usual(self) -> float:
        """The median of the finite stretches that are complete; NaN when there are few."""
        finite = sorted(v for v in self._full if math.isfinite(v))
        return finite[len(finite) // 2] if len(finite) >= 4 else math.nan


def _mean(values: Sequence[float]) -> float:
    # Not the largest: of fewer values, as in the last stretch, it would be smaller.
    return math.fsum(values) / len(values) if all(map(math.isfinite, values)) else math.nan


def sparkline(values: Sequence[float], bars: str = BARS) -> str:
    """A small bar chart of positive numbers on a logarithmic scale; ``!`` where not finite.

    Example:
        >>> sparkline([1.0, 10.0, 100.0])
        '▁▅█'
    """
    logs = [math.log10(v) if v > 0 and math.isfinite(v) else None for v in values]
    known = [v for v in logs if v is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    span = max(high - low, _SMALLEST_SPAN)
    return "".join(
        bars[round((log - low) / span * (len(bars) - 1))]
        if log is not None
        else ("!" if not math.isfinite(value) else " ")
        for value, log in zip(values, logs, strict=True)
    )
