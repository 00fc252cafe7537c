"""The variables of a trace: kept alive by it, except those it was called with.

A trace is for the objects among the arguments of its call and is forgotten with them (see
`table.Table`), which it must not prevent.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, overload


class Held(Sequence[Any]):
    """A fixed sequence of variables.

    Args:
        variables: Likewise.
        given: The ``id`` of those that are not to be kept alive. To read one that is gone is a
            mistake, and gives None.
    """

    def __init__(self, variables: Iterable[Any], given: Collection[int] = ()):
        self._held = [weakref.ref(v) if id(v) in given else v for v in variables]

    def reordered(self, order: Iterable[int]) -> Held:
        """The same, held in the same way, in another order."""
        other = Held(())
        other._held = [self._held[i] for i in order]
        return other

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Any]:
        return map(_variable, self._held)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: Any) -> Any:
        found = self._held[index]
        return [*map(_variable, found)] if isinstance(index, slice) else _variable(found)


def _variable(held: Any) -> Any:
    return held() if type(held) is weakref.ref else held
