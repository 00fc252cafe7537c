"""MNIST, from Keras' loader or from a local folder of IDX or NPZ files."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np

from glasstape import sources
from glasstape.data.idx import read_idx
from glasstape.data.npz import read_npz
from glasstape.data.split import Split, prepare
from glasstape.errors import DatasetError, DatasetNotFoundError

_LARGEST_PIXEL = 255
_TRAIN, _TEST = "train", "t10k"
_NPZ = "mnist.npz"
# Of a folder that holds one pair of files only, so many images are trained on.
_TRAIN_SHARE = 0.8


def load_mnist(folder: str | PathLike[str] | None = None) -> Split:
    """MNIST's handwritten digits of 28x28 pixels.

    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", 1998.

    Args:
        folder: A folder with ``mnist.npz`` or the IDX files (``train-images-idx3-ubyte``, plain or
            ``.gz``, and so on), or an NPZ file. When only the ``t10k`` files (or only the
            ``train`` files) are there, the first 80 % of their images are for training and the
            rest for the test. When None, Keras' loader downloads the data once.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images float32 ``[n, 28, 28, 1]`` from 0 to 1,
        labels int32 ``[n]`` from 0 to 9.

    Raises:
        DatasetNotFoundError: the folder or its files are not there.
        DatasetError: a file is cut short or damaged, images and labels do not belong together,
            or the download failed.

    Example:
        >>> import pathlib, tempfile, numpy as np
        >>> import glasstape as gt
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> x, y = np.zeros((4, 28, 28), np.uint8), np.arange(4)
        >>> np.savez(folder / "mnist.npz", x_train=x, y_train=y, x_test=x, y_test=y)
        >>> gt.data.load_mnist(folder)[0][0].shape
        (4, 28, 28, 1)
    """
    arrays = _from_keras() if folder is None else _from_folder(Path(folder))
    return prepare(*arrays, _LARGEST_PIXEL)  # pyright: ignore[reportCallIssue]


def _from_keras() -> tuple[np.ndarray, ...]:
    import keras

    try:
        train, test = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception when the download fails
        raise DatasetError(
            "Keras could not download MNIST.",
            expected="a connection to storage.googleapis.com, or mnist.npz in ~/.keras/datasets",
            received=" ".join(str(error).split())[:200] or type(error).__name__,
            fix="put the files into a folder and name it (demo: --data-dir FOLDER)",
            where=sources.user_source(),
        ) from None
    return *train, *test


def _from_folder(folder: Path) -> tuple[np.ndarray, ...]:
    if folder.suffix == ".npz":
        return read_npz(folder)
    if not folder.is_dir():
        received = "a file" if folder.exists() else "no such folder"
        raise _not_found(f"There is no folder {folder}.", received)
    if (folder / _NPZ).is_file():
        return read_npz(folder / _NPZ)
    train, test = _find_pair(folder, _TRAIN), _find_pair(folder, _TEST)
    if train and test:
        return *map(read_idx, train), *map(read_idx, test)
    only = train or test
    if only is None:
        names = sorted(file.name for file in folder.iterdir())[:8]
        raise _not_found(f"{folder} holds no MNIST files.", ", ".join(names) or "an empty folder")
    return _divide(read_idx(only[0]), read_idx(only[1]))


def _divide(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, ...]:
    count = int(len(images) * _TRAIN_SHARE)
    return images[:count], labels[:count], images[count:], labels[count:]


def _find_pair(folder: Path, name: str) -> tuple[Path, Path] | None:
    images = _find(folder, f"{name}-images", "idx3")
    labels = _find(folder, f"{name}-labels", "idx1")
    if images and labels:
        return images, labels
    if found := images or labels:  # to go on with what else is there would surprise
        missing = "labels" if images else "images"
        raise _not_found(f"{folder} holds no {name}-{missing} file.", f"only {found.name}")
    return None


def _find(folder: Path, name: str, kind: str) -> Path | None:
    # Both spellings are in use: train-images-idx3-ubyte and train-images.idx3-ubyte.
    for file in (f"{name}{mark}{kind}-ubyte{end}" for mark in "-." for end in ("", ".gz")):
        if (folder / file).is_file():
            return folder / file
    return None


def _not_found(happened: str, received: str) -> DatasetNotFoundError:
    pairs = [f"{n}-images-idx3-ubyte[.gz] and {n}-labels-idx1-ubyte[.gz]" for n in (_TRAIN, _TEST)]
    return DatasetNotFoundError(
        happened,
        expected=f"{_NPZ}, or {', '.join(pairs)}",
        received=received,
        fix="check the folder, or leave it out to let Keras download MNIST",
        where=sources.user_source(),
    )
