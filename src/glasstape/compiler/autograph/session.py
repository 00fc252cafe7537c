"""Whether this thread runs translated code, and what is known of its conditions."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any


class _Session(threading.local):
    def __init__(self) -> None:
        self.active = False
        # Of results of `not`, by id: (the result, which must live on, and what was negated).
        self.negated: dict[int, tuple[Any, Any]] = {}


_session = _Session()


def is_active() -> bool:
    """Whether what is called now is to be translated."""
    return _session.active


@contextlib.contextmanager
def translating(active: bool) -> Iterator[None]:
    """Translate what is called in here, or do not."""
    before, _session.active = _session.active, active
    try:
        yield
    finally:
        _session.active = before
        if not before:
            _session.negated.clear()


def note_negation(result: Any, operand: Any) -> None:
    """Remember that `result` is ``not operand``."""
    if _session.active:
        _session.negated[id(result)] = (result, operand)


def negated(condition: Any) -> Any:
    """What `condition` is the negation of, or None."""
    return _session.negated.get(id(condition), (None, None))[1]
