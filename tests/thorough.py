"""What takes long is left to `pytest --thorough`, which CI runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def all_but(ordinary: Collection[Any], values: Iterable[Any]) -> list[Any]:
    """Parameters of a test; the ordinary run takes those in `ordinary` alone."""
    return [v if v in ordinary else pytest.param(v, marks=pytest.mark.thorough) for v in values]
