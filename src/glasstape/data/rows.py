"""Rows of arrays in memory, and elements stacked into batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.data.structure import as_array, leaves, map_structure
from glasstape.errors import DatasetError


@dataclass(frozen=True)
class Rows:
    """A structure of arrays with equal first dimensions.

    Attributes:
        arrays: The structure.
        count: The first dimension.
    """

    arrays: Any
    count: int

    def row(self, number: int) -> Any:
        """One element: the arrays' row `number`, copied."""
        return map_structure(lambda array: _copy(array[number]), self.arrays)

    def gather(self, numbers: Sequence[int]) -> Any:
        """One batch: the arrays' rows `numbers`, copied."""
        index = np.array(numbers, np.intp)
        return map_structure(lambda array: array.take(index, axis=0), self.arrays)


def _copy(row: Any) -> np.ndarray:
    # Bytes would lose zeros at their end as NumPy's text.
    return np.array(row, object) if isinstance(row, bytes) else np.array(row)


@dataclass(frozen=True)
class Count:
    """Whole numbers start, start + step, ...: rows that are not kept anywhere.

    Attributes:
        numbers: Them.
        dtype: Their dtype.
    """

    numbers: range
    dtype: np.dtype

    @property
    def arrays(self) -> Any:
        """A row of the same form as all of them."""
        return np.zeros(1, self.dtype)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.numbers)

    def row(self, number: int) -> Any:
        """One number."""
        return np.asarray(self.numbers[number], self.dtype)

    def gather(self, numbers: Sequence[int]) -> Any:
        """Several of them."""
        index = np.array(numbers, np.int64)
        return (index * self.numbers.step + self.numbers.start).astype(self.dtype)


def make_rows(structure: Any) -> Rows:
    """Check a structure of arrays and take it as rows."""
    arrays = map_structure(as_array, structure)
    found = list(leaves(arrays))
    if not found:
        raise _error("The structure holds no arrays.", "at least one array", repr(structure))
    scalars = [path for path, array in found if array.ndim == 0]
    if scalars:
        received = f"a single number at {scalars[0]}" if scalars[0] else repr(structure)
        raise _error("A single number has no rows.", "arrays with a first dimension", received)
    counts = {len(array) for _, array in found}
    if len(counts) > 1:
        received = ", ".join(f"{path}: {len(array)} rows" for path, array in found)
        raise _error(
            "The arrays have different numbers of rows.", "equal first dimensions", received
        )
    return Rows(arrays, counts.pop())


def stack(elements: Sequence[Any]) -> Any:
    """Elements of equal form, shapes and dtypes as one batch of NumPy arrays."""
    try:
        return map_structure(_stack_leaves, *elements)
    except DatasetError:
        raise
    except ValueError:
        forms = list(dict.fromkeys(map(_form, elements)))
        raise _unequal("structures", " and ".join(forms[:2])) from None


def pad(elements: Sequence[Any], shapes: Any = None, values: Any = None) -> Any:
    """Elements whose shapes differ as one batch, padded at the ends.

    Args:
        elements: Of equal form and ranks.
        shapes: For each leaf the shape to pad to, with None or -1 for that of the largest; None
            for the largest in every dimension.
        values: For each leaf what to pad with; a single one for all; None for 0, or empty text.
    """
    count = len(list(leaves(elements[0])))
    to, fill = spread(shapes, count), spread(values, count)
    columns = zip(*([leaf for _, leaf in leaves(e)] for e in elements), strict=True)
    padded = iter([_pad(*column) for column in zip(columns, to, fill, strict=True)])
    return map_structure(lambda _: next(padded), elements[0])


def spread(values: Any, count: int) -> list[Any]:
    """One value for each of `count` leaves, from one for all or a structure of them."""
    if isinstance(values, dict | tuple) and not _is_shape(values):
        found: list[Any] = []
        for value in values.values() if isinstance(values, dict) else values:
            inner = isinstance(value, dict | tuple) and not _is_shape(value)
            found += spread(value, len(list(leaves(value)))) if inner else [value]
        return found
    return [values] * count


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(n is None or isinstance(n, int) for n in value)


def _pad(column: Sequence[Any], shape: Any, value: Any) -> np.ndarray:
    arrays = [np.asarray(array) for array in column]
    largest = np.max([array.shape for array in arrays], axis=0).astype(int).tolist()
    if shape is not None:
        wanted = zip(np.atleast_1d(np.array(shape, object)).tolist(), largest, strict=True)
        largest = [n if s in (None, -1) else int(s) for s, n in wanted]
    dtype = max((a.dtype for a in arrays), key=lambda d: d.itemsize)
    filler = (b"" if dtype.kind == "O" else 0) if value is None else value
    padded = np.full((len(arrays), *largest), filler, dtype)
    for number, array in enumerate(arrays):
        if any(n > most for n, most in zip(array.shape, largest, strict=True)):
            raise _too_long(array.shape, largest)
        padded[(number, *map(slice, array.shape))] = array
    return padded


def _too_long(shape: tuple[int, ...], largest: Sequence[int]) -> DatasetError:
    return DatasetError(
        "An element is larger than what it is to be padded to.",
        expected=f"at most the shape {list(largest)}",
        received=f"shape {list(shape)}",
        fix="give padded_shapes larger sizes, or None for the largest of each batch",
        where=sources.user_source(),
    )


def _stack_leaves(*values: Any) -> np.ndarray:
    arrays = [value if type(value) is np.ndarray else as_array(value) for value in values]
    if all(array.shape == arrays[0].shape and array.dtype == arrays[0].dtype for array in arrays):
        batch = np.empty((len(arrays), *arrays[0].shape), arrays[0].dtype)
        for number, array in enumerate(arrays):  # a third of np.stack's time
            batch[number] = array
        return batch
    for quantity in ("shape", "dtype"):
        found = list(dict.fromkeys(str(getattr(array, quantity)) for array in arrays))
        if len(found) > 1:
            raise _unequal(f"{quantity}s", " and ".join(found[:2]))
    return np.stack(arrays)


def _form(element: Any) -> str:
    return str(map_structure(lambda _: "array", element)).replace("'array'", "array")


def _unequal(what: str, received: str) -> DatasetError:
    return DatasetError(
        f"The elements of a batch have different {what}.",
        expected=f"elements of equal {what}",
        received=received,
        fix="let map return equal ones before batch; after another batch, give that one "
        "drop_remainder=True",
        where=sources.user_source(),
    )


def _error(happened: str, expected: str, received: str) -> DatasetError:
    return DatasetError(
        happened,
        expected=expected,
        received=received,
        fix="pass an array, or a tuple or dict of arrays with one row an example, such as "
        "(images, labels)",
        where=sources.user_source(),
    )
