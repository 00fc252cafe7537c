"""`Dataset`: rows of arrays, shuffled, batched and mapped, as in ``tf.data``."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from glasstape import sources
from glasstape.data import items, rows
from glasstape.data.structure import as_array, map_structure
from glasstape.errors import DatasetError, NotCoveredError

AUTOTUNE = -1


class _Explained(type):
    """Says what there is when a name of ``tf.data.Dataset`` is not covered."""

    def __getattr__(cls, name: str) -> Any:
        raise AttributeError(name) if name.startswith("_") else _not_covered(name)


class Dataset(metaclass=_Explained):
    """Elements to iterate over, again and again; made by `from_tensor_slices`.

    Each method returns a new dataset. Rows stay in the arrays they came in until a batch is
    needed; a batch is gathered in one step and is a NumPy array of the array's own dtype (JAX
    turns float64 and int64 into 32 bits when a step uses them).

    Example:
        >>> import numpy as np
        >>> import glasstape as gt
        >>> images, labels = np.zeros((5, 28, 28)), np.arange(5)
        >>> dataset = gt.data.Dataset.from_tensor_slices((images, labels)).batch(2)
        >>> [batch_labels.tolist() for _, batch_labels in dataset]
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, order: items.Items, source: rows.Rows | None = None):
        self._items = order
        self._rows = source  # None: the items are the elements

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> Dataset:
        """One element a row.

        Args:
            tensors: Array of shape ``[n, ...]`` and any dtype, or a tuple or dict of such arrays
                (nested as you like) with the same n. Arrays are not copied: do not change them
                while the dataset is in use. A list is one array.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of n elements, each a structure like `tensors` of rows.

        Raises:
            DatasetError: the arrays have different numbers of rows, or are none.

        Example:
            >>> import glasstape as gt
            >>> list(gt.data.Dataset.from_tensor_slices({"x": [1.0, 2.0]}).batch(2))
            [{'x': array([1., 2.], dtype=float32)}]
        """
        del name
        source = rows.make_rows(tensors)
        return Dataset(items.Numbers(source.count), source)

    def shuffle(
        self,
        buffer_size: int,
        seed: int | None = None,
        reshuffle_each_iteration: bool | None = None,
        name: str | None = None,
    ) -> Dataset:
        """Random order.

        Keeps `buffer_size` elements in hand, hands out one of them at random and takes the next
        in its place; with ``buffer_size >= n`` every order is equally likely. For arrays in
        memory the buffer holds row numbers only.

        Args:
            buffer_size: At least 1.
            seed: Same seed, same order. When None it is drawn from NumPy's global state, which
                ``keras.utils.set_random_seed`` sets.
            reshuffle_each_iteration: Whether each pass has an order of its own; None means True.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of the same elements.

        Raises:
            DatasetError: `buffer_size` is not a positive whole number.

        Example:
            >>> import glasstape as gt
            >>> numbers = gt.data.Dataset.from_tensor_slices([1, 2, 3]).shuffle(3, seed=0)
            >>> sorted(int(n) for n in numbers)
            [1, 2, 3]
        """
        del name
        size = _whole_number("shuffle", "buffer_size", buffer_size)
        seed = None if seed is None else _whole_number("shuffle", "seed", seed, least=None)
        reshuffle = reshuffle_each_iteration is not False
        return Dataset(items.Shuffled(self._items, size, seed, reshuffle), self._rows)

    def batch(
        self,
        batch_size: int,
        drop_remainder: bool = False,
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Dataset:
        """Several elements at a time.

        Args:
            batch_size: At least 1.
            drop_remainder: Leave out a last batch that is smaller. A step compiles once for each
                shape, so this saves a second compilation.
            num_parallel_calls: Accepted for TensorFlow's sake, like the two that follow; unused.
            deterministic: Unused.
            name: Unused.

        Returns:
            A dataset of batches: NumPy arrays of shape ``[batch_size, ...]``.

        Raises:
            DatasetError: `batch_size` is not a positive whole number, or, while iterating, the
                elements of a batch have different structures, shapes or dtypes.

        Example:
            >>> import glasstape as gt
            >>> len(gt.data.Dataset.from_tensor_slices([1, 2, 3]).batch(2, drop_remainder=True))
            1
        """
        del num_parallel_calls, deterministic, name
        size = _whole_number("batch", "batch_size", batch_size)
        join = rows.stack if self._rows is None else self._rows.gather
        return Dataset(items.Grouped(self._items, size, bool(drop_remainder), join))

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Dataset:
        """Each element through a function, which runs as ordinary Python.

        Args:
            map_func: Receives an element; a tuple's members as separate arguments. A list it
                returns counts as a tuple; Python numbers, and lists inside of it, become arrays.
                Map after `batch` where you can: the function then runs once a batch.
            num_parallel_calls: Accepted for TensorFlow's sake, like the two that follow; unused.
            deterministic: Unused.
            name: Unused.

        Returns:
            A dataset of what `map_func` returns.

        Raises:
            DatasetError: `map_func` cannot be called.

        Example:
            >>> import glasstape as gt
            >>> pairs = gt.data.Dataset.from_tensor_slices(([1, 2], [3, 4])).batch(2)
            >>> [total.tolist() for total in pairs.map(lambda a, b: a + b)]
            [[4, 6]]
        """
        del num_parallel_calls, deterministic, name
        if not callable(map_func):
            raise DatasetError(
                "Dataset.map was given something that cannot be called.",
                expected="a function of one element",
                received=type(map_func).__name__,
                fix="pass a function, such as lambda image, label: (image / 255, label)",
                where=sources.user_source(),
            )
        return Dataset(items.Mapped(self._elements(), lambda e: _call(map_func, e)))

    def take(self, count: int, name: str | None = None) -> Dataset:
        """The first `count` elements; all of them when `count` is -1.

        Args:
            count: How many.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of at most `count` elements.

        Raises:
            DatasetError: `count` is not a whole number.

        Example:
            >>> import glasstape as gt
            >>> len(gt.data.Dataset.from_tensor_slices([1, 2, 3]).take(2))
            2
        """
        del name
        number = _whole_number("take", "count", count, least=-1)
        return Dataset(items.Taken(self._items, number), self._rows)

    def repeat(self, count: int | None = None, name: str | None = None) -> Dataset:
        """The elements again and again.

        Args:
            count: How often; endlessly when None or -1.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of `count` passes.

        Raises:
            DatasetError: `count` is not a whole number.

        Example:
            >>> import glasstape as gt
            >>> [int(n) for n in gt.data.Dataset.from_tensor_slices([1, 2]).repeat(2)]
            [1, 2, 1, 2]
        """
        del name
        number = _whole_number("repeat", "count", -1 if count is None else count, least=-1)
        return Dataset(items.Repeated(self._items, number), self._rows)

    def prefetch(self, buffer_size: int, name: str | None = None) -> Dataset:
        """The same dataset, for a reason.

        A batch is gathered from memory in microseconds while the last compiled step still runs
        (JAX hands out results before they are there). A thread would only take the interpreter
        away from the loop.

        Args:
            buffer_size: Accepted for TensorFlow's sake, like the one that follows; unused.
            name: Unused.

        Returns:
            This dataset.

        Example:
            >>> import glasstape as gt
            >>> len(gt.data.Dataset.from_tensor_slices([1, 2]).prefetch(gt.data.AUTOTUNE))
            2
        """
        del buffer_size, name
        return self

    def cardinality(self, name: str | None = None) -> int:
        """How many elements a pass has.

        Args:
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            The number; -1 when it never ends, -2 when it is not known.

        Example:
            >>> import glasstape as gt
            >>> gt.data.Dataset.from_tensor_slices([1, 2]).repeat().cardinality()
            -1
        """
        del name
        return self._items.size()

    def __len__(self) -> int:
        size = self._items.size()
        if size >= 0:
            return size
        # TypeError, so that list(), which asks for the length as a hint, still works.
        reason = "never ends" if size == items.INFINITE else "has no known length"
        raise TypeError(f"The dataset {reason}. Use dataset.take(n), or count while iterating.")

    def __bool__(self) -> bool:
        return True  # as in TensorFlow; `if dataset` must not ask for a length

    def __iter__(self) -> Iterator[Any]:
        return iter(self._elements())

    def __repr__(self) -> str:
        size = {items.INFINITE: "endless", items.UNKNOWN: "unknown"}.get(
            self._items.size(), str(self._items.size())
        )
        return f"<glasstape Dataset, elements: {size}>"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("_") else _not_covered(name)

    def _elements(self) -> items.Items:
        if self._rows is None:
            return self._items
        return items.Mapped(self._items, self._rows.row)


def _call(function: Callable[..., Any], element: Any) -> Any:
    # As in TensorFlow: a named tuple is one argument, and a list that is returned is a tuple.
    mapped = function(*element) if type(element) is tuple else function(element)
    if isinstance(mapped, list):
        mapped = tuple(mapped)
    return map_structure(lambda v: v if hasattr(v, "dtype") else as_array(v), mapped)


def _whole_number(method: str, argument: str, value: Any, least: int | None = 1) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is not None and (least is None or number >= least):
        return number
    bound = "" if least is None else f" that is {least} or more"
    raise DatasetError(
        f"Dataset.{method} was given a wrong {argument}.",
        expected=f"a whole number{bound}",
        received=repr(value),
        fix=f"pass {argument} as an int",
        where=sources.user_source(),
    )


def _not_covered(name: str) -> NotCoveredError:
    covered = "from_tensor_slices, shuffle, batch, map, take, repeat, prefetch, cardinality"
    return NotCoveredError(
        f"Dataset.{name} is not there.",
        expected=covered,
        received=name,
        fix="write it as a loop over the dataset, or load the data with grain or keras.utils",
        where=sources.user_source(),
    )
