"""What a loop over a dataset draws from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glasstape.data import checks


class DatasetIterator:
    """One pass over a dataset: ``iter(dataset)``.

    Args:
        elements: Tensors, element by element.
        dataset: Where they come from.
    """

    def __init__(self, elements: Iterator[Any], dataset: Any):
        self._elements = elements
        self._dataset = dataset

    def __iter__(self) -> DatasetIterator:
        return self

    def __next__(self) -> Any:
        checks.refuse_tracing("next(iterator) was called")
        return next(self._elements)

    def get_next(self) -> Any:
        """The next element, as ``next(iterator)``."""
        return next(self)

    @property
    def element_spec(self) -> Any:
        """What the elements look like."""
        return self._dataset.element_spec
