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
        return map_structure(lambda array: array[number].copy(), self.arrays)

    def gather(self, numbers: Sequence[int]) -> Any:
        """One batch: the arrays' rows `numbers`, copied."""
        index = np.array(numbers, np.intp)
        return map_structure(lambda array: array.take(index, axis=0), self.arrays)


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


def _stack_leaves(*values: Any) -> np.ndarray:
    arrays = [as_array(value) for value in values]
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
