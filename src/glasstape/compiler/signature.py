"""The signature of a call: which leaves become program inputs, which choose the program.

Arrays (JAX's and NumPy's, scalars of NumPy's types included) are inputs; their shape and dtype
choose the program. Python numbers, strings, None and booleans choose it by value, as in
TensorFlow; any other object, such as a model or a variable, by identity.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable
from operator import attrgetter
from typing import Any, NamedTuple

import jax
import numpy as np

_BY_VALUE = (bool, int, str, bytes, type(None), type, enum.Enum, np.dtype)
_FLOATING = (float, complex)


class _Identity:
    """An object that equals only itself, kept alive while it is part of a key."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


class Signature(NamedTuple):
    """One call, split.

    Attributes:
        key: Hashable; calls with equal keys run the same program.
        inputs: The arrays, in order.
        leaves: All leaves; arrays are replaced by the program's own tracers when it is traced.
        treedef: Structure of ``(args, kwargs)``.
    """

    key: Hashable
    inputs: list[Any]
    leaves: list[Any]
    treedef: Any

    def is_input(self) -> list[bool]:
        """For each leaf whether it is a program input."""
        return [isinstance(v, _ARRAYS) for v in self.leaves]

    def describe(self) -> str:
        """Readable, such as ``float32[32,28,28,1], int64[32]``."""
        return ", ".join(describe(v) for v in self.leaves)


_ARRAYS = (jax.Array, np.ndarray, np.generic)


def sign(args: tuple, kwargs: dict[str, Any]) -> Signature:
    """Split a call into inputs and key."""
    leaves, treedef = jax.tree.flatten((args, kwargs), is_leaf=_is_none)
    keys = [leaf_key(leaf) for leaf in leaves]
    inputs = [leaf for leaf, (kind, _) in zip(leaves, keys, strict=True) if kind == "tensor"]
    return Signature((treedef, *(key for _, key in keys)), inputs, leaves, treedef)


def leaf_key(leaf: Any) -> tuple[str, Hashable]:
    """Kind of a leaf (``"tensor"``, ``"value"``, ``"object"``), and what chooses the program."""
    if isinstance(leaf, _ARRAYS):
        return "tensor", _layout(leaf)
    if isinstance(leaf, _BY_VALUE):
        return "value", (type(leaf), leaf)
    if isinstance(leaf, _FLOATING):
        # By its digits: 0.0 == -0.0 are two programs, and nan != nan is one.
        return "value", (type(leaf), repr(leaf))
    return "object", _Identity(leaf)


def quick_key(args: tuple) -> Hashable | None:
    """What a repeated call with arrays by position is known by; None for any other call.

    Not `Signature.key`: calls with one signature may have several of these, but never the other
    way round. A loop spends 10 microseconds less on it. JAX arrays have their aval at hand, and
    those of one shape and dtype share it.
    """
    try:
        return tuple(map(_aval, args))
    except AttributeError:
        are_arrays = all(isinstance(arg, _ARRAYS) for arg in args)
        return tuple(map(_layout, args)) if are_arrays else None


_aval = attrgetter("aval")


def _layout(array: Any) -> tuple[Any, ...]:
    return array.shape, array.dtype, getattr(array, "weak_type", False)


def _is_none(value: Any) -> bool:
    return value is None


def describe(leaf: Any) -> str:
    """Readable, such as ``float32[32,10]``."""
    if isinstance(leaf, _ARRAYS):
        return f"{leaf.dtype}[{','.join(map(str, leaf.shape))}]"
    if isinstance(leaf, (*_BY_VALUE, *_FLOATING)):
        return repr(leaf)
    return f"{type(leaf).__name__} object"
