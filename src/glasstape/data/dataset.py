"""`Dataset`: elements, shuffled, batched and mapped, as in ``tf.data``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from glasstape.data import border, checks, elements, items, parallel, rows, spec
from glasstape.data.combining import Combining
from glasstape.data.grouping import Grouping
from glasstape.data.iterator import DatasetIterator
from glasstape.data.making import Making
from glasstape.data.mapping import Chain, Step
from glasstape.data.mixing import Mixing
from glasstape.data.saving import Saving

AUTOTUNE = -1
_AHEAD = 2  # elements, when AUTOTUNE leaves it to us: one in the loop's hands, one coming


class _Explained(type):
    """Says what there is when a name of ``tf.data.Dataset`` is not covered."""

    def __getattr__(cls, name: str) -> Any:
        raise AttributeError(name) if name.startswith("_") else checks.not_covered(name)


class Dataset(Making, Combining, Grouping, Mixing, Saving, metaclass=_Explained):
    """Elements to iterate over, again and again; made by `from_tensor_slices` and others.

    Each method returns a new dataset. Rows stay in the arrays they came in until a batch is
    needed; a batch is gathered in one step. A loop gets JAX arrays (which have 32 bits for 64
    unless ``jax_enable_x64`` is set), `as_numpy_iterator` gives NumPy's.

    Example:
        >>> import numpy as np
        >>> import glasstape as gt
        >>> images, labels = np.zeros((5, 28, 28)), np.arange(5)
        >>> dataset = gt.data.Dataset.from_tensor_slices((images, labels)).batch(2)
        >>> [batch_labels.tolist() for _, batch_labels in dataset]
        [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        order: items.Items,
        source: Any = None,
        chain: Chain | None = None,
        element_spec: Callable[[], Any] | None = None,
    ):
        self._items = order
        self._rows = source  # None: the items are the elements
        self._chain = chain
        self._spec = element_spec or spec.unknown
        self._spec_known: Any = None

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
        memory the buffer holds row numbers only, also after a `map` that only computes.

        Args:
            buffer_size: At least 1, or the dataset's own cardinality.
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
        size = checks.whole_number("shuffle", "buffer_size", buffer_size)
        seed = None if seed is None else checks.whole_number("shuffle", "seed", seed, least=None)
        seeded = items.Seeded(seed, reshuffle_each_iteration is not False)
        return self._reordered(lambda order: items.Shuffled(order, size, seeded))

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
            A dataset of batches, of shape ``[batch_size, ...]``.

        Raises:
            DatasetError: `batch_size` is not a positive whole number, or, while iterating, the
                elements of a batch have different structures, shapes or dtypes.

        Example:
            >>> import glasstape as gt
            >>> len(gt.data.Dataset.from_tensor_slices([1, 2, 3]).batch(2, drop_remainder=True))
            1
        """
        del num_parallel_calls, deterministic, name
        size = checks.whole_number("batch", "batch_size", batch_size)
        drop = bool(drop_remainder)
        batches = elements.Batches(self._elements(), size, drop)
        return Dataset(batches, element_spec=lambda: spec.batched(self.element_spec, size, drop))

    def padded_batch(
        self,
        batch_size: int,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
        name: str | None = None,
    ) -> Dataset:
        """Several elements at a time, filled up at the ends to one shape.

        Args:
            batch_size: At least 1.
            padded_shapes: A shape for each part of an element, None or -1 in it for the size of
                the largest in the batch; None for that everywhere.
            padding_values: A value for each part, or one for all; None for 0, or empty text.
            drop_remainder: Leave out a last batch that is smaller.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of batches.

        Raises:
            DatasetError: `batch_size` is not a positive whole number, or, while iterating, an
                element is larger than `padded_shapes`.

        Example:
            >>> import glasstape as gt
            >>> import numpy as np
            >>> rows = gt.data.Dataset.range(1, 4).map(lambda n: np.arange(int(n)))
            >>> next(rows.padded_batch(3).as_numpy_iterator()).tolist()
            [[0, 0, 0], [0, 1, 0], [0, 1, 2]]
        """
        del name
        size, drop = checks.whole_number("padded_batch", "batch_size", batch_size), drop_remainder
        pad = lambda members: rows.pad(members, padded_shapes, padding_values)  # noqa: E731
        batches = elements.Batches(self._elements(), size, bool(drop), pad)
        return Dataset(
            batches,
            element_spec=lambda: spec.padded(self.element_spec, padded_shapes, size, drop),
        )

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        synchronous: bool | None = None,
        use_unbounded_threadpool: bool = False,
        name: str | None = None,
    ) -> Dataset:
        """Each element through a function.

        It may be ordinary Python. One that only computes is compiled once (and runs over a whole
        batch at once where `batch` follows); any other runs element by element, in threads when
        `num_parallel_calls` is given. Both give the same elements; see docs/data.md.

        Args:
            map_func: Receives an element as tensors; a tuple's members as separate arguments. A
                list it returns counts as a tuple; Python numbers, and lists inside of it, become
                arrays.
            num_parallel_calls: How many threads may run it; `AUTOTUNE` for one a core.
            deterministic: False lets elements overtake each other in threads.
            synchronous: Accepted for TensorFlow's sake, like the two that follow; unused.
            use_unbounded_threadpool: Unused.
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
        del synchronous, use_unbounded_threadpool, name
        workers = parallel.workers(num_parallel_calls)
        step = Step(checks.function("map", map_func), "map", workers, deterministic is not False)
        chain = Chain((step,)) if self._chain is None else self._chain.then(step)
        described = lambda: spec.mapped(step, self.element_spec)  # noqa: E731
        return Dataset(self._items, self._rows, chain, described)

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
        number = checks.whole_number("take", "count", count, least=-1)
        return self._reordered(lambda order: items.Taken(order, number))

    def skip(self, count: int, name: str | None = None) -> Dataset:
        """All but the first `count` elements; none when `count` is -1.

        Args:
            count: How many.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of the rest.

        Raises:
            DatasetError: `count` is not a whole number.

        Example:
            >>> import glasstape as gt
            >>> len(gt.data.Dataset.from_tensor_slices([1, 2, 3]).skip(2))
            1
        """
        del name
        number = checks.whole_number("skip", "count", count, least=-1)
        return self._reordered(lambda order: items.Skipped(order, number))

    def shard(self, num_shards: int, index: int, name: str | None = None) -> Dataset:
        """Every `num_shards`-th element from `index` on.

        Args:
            num_shards: How many parts there are.
            index: Which of them.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of that part.

        Raises:
            DatasetError: an argument is not a whole number, or `index` is too large.

        Example:
            >>> import glasstape as gt
            >>> list(gt.data.Dataset.range(5).shard(2, 1).as_numpy_iterator())
            [np.int64(1), np.int64(3)]
        """
        del name
        count = checks.whole_number("shard", "num_shards", num_shards)
        number = checks.whole_number("shard", "index", index, least=0)
        if number >= count:
            raise checks.wrong(
                "Dataset.shard was given an index that no part has.",
                f"a whole number below {count}",
                repr(index),
                "count parts from 0",
            )
        return self._reordered(lambda order: items.Sharded(order, count, number))

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
        number = checks.whole_number("repeat", "count", -1 if count is None else count, least=-1)
        return self._reordered(lambda order: items.Repeated(order, number))

    def prefetch(self, buffer_size: int, name: str | None = None) -> Dataset:
        """Elements made ahead, in a thread, where they take longer than a thread costs.

        A batch gathered from memory takes some microseconds, while the last compiled step still
        runs: then no thread is started. One is as soon as elements take a millisecond and more.

        Args:
            buffer_size: How many; `AUTOTUNE` for 2.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of the same elements.

        Raises:
            DatasetError: `buffer_size` is not a whole number.

        Example:
            >>> import glasstape as gt
            >>> len(gt.data.Dataset.from_tensor_slices([1, 2]).prefetch(gt.data.AUTOTUNE))
            2
        """
        del name
        number = checks.whole_number("prefetch", "buffer_size", buffer_size, least=-1)
        if number == 0:
            return self
        ahead = elements.Ahead(self._elements(), _AHEAD if number < 0 else number)
        return Dataset(ahead, element_spec=lambda: self.element_spec)

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements as NumPy arrays, and NumPy numbers where they are single ones.

        Returns:
            An iterator; dtypes of 64 bits stay as they came in.

        Example:
            >>> import glasstape as gt
            >>> list(gt.data.Dataset.from_tensor_slices([1.5, 2.5]).batch(2).as_numpy_iterator())
            [array([1.5, 2.5], dtype=float32)]
        """
        return map(border.to_numpy, self._elements())

    @property
    def element_spec(self) -> Any:
        """Shapes and dtypes of an element: a structure of `TensorSpec`.

        A mapped function is traced for it, or called with the first element where that fails.

        Example:
            >>> import glasstape as gt
            >>> gt.data.Dataset.from_tensor_slices([[1.0, 2.0]]).batch(3).element_spec
            TensorSpec(shape=(None, 2), dtype=float32, name=None)
        """
        if self._spec_known is None:
            self._spec_known = self._described() or spec.seen(self)
        return self._spec_known

    def _described(self) -> Any:
        """The spec, when it can be had without running the user's functions; or None."""
        try:
            return self._spec_known or self._spec()
        except spec.UnknownError:
            return None

    def cardinality(self, name: str | None = None) -> int:
        """How many elements a pass has.

        Args:
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            The number; -1 when it never ends, -2 when it is not known.

        Example:
            >>> import glasstape as gt
            >>> int(gt.data.Dataset.from_tensor_slices([1, 2]).repeat().cardinality())
            -1
        """
        del name
        return items.Cardinality(self._items.size())

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
        checks.refuse_tracing("A dataset was iterated over")
        found = self._elements()
        order = found.order
        if isinstance(order, elements.Ahead) and found.rows is None and found.chain is None:
            tensors = order.through(border.to_tensors)
        else:
            tensors = map(border.to_tensors, found)
        return DatasetIterator(iter(tensors), self)

    def __repr__(self) -> str:
        size = {items.INFINITE: "endless", items.UNKNOWN: "unknown"}.get(
            self._items.size(), str(self._items.size())
        )
        return f"<glasstape Dataset, elements: {size}>"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("_") else checks.not_covered(name)

    def _elements(self) -> elements.Elements:
        return elements.Elements(self._items, self._rows, self._chain)

    def _reordered(self, reorder: Callable[[items.Items], items.Items]) -> Dataset:
        """Other items of the same kind; what has effects is called in the order as written."""
        described = lambda: self.element_spec  # noqa: E731
        if self._chain is not None and not self._chain.is_pure:
            return Dataset(reorder(self._elements()), element_spec=described)
        return Dataset(reorder(self._items), self._rows, self._chain, described)
