"""The newest values of variables may be out on loan to a compiled step.

A step called again and again would put its results into the variables after each call only to
take them out before the next. So it keeps them, and the first who asks a variable, whoever that
is, has them put back: everything Keras does with a variable reads or writes its ``_value``, which
is made a property here. What is stored stays in the variable's own dictionary, under that name.

There is one borrower at a time, so a step that is to run finds all variables up to date.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from typing import Any, Protocol

import keras

from glasstape import sources
from glasstape.errors import VariableBusyError
from glasstape.ports.jax_pending import arrived

_KEY = "_value"
# How long a reader waits for a step that runs in another thread. Longer than any step takes to
# start; but a step may wait for a host callback that reads a variable, which must not last.
PATIENCE = 30.0


class Borrower(Protocol):
    """Has the newest values of some variables."""

    def give_back(self) -> bool:
        """Store them in the variables (see `storage`); False when that cannot be done just now."""
        ...


# A step takes its state out of the variables and puts other arrays back; between the two no other
# thread may do the same. One lock for all programs, since two may share variables.
one_at_a_time = threading.RLock()
# Weak: a forgotten step must not be kept alive; it gives back when it goes.
_borrower: weakref.ref[Any] | None = None


def storage(variable: Any) -> dict[str, Any]:
    """Where the variable keeps its array, under ``"_value"``; the caller minds the loans."""
    return variable.__dict__


def lend_to(borrower: Borrower) -> None:
    """From now on `borrower` may have newer values; the caller holds `one_at_a_time`."""
    global _borrower
    take_back()
    _borrower = weakref.ref(borrower)


def take_back() -> None:
    """Bring all variables up to date."""
    if _borrower is not None:
        with _turn():
            _recall()


def newest(stored: dict[str, Any]) -> Any:
    """The array in `stored`, up to date, which no step overwrites as long as the caller has it."""
    # Whoever lends looks at who else has an array after having said so: in this order one of the
    # two sees the other.
    value = stored[_KEY]
    if _borrower is None:
        return value
    with _turn():
        _recall()
        return stored[_KEY]


def store(stored: dict[str, Any], value: Any) -> None:
    """Put an array into `stored`."""
    with _turn():
        _recall()
        stored[_KEY] = value


def _recall() -> None:
    global _borrower
    borrower = _borrower() if _borrower is not None else None
    if borrower is None or borrower.give_back():
        _borrower = None


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    if not one_at_a_time.acquire(timeout=PATIENCE):
        raise VariableBusyError(
            "A variable was asked for while a compiled step that overwrites it was being started.",
            expected=f"a step in another thread that is under way within {PATIENCE:g} seconds",
            received="a step that still is not, perhaps because it waits for this thread",
            fix="hand host callbacks of a step the values they need; they must not read variables",
            where=sources.user_source(),
        )
    try:
        yield
    finally:
        one_at_a_time.release()


def _get(self: Any) -> Any:
    try:
        return newest(self.__dict__)
    except KeyError:
        raise AttributeError(_KEY) from None


def _set(self: Any, value: Any) -> None:
    if _borrower is not None:
        take_back()
    self.__dict__[_KEY] = arrived(value)


def _getstate(self: Any) -> Any:
    take_back()  # copies and pickles are made of the dictionary
    return self.__dict__.copy()


keras.Variable._value = property(_get, _set)  # pyright: ignore[reportAttributeAccessIssue]
if "__getstate__" not in vars(keras.Variable):
    keras.Variable.__getstate__ = _getstate  # pyright: ignore[reportAttributeAccessIssue]
