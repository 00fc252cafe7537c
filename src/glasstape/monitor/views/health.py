"""What a measurement says about the health of a run, in words.

The limits are rules of thumb, chosen so that a run that learns well has no remarks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from glasstape.monitor.runlog import Measurement

# Of the units (entries of a bias or scale) that one batch leaves without a gradient.
DEAD_UNITS = 0.5
# A norm so many times its usual size, an update of such a share of the weights (healthy is around
# 1e-3; Karpathy, *Stanford CS231n*), a norm of such a share of the largest sound one.
JUMP, LARGE_UPDATE, VANISHING = 100.0, 0.1, 1e-5


class Remark(NamedTuple):
    """Something to look at.

    Attributes:
        kind: Key of `TEXTS`.
        severe: Whether training is broken rather than doubtful.
        amount: The number it is about, as text.
    """

    kind: str
    severe: bool
    amount: str = ""

    def text(self, language: str = "en") -> str:
        """The remark in words."""
        return TEXTS[language][self.kind].format(self.amount)


TEXTS = {
    "en": {
        "nonfinite": "{} NaN or inf",
        "overflow": "norm overflows",
        "zero": "no gradient",
        "jump": "norm up {}x",
        "large": "update {} of weights",
        "dead": "{} dead units",
        "vanishing": "vanishing",
        "still": "not updated",
    },
    "ko": {
        "nonfinite": "{} NaN·무한대",
        "overflow": "노름이 넘침",
        "zero": "그래디언트 없음",
        "jump": "노름이 {}배로",
        "large": "갱신이 가중치의 {}",
        "dead": "죽은 유닛 {}",
        "vanishing": "그래디언트 소실",
        "still": "갱신되지 않음",
    },
}


def percent(share: float) -> str:
    """A share in whole percent that is 0% or 100% only where nothing or everything is meant."""
    if 0 < share < 0.01:
        return "<1%"
    return ">99%" if 0.99 < share < 1 else f"{share:.0%}"


def remarks(measurement: Measurement, usual: Sequence[float]) -> list[Remark | None]:
    """The most important remark on each variable, or None.

    Args:
        measurement: One measured call.
        usual: For each variable the norm it usually has; NaN when that is not known.
    """
    broken = [_broken(v, u) for v, u in zip(measurement.values, usual, strict=True)]
    sound = [v[0] for v, b in zip(measurement.values, broken, strict=True) if b is None]
    largest = max(sound, default=0.0)
    rows = zip(measurement.variables, measurement.values, broken, strict=True)
    return [b or _doubtful(len(info.shape), values, largest) for info, values, b in rows]


def _broken(values: Sequence[float], usual: float) -> Remark | None:
    norm, _, _, nonfinite, _ = values
    if nonfinite > 0:
        return Remark("nonfinite", True, percent(nonfinite))
    if not math.isfinite(norm):
        return Remark("overflow", True)
    if norm == 0:
        return Remark("zero", True)
    if usual > 0 and norm > JUMP * usual:
        return Remark("jump", True, f"{norm / usual:.0f}" if norm < 1000 * usual else ">1000")
    return None


def _doubtful(ndim: int, values: Sequence[float], largest: float) -> Remark | None:
    norm, _, zeros, _, ratio = values
    # Biases start at 0, so their first updates are large, and embeddings have sparse gradients:
    # what is said of weights is not said of vectors, and the other way round.
    if ndim > 1 and ratio > LARGE_UPDATE and math.isfinite(ratio):
        return Remark("large", ratio > 1, percent(ratio))
    if ratio == 0:
        return Remark("still", False)
    if ndim == 1 and zeros > DEAD_UNITS:
        return Remark("dead", False, percent(zeros))
    if ndim > 1 and norm < VANISHING * largest:
        return Remark("vanishing", False)
    return None
