"""What the checks of a compiled step found, and when its user hears of it.

A step runs on while Python goes ahead, so its verdict is waited for where waiting costs nothing:
when a variable is read, now and then at a later call, at the end of a notebook's cell, and at the
end of the program at the latest.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import jax
import numpy as np

from glasstape.compiler import checks
from glasstape.compiler.checks import EMPTY_VERDICT, PASSED
from glasstape.ports import keras_loans, keras_state

# How long a verdict may wait before a call looks at it, in seconds.
VERDICT_PATIENCE = 0.1


class Judge:
    """Holds the verdict of a step between calls; shared by its programs with and without probe.

    The verdict is state of the step like any other: overwritten in place. (On a GPU an array that
    moved at each call would cost more than all checks, because every update depends on it.)

    Args:
        errors: For each check of the step the maker of its error.

    Attributes:
        stored: As a variable's (see `keras_loans.storage`).
        key: Of this one among those whom whoever reads a variable asks.
        is_asked: Whether it is among them.
        next_look: When a call is to look again, on the clock of `perf_counter`.
    """

    def __init__(self, errors: Sequence[Callable[[int], Exception]]):
        self._errors = errors
        # Not jnp.asarray, which compiles a program of its own (JAX 0.10, 20 ms).
        self.stored: dict[str, Any] = {"_value": jax.device_put(EMPTY_VERDICT)}
        self.key = id(self)
        self.is_asked = False
        self.next_look = 0.0
        self._earlier: Any = None  # a copy of one of some calls ago, which has had time to arrive

    def await_reader(self) -> None:
        """Whoever reads a variable next is to ask for the verdict."""
        keras_state.pending_verdicts.setdefault(self.key, self.check)
        self.is_asked = True

    def look(self, newest: Any) -> None:
        """Look at the verdict of an earlier call, if it is there.

        Args:
            newest: A copy of the verdict after the last call, to look at the next time.
        """
        self.next_look = perf_counter() + VERDICT_PATIENCE
        earlier, self._earlier = self._earlier, newest
        # The first call is waited for: most mistakes show at once.
        if earlier is None or (earlier.is_ready() and int(np.asarray(earlier)) != PASSED):
            self.check()

    def check(self) -> None:
        """Wait for the verdict of the last call and raise the error it names."""
        keras_state.pending_verdicts.pop(self.key, None)
        self.is_asked = False
        verdict = int(np.asarray(keras_loans.newest(self.stored)))
        if verdict != PASSED:
            keras_loans.store(self.stored, jax.device_put(EMPTY_VERDICT))
            number, seen = checks.read(verdict)
            raise self._errors[number](seen)


def settle() -> None:
    """Raise the first error any program's last call has earned."""
    verdicts: list[Callable[[], None]] = list(keras_state.pending_verdicts.values())
    for verdict in verdicts:
        verdict()


def set_up() -> None:
    """Have verdicts nobody waited for told at the end of the program, and of each notebook cell."""
    atexit.register(_at_exit)
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is not None:
        shell.events.register("post_run_cell", _after_cell)


def _at_exit() -> None:
    if hasattr(sys, "last_value"):
        return  # the program has ended with an error, whose traceback has just been printed
    try:
        settle()
    except Exception as error:
        sys.excepthook(type(error), error.with_traceback(None), None)


def _after_cell(result: Any) -> None:
    """As IPython calls it."""
    if not result.success:
        return
    try:
        settle()
    except Exception as error:
        # Raised from here it would be told as an error of this callback.
        shell = sys.modules["IPython"].get_ipython()
        shell.showtraceback((type(error), error.with_traceback(None), None))
