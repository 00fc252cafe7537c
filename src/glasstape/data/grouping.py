"""Methods of `Dataset` that put elements together by something else than their order."""

from __future__ import annotations

import bisect
import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glasstape.data import border, checks, elements, items, making, rows, spec
from glasstape.data.mapping import Chain, Step
from glasstape.data.structure import leaves

if TYPE_CHECKING:
    from glasstape.data.dataset import Dataset


class Grouping:
    """See `Dataset`."""

    _elements: Callable[[], elements.Elements]
    _described: Callable[[], Any]
    element_spec: Any

    def group_by_window(
        self,
        key_func: Callable[..., Any],
        reduce_func: Callable[[Any, Any], Any],
        window_size: int | None = None,
        window_size_func: Callable[[Any], Any] | None = None,
        name: str | None = None,
    ) -> Dataset:
        """Elements of equal keys together, as many as a window holds at a time.

        Args:
            key_func: Receives an element; gives its key, a whole number.
            reduce_func: Receives a key and a dataset of elements that have it; returns a dataset.
            window_size: How many elements that dataset has; fewer at the end.
            window_size_func: Gives that number for a key; in place of `window_size`.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of unknown length: what `reduce_func` returned, one after the other.

        Raises:
            DatasetError: not one of `window_size` and `window_size_func` is given, or, while
                iterating, a function returns something else.

        Example:
            >>> import glasstape as gt
            >>> numbers = gt.data.Dataset.range(6)
            >>> odd_or_even = numbers.group_by_window(lambda n: n % 2, lambda k, w: w.batch(2), 2)
            >>> [batch.tolist() for batch in odd_or_even]
            [[0, 2], [1, 3], [4], [5]]
        """
        del name
        if (window_size is None) == (window_size_func is None):
            raise checks.wrong(
                "Dataset.group_by_window does not know how large a window is.",
                "window_size or window_size_func",
                "neither" if window_size is None else "both",
                "pass one of them",
            )
        checks.function("group_by_window", reduce_func)
        return self._grouped(key_func, reduce_func, window_size_func or (lambda _: window_size))

    def _grouped(
        self,
        key_func: Callable[..., Any],
        reduce_func: Callable[[Any, Any], Any],
        size_of: Callable[[Any], Any],
        keys: Sequence[int] = (0, 1),
    ) -> Dataset:
        """See `group_by_window`; `keys` are those that tell what elements look like."""
        key_of = Chain((Step(checks.function("group_by_window", key_func), "group_by_window"),))

        def window(key: int, members: Sequence[Any]) -> Any:
            stream = elements.Stream(lambda: members, lambda: len(members))
            of_key = making._make(stream, element_spec=lambda: self.element_spec)
            with border.eagerly():
                found = reduce_func(border.to_host_tensors(np.asarray(key)), of_key)
            return making.source(found, "group_by_window")

        def make() -> Iterator[Any]:
            groups: dict[int, list[Any]] = {}
            of_pass = key_of.passing()
            for number, element in enumerate(self._elements()):
                key = _whole("key", of_pass.one(number, element))
                group = groups.setdefault(key, [])
                group.append(element)
                if len(group) >= _whole("window size", size_of(np.int64(key)), least=1):
                    yield from window(key, groups.pop(key))._elements()
            for key in sorted(groups):
                yield from window(key, groups[key])._elements()

        def described() -> Any:
            with contextlib.suppress(Exception):  # the function may not know these keys
                return spec.common(*(window(key, ()).element_spec for key in keys))
            return spec.unknown()

        stream = elements.Stream(make, lambda: items.UNKNOWN)
        return making._make(stream, element_spec=described)

    def bucket_by_sequence_length(
        self,
        element_length_func: Callable[..., Any],
        bucket_boundaries: Sequence[int],
        bucket_batch_sizes: Sequence[int],
        padded_shapes: Any = None,
        padding_values: Any = None,
        pad_to_bucket_boundary: bool = False,
        no_padding: bool = False,
        drop_remainder: bool = False,
        name: str | None = None,
    ) -> Dataset:
        """Padded batches of elements that are about as long.

        Args:
            element_length_func: Receives an element; gives its length.
            bucket_boundaries: Lengths, ascending: a bucket holds those from one to below the next.
            bucket_batch_sizes: How many elements a batch of each bucket has; one more than
                boundaries.
            padded_shapes: As for `padded_batch`.
            padding_values: Likewise.
            pad_to_bucket_boundary: Pad open sizes to one less than the bucket's upper boundary,
                not to the longest element; elements beyond the last boundary are refused then.
            no_padding: Batch elements that are of equal shapes already.
            drop_remainder: Leave out last batches that are smaller.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of batches, of unknown length.

        Raises:
            DatasetError: there are not as many sizes as buckets, or, while iterating, an element
                does not fit.

        Example:
            >>> import glasstape as gt
            >>> import numpy as np
            >>> rows = gt.data.Dataset.range(1, 5).map(lambda n: np.arange(int(n)))
            >>> batches = rows.bucket_by_sequence_length(len, [3], [2, 2])
            >>> [batch.tolist() for batch in batches]
            [[[0, 0], [0, 1]], [[0, 1, 2, 0], [0, 1, 2, 3]]]
        """
        del name
        limits, sizes = list(map(int, bucket_boundaries)), list(map(int, bucket_batch_sizes))
        if len(sizes) != len(limits) + 1:
            raise checks.wrong(
                "Dataset.bucket_by_sequence_length was given as many sizes as no buckets have.",
                f"{len(limits) + 1} bucket_batch_sizes for {len(limits)} bucket_boundaries",
                f"{len(sizes)}",
                "one size for each bucket, that before the first boundary included",
            )

        def bucket(*element: Any) -> np.int64:
            return np.int64(bisect.bisect_right(limits, _whole("length", length_of(*element))))

        def batched(number: Any, group: Any) -> Any:
            size = sizes[int(number)]
            if no_padding:
                return group.batch(size, drop_remainder)
            shapes = padded_shapes
            if pad_to_bucket_boundary:
                shapes = self._up_to(limits, int(number), padded_shapes)
            return group.padded_batch(size, shapes, padding_values, drop_remainder)

        length_of = checks.function("bucket_by_sequence_length", element_length_func)
        buckets = range(len(sizes) - pad_to_bucket_boundary)
        return self._grouped(bucket, batched, lambda number: sizes[int(number)], buckets)

    def _up_to(self, limits: Sequence[int], bucket: int, shapes: Any) -> Any:
        """`shapes`, or those of the elements, with the bucket's limit where they are open."""
        if bucket == len(limits):
            raise checks.wrong(
                "An element is longer than the last boundary that it is to be padded to.",
                f"lengths below {limits[-1]}, with pad_to_bucket_boundary",
                "one that is as long or longer",
                "give bucket_boundaries a larger one, or leave out pad_to_bucket_boundary",
            )
        known = self._described()
        if shapes is None and known is None:
            raise checks.wrong(
                "Which sizes of the elements are to be padded is not known.",
                "padded_shapes, with None for the sizes that vary",
                "pad_to_bucket_boundary, and elements that a function makes in Python",
                "pass padded_shapes",
            )
        form = known if known is not None else shapes
        of_leaves = rows.spread(shapes, len(list(leaves(form))))
        if shapes is None:
            of_leaves = [leaf.shape for _, leaf in leaves(known)]
        limit = limits[bucket] - 1
        return tuple([limit if n in (None, -1) else n for n in shape] for shape in of_leaves)

    def rebatch(
        self, batch_size: int | Sequence[int], drop_remainder: bool = False, name: str | None = None
    ) -> Dataset:
        """Batches of another size, of the rows of those there are.

        Args:
            batch_size: At least 1; or several, which take turns.
            drop_remainder: Leave out a last batch that is smaller.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of unknown length.

        Raises:
            DatasetError: `batch_size` is no positive whole number, or, while iterating, elements
                are single numbers.

        Example:
            >>> import glasstape as gt
            >>> [batch.tolist() for batch in gt.data.Dataset.range(5).batch(4).rebatch(2)]
            [[0, 1], [2, 3], [4]]
        """
        del name
        given = np.atleast_1d(np.asarray(batch_size)).tolist()
        sizes = [checks.whole_number("rebatch", "batch_size", n) for n in given]

        def make() -> Iterator[Any]:
            rest = elements.unbatched(self._elements())
            for size in itertools.cycle(sizes):
                members = list(itertools.islice(rest, size))
                if not members or (drop_remainder and len(members) < size):
                    return
                yield rows.stack(members)

        fixed = drop_remainder and len(set(sizes)) == 1
        described = lambda: spec.batched(spec.row(self.element_spec), sizes[0], fixed)  # noqa: E731
        return making._make(elements.Stream(make, lambda: items.UNKNOWN), element_spec=described)


def _whole(what: str, value: Any, least: int | None = None) -> int:
    array = np.asarray(value)
    if array.ndim or array.dtype.kind not in "iu" or (least is not None and array < least):
        raise checks.wrong(
            f"A function that is to give an element's {what} gave something else.",
            f"one whole number{'' if least is None else f' that is {least} or more'}",
            f"{array.dtype} of shape {list(array.shape)}: {array}"[:200],
            "return such as tf.shape(x)[0]",
        )
    return int(array)
