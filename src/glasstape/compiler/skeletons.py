"""Structures of arguments and results as plain data, to be written to a file and filled again.

Tensors become numbers, everything around them lists, tuples, dicts and constants. Named tuples and
dataclasses come back as named tuples of the same fields, because the user's classes are not
written.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from glasstape.compiler import structures

# What is read: {"kind": ..., ...}.
Skeleton = dict[str, Any]
_CONSTANTS = (bool, int, str, type(None))


class Hole:
    """Stands for a tensor while a structure is taken apart.

    Args:
        number: Which one.
    """

    def __init__(self, number: int):
        self.number = number


class NotPlainError(Exception):
    """Something that cannot be written; the argument is that."""


class MismatchError(Exception):
    """A structure is not the one that was written; the argument says where and how."""


def of(structure: Any) -> Skeleton:
    """The skeleton of a structure with holes for its tensors.

    Raises:
        NotPlainError: there is something in it that cannot be written.
    """
    if isinstance(structure, Hole):
        return {"kind": "tensor", "number": structure.number}
    if isinstance(structure, _CONSTANTS):
        return {"kind": "constant", "value": structure}
    if isinstance(structure, float):  # JSON has no NaN and no infinity
        value = structure if math.isfinite(structure) else repr(structure)
        return {"kind": "float", "value": value}
    if isinstance(structure, dict) and all(isinstance(k, str | int) for k in structure):
        keys = [*structure]
        return {"kind": "dict", "keys": keys, "values": [of(structure[k]) for k in keys]}
    fields = _fields(structure)
    if fields is not None:
        values = [of(getattr(structure, name)) for name in fields]
        name = type(structure).__name__
        return {"kind": "record", "name": name, "fields": [*fields], "values": values}
    for kind, name in ((list, "list"), (tuple, "tuple")):
        if isinstance(structure, kind):
            return {"kind": name, "values": [of(v) for v in structure]}
    raise NotPlainError(structure)


def _fields(structure: Any) -> Sequence[str] | None:
    """The names of the fields of a named tuple or dataclass."""
    if isinstance(structure, tuple):
        return getattr(structure, "_fields", None)
    if dataclasses.is_dataclass(structure) and not isinstance(structure, type):
        return tuple(f.name for f in dataclasses.fields(structure) if hasattr(structure, f.name))
    return None


def fill(skeleton: Skeleton, tensors: Sequence[Any]) -> Any:
    """The structure again, with these in its holes."""
    kind = skeleton["kind"]
    if kind == "tensor":
        return tensors[skeleton["number"]]
    if kind == "constant":
        return skeleton["value"]
    if kind == "float":
        return float(skeleton["value"])
    values = [fill(v, tensors) for v in skeleton["values"]]
    if kind == "dict":
        return dict(zip(skeleton["keys"], values, strict=True))
    if kind == "record":
        return _record(skeleton["name"], tuple(skeleton["fields"]))(*values)
    return values if kind == "list" else tuple(values)


@functools.cache
def _record(name: str, fields: tuple[str, ...]) -> Callable[..., Any]:
    return collections.namedtuple(name, fields, rename=True)


def empty(skeleton: Skeleton) -> Iterator[int]:
    """The numbers of the holes."""
    if skeleton["kind"] == "tensor":
        yield skeleton["number"]
    for inside in skeleton.get("values", ()):
        yield from empty(inside)


def _inside(skeleton: Skeleton) -> list[tuple[Skeleton, str]]:
    values = skeleton.get("values", ())
    if skeleton["kind"] == "dict":
        names = [f"[{key!r}]" for key in skeleton["keys"]]
    elif skeleton["kind"] == "record":
        names = [f".{name}" for name in skeleton["fields"]]
    else:
        names = [f"[{i}]" for i in range(len(values))]
    return list(zip(values, names, strict=True))


def match(skeleton: Skeleton, value: Any, where: str) -> Iterator[tuple[int, Any]]:
    """What a structure has at the holes of a skeleton.

    Args:
        skeleton: What was written.
        value: A structure like it.
        where: What to call it.

    Yields:
        The number of each hole and what is there.

    Raises:
        MismatchError: it is no structure like it, or a constant differs.
    """
    kind = skeleton["kind"]
    if kind == "tensor":
        yield skeleton["number"], value
        return
    if kind in ("constant", "float"):
        expected = fill(skeleton, ())
        if type(value) is not type(expected) or repr(value) != repr(expected):
            raise MismatchError(f"`{where}` was saved as {expected!r} and is {value!r}")
        return
    found = _parts(skeleton, value)
    if found is None:
        raise MismatchError(f"`{where}` is {_words(value)} and not {_wanted(skeleton)}")
    for (inside, name), part in zip(_inside(skeleton), found, strict=True):
        yield from match(inside, part, where + name)


def _parts(skeleton: Skeleton, value: Any) -> list[Any] | None:
    """The values of a structure of this kind; None when it is another one."""
    kind = skeleton["kind"]
    if kind == "dict":
        same = isinstance(value, dict) and value.keys() == set(skeleton["keys"])
        return [value[k] for k in skeleton["keys"]] if same else None
    if kind == "record":
        same = _fields(value) is not None and [*(_fields(value) or ())] == skeleton["fields"]
        return [getattr(value, name) for name in skeleton["fields"]] if same else None
    wanted = list if kind == "list" else tuple
    same = isinstance(value, wanted) and len(value) == len(skeleton["values"])
    return [*value] if same else None


def _wanted(skeleton: Skeleton) -> str:
    if skeleton["kind"] == "dict":
        return f"a dict with the keys {skeleton['keys']}"
    if skeleton["kind"] == "record":
        return f"a {skeleton['name']} with the fields {skeleton['fields']}"
    return f"a {skeleton['kind']} of {len(skeleton['values'])}"


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return f"a dict with the keys {[*value]}"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    leaves = structures.flatten(value).leaves
    return f"a {type(value).__name__}" + ("" if len(leaves) == 1 else f" of {len(leaves)} values")
