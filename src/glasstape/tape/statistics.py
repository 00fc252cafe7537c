"""A few numbers of each of many arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np


class Statistics(NamedTuple):
    """What is told of an array.

    Attributes:
        norm: Euclidean norm.
        low: Smallest finite entry; of a complex array, smallest absolute value.
        high: Largest finite entry.
        zeros: Share of entries that are 0.
        nonfinite: Share of entries that are NaN or infinite.
    """

    norm: float
    low: float
    high: float
    zeros: float
    nonfinite: float


def measure(arrays: Sequence[Any]) -> list[Statistics | None]:
    """The statistics of each array; None for what has no numbers (empty, random keys, None)."""
    return [_measure(np.asarray(a)) if _has_numbers(a) else None for a in arrays]


def _has_numbers(array: Any) -> bool:
    return (
        isinstance(array, jax.Array)
        and array.size > 0
        and not jax.numpy.issubdtype(array.dtype, jax.dtypes.extended)
    )


def _measure(values: np.ndarray) -> Statistics:
    # By NumPy: a program for some hundred arrays of many shapes took XLA 9 s to compile, and a
    # picture is drawn once.
    values = np.abs(values) if np.iscomplexobj(values) else values
    values = values.astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (np.inf, -np.inf)
    # Squares of large or small numbers leave the range.
    scale = max(abs(low), abs(high)) if finite.size and (low or high) else 1.0
    norm = scale * np.linalg.norm(finite / scale)
    zeros, nonfinite = np.mean(values == 0), 1 - finite.size / values.size
    return Statistics(*map(float, (norm, low, high, zeros, nonfinite)))
