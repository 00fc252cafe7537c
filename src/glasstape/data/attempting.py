"""Elements that may fail, one by one: what `Dataset.ignore_errors` goes through.

A generator ends with the first error, so errors must not pass through one. An attempt is a function
without arguments that makes an element, or raises; what only moves items moves attempts as well.
"""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from glasstape import sources
from glasstape.data.items import (
    UNKNOWN,
    Items,
    Numbers,
    Repeated,
    Sharded,
    Shuffled,
    Skipped,
    Taken,
)
from glasstape.errors import OpError

Attempt = Callable[[], Any]

_MOVING = (Repeated, Sharded, Shuffled, Skipped, Taken)
# Of a function, not of an element: TensorFlow meets them when it traces the function, and raises.
_OF_FUNCTIONS = (NameError, AttributeError, ImportError, TypeError, NotImplementedError)


@dataclass(frozen=True)
class Attempts:
    """Attempts in the place of items."""

    source: Items

    def __iter__(self) -> Iterator[Attempt]:
        return attempts(self.source)

    def size(self) -> int:
        """As many."""
        return self.source.size()


def attempts(source: Items) -> Iterator[Attempt]:
    """One pass over `source`, an attempt an item."""
    if hasattr(source, "attempts"):
        return source.attempts()  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(source, _MOVING) and not _is_of_numbers(source):
        return iter(dataclasses.replace(source, source=Attempts(source.source)))
    return (functools.partial(_itself, item) for item in source)


@dataclass(frozen=True)
class Ignoring:
    """The elements that can be made.

    Attributes:
        source: All elements.
        tells: Whether to warn of each of the others.
    """

    source: Items
    tells: bool

    def __iter__(self) -> Iterator[Any]:
        coming = attempts(self.source)
        found, last = False, None
        while (attempt := _next(coming)) is not None:
            try:
                element = attempt()
            except Exception as error:
                if isinstance(error, _OF_FUNCTIONS) and not isinstance(error, OpError):
                    raise
                last = error
                if self.tells:
                    _warn(error)
                continue
            found = True
            yield element
        if last is not None and not found:
            last.add_note("Dataset.ignore_errors: no element of this pass could be made")
            raise last

    def size(self) -> int:
        """Nobody knows before."""
        return UNKNOWN


def _itself(item: Any) -> Any:
    return item


def _is_of_numbers(source: Any) -> bool:
    return isinstance(source, Numbers) or (
        isinstance(source, _MOVING) and _is_of_numbers(source.source)
    )


def _next(coming: Iterator[Attempt]) -> Attempt | None:
    try:
        return next(coming, None)
    except Exception as error:
        error.add_note(
            "Dataset.ignore_errors: nothing comes after this error, which is not that of a mapped "
            "function; call ignore_errors right after map"
        )
        raise


def _warn(error: Exception) -> None:
    where = sources.user_source()
    told = "; ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
    text = f"Dataset.ignore_errors left out an element: {told}"
    if where is None:
        warnings.warn(text, UserWarning, stacklevel=2)
    else:
        warnings.warn_explicit(text, UserWarning, where.file, where.line)
