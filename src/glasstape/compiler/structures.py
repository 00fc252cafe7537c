"""Structures of arguments and results: JAX' pytrees, with dataclasses and attrs classes opened.

A dataclass that is not registered with JAX would be one leaf, and the arrays in it constants of
the program.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import jax


class Flat(NamedTuple):
    """A structure taken apart.

    Attributes:
        leaves: What it holds, in order.
        treedef: The rest; equal for equal structures.
    """

    leaves: list[Any]
    treedef: Any


class _Record:
    """An instance of a dataclass as a node of a pytree; made into an instance when rebuilt."""

    __slots__ = ("kind", "names", "values")

    def __init__(self, kind: type, names: tuple[str, ...], values: Sequence[Any]):
        self.kind, self.names, self.values = kind, names, values

    def parts(self) -> tuple[Sequence[Any], Any]:
        return self.values, (self.kind, self.names)

    def named_parts(self) -> tuple[list[Any], Any]:
        keys = map(jax.tree_util.GetAttrKey, self.names)
        return list(zip(keys, self.values, strict=True)), (self.kind, self.names)

    @staticmethod
    def rebuild(aux: Any, values: Iterable[Any]) -> Any:
        kind, names = aux
        new = object.__new__(kind)
        for name, value in zip(names, values, strict=True):
            object.__setattr__(new, name, value)  # a frozen one refuses setattr
        return new


jax.tree_util.register_pytree_with_keys(
    _Record, _Record.named_parts, _Record.rebuild, _Record.parts
)


def flatten(structure: Any, none_is_leaf: bool = True) -> Flat:
    """Take a structure apart."""
    is_leaf = _is_none if none_is_leaf else None
    leaves, treedef = jax.tree.flatten(structure, is_leaf=is_leaf)
    if any(_field_names(type(leaf)) is not None for leaf in leaves):
        leaves, treedef = jax.tree.flatten(_opened(structure), is_leaf=is_leaf)
    return Flat(leaves, treedef)


def flatten_with_names(structure: Any) -> list[tuple[str, Any]]:
    """The leaves of a structure with where they are, such as ``['images'][0]`` or ``.scale``."""
    found = jax.tree_util.tree_leaves_with_path(_opened(structure), is_leaf=_is_none)
    return [(jax.tree_util.keystr(path), leaf) for path, leaf in found]


def _is_none(value: Any) -> bool:
    return value is None


def _opened(structure: Any) -> Any:
    return jax.tree.map(_open, structure, is_leaf=_is_none)


def _open(leaf: Any) -> Any:
    names = _field_names(type(leaf))
    if names is None:
        return leaf
    present = tuple(name for name in names if hasattr(leaf, name))
    return _Record(type(leaf), present, [_opened(getattr(leaf, name)) for name in present])


@functools.cache
def _field_names(kind: type) -> tuple[str, ...] | None:
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    attributes = getattr(kind, "__attrs_attrs__", None)
    return None if attributes is None else tuple(a.name for a in attributes)
