"""Elements kept from the first whole pass: in memory, or in a file for later runs as well.

A file holds, for each element, its structure as a line of JSON and then its arrays in NumPy's
format; nothing in it is run when it is read. It gets its name when the pass is over, so a pass
that was broken off leaves none.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from glasstape.data import checks
from glasstape.data.items import UNKNOWN, Items
from glasstape.data.structure import leaves

_HEAD = b"glasstape dataset cache 1\n"


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
                file.write(_HEAD)
                for element in self._source:
                    _write(file, element)
                    yield element
            part.replace(self._path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                part.unlink()

    def _read(self) -> Iterator[Any]:
        with self._path.open("rb") as file:
            if file.readline() != _HEAD:
                raise _not_ours(self._path, "it does not begin as one")
            while line := file.readline():
                try:
                    yield _build(json.loads(line), file)
                except (ValueError, EOFError, KeyError, AttributeError, ImportError) as error:
                    raise _not_ours(self._path, str(error)) from None

    def size(self) -> int:
        """As many; the file may hold another dataset's, so only the source is asked."""
        return self._source.size() if not self._path.exists() else UNKNOWN


def _write(file: BinaryIO, element: Any) -> None:
    file.write(json.dumps(_form(element)).encode() + b"\n")
    for _, leaf in leaves(element):
        array = np.asarray(leaf)
        if array.dtype == object:
            members = array.reshape(-1).tolist()
            parts = [np.array([*array.shape]), np.array([len(m) for m in members], int)]
            parts += [np.frombuffer(b"".join(members), np.uint8)]
        else:  # NumPy's format does not know bfloat16; its bits are kept as whole numbers
            raw = array.view(f"u{array.dtype.itemsize}") if array.dtype.kind == "V" else array
            parts = [raw]
        for part in parts:
            np.lib.format.write_array(file, part, allow_pickle=False)


def _array(dtype: str, file: BinaryIO) -> np.ndarray:
    array = np.lib.format.read_array(file, allow_pickle=False)
    if dtype != "object":
        return array if str(array.dtype) == dtype else array.view(_dtype(dtype))
    shape = tuple(array.astype(int).tolist())
    lengths = np.lib.format.read_array(file, allow_pickle=False)
    text = np.lib.format.read_array(file, allow_pickle=False).tobytes()
    ends = np.cumsum(lengths).tolist()
    found = np.empty(len(ends), object)
    found[:] = [text[end - n : end] for end, n in zip(ends, lengths.tolist(), strict=True)]
    return found.reshape(shape)


def _form(element: Any) -> Any:
    if isinstance(element, dict):
        return {"dict": {k: _form(v) for k, v in element.items()}}
    if isinstance(element, tuple):
        kind = type(element)
        named = [kind.__module__, kind.__qualname__] if hasattr(element, "_fields") else None
        return {"tuple": [_form(v) for v in element], "named": named}
    return str(np.asarray(element).dtype)


def _build(form: Any, file: BinaryIO) -> Any:
    if isinstance(form, str):
        return _array(form, file)
    if "dict" in form:
        return {k: _build(v, file) for k, v in form["dict"].items()}
    parts = [_build(v, file) for v in form["tuple"]]
    return _named(*form["named"])(*parts) if form["named"] else tuple(parts)


def _dtype(name: str) -> Any:
    import jax.numpy as jnp

    return jnp.dtype(name)


def _named(module: str, name: str) -> Any:
    owner: Any = importlib.import_module(module)
    for part in name.split("."):
        owner = getattr(owner, part)
    if not (isinstance(owner, type) and issubclass(owner, tuple)):
        raise ValueError(f"{module}.{name} is no named tuple")
    return owner


def _not_ours(path: Path, received: str) -> Exception:
    return checks.wrong(
        f"The file {path} is not a dataset's cache.",
        "a file that Dataset.cache wrote",
        received,
        "delete it; it is made anew in the next pass",
    )
