"""Streams of items that can be walked again and again: the order of a dataset.

An item is a row number while a dataset still means rows of arrays in memory, and an element
afterwards. Row numbers are cheap (about 0.1 µs each), so shuffling and repeating never touch
the arrays; `rows` gathers a whole batch at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

INFINITE, UNKNOWN = -1, -2
_NUMBERS_AT_ONCE = 1024


class Items(Protocol):
    """Something that can be walked again and again."""

    def __iter__(self) -> Iterator[Any]:
        """One pass."""
        ...

    def size(self) -> int:
        """Items in one pass; `INFINITE` or `UNKNOWN`."""
        ...


@dataclass(frozen=True)
class Numbers:
    """0, 1, ..., count - 1."""

    count: int

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.count))

    def size(self) -> int:
        """How many there are."""
        return self.count


@dataclass(frozen=True)
class Taken:
    """The first `count` items; all of them when `count` is -1."""

    source: Items
    count: int

    def __iter__(self) -> Iterator[Any]:
        return itertools.islice(self.source, None if self.count < 0 else self.count)

    def size(self) -> int:
        """The smaller of the two counts."""
        size = self.source.size()
        if self.count < 0 or size == UNKNOWN:
            return size
        return self.count if size == INFINITE else min(size, self.count)


@dataclass(frozen=True)
class Repeated:
    """`count` passes, one after the other; endless when `count` is -1."""

    source: Items
    count: int

    def __iter__(self) -> Iterator[Any]:
        passes = itertools.count() if self.count < 0 else range(self.count)
        for _ in passes:
            empty = True
            for item in self.source:
                empty = False
                yield item
            if empty:
                return  # as in TensorFlow; an endless loop would hang

    def size(self) -> int:
        """The passes together."""
        size = self.source.size()
        if size == 0 or self.count == 0:
            return 0
        if size < 0:
            return size
        return INFINITE if self.count < 0 else size * self.count


@dataclass(frozen=True)
class Mapped:
    """Each item through `function`."""

    source: Items
    function: Callable[[Any], Any]

    def __iter__(self) -> Iterator[Any]:
        return map(self.function, self.source)

    def size(self) -> int:
        """As many as before."""
        return self.source.size()


@dataclass(frozen=True)
class Grouped:
    """Lists of `group` items through `join`."""

    source: Items
    group: int
    drop_remainder: bool
    join: Callable[[list[Any]], Any]

    def __iter__(self) -> Iterator[Any]:
        items = iter(self.source)
        while members := list(itertools.islice(items, self.group)):
            if self.drop_remainder and len(members) < self.group:
                return
            yield self.join(members)

    def size(self) -> int:
        """Whole groups, and the rest unless it is dropped."""
        size = self.source.size()
        if size < 0:
            return size
        return size // self.group if self.drop_remainder else -(-size // self.group)


@dataclass(frozen=True)
class Skipped:
    """All but the first `count` items; none when `count` is -1."""

    source: Items
    count: int

    def __iter__(self) -> Iterator[Any]:
        if self.count < 0:
            return iter(())
        if isinstance(self.source, Numbers):
            return iter(range(self.count, self.source.count))  # nothing is walked over
        return itertools.islice(self.source, self.count, None)

    def size(self) -> int:
        """What is left."""
        size = self.source.size()
        if self.count < 0:
            return 0
        return size if size < 0 else max(0, size - self.count)


@dataclass(frozen=True)
class Sharded:
    """Every `count`-th item from `index` on."""

    source: Items
    count: int
    index: int

    def __iter__(self) -> Iterator[Any]:
        return itertools.islice(self.source, self.index, None, self.count)

    def size(self) -> int:
        """This part's."""
        size = self.source.size()
        return size if size < 0 else len(range(self.index, size, self.count))


class Seeded:
    """Random numbers that depend on a seed and the number of the pass, so a run can be repeated.

    Args:
        seed: None for one of NumPy's global state, which is used once, here: what else draws from
            it later changes nothing.
        anew: Whether each pass has numbers of its own.
    """

    def __init__(self, seed: int | None, anew: bool):
        self._seed = np.random.randint(2**31) if seed is None else seed % 2**64
        self._anew = anew
        self._passes = 0

    def generator(self) -> np.random.Generator:
        """Begin a pass."""
        self._passes += 1
        return np.random.default_rng((self._seed, self._passes - 1 if self._anew else 0))


@dataclass(frozen=True)
class Shuffled:
    """Items in random order; see `Dataset.shuffle`."""

    source: Items
    buffer_size: int
    seeded: Seeded

    def __iter__(self) -> Iterator[Any]:
        generator = self.seeded.generator()
        size = self.source.size()
        if 0 <= size <= self.buffer_size:
            items = list(self.source)
            order = generator.permutation(len(items)).tolist()
            return iter([items[i] for i in order])
        return _through_buffer(self.source, self.buffer_size, generator)

    def size(self) -> int:
        """As many as before."""
        return self.source.size()


def _through_buffer(
    items: Iterable[Any], buffer_size: int, generator: np.random.Generator
) -> Iterator[Any]:
    """Yield a random member of a full buffer and put the next item in its place."""
    rest = iter(items)
    buffer = list(itertools.islice(rest, buffer_size))
    slots: list[int] = []
    for item in rest:
        if not slots:
            slots = generator.integers(len(buffer), size=_NUMBERS_AT_ONCE).tolist()
        slot = slots.pop()
        chosen, buffer[slot] = buffer[slot], item
        yield chosen
    for slot in generator.permutation(len(buffer)).tolist():
        yield buffer[slot]


class Cardinality(int):
    """A number of elements; TensorFlow's is a tensor, of which programs ask ``.numpy()``."""

    def numpy(self) -> np.int64:
        """It, as NumPy's."""
        return np.int64(self)
