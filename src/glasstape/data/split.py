"""Images and labels for training and for the test, checked and ready for a convolutional net."""

from __future__ import annotations

import numpy as np

from glasstape import sources
from glasstape.errors import DatasetError

Pair = tuple[np.ndarray, np.ndarray]
Split = tuple[Pair, Pair]


def prepare(
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_test: np.ndarray,
    y_test: np.ndarray,
    largest: int,
) -> Split:
    """Check two pairs of images and labels; scale pixels to 0..1 and add the channel axis."""
    return _pair("train", x_train, y_train, largest), _pair("test", x_test, y_test, largest)


def _pair(name: str, images: np.ndarray, labels: np.ndarray, largest: int) -> Pair:
    if images.ndim not in (3, 4):
        raise _error(f"The {name} images have a wrong shape.", "[n, height, width]", images)
    if labels.ndim != 1 or len(labels) != len(images):
        raise _error(f"The {name} labels do not fit the images.", f"[{len(images)}]", labels)
    if len(images) == 0:
        raise _error(f"There are no {name} images.", "one image at least", images)
    scaled = np.asarray(images, np.float32) / np.float32(largest)
    return (scaled if images.ndim == 4 else scaled[..., None]), np.asarray(labels, np.int32)


def _error(happened: str, expected: str, array: np.ndarray) -> DatasetError:
    return DatasetError(
        happened,
        expected=expected if expected.startswith("one") else f"shape {expected}",
        received=f"shape {list(array.shape)}",
        fix="check that the images and labels belong together",
        where=sources.user_source(),
    )
