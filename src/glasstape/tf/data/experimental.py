"""`tf.data.experimental`: the older spelling of what `tf.data` has, and CSV files."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from glasstape import sources
from glasstape.data import AUTOTUNE as AUTOTUNE
from glasstape.data import INFINITE as INFINITE_CARDINALITY
from glasstape.data import UNKNOWN as UNKNOWN_CARDINALITY
from glasstape.data import Dataset, checks, making, spec
from glasstape.data import Options as Options
from glasstape.data import elements as streams
from glasstape.data.structure import as_array, map_structure
from glasstape.tf import _elsewhere
from glasstape.tf.data._csv import CsvDataset as CsvDataset
from glasstape.tf.data._csv import make_csv_dataset as make_csv_dataset
from glasstape.tf.errors import FailedPreconditionError

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "AutoShardPolicy",
    "Counter",
    "CsvDataset",
    "Options",
    "RandomDataset",
    "assert_cardinality",
    "bucket_by_sequence_length",
    "cardinality",
    "choose_from_datasets",
    "copy_to_device",
    "enumerate_dataset",
    "from_list",
    "get_single_element",
    "group_by_window",
    "ignore_errors",
    "load",
    "make_csv_dataset",
    "map_and_batch",
    "parallel_interleave",
    "prefetch_to_device",
    "rejection_resample",
    "sample_from_datasets",
    "save",
    "scan",
    "shuffle_and_repeat",
    "take_while",
    "unbatch",
    "unique",
]

_Transformation = Callable[[Any], Any]


def _for_apply(method: Callable[..., Any]) -> Callable[..., _Transformation]:
    """A method of datasets as what is given to their `apply`."""

    @functools.wraps(method)
    def transformation(*args: Any, **kwargs: Any) -> _Transformation:
        return lambda dataset: method(dataset, *args, **kwargs)

    return transformation


bucket_by_sequence_length = _for_apply(Dataset.bucket_by_sequence_length)
enumerate_dataset = _for_apply(Dataset.enumerate)
group_by_window = _for_apply(Dataset.group_by_window)
ignore_errors = _for_apply(Dataset.ignore_errors)
rejection_resample = _for_apply(Dataset.rejection_resample)
scan = _for_apply(Dataset.scan)
take_while = _for_apply(Dataset.take_while)
unbatch = _for_apply(Dataset.unbatch)
unique = _for_apply(Dataset.unique)

Counter = Dataset.counter
RandomDataset = Dataset.random
cardinality = Dataset.cardinality
get_single_element = Dataset.get_single_element
load = Dataset.load
sample_from_datasets = Dataset.sample_from_datasets
save = Dataset.save


class AutoShardPolicy(enum.IntEnum):
    """How several workers share a dataset, for `tf.data.Options`; here there is one."""

    OFF = -1
    AUTO = 0
    FILE = 1
    DATA = 2
    HINT = 3


def choose_from_datasets(
    datasets: Sequence[Any], choice_dataset: Any, stop_on_empty_dataset: bool = False
) -> Dataset:
    """As `tf.data.Dataset.choose_from_datasets`, which stops unless it is told otherwise."""
    return Dataset.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


def from_list(elements: Sequence[Any], name: str | None = None) -> Dataset:
    """The elements of a list, as ``tf.data.experimental.from_list``.

    Args:
        elements: Structures of one form; their arrays may have different shapes.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A dataset of as many elements.

    Raises:
        DatasetError: there are none, or they have different structures or dtypes.

    Example:
        >>> import glasstape.tf as tf
        >>> pairs = tf.data.experimental.from_list([(1, "a"), (2, "b")])
        >>> [(int(n), text.numpy()) for n, text in pairs]
        [(1, b'a'), (2, b'b')]
    """
    del name
    found = [map_structure(as_array, element) for element in elements]
    if not found:
        raise checks.wrong(
            "from_list was given no elements.", "a list of elements", "[]", "use Dataset.range(0)"
        )
    specs = [spec.of(element) for element in found]
    for other in specs[1:]:
        making.check_alike("from_list", specs[0], other)
    every = streams.Stream(lambda: found, lambda: len(found))
    return Dataset(every, element_spec=lambda: spec.common(*specs))


def assert_cardinality(expected_cardinality: int) -> _Transformation:
    """Says how many elements a dataset has, as ``tf.data.experimental.assert_cardinality``.

    Args:
        expected_cardinality: The number.

    Returns:
        A function for `Dataset.apply`. Iterating raises `tf.errors.FailedPreconditionError` when
        there are more or fewer.

    Example:
        >>> import glasstape.tf as tf
        >>> odd = tf.data.Dataset.range(9).filter(lambda n: n % 2 == 1)
        >>> len(odd.apply(tf.data.experimental.assert_cardinality(4)))
        4
    """

    def counted(dataset: Dataset) -> Dataset:
        def found() -> Iterator[Any]:
            number = 0
            for number, element in enumerate(dataset._elements(), 1):
                if number > expected_cardinality:
                    raise _miscounted(expected_cardinality, f"{number} or more")
                yield element
            if number < expected_cardinality:
                raise _miscounted(expected_cardinality, f"{number}")

        every = streams.Stream(found, lambda: int(expected_cardinality))
        return Dataset(every, element_spec=lambda: dataset.element_spec)

    return counted


def _miscounted(expected: int, received: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        None, None, "A dataset has another number of elements than assert_cardinality said.",
        expected=f"{expected}", received=received, fix="correct the number",
        where=sources.user_source(),
    )  # fmt: skip


def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: int,
    num_parallel_batches: int | None = None,
    drop_remainder: bool = False,
    num_parallel_calls: int | None = None,
) -> _Transformation:
    """`map` and `batch`, which are fused in any case; `num_parallel_batches` is unused."""
    del num_parallel_batches
    return lambda d: d.map(map_func, num_parallel_calls).batch(batch_size, drop_remainder)


def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: int,
    block_length: int = 1,
    sloppy: bool = False,
    buffer_output_elements: int | None = None,
    prefetch_input_elements: int | None = None,
) -> _Transformation:
    """`interleave`; the last three arguments are unused."""
    del sloppy, buffer_output_elements, prefetch_input_elements
    return lambda dataset: dataset.interleave(map_func, cycle_length, block_length)


def shuffle_and_repeat(
    buffer_size: int, count: int | None = None, seed: int | None = None
) -> _Transformation:
    """`shuffle` and `repeat`."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def prefetch_to_device(device: str, buffer_size: int | None = None) -> _Transformation:
    """`prefetch`: elements are put where the loop computes; `device` is unused."""
    del device
    return lambda dataset: dataset.prefetch(AUTOTUNE if buffer_size is None else buffer_size)


def copy_to_device(target_device: str, source_device: str = "/cpu:0") -> _Transformation:
    """The dataset as it is: elements are put where the loop computes."""
    del target_device, source_device
    return lambda dataset: dataset


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
