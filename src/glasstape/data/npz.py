"""NPZ archives with the keys of Keras' ``mnist.npz``."""

from __future__ import annotations

import zipfile
import zlib
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.errors import DatasetError, DatasetNotFoundError

KEYS = ("x_train", "y_train", "x_test", "y_test")
_SAVE = "save it with np.savez(path, x_train=..., y_train=..., x_test=..., y_test=...)"


def read_npz(path: str | PathLike[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Read the four arrays of an NPZ archive.

    Args:
        path: The ``.npz`` file, with arrays ``x_train``, ``y_train``, ``x_test``, ``y_test``.

    Returns:
        The arrays, in that order, of their own shapes and dtypes.

    Raises:
        DatasetNotFoundError: there is no such file.
        DatasetError: it is no NPZ archive, is cut short, or an array is missing.

    Example:
        >>> import pathlib, tempfile, numpy as np
        >>> import glasstape as gt
        >>> file = pathlib.Path(tempfile.mkdtemp(), "tiny.npz")
        >>> np.savez(file, x_train=[1, 2], y_train=[0, 1], x_test=[3], y_test=[1])
        >>> gt.data.read_npz(file)[2].tolist()
        [3]
    """
    path = Path(path)
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise _error(
                f"{path} is not an NPZ archive.",
                "the arrays " + ", ".join(KEYS),
                f"one array without a name, of shape {list(loaded.shape)}",
                _SAVE,
            )
        with loaded as archive:
            return _arrays(archive, path)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise DatasetNotFoundError(
            f"The file {path} cannot be read.",
            expected="an NPZ archive",
            received=error.strerror or str(error),
            fix="check the path",
            where=sources.user_source(),
        ) from None
    except DatasetError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise _error(
            f"{path} is not a complete NPZ archive.",
            "a zip archive of arrays of numbers",
            f"{path.stat().st_size} bytes that cannot be read ({error})",
            "get the file again; this copy is cut short or is something else",
        ) from None


def _arrays(archive: Any, path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    missing = [key for key in KEYS if key not in archive.files]
    if missing:
        raise _error(
            f"{path} lacks the array {missing[0]}.",
            "the arrays " + ", ".join(KEYS),
            ", ".join(archive.files) or "no arrays",
            _SAVE,
        )
    return archive[KEYS[0]], archive[KEYS[1]], archive[KEYS[2]], archive[KEYS[3]]


def _error(happened: str, expected: str, received: str, fix: str) -> DatasetError:
    return DatasetError(
        happened, expected=expected, received=received, fix=fix, where=sources.user_source()
    )
