"""Elements in a file: for each its structure as a line of JSON, then its arrays in NumPy's format.

Nothing in a file is run when it is read.
"""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glasstape.data.structure import leaves

HEAD = b"glasstape dataset cache 1\n"  # begins a file


class DamagedError(Exception):
    """A file does not hold what it should."""


def read(file: Any) -> Iterator[Any]:
    """The elements of an open file.

    Raises:
        DamagedError: there is something else in it, or it ends in the midst of one.
    """
    if file.readline() != HEAD:
        raise DamagedError("it does not begin as one")
    while line := file.readline():
        try:
            yield build(json.loads(line), functools.partial(_array, file=file))
        except (ValueError, EOFError, KeyError, AttributeError, ImportError) as error:
            raise DamagedError(str(error)) from None


def write(file: Any, element: Any) -> None:
    """Add an element."""
    file.write(json.dumps(form(element, _dtype_name)).encode() + b"\n")
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


def _array(dtype: str, file: Any) -> np.ndarray:
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


def form(structure: Any, of_leaf: Callable[[Any], Any]) -> Any:
    """A structure as JSON can hold it; `of_leaf` gives something that is no dict."""
    if isinstance(structure, dict):
        return {"dict": {k: form(v, of_leaf) for k, v in structure.items()}}
    if isinstance(structure, tuple):
        kind = type(structure)
        named = [kind.__module__, kind.__qualname__] if hasattr(structure, "_fields") else None
        return {"tuple": [form(v, of_leaf) for v in structure], "named": named}
    return of_leaf(structure)


def build(kept: Any, to_leaf: Callable[[Any], Any]) -> Any:
    """The structure that `form` has kept."""
    if not isinstance(kept, dict):
        return to_leaf(kept)
    if "dict" in kept:
        return {k: build(v, to_leaf) for k, v in kept["dict"].items()}
    parts = [build(v, to_leaf) for v in kept["tuple"]]
    return _named(*kept["named"])(*parts) if kept["named"] else tuple(parts)


def _dtype_name(leaf: Any) -> str:
    return str(np.asarray(leaf).dtype)


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
