"""Methods of `Dataset` that change what its elements are, beyond batching and mapping."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from glasstape.data import attempting, border, checks, elements, items, making, spec
from glasstape.data.caching import FileCache, MemoryCache
from glasstape.data.mapping import Chain, Step
from glasstape.data.options import Options
from glasstape.data.structure import leaves, map_structure

if TYPE_CHECKING:
    from glasstape.data.dataset import Dataset

_CYCLE = 10  # datasets that interleave draws from in turns when nothing else is said


class Combining:
    """See `Dataset`."""

    _elements: Callable[[], elements.Elements]
    _items: Any
    _described: Callable[[], Any]
    element_spec: Any

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements of which a function says True.

        Args:
            predicate: Receives an element as `map`'s function does; gives a boolean.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of unknown length.

        Raises:
            DatasetError: `predicate` cannot be called.

        Example:
            >>> import glasstape as gt
            >>> [int(n) for n in gt.data.Dataset.range(6).filter(lambda n: n % 2 == 1)]
            [1, 3, 5]
        """
        del name
        chain = Chain((Step(checks.function("filter", predicate), "filter"),))

        def make() -> Iterator[Any]:
            of_pass = chain.passing()
            for number, element in enumerate(self._elements()):
                if bool(np.asarray(of_pass.one(number, element))):
                    yield element

        return self._stream(make, lambda: items.UNKNOWN, lambda: self.element_spec)

    def take_while(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements before the first of which a function says False.

        Args:
            predicate: Receives an element as `map`'s function does; gives a boolean.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of unknown length.

        Raises:
            DatasetError: `predicate` cannot be called.

        Example:
            >>> import glasstape as gt
            >>> [int(n) for n in gt.data.Dataset.range(9).take_while(lambda n: n < 3)]
            [0, 1, 2]
        """
        del name
        chain = Chain((Step(checks.function("take_while", predicate), "take_while"),))

        def make() -> Iterator[Any]:
            of_pass = chain.passing()
            for number, element in enumerate(self._elements()):
                if not bool(np.asarray(of_pass.one(number, element))):
                    return
                yield element

        return self._stream(make, lambda: items.UNKNOWN, lambda: self.element_spec)

    def flat_map(self, map_func: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements of the datasets that a function makes of elements, one after the other.

        Args:
            map_func: Receives an element; returns a dataset.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of unknown length.

        Raises:
            DatasetError: `map_func` cannot be called or, while iterating, returns no dataset.

        Example:
            >>> import glasstape as gt
            >>> dataset = gt.data.Dataset.from_tensor_slices([[1, 2], [3, 4]])
            >>> [int(n) for n in dataset.flat_map(gt.data.Dataset.from_tensor_slices)]
            [1, 2, 3, 4]
        """
        del name
        return self._interleaved("flat_map", map_func, 1, 1)

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: int | None = None,
        block_length: int | None = None,
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Dataset:
        """The elements of several datasets in turns.

        Args:
            map_func: Receives an element; returns a dataset.
            cycle_length: How many datasets take turns; `AUTOTUNE` and None mean 10.
            block_length: How many elements a turn gives; None means 1.
            num_parallel_calls: Accepted for TensorFlow's sake, like the two that follow; unused.
            deterministic: Unused.
            name: Unused.

        Returns:
            A dataset of unknown length.

        Raises:
            DatasetError: `map_func` cannot be called or, while iterating, returns no dataset.

        Example:
            >>> import glasstape as gt
            >>> twice = lambda n: gt.data.Dataset.from_tensors(n).repeat(2)
            >>> [int(n) for n in gt.data.Dataset.range(2).interleave(twice, cycle_length=2)]
            [0, 1, 0, 1]
        """
        del num_parallel_calls, deterministic, name
        cycle = checks.whole_number("interleave", "cycle_length", cycle_length or _CYCLE, -1)
        block = checks.whole_number("interleave", "block_length", block_length or 1)
        return self._interleaved("interleave", map_func, _CYCLE if cycle < 1 else cycle, block)

    def unbatch(self, name: str | None = None) -> Dataset:
        """Each row of each element.

        Args:
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of rows.

        Example:
            >>> import glasstape as gt
            >>> [int(n) for n in gt.data.Dataset.range(4).batch(3).unbatch()]
            [0, 1, 2, 3]
        """
        del name

        def count() -> int:
            found = self._elements()
            if found.rows is not None and found.chain is None:
                each = next(a.shape[1:2] for _, a in leaves(found.rows.arrays)) or (0,)
            elif isinstance(found.order, elements.Batches) and found.order.drop_remainder:
                each = (found.order.group,)
            else:
                return items.UNKNOWN
            return found.size() * each[0] if found.size() > 0 else found.size()

        return self._stream(
            lambda: elements.unbatched(self._elements()), count, lambda: spec.row(self.element_spec)
        )

    def window(
        self,
        size: int,
        shift: int | None = None,
        stride: int = 1,
        drop_remainder: bool = False,
        name: str | None = None,
    ) -> Dataset:
        """Datasets of `size` elements each.

        Args:
            size: Elements of a window.
            shift: From the beginning of a window to that of the next; None for `size`.
            stride: From an element of a window to the next.
            drop_remainder: Leave out windows at the end that are smaller.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of (structures of) datasets.

        Raises:
            DatasetError: an argument is not a positive whole number.

        Example:
            >>> import glasstape as gt
            >>> windows = gt.data.Dataset.range(4).window(3, shift=1, drop_remainder=True)
            >>> [w.tolist() for w in windows.flat_map(lambda w: w.batch(3))]
            [[0, 1, 2], [1, 2, 3]]
        """
        del name
        size = checks.whole_number("window", "size", size)
        shift = size if shift is None else checks.whole_number("window", "shift", shift)
        stride = checks.whole_number("window", "stride", stride)

        def make() -> Iterator[Any]:
            found = elements.windows(self._elements(), size, shift, stride, drop_remainder)
            for members in found:
                yield map_structure(lambda *vs: self._stream(lambda: vs, lambda: len(vs)), *members)

        def count() -> int:
            there, reach = self._items.size(), (size - 1) * stride + 1
            if there < 0:
                return there
            return max(
                0, -(-(there - reach + 1) // shift) if drop_remainder else -(-there // shift)
            )

        return self._stream(make, count)

    def enumerate(self, start: int = 0, name: str | None = None) -> Dataset:
        """Pairs of a number and an element.

        Args:
            start: The first number.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of pairs.

        Raises:
            DatasetError: `start` is not a whole number.

        Example:
            >>> import glasstape as gt
            >>> dataset = gt.data.Dataset.from_tensor_slices([5.0, 6.0]).enumerate(start=1)
            >>> [(int(n), float(x)) for n, x in dataset]
            [(1, 5.0), (2, 6.0)]
        """
        del name
        first = checks.whole_number("enumerate", "start", start, None)
        numbers = self._stream(
            lambda: map(np.int64, itertools.count(first)),
            lambda: items.INFINITE,
            lambda: spec.of(np.int64(0)),
        )
        return making.Making.zip(numbers, self)

    def concatenate(self, dataset: Any, name: str | None = None) -> Dataset:
        """The elements of this dataset, then those of another.

        Args:
            dataset: The other.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of both.

        Raises:
            DatasetError: it is no dataset, or its elements have another structure or dtype.

        Example:
            >>> import glasstape as gt
            >>> a, b = gt.data.Dataset.range(2), gt.data.Dataset.range(5, 7)
            >>> [int(n) for n in a.concatenate(b)]
            [0, 1, 5, 6]
        """
        del name
        other = making.source(dataset, "concatenate")
        making.check_alike("concatenate", self._described(), other._described())
        joined = elements.Concatenated(self._elements(), other._elements())
        return making._make(joined, element_spec=lambda: self.element_spec)

    def cache(self, filename: Any = "", name: str | None = None) -> Dataset:
        """Elements kept from the first whole pass, for those that follow.

        Args:
            filename: A file to keep them in; it is used in later runs as well, whatever has
                changed in the dataset: delete it then. Empty for the memory.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of the same elements.

        Example:
            >>> import glasstape as gt
            >>> calls = []
            >>> dataset = gt.data.Dataset.range(2).map(lambda n: calls.append(1) or n).cache()
            >>> _ = list(dataset), list(dataset)
            >>> len(calls)
            2
        """
        del name
        path = filename.numpy().decode() if hasattr(filename, "numpy") else os.fsdecode(filename)
        cache = FileCache(self._elements(), path) if path else MemoryCache(self._elements())
        return making._make(cache, element_spec=lambda: self.element_spec)

    def unique(self, name: str | None = None) -> Dataset:
        """Each element once.

        Args:
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of unknown length.

        Example:
            >>> import glasstape as gt
            >>> sorted(int(n) for n in gt.data.Dataset.from_tensor_slices([1, 2, 1]).unique())
            [1, 2]
        """
        del name

        def make() -> Iterator[Any]:
            seen = set()
            for element in self._elements():
                key = tuple(_key(np.asarray(leaf)) for _, leaf in leaves(element))
                if key not in seen:
                    seen.add(key)
                    yield element

        return self._stream(make, lambda: items.UNKNOWN, lambda: self.element_spec)

    def ignore_errors(self, log_warning: bool = False, name: str | None = None) -> Dataset:
        """The elements whose mapped functions do not fail.

        Those of `map` are meant, also before `batch` (where one error costs the whole batch),
        `take` (which counts those that fail) and `prefetch`. An error of a generator or a file is
        raised, since nothing comes after it; so are those of the function itself, as misspelt
        names, and the last one of a pass of which no element is left.

        Args:
            log_warning: Warn of each element that is left out.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of unknown length.

        Example:
            >>> import glasstape as gt
            >>> inverse = gt.data.Dataset.range(-1, 2).map(lambda n: 1 / int(n))
            >>> [float(n) for n in inverse.ignore_errors()]
            [-1.0, 1.0]
        """
        del name
        made = attempting.Ignoring(self._elements(), bool(log_warning))
        return making._make(made, element_spec=lambda: self.element_spec)

    def scan(
        self, initial_state: Any, scan_func: Callable[..., Any], name: str | None = None
    ) -> Dataset:
        """Elements through a function that carries a state along.

        Args:
            initial_state: A structure of arrays or numbers.
            scan_func: Receives state and element; returns the new state and what to hand out.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of as many elements.

        Raises:
            DatasetError: `scan_func` cannot be called.

        Example:
            >>> import glasstape as gt
            >>> sums = gt.data.Dataset.range(1, 4).scan(0, lambda s, x: (s + x, s + x))
            >>> [int(n) for n in sums]
            [1, 3, 6]
        """
        del name
        checks.function("scan", scan_func)

        def make() -> Iterator[Any]:
            state = map_structure(border.as_leaf, initial_state)
            for element in self._elements():
                with border.eagerly():
                    given = border.to_host_tensors(state), border.to_host_tensors(element)
                    state, found = scan_func(*given)
                    state = map_structure(border.as_leaf, state)
                    found = tuple(found) if isinstance(found, list) else found
                yield map_structure(border.as_leaf, found)

        return self._stream(make, lambda: self._items.size())

    def reduce(
        self, initial_state: Any, reduce_func: Callable[..., Any], name: str | None = None
    ) -> Any:
        """One value of all elements.

        Args:
            initial_state: A structure of arrays or numbers.
            reduce_func: Receives state and element; returns the new state.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            The last state, as tensors.

        Raises:
            DatasetError: `reduce_func` cannot be called.

        Example:
            >>> import glasstape as gt
            >>> int(gt.data.Dataset.range(5).reduce(0, lambda total, n: total + n))
            10
        """
        del name
        checks.function("reduce", reduce_func)
        checks.refuse_tracing("A dataset was reduced")
        found = elements.with_tensors(reduce_func, initial_state, self._elements())
        return border.to_tensors(found)

    def apply(self, transformation_func: Callable[[Any], Any], name: str | None = None) -> Any:
        """What a function makes of this dataset.

        Args:
            transformation_func: Receives the dataset; returns one.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            What it returns.

        Example:
            >>> import glasstape as gt
            >>> len(gt.data.Dataset.range(5).apply(lambda dataset: dataset.take(2)))
            2
        """
        del name
        return checks.function("apply", transformation_func)(self)

    def get_single_element(self, name: str | None = None) -> Any:
        """The only element.

        Args:
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            It, as tensors.

        Raises:
            DatasetError: there are none, or more.

        Example:
            >>> import glasstape as gt
            >>> int(gt.data.Dataset.range(3).skip(2).get_single_element())
            2
        """
        del name
        found = [element for element, _ in zip(self._elements(), range(2), strict=False)]
        if len(found) == 1:
            return border.to_tensors(found[0])
        raise checks.wrong(
            "Dataset.get_single_element was called on a dataset that has not one element.",
            "one element",
            "none" if not found else "more than one",
            "batch the dataset first, or write next(iter(dataset))",
        )

    def options(self) -> Options:
        """The options of `with_options`; none of them changes what a dataset does here.

        Example:
            >>> import glasstape as gt
            >>> gt.data.Dataset.range(3).options().deterministic is None
            True
        """
        return Options()

    def with_options(self, options: Any, name: str | None = None) -> Any:
        """This dataset: what `tf.data.Options` tune is tuned by itself here.

        Args:
            options: Accepted for TensorFlow's sake, like the one that follows; unused.
            name: Unused.

        Returns:
            This dataset.

        Example:
            >>> import glasstape as gt
            >>> len(gt.data.Dataset.range(3).with_options(gt.data.Options()))
            3
        """
        del options, name
        return self

    def _interleaved(self, method: str, map_func: Any, cycle: int, block: int) -> Dataset:
        chain = Chain((Step(checks.function(method, map_func), method, raw=True),))

        def make(source: Any) -> Iterator[Any]:
            of_pass = chain.passing()
            for number, element in enumerate(source):
                yield making.source(of_pass.eager(number, element), method)._elements()

        def inside() -> Any:
            for element in self._elements():
                of_pass = chain.passing()
                return making.source(of_pass.eager(0, element), method).element_spec
            return spec.unknown()

        merged = elements.Interleaved(self._elements(), make, cycle, block)
        return making._make(merged, element_spec=inside)

    def _stream(
        self,
        make: Callable[[], Any],
        count: Callable[[], int],
        described: Callable[[], Any] | None = None,
    ) -> Dataset:
        return making._make(elements.Stream(make, count), element_spec=described)


def _key(array: np.ndarray) -> Any:
    return tuple(array.reshape(-1).tolist()) if array.dtype == object else array.tobytes()
