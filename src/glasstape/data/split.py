"""Images and labels for training and for the test, checked and ready for a convolutional net."""

from __future__ import annotations

import numpy as np

from glasstape import sources
from glasstape.errors import DatasetError

Pair = tuple[np.ndarray, np.ndarray]
Split = tuple[Pair, Pair]

_CLASSES = 10


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
    _check_shapes(name, images, labels)
    _check_labels(name, labels)
    scaled = _scale(name, images, largest)
    return (scaled if images.ndim == 4 else scaled[..., None]), np.asarray(labels, np.int32)


def _check_shapes(name: str, images: np.ndarray, labels: np.ndarray) -> None:
    if images.ndim not in (3, 4):
        expected = "shape [n, height, width] or [n, height, width, channels]"
        raise _error(f"The {name} images have a wrong shape.", expected, _shape(images))
    if labels.ndim != 1 or len(labels) != len(images):
        expected = f"shape [{len(images)}]"
        raise _error(f"The {name} labels do not fit the images.", expected, _shape(labels))
    if len(images) == 0:
        raise _error(f"There are no {name} images.", "one image at least", _shape(images))


def _check_labels(name: str, labels: np.ndarray) -> None:
    low, high = _range(labels)
    if not (low >= 0 and high < _CLASSES and (labels == np.floor(labels)).all()):
        expected = f"whole numbers from 0 to {_CLASSES - 1}"
        raise _error(f"The {name} labels are no classes.", expected, _values(labels))


def _scale(name: str, images: np.ndarray, largest: int) -> np.ndarray:
    low, high = _range(images)
    if not (low >= 0 and high <= largest):
        expected = f"numbers from 0 to {largest}, or from 0 to 1"
        raise _error(f"The {name} images have wrong pixel values.", expected, _values(images))
    # Pixels that end at 1 were scaled before they were saved.
    return np.divide(images, np.float32(largest if high > 1 else 1), dtype=np.float32)


def _range(numbers: np.ndarray) -> tuple[float, float]:
    """The least and the largest; NaN, which no comparison accepts, when these are no numbers."""
    if numbers.size == 0 or numbers.dtype.kind not in "biuf":
        return np.nan, np.nan
    return float(numbers.min()), float(numbers.max())


def _shape(array: np.ndarray) -> str:
    return f"shape {list(array.shape)}"


def _values(array: np.ndarray) -> str:
    low, high = _range(array)
    return f"{array.dtype} from {low:g} to {high:g}" if low == low else f"{array.dtype} values"


def _error(happened: str, expected: str, received: str) -> DatasetError:
    return DatasetError(
        happened,
        expected=expected,
        received=received,
        fix="check that the images and labels belong together and are those of handwritten digits",
        where=sources.user_source(),
    )
