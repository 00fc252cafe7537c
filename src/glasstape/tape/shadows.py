"""What became of values where the tape lost sight of them.

An operation that reads something followed and gives something that is not is a `Cut`. Its results
and whatever is computed from them are *shadows*: known by identity and without being kept alive,
so that it can be told later where the path from a source to a target ends.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from typing import Any

from glasstape.ports.jax_cuts import Inside
from glasstape.sources import Mark

# So many cuts are remembered of one shadow; of a value that thousands of cuts flow into, any of
# them explains something.
_MOST_CUTS = 32


class Cut:
    """A place where a path ends; holds no array.

    Attributes:
        name: Of the operation.
        read: Identities of the followed arrays that went in.
        number: How many records came before it.
        mark: Where it happened.
        result: Shape and dtype of what came out, as text.
        inside: The programs that the operation runs, or None.
        positions: Positions of `read` among the operation's inputs.
    """

    __slots__ = ("inside", "mark", "name", "number", "positions", "read", "result")

    def __init__(
        self,
        name: str,
        read: Sequence[int],
        number: int,
        mark: Mark,
        result: str,
        inside: Inside | None = None,
        positions: tuple[int, ...] = (),
    ):
        self.name = name
        self.read = frozenset(read)
        self.number = number
        self.mark = mark
        self.result = result
        self.inside = inside
        self.positions = positions


class _Shadow(weakref.ref):
    """A weak reference that takes its entry away when the array dies."""

    __slots__ = ("cuts", "key", "owner")

    cuts: frozenset[Cut]
    key: int
    owner: weakref.ref[Shadows]


def _died(shadow: _Shadow) -> None:
    shadows = shadow.owner()
    if shadows is not None and shadows.get(shadow.key) is shadow:
        del shadows[shadow.key]


class Shadows(dict[int, _Shadow]):
    """The shadows alive, by the array's identity."""

    def __init__(self) -> None:
        super().__init__()
        # Not a strong one, which would make a cycle that only the garbage collector frees.
        self._self: weakref.ref[Shadows] = weakref.ref(self)

    def cast(self, cuts: frozenset[Cut], arrays: Iterable[Any]) -> None:
        """Note that `arrays` come from `cuts`."""
        for array in arrays:
            try:
                shadow = _Shadow(array, _died)
            except TypeError:
                continue  # something that knows no weak references, such as a NumPy scalar
            shadow.cuts = cuts
            shadow.key = id(array)
            shadow.owner = self._self
            self[id(array)] = shadow

    def behind(self, array_ids: Iterable[int]) -> frozenset[Cut]:
        """The cuts that arrays of these identities come from."""
        cuts: frozenset[Cut] = frozenset()
        for array_id in array_ids:
            shadow = self.get(array_id)
            if shadow is None or shadow.cuts <= cuts:
                continue
            cuts = cuts | shadow.cuts if len(cuts) < _MOST_CUTS else cuts
        return cuts
