"""`adapt` of Keras' numeric layers, which asks for TensorFlow unless it is given an array."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import jax
import keras
import numpy as np

from glasstape import sources
from glasstape.errors import DatasetError


def install() -> None:
    """Let datasets and other iterables of batches be given to it."""
    normalization: Any = keras.layers.Normalization
    normalization.adapt = _of_arrays(normalization.adapt)
    discretization: Any = keras.layers.Discretization
    discretization.adapt = _batch_by_batch


def _of_arrays(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    @functools.wraps(original)
    def adapt(self: Any, data: Any) -> None:
        original(self, data if isinstance(data, np.ndarray | jax.Array) else _rows(data))

    return adapt


def _rows(data: Any) -> np.ndarray:
    """All rows of a dataset, its features only; as in Keras, vectors are rows of no batch."""
    batches = [np.asarray(b[0] if isinstance(b, tuple) else b) for b in _batches(data)]
    if not batches:
        raise DatasetError(
            "A Normalization layer has nothing to adapt to.",
            expected="an array, or a dataset of at least one batch",
            received=f"an empty {type(data).__name__}",
            fix="give it what the model trains on: layer.adapt(dataset.batch(32))",
            where=sources.user_source(),
        )
    is_batched = batches[0].ndim > 1 or len({b.shape for b in batches}) > 1
    return np.concatenate(batches) if is_batched else np.stack(batches)


def _batches(data: Any) -> Iterable[Any]:
    is_indexed = isinstance(data, keras.utils.PyDataset)
    return map(data.__getitem__, range(data.num_batches)) if is_indexed else data


def _batch_by_batch(self: Any, data: Any, steps: int | None = None) -> None:
    """Learn boundaries that put as many values in each bin.

    Args:
        data: An array, or a dataset or other iterable of batches.
        steps: How many batches; all when None.
    """
    if self.num_bins is None:
        raise DatasetError(
            "A Discretization layer that was given its boundaries cannot adapt.",
            expected="a layer with num_bins",
            received="one with bin_boundaries",
            fix="make it with Discretization(num_bins=...), or leave out adapt",
            where=sources.user_source(),
        )
    self.reset_state()
    is_array = isinstance(data, np.ndarray | jax.Array)
    for batch in [data] if is_array else islice(_batches(data), steps):
        self.update_state(batch)
    self.finalize_state()
