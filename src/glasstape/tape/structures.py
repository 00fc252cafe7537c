"""Nested structures of tensors as TensorFlow's tape takes them and gives them back.

`jax.tree` would not do: it sorts the keys of a dictionary, whose values people zip with those of
the sources, and it does not know the classes in which Keras wraps the lists and dictionaries of a
layer.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax


def flatten(structure: Any) -> list[Any]:
    """The leaves, None among them; those of dictionaries in the order of the sorted keys."""
    leaves: list[Any] = []
    _map(leaves.append, structure)
    return leaves


def pack(structure: Any, leaves: Sequence[Any]) -> Any:
    """A structure like `structure` with other leaves, in the order of `flatten`."""
    remaining = iter(leaves)
    return _map(lambda _: next(remaining), structure)


def _map(function: Callable[[Any], Any], structure: Any) -> Any:
    if structure is None or hasattr(structure, "dtype"):
        return function(structure)
    if isinstance(structure, dict):
        new = {key: _map(function, structure[key]) for key in _sorted(structure)}
        return _like(structure, ((key, new[key]) for key in structure))
    if isinstance(structure, list):
        return [_map(function, s) for s in structure]
    if isinstance(structure, tuple):
        parts = [_map(function, s) for s in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    # Classes that were registered with JAX, and whatever else somebody hands in.
    return jax.tree.map(function, structure)


def _sorted(keys: Iterable[Any]) -> list[Any]:
    try:
        return sorted(keys)
    except TypeError:  # keys of different types
        return list(keys)


def _like(structure: dict, items: Iterable[tuple[Any, Any]]) -> dict:
    if isinstance(structure, collections.defaultdict):
        return collections.defaultdict(structure.default_factory, items)
    if isinstance(structure, collections.OrderedDict):
        return collections.OrderedDict(items)
    return dict(items)
