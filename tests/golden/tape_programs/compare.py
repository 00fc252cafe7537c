"""Whether two results, as `registry.describe` writes them, are the same."""

from __future__ import annotations

import math
from typing import Any

# Relative to the largest number of a tensor: a few units in the last place, since two libraries
# add in different orders. The golden file has seven digits.
TOLERANCE = {"float16": 4e-3, "bfloat16": 3e-2, "float64": 1e-6, "complex128": 1e-6}
DEFAULT_TOLERANCE = 2e-5
# Numbers of order one that cancel leave this much in single precision.
ABSOLUTE = {"float64": 1e-12, "complex128": 1e-12}
DEFAULT_ABSOLUTE = 1e-6


def difference(got: Any, expected: Any, path: str = "the result") -> str | None:
    """What is not the same, in words; None when all is."""
    wrong = f"{path} is {got}, not {expected}"
    if isinstance(expected, dict):
        if not isinstance(got, dict) or set(got) != set(expected):
            return wrong
        pairs = [(f"{path}.{key}", key, got[key], expected[key]) for key in expected]
        return next(filter(None, (_entry(*p) for p in pairs)), None)
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return wrong
        pairs = enumerate(zip(got, expected, strict=True))
        parts = (difference(g, e, f"{path}[{i}]") for i, (g, e) in pairs)
        return next(filter(None, parts), None)
    if float in (kinds := {type(got), type(expected)}) and kinds <= {int, float}:
        return None if math.isclose(got, expected, rel_tol=DEFAULT_TOLERANCE) else wrong
    return None if got == expected and _kind(got) == _kind(expected) else wrong


def _kind(value: Any) -> type:
    """Whole floats are written as integers."""
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _entry(path: str, key: str, got: Any, expected: Any) -> str | None:
    dtype, bracket, _ = key.partition("[")
    if not bracket:
        return difference(got, expected, path)
    relative = TOLERANCE.get(dtype, DEFAULT_TOLERANCE)
    absolute = ABSOLUTE.get(dtype, DEFAULT_ABSOLUTE)
    finite = [abs(e) for e in expected if math.isfinite(e)]
    allowed = max(absolute, relative * max(finite, default=0.0))
    for g, e in zip(got, expected, strict=True):
        if not (g == e or abs(g - e) <= allowed or (math.isnan(g) and math.isnan(e))):
            return f"{path} is {got}, not {expected}"
    return None
