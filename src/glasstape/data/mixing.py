"""Methods of `Dataset` that draw from several datasets, or choose among elements at random."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glasstape.data import checks, elements, items, making

if TYPE_CHECKING:
    from glasstape.data.dataset import Dataset

_SEEN_BEFORE = 10  # of each class, when its share is not known: TensorFlow's smoothing


class Mixing:
    """See `Dataset`."""

    map: Callable[..., Any]

    @staticmethod
    def sample_from_datasets(
        datasets: Sequence[Any],
        weights: Any = None,
        seed: int | None = None,
        stop_on_empty_dataset: bool = False,
        rerandomize_each_iteration: bool | None = None,
    ) -> Dataset:
        """Elements of several datasets, of a random one each time.

        Args:
            datasets: Datasets whose elements are of one kind.
            weights: How likely each is: numbers whose sum is 1, or a dataset of such numbers, of
                which each draw takes one element. None for all alike.
            seed: Same seed, same order. When None it is drawn from NumPy's global state.
            stop_on_empty_dataset: End as soon as a dataset that has ended is drawn; otherwise
                those that are left are drawn from.
            rerandomize_each_iteration: Whether each pass has an order of its own; None means only
                without `seed`.

        Returns:
            A dataset.

        Raises:
            DatasetError: there are no datasets, another number of weights, or elements of
                different kinds.

        Example:
            >>> import glasstape as gt
            >>> zeros, ones = (gt.data.Dataset.from_tensors(n).repeat(9) for n in (0, 1))
            >>> mixed = gt.data.Dataset.sample_from_datasets([zeros, ones], [0.3, 0.7], seed=1)
            >>> sorted(int(n) for n in mixed) == [0] * 9 + [1] * 9
            True
        """
        found = _alike("sample_from_datasets", datasets)
        if hasattr(weights, "_elements"):
            shares = lambda: map(np.ravel, weights._elements())  # noqa: E731
        else:
            given = _weights(weights, len(found))
            found = [d for d, weight in zip(found, given, strict=True) if weight]
            given = given[given > 0]
            shares = lambda: itertools.repeat(given / given.sum())  # noqa: E731
        seeded = items.Seeded(seed, seed is None or bool(rerandomize_each_iteration))

        def choices() -> Iterator[int]:
            generator = seeded.generator()
            for share in shares():
                yield int(generator.choice(len(found), p=share))

        return found[0] if len(found) == 1 else _directed(found, choices, stop_on_empty_dataset)

    @staticmethod
    def choose_from_datasets(
        datasets: Sequence[Any], choice_dataset: Any, stop_on_empty_dataset: bool = True
    ) -> Dataset:
        """Elements of several datasets, of the one that another dataset names each time.

        Args:
            datasets: Datasets whose elements are of one kind.
            choice_dataset: A dataset of their numbers, from 0.
            stop_on_empty_dataset: End as soon as a dataset that has ended is named; otherwise it
                is left out.

        Returns:
            A dataset.

        Raises:
            DatasetError: there are no datasets, their elements are of different kinds, or, while
                iterating, a number that none has.

        Example:
            >>> import glasstape as gt
            >>> D = gt.data.Dataset
            >>> turns = D.choose_from_datasets([D.range(3), D.range(10, 13)], D.range(2).repeat(2))
            >>> [int(n) for n in turns]
            [0, 10, 1, 11]
        """
        found = _alike("choose_from_datasets", datasets)
        named = making.source(choice_dataset, "choose_from_datasets")
        choices = lambda: (_number(n, len(found)) for n in named._elements())  # noqa: E731
        return _directed(found, choices, stop_on_empty_dataset)

    def rejection_resample(
        self,
        class_func: Callable[..., Any],
        target_dist: Any,
        initial_dist: Any = None,
        seed: int | None = None,
        name: str | None = None,
    ) -> Dataset:
        """Elements left out at random, until classes have other shares of the dataset.

        As few are left out as may be: a draw takes the next of all elements, or the next of those
        that are accepted, which are two passes over the dataset. An element may come in both.

        Args:
            class_func: Receives an element; gives the number of its class.
            target_dist: The share each class is to have.
            initial_dist: The share it has; None to learn it on the way.
            seed: Same seed, same elements. When None it is drawn from NumPy's global state.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of pairs of class and element, of unknown length.

        Raises:
            DatasetError: `class_func` cannot be called, the shares are of different numbers of
                classes, or, while iterating, a class that has none.

        Example:
            >>> import glasstape as gt
            >>> rare = gt.data.Dataset.range(1000).map(lambda n: n % 10 == 0)
            >>> even = rare.rejection_resample(lambda x: x, [0.5, 0.5], [0.9, 0.1], seed=0)
            >>> classes = [int(number) for number, _ in even]
            >>> 0.4 < sum(classes) / len(classes) < 0.6
            True
        """
        del name
        label = checks.function("rejection_resample", class_func)
        seeded = items.Seeded(seed, seed is None)
        target = np.asarray(target_dist, np.float64)
        initial = None if initial_dist is None else np.asarray(initial_dist, np.float64)
        if initial is not None and initial.shape != target.shape:
            raise checks.wrong(
                "Dataset.rejection_resample was given shares of different classes.",
                f"initial_dist of shape {list(target.shape)}, as target_dist",
                f"shape {list(initial.shape)}",
                "one share for each class in both",
            )
        labelled = self.map(lambda *x: (label(*x), x[0] if len(x) == 1 else x))

        def make() -> Iterator[Any]:
            generator, balance = seeded.generator(), _Balance(target, initial)
            everything, other_pass = (map(balance.seen, labelled._elements()) for _ in range(2))
            accepted = (p for p in other_pass if generator.random() < balance.acceptance(p))
            while True:
                source = everything if generator.random() < balance.unchanged else accepted
                pair = next(source, None)
                if pair is None:
                    return
                yield pair

        stream = elements.Stream(make, lambda: items.UNKNOWN)
        return making._make(stream, element_spec=lambda: labelled.element_spec)


class _Balance:
    """Which classes to accept how often, that they have the target's shares.

    With m the smallest and M the largest of target / initial, an element is drawn from all with
    probability m, and otherwise from those that are accepted: (target / initial - m) / (M - m) of
    each class.
    """

    def __init__(self, target: np.ndarray, initial: np.ndarray | None):
        self._target = target
        self._learns = initial is None
        self._shares = np.full(len(target), float(_SEEN_BEFORE)) if initial is None else initial

    def _ratios(self) -> np.ndarray:
        return self._target / (self._shares / self._shares.sum() + np.finfo(np.float32).tiny)

    @property
    def unchanged(self) -> float:
        """How likely a draw takes the next of all elements."""
        return float(self._ratios().min())

    def acceptance(self, pair: Any) -> float:
        """How likely an element with its class is accepted."""
        ratios = self._ratios()
        return float((ratios[int(pair[0])] - ratios.min()) / (np.ptp(ratios) or 1.0))

    def seen(self, pair: Any) -> Any:
        """`pair`, whose class is counted."""
        self._shares[_number(pair[0], len(self._target))] += self._learns
        return pair


def _directed(found: Sequence[Any], choices: Callable[[], Iterator[int]], stops: bool) -> Dataset:
    def make() -> Iterator[Any]:
        streams = {number: iter(dataset._elements()) for number, dataset in enumerate(found)}
        for number in choices():
            if number not in streams:
                continue
            for element in itertools.islice(streams[number], 1):
                yield element
                break
            else:
                del streams[number]
                if stops or not streams:
                    return

    def count() -> int:
        endless = [dataset._items.size() == items.INFINITE for dataset in found]
        return items.INFINITE if all(endless) else items.UNKNOWN

    return making._make(elements.Stream(make, count), element_spec=lambda: found[0].element_spec)


def _alike(method: str, datasets: Sequence[Any]) -> list[Any]:
    found = [making.source(dataset, method) for dataset in datasets]
    if not found:
        raise checks.wrong(
            f"Dataset.{method} was given no datasets.", "datasets", repr(datasets), "pass some"
        )
    for other in found[1:]:
        making.check_alike(method, found[0]._described(), other._described())
    return found


def _weights(weights: Any, count: int) -> np.ndarray:
    given = np.ones(count) if weights is None else np.asarray(weights, np.float64)
    if given.shape != (count,) or (given < 0).any() or not given.any():
        raise checks.wrong(
            "Dataset.sample_from_datasets was given wrong weights.",
            f"{count} numbers, none below 0 and not all 0",
            repr(weights)[:200],
            "pass one for each dataset",
        )
    return given


def _number(value: Any, count: int) -> int:
    number = int(np.asarray(value))
    if not 0 <= number < count:
        raise checks.wrong(
            "A number was chosen that none has.",
            f"a whole number below {count}",
            f"{number}",
            "count from 0",
        )
    return number
