"""Nested structures of arrays: tuples, named tuples and dicts; a list is an array.

As in ``tf.data``. `jax.tree` is not used: it would import JAX, and it enters lists.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.errors import DatasetError


def map_structure(function: Callable[..., Any], first: Any, *others: Any) -> Any:
    """Apply `function` to the leaves of structures; ValueError when their forms differ."""
    if any(_branches(other) != _branches(first) for other in others):
        raise ValueError("structures of different forms")
    if isinstance(first, dict):
        return {k: map_structure(function, v, *(o[k] for o in others)) for k, v in first.items()}
    if isinstance(first, tuple):
        mapped = [map_structure(function, *vs) for vs in zip(first, *others, strict=True)]
        return type(first)(*mapped) if hasattr(first, "_fields") else tuple(mapped)
    return function(first, *others)


def _branches(structure: Any) -> Any:
    """What two structures must have in common at the top; None for a leaf."""
    if isinstance(structure, dict):
        return structure.keys()
    return len(structure) if isinstance(structure, tuple) else None


def leaves(structure: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each leaf with its path, such as ``[0]['image']``."""
    if isinstance(structure, dict):
        for key, value in structure.items():
            yield from leaves(value, f"{path}[{key!r}]")
    elif isinstance(structure, tuple):
        for index, value in enumerate(structure):
            yield from leaves(value, f"{path}[{index}]")
    else:
        yield path, structure


def as_array(value: Any) -> np.ndarray:
    """`value` as a NumPy array of the dtype that TensorFlow would give it.

    Whatever has a dtype keeps it, and so does a list whose first member is an array. Python
    numbers and lists of them become float32 or int32 (int64 where the numbers need it); text
    becomes bytes.
    """
    if hasattr(value, "detach"):
        value = value.detach()  # a tensor of PyTorch may be part of its graph
    if isinstance(_first(value), str | bytes | os.PathLike):
        value = np.array(value, object)  # as NumPy's text, bytes would lose zeros at their end
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise _not_an_array(value, str(error)) from None
    if array.dtype.kind in "OUS":
        return _text(value, array)
    if hasattr(value, "dtype") or hasattr(value, "dtypes"):
        return array
    dtype = getattr(_first(value), "dtype", None)
    if dtype is None or isinstance(_first(value), np.integer):
        return _tensorflow_dtype(array)
    return array.astype(dtype) if np.can_cast(array.dtype, dtype, "same_kind") else array


def _text(value: Any, array: np.ndarray) -> np.ndarray:
    """Objects that are bytes, in UTF-8 as TensorFlow keeps text."""
    members = array.reshape(-1).tolist()
    if not (members and all(isinstance(v, str | bytes | os.PathLike) for v in members)):
        raise _not_an_array(value, f"an array of Python objects from {type(value).__name__}")
    found = np.empty(len(members), object)
    found[:] = [v if isinstance(v, bytes) else os.fspath(v).encode() for v in members]
    return found.reshape(array.shape)


def _first(value: Any) -> Any:
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return value


def _tensorflow_dtype(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.float64:
        return array.astype(np.float32)
    if array.dtype.kind in "iu":
        narrow = array.astype(np.int32)
        return narrow if np.array_equal(narrow, array) else array
    return array


def _not_an_array(value: Any, received: str) -> DatasetError:
    return DatasetError(
        "A dataset was given something that does not make an array.",
        expected="an array, or a list of numbers with rows of equal length",
        received=received,
        fix="pass NumPy arrays; use a tuple or a dict to hold several arrays",
        where=sources.user_source(),
    )
