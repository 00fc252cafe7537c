"""Functions mapped over elements: a chain of steps, run one by one or compiled for a batch.

An eager JAX operation costs 5 to 30 microseconds, so a mapped function of three operations costs
a batch of 32 elements some milliseconds: more than a small training step. When every step of a
chain does nothing but compute (see `purity`), the chain is compiled once, and before a batch it
runs over the whole batch at once (``vmap``). Its first result is compared with the eager one.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.data import border, drawing, parallel, purity
from glasstape.data.attempting import Attempt
from glasstape.data.program import Program, compile_chain
from glasstape.data.structure import leaves, map_structure

# Compiling takes as long as some hundred elements one by one; small datasets never need it.
COMPILE_AFTER = 32
MOST_PROGRAMS = 4  # of one chain: images that all have sizes of their own would compile each


class Step:
    """One mapped function.

    Args:
        function: The user's.
        method: Which method of `Dataset` it was given to.
        workers: How many threads may run it; None for the caller's only.
        ordered: Whether elements keep their order when threads run it.
        raw: Whether what it returns is handed on as it is (a dataset, a truth value).
    """

    def __init__(
        self,
        function: Callable[..., Any],
        method: str = "map",
        workers: int | None = None,
        ordered: bool = True,
        raw: bool = False,
    ):
        self.function = function
        self.method = method
        self.workers = workers
        self.ordered = ordered
        self._raw = raw
        self._seed: int | None = None
        if any("random" in name for name in purity.names(function)):
            self.seed()  # now, and not when a thread comes across it

    def seed(self) -> int:
        """Where its random numbers start: from NumPy's global state, as a shuffle's."""
        if self._seed is None:
            self._seed = int(np.random.randint(2**31))
        return self._seed

    def __call__(self, element: Any, *numbers: Any) -> Any:
        """The mapped element; `numbers` tell its random numbers from others'."""
        with drawing.drawing(drawing.Draws(self.seed, *numbers)):
            return self.call(element)

    def call(self, element: Any) -> Any:
        """As in TensorFlow: a named tuple is one argument, and a list it returns is a tuple."""
        function = self.function
        mapped = function(*element) if type(element) is tuple else function(element)
        if self._raw:
            return mapped
        return map_structure(border.as_leaf, tuple(mapped) if isinstance(mapped, list) else mapped)


class Chain:
    """Steps one after the other, and their programs."""

    def __init__(self, steps: tuple[Step, ...]):
        self.steps = steps
        self._lock = threading.Lock()
        self._passes = 0
        self._seen = 0
        self._programs: dict[Any, Program | None] = {}
        self._captured = self._look()

    @property
    def is_pure(self) -> bool:
        """Whether it does nothing but compute, so that its calls may be put in another order."""
        return self._captured is not None

    @property
    def workers(self) -> int | None:
        """How many threads may run it."""
        counts = [s.workers for s in self.steps if s.workers]
        return max(counts) if counts else None

    def then(self, step: Step) -> Chain:
        """This chain and one step more."""
        return Chain((*self.steps, step))

    def passing(self) -> Pass:
        """Begin a pass over the elements."""
        with self._lock:
            now = self._look()
            if now != self._captured:  # what it takes from outside has changed
                self._captured, self._programs = now, {}
            self._passes += 1
            return Pass(self, self._passes - 1)

    def program(self, element: Any, batch: int, number: int, of_pass: int) -> Program | None:
        """The compiled chain for elements like this one; None where it has to run as Python.

        Args:
            element: One of them; NumPy arrays.
            batch: How many at a time; 0 for one by one.
            number: The element's.
            of_pass: The pass's.
        """
        with self._lock:
            self._seen += batch or 1
            if not self.is_pure or self._seen <= COMPILE_AFTER:
                return None
            key = (batch, *((path, leaf.shape, leaf.dtype) for path, leaf in leaves(element)))
            if key not in self._programs:
                full = len(self._programs) >= MOST_PROGRAMS
                made = None if full else compile_chain(self, element, batch, (number, of_pass))
                if full:
                    return None
                self._programs[key] = made
            return self._programs[key]

    def has_program(self, batch: int) -> bool:
        """Whether batches of this size have run compiled."""
        return any(p is not None and key[0] == batch for key, p in self._programs.items())

    def run(self, element: Any, of_pass: Any, number: Any) -> Any:
        """All steps on one element of tensors; `of_pass` and `number` may be traced."""
        for place, step in enumerate(self.steps):
            if place:
                element = border.to_host_tensors(element)
            element = step(element, of_pass, number, place)
        return element

    def _look(self) -> tuple | None:
        found = [purity.captured(step.function) for step in self.steps]
        return None if None in found else tuple(found)


class Pass:
    """One pass of a chain over elements, which are counted."""

    def __init__(self, chain: Chain, number: int):
        self._chain = chain
        self._number = number

    def each(self, elements: Iterable[Any]) -> Iterator[Any]:
        """Elements one by one; in threads where the steps ask for them."""
        workers = self._chain.workers
        if workers and not self._chain.is_pure:
            ordered = all(step.ordered for step in self._chain.steps)
            return parallel.mapped(self._one_of, enumerate(elements), workers, ordered)
        return map(self.one, _numbers(), elements)

    def each_from(self, start: int, elements: Iterable[Any]) -> Iterator[Any]:
        """Likewise, when those before `start` have gone another way."""
        workers = self._chain.workers
        pairs = enumerate(elements, start)
        if workers and not self._chain.is_pure:
            return parallel.mapped(self._one_of, pairs, workers, True)
        return map(self._one_of, pairs)

    def attempts(self, elements: Iterable[Attempt]) -> Iterator[Attempt]:
        """Elements one by one, as `each`; see `attempting`."""
        workers = self._chain.workers
        if workers and not self._chain.is_pure:
            ordered = all(step.ordered for step in self._chain.steps)
            futures = parallel.futures(self._attempt, enumerate(elements), workers, ordered)
            return (future.result for future in futures)
        return (functools.partial(self._attempt, pair) for pair in enumerate(elements))

    def _attempt(self, pair: tuple[int, Attempt]) -> Any:
        number, element = pair
        return self.one(number, element())

    def _one_of(self, pair: tuple[int, Any]) -> Any:
        return self.one(*pair)

    def one(self, number: int, element: Any) -> Any:
        """One element, compiled or as Python."""
        program = self._chain.program(element, 0, number, self._number)
        if program is not None:
            return program(element, number, self._number)
        return self.eager(number, element)

    def eager(self, number: int, element: Any) -> Any:
        """One element, as Python."""
        with border.eagerly():
            try:
                return self._chain.run(border.to_host_tensors(element), self._number, number)
            except Exception as error:
                _note(error, self._chain.steps[0].method, number)
                raise

    def batch(
        self,
        start: int,
        members: Sequence[Any],
        size: int,
        fetch: Callable[[Any], Any],
        join: Callable[[Sequence[Any]], Any],
        stack: Callable[[Sequence[Any]], Any],
    ) -> Any:
        """A batch of mapped elements.

        Args:
            start: Number of the first.
            members: Row numbers or elements.
            size: Of a whole batch; the last one may have fewer.
            fetch: Gives a member's element.
            join: Gives the members' elements as one batch, before they are mapped.
            stack: Makes a batch of elements.
        """
        chain, count = self._chain, len(members)
        whole = size if chain.has_program(size) else count
        first = fetch(members[0])
        program = chain.program(first, whole, start, self._number)
        if program is not None:
            filled = [*members, *[members[-1]] * (whole - count)]
            mapped = program(join(filled), start, self._number)
            return mapped if whole == count else map_structure(_cut(count), mapped)
        elements = map(fetch, members)
        workers = chain.workers
        if workers and not chain.is_pure:
            pairs = zip(range(start, start + count), elements, strict=False)
            return stack(list(parallel.mapped(self._one_of_eager, pairs, workers, True)))
        return stack([self.eager(start + i, e) for i, e in enumerate(elements)])

    def _one_of_eager(self, pair: tuple[int, Any]) -> Any:
        return self.eager(*pair)


def _numbers() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def _cut(count: int) -> Callable[[Any], Any]:
    return lambda leaf: np.asarray(leaf)[:count]


def _note(error: Exception, method: str, number: int) -> None:
    """Say in a note which element it was; the error stays the user's own."""
    frames = sources.user_frames(error.__traceback__)
    place = f" ({frames[-1]})" if frames else ""
    note = f"In the function of Dataset.{method}, at element {number} (counted from 0){place}"
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
