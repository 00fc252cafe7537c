"""Random numbers in mapped functions: new ones for each element, the same ones in each run.

A generator with a state would give an element numbers that depend on which thread came first. In
here numbers depend on the seed, the pass and the element's number only, so one by one, in a
batch, or in threads the same come out.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


class Draws:
    """The keys of one element, given out one after the other.

    Args:
        seed: Gives the seed of the mapped function.
        numbers: Pass and element: what tells this element's keys from others.
    """

    def __init__(self, seed: Callable[[], int], *numbers: Any):
        self._seed = seed
        self._numbers = numbers
        self._count = 0

    def key(self, seed: int | None = None) -> Any:
        """The next key, as uint32[2]; `seed` takes the place of the function's seed."""
        import jax

        key = jax.random.PRNGKey(self._seed() if seed is None else seed % 2**32)
        for number in (*self._numbers, self._count):
            key = jax.random.fold_in(key, np.uint32(number) if type(number) is int else number)
        self._count += 1
        return key


class _State(threading.local):
    draws: Draws | None = None


_state = _State()


def current() -> Draws | None:
    """The draws of the element that a function is mapped over in this thread, if it is."""
    return _state.draws


@contextlib.contextmanager
def drawing(draws: Draws) -> Iterator[None]:
    """Give out the keys of `draws` in here."""
    before, _state.draws = _state.draws, draws
    try:
        yield
    finally:
        _state.draws = before
