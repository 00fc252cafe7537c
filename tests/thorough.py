"""What takes long is left to `pytest --thorough`; CI runs it as `pytest --left-out`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import pytest

# So many cases of one test an ordinary run takes.
MOST_CASES = 5


def all_but(ordinary: Collection[Any], values: Iterable[Any]) -> list[Any]:
    """Parameters of a test; the ordinary run takes those in `ordinary` alone."""
    return [v if v in ordinary else pytest.param(v, marks=pytest.mark.thorough) for v in values]


def left_out(items: Iterable[pytest.Function]) -> list[pytest.Function]:
    """What an ordinary run leaves out: what is marked, and many of many cases."""
    items = list(items)
    marked = [item for item in items if "thorough" in item.keywords]
    return marked + some_of_many(item for item in items if "thorough" not in item.keywords)


def unlike_in_thorough(item: pytest.Function) -> bool:
    """True for a test that does more with `--thorough`, where an ordinary run takes it too."""
    given = getattr(getattr(item, "function", None), "is_hypothesis_test", False)
    return given or "thorough" in getattr(item, "fixturenames", ())


def some_of_many(items: Iterable[pytest.Function]) -> list[pytest.Function]:
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
