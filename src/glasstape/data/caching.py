"""Elements kept from the first whole pass: in memory, or in a file for later runs as well.

A file gets its name when the pass is over, so a pass that was broken off leaves none.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glasstape.data import checks, files
from glasstape.data.items import UNKNOWN, Items


class MemoryCache:
    """Elements in a list."""

    def __init__(self, source: Items):
        self._source = source
        self._kept: list[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        if self._kept is not None:
            return iter(self._kept)
        return self._fill()

    def _fill(self) -> Iterator[Any]:
        kept = []
        for element in self._source:
            kept.append(element)
            yield element
        self._kept = kept  # only a whole pass

    def size(self) -> int:
        """As many."""
        return self._source.size()


class FileCache:
    """Elements in a file."""

    def __init__(self, source: Items, path: str):
        self._source = source
        self._path = Path(path)

    def __iter__(self) -> Iterator[Any]:
        return self._read() if self._path.exists() else self._fill()

    def _fill(self) -> Iterator[Any]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                file.write(files.HEAD)
                for element in self._source:
                    files.write(file, element)
                    yield element
            part.replace(self._path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                part.unlink()

    def _read(self) -> Iterator[Any]:
        with self._path.open("rb") as file:
            try:
                yield from files.read(file)
            except files.DamagedError as error:
                raise _not_ours(self._path, str(error)) from None

    def size(self) -> int:
        """As many; the file may hold another dataset's, so only the source is asked."""
        return self._source.size() if not self._path.exists() else UNKNOWN


def _not_ours(path: Path, received: str) -> Exception:
    return checks.wrong(
        f"The file {path} is not a dataset's cache.",
        "a file that Dataset.cache wrote",
        received,
        "delete it; it is made anew in the next pass",
    )
