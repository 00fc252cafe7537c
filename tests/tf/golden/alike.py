"""Whether two results, as the golden files have them, are the same up to rounding.

Two processors round differently, and so do two libraries that add in different orders.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NARROW = {"int64": "int32", "float64": "float32", "complex128": "complex64", "uint64": "uint32"}
TOLERANCE, TOLERANCE_OF_16_BITS = 5e-5, 2e-2


def different(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """What is not the same in two files' contents, a line each."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        pairs = [(f"{path}/{key}", ours[key], theirs[key]) for key in ours]
        return [line for p, o, t in pairs for line in different(o, t, p)]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(f"{path}[{i}]", *pair) for i, pair in enumerate(zip(ours, theirs, strict=True))]
        return [line for p, o, t in pairs for line in different(o, t, p)]
    if isinstance(ours, float) and isinstance(theirs, float):
        is_same = _close([ours], [theirs], "float32")
    else:
        is_same = type(ours) is type(theirs) and same(ours, theirs)
    return [] if is_same else [f"{path}: {ours!r} and {theirs!r}"]


def same(ours: Any, theirs: Any, narrow: bool = False) -> bool:
    """Whether two tensors written as ``float32[2] 1 2.5`` are the same, or lists of such.

    Args:
        ours: Also anything else, which must be equal.
        theirs: Likewise.
        narrow: With 32 bits in ours where theirs has 64.
    """
    if isinstance(theirs, list) or isinstance(ours, list):
        if not (isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs)):
            return False
        return all(same(o, t, narrow) for o, t in zip(ours, theirs, strict=True))
    try:
        (our_dtype, our_shape, ours), (their_dtype, their_shape, theirs) = map(
            _parts, (ours, theirs)
        )
    except ValueError:  # no tensor
        return ours == theirs
    expected = NARROW.get(their_dtype, their_dtype) if narrow else their_dtype
    return (our_dtype, our_shape) == (expected, their_shape) and _close(ours, theirs, our_dtype)


def _parts(text: Any) -> tuple[str, str, list[float]]:
    if not isinstance(text, str) or "[" not in text:
        raise ValueError
    head, _, numbers = text.partition("] ")
    dtype, _, shape = head.partition("[")
    return dtype, shape, [float(n) for n in numbers.split()]


def _close(ours: list[float], theirs: list[float], dtype: str) -> bool:
    if len(ours) != len(theirs):
        return False
    if dtype == "bool" or "int" in dtype:
        return ours == theirs
    rtol = TOLERANCE_OF_16_BITS if "16" in dtype else TOLERANCE
    return np.allclose(ours, theirs, rtol=rtol, atol=rtol / 20, equal_nan=True)
