"""What takes long is left to `pytest --thorough`, which CI runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import pytest

# So many cases of one test an ordinary run takes.
MOST_CASES = 12


def all_but(ordinary: Collection[Any], values: Iterable[Any]) -> list[Any]:
    """Parameters of a test; the ordinary run takes those in `ordinary` alone."""
    return [v if v in ordinary else pytest.param(v, marks=pytest.mark.thorough) for v in values]


def left_out(items: Iterable[pytest.Function]) -> list[pytest.Function]:
    """All but `MOST_CASES` cases of each test; those that stay are spread over all of them."""
    tests: dict[Any, list[pytest.Function]] = defaultdict(list)
    for item in items:
        tests[item.parent, item.originalname].append(item)
    return [
        case
        for cases in tests.values()
        for i, case in enumerate(cases)
        if len(cases) > MOST_CASES and not _stays(i, len(cases))
    ]


def _stays(position: int, count: int) -> bool:
    """True for `MOST_CASES` of `count` positions, the first one among them."""
    return position * MOST_CASES // count != (position - 1) * MOST_CASES // count
