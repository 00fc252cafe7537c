"""Our datasets as something Keras' `fit` can iterate over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from glasstape import sources
from glasstape.data import INFINITE, UNKNOWN, Dataset
from glasstape.errors import DatasetError
from glasstape.ports.keras_trainer import Element


class Batches(keras.utils.PyDataset):
    """A dataset read from front to back, whichever numbers Keras asks for.

    Keras asks for batch 0 whenever it begins anew, and for one after the other from there on.

    Args:
        dataset: Gives the batches.
        whole: Hand each batch on as it is, to a step that takes it apart itself.
        steps: How many batches an epoch has, where the caller has said so.
    """

    def __init__(self, dataset: Dataset, whole: bool, steps: int | None):
        super().__init__()
        self._dataset, self._whole = dataset, whole
        self._count = _count(dataset, steps)
        self._batches: Iterator[Any] = iter(())

    @property
    def num_batches(self) -> int | None:
        """How many; None when there is no end, or that is not known and the caller counts."""
        return self._count

    def __getitem__(self, index: int) -> Any:
        if index == 0:
            self._batches = iter(self._dataset)
        try:
            batch = next(self._batches)
        except StopIteration:
            raise _ran_out(index) from None
        if self._whole:
            return Element(batch)
        return batch if isinstance(batch, tuple | list | dict) else (batch,)


def _count(dataset: Dataset, steps: int | None) -> int | None:
    """Of a dataset that cannot tell, by going through it once: Keras must know beforehand."""
    count = int(dataset.cardinality())
    if count == UNKNOWN:
        return sum(1 for _ in dataset) if steps is None else None
    return None if count == INFINITE else count


def _ran_out(count: int) -> DatasetError:
    return DatasetError(
        "A dataset ran out of batches before the steps that were asked for.",
        expected="as many batches as steps_per_epoch * epochs, validation_steps or steps",
        received=f"{count} batches, which the dataset could not tell beforehand",
        fix="call dataset.repeat(), or ask for fewer steps",
        where=sources.user_source(),
    )


def as_keras_data(data: Any, whole: bool, steps: int | None) -> Any:
    """A dataset of ours as a `keras.utils.PyDataset`; anything else as it is."""
    return Batches(data, whole, steps) if isinstance(data, Dataset) else data
