"""Ctrl-C that ends a run between two steps and cannot get lost."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any


class CtrlC:
    """Remembers Ctrl-C until a step is over.

    Python raises KeyboardInterrupt wherever it happens to be. Raised in a callback, such as JAX's
    for the garbage collector, it is reported as ignored and lost. From the first batch that
    `between_steps` hands out, Ctrl-C is therefore noted, and raised when the next batch is asked
    for; a second one is raised at once.
    """

    def __init__(self) -> None:
        self._pressed = False
        self._training = False

    @contextlib.contextmanager
    def heard(self) -> Iterator[CtrlC]:
        """Listen to Ctrl-C in here; only the main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before = signal.signal(signal.SIGINT, self._press)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)

    def between_steps(self, batches: Iterable[Any]) -> Iterable[Any]:
        """The same batches, in every pass; before each a noted Ctrl-C is raised."""
        return _Passes(lambda: self._checked(batches))

    def _checked(self, batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            self._training = True
            if self._pressed:
                raise KeyboardInterrupt
            yield batch

    def _press(self, number: int, frame: FrameType | None) -> None:
        again, self._pressed = self._pressed, True
        if again or not self._training:
            raise KeyboardInterrupt


class _Passes:
    """Something to iterate over again and again."""

    def __init__(self, begin: Callable[[], Iterator[Any]]):
        self._begin = begin

    def __iter__(self) -> Iterator[Any]:
        return self._begin()
