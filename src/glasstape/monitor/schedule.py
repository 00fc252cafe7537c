"""Which calls to look at, so that looking costs next to nothing.

Looking reads every gradient and every weight once more, which for a net of large dense layers
and small batches takes as long as the step itself. Weights do not depend on whether one looks
(the programs are built so), so it is enough to look at every k-th call. With ``every="auto"`` the
first calls of a step are timed with and without looking, and k is chosen from that.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

# Share of the step time that looking may take. A third of what is promised: timing is noisy, and
# going from one program to the other costs, too.
BUDGET = 0.01
LARGEST_INTERVAL = 200
# Timing cannot tell a smaller cost than this share of a step from noise.
_SMALLEST_COST = 0.05
# Calls 0 and 1 compile the program that looks and the one that does not; then pairs are timed,
# at least so many and, as long as they are quick, up to so many.
_FIRST_TIMED, _FEWEST_PAIRS, _MOST_PAIRS = 2, 4, 25
_SECONDS_OF_TIMING = 0.1


class Schedule:
    """Decides for one step, call by call.

    Args:
        name: The step's name.
        every: Look at every k-th call, the first one included; None finds out k.
    """

    def __init__(self, name: str, every: int | None):
        self.name = name
        self._every = every
        self._calls = 0
        self._started = 0.0
        self._seconds: dict[bool, list[float]] = {True: [], False: []}

    @property
    def interval(self) -> int | None:
        """Every how many calls one is looked at; None while that is being found out."""
        return self._every

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return self._calls

    def due(self, settle: Callable[[], None]) -> bool:
        """Whether to look at the call that is about to be made.

        Args:
            settle: Waits until the previous call is computed; used only while timing.
        """
        number = self._calls
        self._calls += 1
        if self._every is None and number >= _FIRST_TIMED:
            settle()
            self._time(number)
        if self._every is None:
            return number % 2 == 0
        return number % self._every == 0

    def _time(self, number: int) -> None:
        """Note how long the previous call took; when enough are timed choose the interval."""
        now = time.perf_counter()
        if number > _FIRST_TIMED:
            self._seconds[(number - 1) % 2 == 0].append(now - self._started)
        self._started = now
        pairs = len(self._seconds[False])
        spent = sum(self._seconds[True]) + sum(self._seconds[False])
        if pairs >= _MOST_PAIRS or (pairs >= _FEWEST_PAIRS and spent > _SECONDS_OF_TIMING):
            self._every = _interval(min(self._seconds[True]), min(self._seconds[False]))


def _interval(looking: float, plain: float) -> int:
    cost = max(looking - plain, _SMALLEST_COST * plain)
    return min(math.ceil(cost / (BUDGET * plain)), LARGEST_INTERVAL)
