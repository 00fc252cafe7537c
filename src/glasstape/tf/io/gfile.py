"""`tf.io.gfile`: files and folders of this computer."""

from __future__ import annotations

import glob as _glob
import os
import shutil
from collections.abc import Iterator
from typing import Any

from glasstape import sources
from glasstape.errors import FileThereError, FileUnknownError
from glasstape.tf import _elsewhere
from glasstape.tf._text import one_path

__all__ = [
    "GFile",
    "copy",
    "exists",
    "glob",
    "isdir",
    "join",
    "listdir",
    "makedirs",
    "mkdir",
    "remove",
    "rename",
    "rmtree",
    "stat",
    "walk",
]


class GFile:
    """An open file, as ``tf.io.gfile.GFile``; usable in a ``with`` statement.

    Args:
        name: Its path.
        mode: "r", "w", "a" or "+" variants, with "b" for bytes.

    Raises:
        FileUnknownError: there is no such file.

    Example:
        >>> import os, tempfile
        >>> import glasstape.tf as tf
        >>> path = os.path.join(tempfile.mkdtemp(), "note.txt")
        >>> with tf.io.gfile.GFile(path, "w") as file:
        ...     file.write("hello")
        >>> tf.io.gfile.GFile(path).read()
        'hello'
    """

    def __init__(self, name: Any, mode: str = "r"):
        self.name, self.mode = name, mode
        path = one_path(name)
        try:
            encoding = None if "b" in mode else "utf-8"
            self._file: Any = open(path, mode, encoding=encoding)  # noqa: SIM115 - stays open
        except (FileNotFoundError, NotADirectoryError) as error:
            raise unknown(path) from error

    def read(self, n: int = -1) -> Any:
        """`n` characters or bytes; all that are left when negative."""
        return self._file.read(n)

    def write(self, file_content: Any) -> None:
        """Add text or bytes."""
        if "b" in self.mode and isinstance(file_content, str):
            file_content = file_content.encode()
        elif "b" not in self.mode and isinstance(file_content, bytes):
            file_content = file_content.decode()
        self._file.write(file_content)

    def size(self) -> int:
        """How many bytes the file has."""
        return os.stat(self._file.fileno()).st_size

    def seek(self, offset: int = 0, whence: int = 0) -> None:
        """Go to a place."""
        self._file.seek(offset, whence)

    def __getattr__(self, name: str) -> Any:
        if name == "_file":
            raise AttributeError(name)
        return getattr(self._file, name)  # readline, readlines, tell, flush, close

    def __iter__(self) -> Iterator[Any]:
        return iter(self._file)

    def __enter__(self) -> GFile:
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()


def exists(path: Any) -> bool:
    """Whether there is such a file or folder, as ``tf.io.gfile.exists``.

    Args:
        path: Its path.

    Returns:
        True or False.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.gfile.exists("no such file")
        False
    """
    return os.path.exists(one_path(path))


def isdir(path: Any) -> bool:
    """Whether there is such a folder, as ``tf.io.gfile.isdir``.

    Args:
        path: Its path.

    Returns:
        True or False.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.gfile.isdir(".")
        True
    """
    return os.path.isdir(one_path(path))


def glob(pattern: Any) -> list[str]:
    """The files and folders that fit, as ``tf.io.gfile.glob``.

    Args:
        pattern: Path with ``*``, ``?`` or ``[...]``, or a list of them.

    Returns:
        Their paths, sorted.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.gfile.glob("no such folder/*")
        []
    """
    several = isinstance(pattern, list | tuple) or getattr(pattern, "ndim", 0)
    patterns = [one_path(p) for p in (pattern if several else [pattern])]
    return [found for p in patterns for found in sorted(_glob.glob(p))]


def join(path: Any, *paths: Any) -> Any:
    """Parts of a path put together, as ``tf.io.gfile.join``.

    Args:
        path: The first part.
        *paths: The others.

    Returns:
        The path; bytes when `path` is bytes.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.gfile.join("photos", "cats")
        'photos/cats'
    """
    found = os.path.join(one_path(path), *map(one_path, paths))
    return found.encode() if isinstance(path, bytes) else found


def listdir(path: Any) -> list[str]:
    """What is in a folder, as ``tf.io.gfile.listdir``.

    Args:
        path: The folder.

    Returns:
        Names without the folder's, sorted (TensorFlow gives them in no order).

    Raises:
        FileUnknownError: there is no such folder.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> tf.io.gfile.listdir(tempfile.mkdtemp())
        []
    """
    folder = one_path(path)
    if not os.path.isdir(folder):
        raise unknown(folder)
    return sorted(os.listdir(folder))


def makedirs(path: Any) -> None:
    """Make a folder and those around it, unless they are there, as ``tf.io.gfile.makedirs``.

    Args:
        path: The folder.

    Example:
        >>> import os, tempfile
        >>> import glasstape.tf as tf
        >>> tf.io.gfile.makedirs(os.path.join(tempfile.mkdtemp(), "a", "b"))
    """
    os.makedirs(one_path(path), exist_ok=True)


def mkdir(path: Any) -> None:
    """Make a folder, unless it is there, as ``tf.io.gfile.mkdir``.

    Args:
        path: The folder.

    Raises:
        FileUnknownError: the folder around it is not there.

    Example:
        >>> import os, tempfile
        >>> import glasstape.tf as tf
        >>> tf.io.gfile.mkdir(os.path.join(tempfile.mkdtemp(), "a"))
    """
    folder = one_path(path)
    try:
        os.makedirs(folder, exist_ok=True) if os.path.isdir(folder) else os.mkdir(folder)
    except FileNotFoundError as error:
        raise unknown(os.path.dirname(folder)) from error


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copy a file, as ``tf.io.gfile.copy``.

    Args:
        src: The file.
        dst: The new path.
        overwrite: Replace a file that is there.

    Raises:
        FileUnknownError: there is no such file.
        FileThereError: the new path is there already.

    Example:
        >>> import os, tempfile
        >>> import glasstape.tf as tf
        >>> path = os.path.join(tempfile.mkdtemp(), "a")
        >>> tf.io.write_file(path, "hello")
        >>> tf.io.gfile.copy(path, path + "2")
    """
    source, target = _pair(src, dst, overwrite)
    shutil.copyfile(source, target)


def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Rename or move a file, as ``tf.io.gfile.rename``.

    Args:
        src: The file.
        dst: The new path.
        overwrite: Replace a file that is there.

    Raises:
        FileUnknownError: there is no such file.
        FileThereError: the new path is there already.

    Example:
        >>> import os, tempfile
        >>> import glasstape.tf as tf
        >>> path = os.path.join(tempfile.mkdtemp(), "a")
        >>> tf.io.write_file(path, "hello")
        >>> tf.io.gfile.rename(path, path + "2")
    """
    source, target = _pair(src, dst, overwrite)
    os.replace(source, target)


def remove(path: Any) -> None:
    """Delete a file, as ``tf.io.gfile.remove``.

    Args:
        path: The file.

    Raises:
        FileUnknownError: there is no such file.

    Example:
        >>> import os, tempfile
        >>> import glasstape.tf as tf
        >>> path = os.path.join(tempfile.mkdtemp(), "a")
        >>> tf.io.write_file(path, "hello")
        >>> tf.io.gfile.remove(path)
    """
    os.remove(_there(path))


def rmtree(path: Any) -> None:
    """Delete a folder with all that is in it, as ``tf.io.gfile.rmtree``.

    Args:
        path: The folder.

    Raises:
        FileUnknownError: there is no such folder.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> tf.io.gfile.rmtree(tempfile.mkdtemp())
    """
    shutil.rmtree(_there(path))


def stat(path: Any) -> os.stat_result:
    """A file's size and times, as ``tf.io.gfile.stat``.

    Args:
        path: The file.

    Returns:
        What `os.stat` gives: TensorFlow's ``.length`` is ``.st_size`` there.

    Raises:
        FileUnknownError: there is no such file.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.gfile.stat(".").st_mtime > 0
        True
    """
    return os.stat(_there(path))


def walk(top: Any, topdown: bool = True, onerror: Any = None) -> Iterator[Any]:
    """Each folder inside a folder, as ``tf.io.gfile.walk``.

    Args:
        top: The folder.
        topdown: Outer folders first.
        onerror: Called with an error.

    Yields:
        Path of a folder, names of the folders in it, names of the files in it.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> [(folders, files) for _, folders, files in tf.io.gfile.walk(tempfile.mkdtemp())]
        [([], [])]
    """
    return os.walk(one_path(top), topdown, onerror)


def unknown(path: str) -> FileUnknownError:
    """The error for a file or folder that is not there."""
    return FileUnknownError(
        f"{path} is not there.",
        expected="a file or folder",
        received=f"{path}, looked for in {os.getcwd()}",
        fix="check the path, and from which folder the program is run",
        where=sources.user_source(),
    )


def _there(path: Any) -> str:
    found = one_path(path)
    if not os.path.lexists(found):
        raise unknown(found)
    return found


def _pair(src: Any, dst: Any, overwrite: bool) -> tuple[str, str]:
    source, target = _there(src), one_path(dst)
    if os.path.exists(target) and not overwrite:
        raise FileThereError(
            f"{target} is there already.",
            expected="a new path",
            received=target,
            fix="pass overwrite=True, or choose another path",
            where=sources.user_source(),
        )
    return source, target


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
