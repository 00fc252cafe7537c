"""A checkpoint in a file: an NPZ archive that is whole or not there.

``checkpoint.json`` says what is in it; each variable is a member in NumPy's own format, so
`np.load` reads the file too. Zip keeps a CRC-32 of every member. The file is written under another
name, brought to the disk and renamed, so a crash leaves the old one or the new one.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import ml_dtypes
import numpy as np

import glasstape
from glasstape import sources
from glasstape.errors import CheckpointError

FORMAT = 1
SUFFIX = ".npz"
_ABOUT = "checkpoint.json"


def write(path: str, about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write a checkpoint.

    Args:
        path: The file.
        about: What JSON takes; its key "variables" is made here.
        arrays: The variables' values by name.
    """
    layouts = {key: {"shape": [*a.shape], "dtype": a.dtype.name} for key, a in arrays.items()}
    head = {"format": FORMAT, "glasstape": glasstape.__version__, **about, "variables": layouts}

    def fill(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_ABOUT, json.dumps(head))
            for key, array in arrays.items():
                with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, _plain(array), allow_pickle=False)

    replace(path, fill)


def replace(path: str, fill: Callable[[IO[bytes]], None]) -> None:
    """Write a file so that it is there as a whole or not at all."""
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".unfinished-")
    try:
        with os.fdopen(handle, "wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def read_about(path: str) -> dict[str, Any]:
    """What is in a checkpoint.

    Raises:
        CheckpointError: the file is damaged, foreign or of a newer format.
    """
    with _opened(path) as archive:
        try:
            about = json.loads(archive.read(_ABOUT))
        except KeyError:
            raise _damaged(path, f"no {_ABOUT} in it: not a checkpoint of GlassTape") from None
    if about.get("format", FORMAT + 1) > FORMAT:
        raise _damaged(path, f"format {about.get('format')}, and this release reads {FORMAT}")
    return about


def read_arrays(path: str, keys: Any, about: dict[str, Any]) -> dict[str, np.ndarray]:
    """The values of variables.

    Raises:
        CheckpointError: the file is damaged.
    """
    found = {}
    with _opened(path) as archive:
        for key in keys:
            with archive.open(f"{key}.npy") as member:
                array = np.lib.format.read_array(member, allow_pickle=False)
                member.read()  # to the end, where the checksum is compared
            found[key] = array.view(dtype(about["variables"][key]["dtype"]))
    return found


def is_whole(path: str) -> bool:
    """Whether a file is there and ends as a checkpoint does."""
    try:
        read_about(path)
    except (CheckpointError, FileNotFoundError):
        return False
    return True


@contextlib.contextmanager
def _opened(path: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise _damaged(path, str(error)) from error


def _damaged(path: str, received: str) -> CheckpointError:
    return CheckpointError(
        f"{path} cannot be read.",
        expected="a checkpoint that is whole",
        received=received,
        fix="take an earlier checkpoint",
        where=sources.user_source(),
    )


def _plain(array: np.ndarray) -> np.ndarray:
    """NumPy's format does not know the dtypes of machine learning; their bits it does."""
    return array if array.dtype.kind in "biufc" else array.view(f"u{array.dtype.itemsize}")


def dtype(name: str) -> np.dtype:
    """The dtype of that name, also one of machine learning's."""
    try:
        return np.dtype(name)
    except TypeError:
        return np.dtype(getattr(ml_dtypes, name))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: str) -> None:
    """Bring a new name to the disk; Windows cannot and need not."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
