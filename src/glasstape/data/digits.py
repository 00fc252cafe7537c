"""Handwritten digits that come with scikit-learn: real data that needs no download."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from glasstape import sources
from glasstape.data.split import Split, prepare
from glasstape.errors import DatasetError, MissingExtraError

_TEST = 360  # a fifth of 1797
_LARGEST_PIXEL = 16


def load_digits() -> Split:
    """1,797 handwritten digits of 8x8 pixels, split once and for all into 1,437 and 360.

    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998. The split is
    a fixed random one, since the file is ordered by writer.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images float32 ``[n, 8, 8, 1]`` from 0 to 1,
        labels int32 ``[n]`` from 0 to 9.

    Raises:
        MissingExtraError: scikit-learn is not installed.
        DatasetError: its data file is not what it should be.

    Example:
        >>> import glasstape as gt
        >>> (x_train, y_train), (x_test, y_test) = gt.data.load_digits()
        >>> x_train.shape, y_test.shape
        ((1437, 8, 8, 1), (360,))
    """
    table = _read(_find())
    order = np.random.default_rng(0).permutation(len(table))
    images, labels = table[order, :-1].reshape(-1, 8, 8), table[order, -1]
    train, test = slice(None, -_TEST), slice(-_TEST, None)
    return prepare(images[train], labels[train], images[test], labels[test], _LARGEST_PIXEL)


def _find() -> Path:
    # Importing scikit-learn takes a second and more; only its data file is wanted.
    spec = importlib.util.find_spec("sklearn")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder, "datasets", "data", "digits.csv.gz")
        if file.is_file():
            return file
    raise MissingExtraError(
        "The handwritten digits come with scikit-learn, which is not installed.",
        expected="scikit-learn >= 1.5",
        received="no scikit-learn" if spec is None else "a scikit-learn without its data files",
        fix="pip install 'glasstape[demo]'",
        where=sources.user_source(),
    )


def _read(file: Path) -> np.ndarray:
    try:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)
    except (OSError, EOFError, ValueError) as error:
        raise _damaged(file, str(error)) from None
    if table.ndim != 2 or table.shape[1] != 65 or len(table) <= _TEST:
        raise _damaged(file, f"a table of shape {table.shape}")
    return table


def _damaged(file: Path, received: str) -> DatasetError:
    return DatasetError(
        f"{file} is damaged.",
        expected="1797 rows of 65 numbers",
        received=received,
        fix="pip install --force-reinstall scikit-learn",
        where=sources.user_source(),
    )
