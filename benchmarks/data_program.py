"""The pipeline whose speed is measured: the same lines for TensorFlow and for glasstape."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from benchmarks.contestants import Run

IMAGES = 20_000  # of MNIST's size


def images() -> tuple[np.ndarray, np.ndarray]:
    """Images uint8[n, 28, 28] and labels int64[n], as files have them."""
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (IMAGES, 28, 28), np.uint8), rng.integers(0, 10, IMAGES)


def batches(tf: Any, case: Any) -> Any:
    """Shuffled, normalised and batched, in the words both libraries share."""

    def normalise(image: Any, label: Any) -> Any:
        return tf.cast(image, tf.float32)[..., tf.newaxis] / 255.0, label

    return (
        tf.data.Dataset.from_tensor_slices(images())
        .shuffle(IMAGES)
        .map(normalise, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(case.batch_size, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )


def first_number(images: Any, labels: Any) -> float:
    """What a contestant without a step does with a batch: it must be there, and in memory."""
    del labels
    return float(np.asarray(images)[0, 0, 0, 0])


def loop(dataset: Iterable[Any], step: Callable[[Any, Any], Any]) -> Run:
    """Run `step` on the next batches, epoch after epoch."""
    endless = _epochs(dataset)

    def run(steps: int) -> tuple[float, float]:
        begin = time.perf_counter()
        last: Any = None
        for batch in islice(endless, steps):
            last = step(*batch)
        last = float(last)
        return time.perf_counter() - begin, last

    return run


def _epochs(dataset: Iterable[Any]) -> Iterator[Any]:
    while True:
        yield from dataset
