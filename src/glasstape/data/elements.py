"""Streams of elements: what an order and a chain of mapped functions amount to, and the rest."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasstape.data import border, parallel
from glasstape.data.attempting import Attempt, attempts
from glasstape.data.items import INFINITE, UNKNOWN, Items
from glasstape.data.mapping import Chain
from glasstape.data.rows import make_rows, stack
from glasstape.data.structure import map_structure


def _itself(element: Any) -> Any:
    return element


@dataclass(frozen=True)
class Elements:
    """Items made elements, and mapped.

    Attributes:
        order: Row numbers, or elements.
        rows: Where row numbers lead; None for elements.
        chain: The mapped functions, or None.
    """

    order: Items
    rows: Any = None
    chain: Chain | None = None

    def __iter__(self) -> Iterator[Any]:
        fetched = map(self.fetch, self.order) if self.rows is not None else iter(self.order)
        return fetched if self.chain is None else self.chain.passing().each(fetched)

    def attempts(self) -> Iterator[Attempt]:
        """See `attempting`."""
        fetched = (self._fetching(attempt) for attempt in attempts(self.order))
        return fetched if self.chain is None else self.chain.passing().attempts(fetched)

    def _fetching(self, attempt: Attempt) -> Attempt:
        return lambda: self.fetch(attempt())

    @property
    def fetch(self) -> Callable[[Any], Any]:
        """Makes an item an element."""
        return _itself if self.rows is None else self.rows.row

    @property
    def join(self) -> Callable[[Sequence[Any]], Any]:
        """Makes items a batch of elements that are not mapped yet."""
        return stack if self.rows is None else self.rows.gather

    def size(self) -> int:
        """As many as there are items."""
        return self.order.size()


@dataclass(frozen=True)
class Batches:
    """Elements in groups of `group`.

    Attributes:
        source: The elements.
        group: How many.
        drop_remainder: Whether a smaller last group is left out.
        stack: Makes a group one element.
    """

    source: Elements
    group: int
    drop_remainder: bool
    stack: Callable[[Sequence[Any]], Any] = stack

    def __iter__(self) -> Iterator[Any]:
        make = self._maker()
        return (make(start, members) for start, members in self._groups(self.source.order))

    def attempts(self) -> Iterator[Attempt]:
        """See `attempting`; a batch fails as a whole."""
        make = self._maker()

        def attempted(start: int, members: list[Attempt]) -> Any:
            return make(start, [member() for member in members])

        for group in self._groups(attempts(self.source.order)):
            yield functools.partial(attempted, *group)

    def _groups(self, items: Iterable[Any]) -> Iterator[tuple[int, list[Any]]]:
        rest = iter(items)
        for start in itertools.count(0, self.group):
            members = list(itertools.islice(rest, self.group))
            if not members or (self.drop_remainder and len(members) < self.group):
                return
            yield start, members

    def _maker(self) -> Callable[[int, list[Any]], Any]:
        """Makes a batch of items, given the number of the first, in one pass."""
        source, chain = self.source, self.source.chain
        # Rows of arrays are joined at once; whatever pads has to see single elements.
        joins = self.stack is stack
        of_pass = None if chain is None else chain.passing()

        def make(start: int, members: list[Any]) -> Any:
            if of_pass is None:
                fetched = members if joins else list(map(source.fetch, members))
                return source.join(fetched) if joins else self.stack(fetched)
            if joins:
                return of_pass.batch(
                    start, members, self.group, source.fetch, source.join, self.stack
                )
            return self.stack(list(of_pass.each_from(start, map(source.fetch, members))))

        return make

    def size(self) -> int:
        """Whole groups, and the rest unless it is dropped."""
        size = self.source.size()
        if size < 0:
            return size
        return size // self.group if self.drop_remainder else -(-size // self.group)


@dataclass(frozen=True)
class Stream:
    """Elements that `make` gives anew each pass.

    Attributes:
        make: Gives an iterator.
        count: How many it will give.
    """

    make: Callable[[], Iterable[Any]]
    count: Callable[[], int] = lambda: UNKNOWN

    def __iter__(self) -> Iterator[Any]:
        return iter(self.make())

    def size(self) -> int:
        """What is known of it."""
        return self.count()


@dataclass(frozen=True)
class Ahead:
    """The same elements, made ahead in a thread where that is worth it."""

    source: Items
    depth: int

    def __iter__(self) -> Iterator[Any]:
        return self.through(_itself)

    def through(self, function: Callable[[Any], Any]) -> Iterator[Any]:
        """Elements through a function that the thread runs, too."""
        elements = iter(self.source) if function is _itself else map(function, self.source)
        return parallel.ahead(elements, self.depth)

    def attempts(self) -> Iterator[Attempt]:
        """See `attempting`; without the thread."""
        return attempts(self.source)

    def size(self) -> int:
        """As many."""
        return self.source.size()


@dataclass(frozen=True)
class Zipped:
    """Several streams side by side; ends with the shortest.

    Attributes:
        form: Their structure, with the number of a stream at each leaf.
        sources: The streams.
    """

    form: Any
    sources: Sequence[Items]

    def __iter__(self) -> Iterator[Any]:
        for elements in zip(*self.sources, strict=False):
            yield map_structure(elements.__getitem__, self.form)

    def size(self) -> int:
        """The smallest."""
        sizes = [source.size() for source in self.sources]
        if UNKNOWN in sizes:
            return 0 if 0 in sizes else UNKNOWN
        return min((n for n in sizes if n != INFINITE), default=INFINITE)


@dataclass(frozen=True)
class Concatenated:
    """One stream after the other."""

    first: Items
    second: Items

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain(self.first, self.second)

    def size(self) -> int:
        """Both."""
        sizes = self.first.size(), self.second.size()
        if INFINITE in sizes:
            return INFINITE
        return UNKNOWN if UNKNOWN in sizes else sum(sizes)


class Interleaved:
    """Streams that a function makes of elements, `block` elements of each of `cycle` in turns.

    The order is TensorFlow's: a place whose stream has ended is filled with the next one when its
    turn comes.

    Args:
        make: Gives an element's stream.
    """

    def __init__(
        self, source: Items, make: Callable[[Iterable[Any]], Iterator[Iterable[Any]]],
        cycle: int, block: int,
    ):  # fmt: skip
        self._source = source
        self._make = make
        self._cycle = cycle
        self._block = block

    def __iter__(self) -> Iterator[Any]:
        coming = self._make(self._source)
        places: list[Iterator[Any] | None] = [None] * self._cycle
        at, more = 0, True
        while more or any(places):
            if places[at] is None and more:
                streams = next(coming, None)
                more = streams is not None
                places[at] = None if streams is None else iter(streams)
            stream = places[at]
            if stream is not None:
                given = 0
                for element in itertools.islice(stream, self._block):
                    given += 1
                    yield element
                if given < self._block:
                    places[at] = None
            at = (at + 1) % self._cycle

    def size(self) -> int:
        """Nobody knows before."""
        return UNKNOWN


def unbatched(elements: Iterable[Any]) -> Iterator[Any]:
    """Each row of each element."""
    for element in elements:
        found = make_rows(map_structure(np.asarray, element))
        yield from map(found.row, range(found.count))


def windows(
    elements: Iterable[Any], size: int, shift: int, stride: int, drop_remainder: bool
) -> Iterator[list[Any]]:
    """Lists of `size` elements that are `stride` apart; each begins `shift` after the last."""
    reach = (size - 1) * stride + 1
    kept: list[Any] = []
    rest = iter(elements)
    while True:
        kept += itertools.islice(rest, reach - len(kept))
        if not kept or (drop_remainder and len(kept) < reach):
            return
        yield kept[:reach:stride]
        ahead = shift - len(kept)
        kept = kept[shift:]
        for _ in itertools.islice(rest, max(0, ahead)):
            pass


def with_tensors(function: Callable[..., Any], state: Any, elements: Iterable[Any]) -> Any:
    """Go through all elements with a state."""
    state = border.to_host_tensors(map_structure(border.as_leaf, state))
    with border.eagerly():
        for element in elements:
            found = function(state, border.to_host_tensors(element))
            found = tuple(found) if isinstance(found, list) else found
            state = border.to_host_tensors(map_structure(border.as_leaf, found))
    return state
