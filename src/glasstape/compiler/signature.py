"""The signature of a call: which leaves become program inputs, which choose the program.

Arrays (JAX's and NumPy's, scalars of NumPy's types included) are inputs; their shape and dtype
choose the program. Python numbers, strings, None and other constants choose it by value, as in
TensorFlow; any other object, such as a model or a variable, by identity.
"""

from __future__ import annotations

import datetime
import enum
import fractions
import pathlib
import types
import weakref
from collections.abc import Callable, Hashable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

import jax
import numpy as np

from glasstape import sources
from glasstape.compiler import structures
from glasstape.compiler.callables import Method
from glasstape.compiler.spec import TensorSpec
from glasstape.errors import StepTypeError

_BY_VALUE = (
    bool, int, str, bytes, type(None), type, enum.Enum, np.dtype, range, frozenset,
    fractions.Fraction, pathlib.PurePath, datetime.date, datetime.timedelta, type(...),
)  # fmt: skip
_FLOATING = (float, complex)
_ARRAYS = (jax.Array, np.ndarray, np.generic)
_TENSORS = (*_ARRAYS, TensorSpec)


class Identity:
    """An object that equals only itself; does not keep it alive."""

    __slots__ = ("_hash", "reference")

    def __init__(self, value: Any):
        self._hash = id(value)
        try:
            self.reference: Callable[[], Any] = weakref.ref(value)
        except TypeError:  # it has no place for weak references
            self.reference = lambda: value

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        mine = self.reference()
        return isinstance(other, Identity) and mine is not None and mine is other.reference()

    def __hash__(self) -> int:
        return self._hash


class Signature(NamedTuple):
    """One call, split.

    Attributes:
        key: Hashable; calls with equal keys run the same program.
        inputs: The arrays, in order; a `TensorSpec` where the call gives one in place of an array.
        leaves: All leaves; arrays are replaced by the program's own tracers when it is traced.
        is_input: For each leaf whether it is a program input.
        treedef: Structure of ``(args, kwargs)``.
    """

    key: Hashable
    inputs: list[Any]
    leaves: list[Any]
    is_input: list[bool]
    treedef: Any

    def arguments(self, inputs: list[Any] | None = None) -> tuple[tuple, dict[str, Any]]:
        """``(args, kwargs)``, with these in place of the arrays."""
        leaves = self.leaves
        if inputs is not None:
            values = iter(inputs)
            pairs = zip(leaves, self.is_input, strict=True)
            leaves = [next(values) if array else leaf for leaf, array in pairs]
        return jax.tree.unflatten(self.treedef, leaves)

    def identities(self) -> Iterator[Identity]:
        """Of the objects that choose the program."""
        for kind, key in self.key[1:]:  # pyright: ignore[reportIndexIssue]
            if kind == "object":
                yield key[-1]

    def describe(self) -> str:
        """Readable, such as ``float32[32,28,28,1], int64[32]``."""
        return ", ".join(describe(v) for v in self.leaves)


def sign(args: tuple, kwargs: dict[str, Any]) -> Signature:
    """Split a call into inputs and key."""
    leaves, treedef = structures.flatten((args, kwargs))
    leaves = [_adopted(leaf) for leaf in leaves]
    keys = [leaf_key(leaf) for leaf in leaves]
    is_input = [kind == "tensor" for kind, _ in keys]
    inputs = [leaf for leaf, array in zip(leaves, is_input, strict=True) if array]
    return Signature((treedef, *keys), inputs, leaves, is_input, treedef)


# Never imported here: whoever has such a tensor has its library.
_FOREIGN = {("tensorflow", "EagerTensor"), ("torch", "Tensor")}


def _adopted(leaf: Any) -> Any:
    """A tensor of TensorFlow's or PyTorch's as NumPy's array, as it is now; else `leaf` itself."""
    kind = type(leaf)
    if (kind.__module__.partition(".")[0], kind.__name__) not in _FOREIGN:
        return leaf
    if hasattr(leaf, "detach"):
        leaf = leaf.detach().cpu()
    return leaf.numpy()


def leaf_key(leaf: Any) -> tuple[str, Hashable]:
    """Kind of a leaf (``"tensor"``, ``"value"``, ``"object"``), and what chooses the program."""
    if isinstance(leaf, _TENSORS):
        return _array_key(leaf)
    if isinstance(leaf, _BY_VALUE):
        return "value", (type(leaf), leaf)
    if isinstance(leaf, _FLOATING):
        # By its digits: 0.0 == -0.0 are two programs, and nan != nan is one.
        return "value", (type(leaf), repr(leaf))
    if isinstance(leaf, slice):
        parts = [leaf_key(v) for v in (leaf.start, leaf.stop, leaf.step)]
        if all(kind == "value" for kind, _ in parts):
            return "value", (slice, *parts)
    if isinstance(leaf, types.MethodType):  # a new object each time it is looked up
        return "object", (leaf.__func__, Identity(leaf.__self__))
    if isinstance(leaf, Method):
        return "object", (leaf._function, Identity(leaf.__self__))
    return "object", (Identity(leaf),)


def _array_key(array: Any) -> tuple[str, Hashable]:
    if isinstance(array, jax.Array):
        return "tensor", _layout(array)
    if isinstance(array, TensorSpec) and array.dtype == object:
        raise StepTypeError(
            "A step cannot be compiled for text that is not known yet.",
            expected="numbers or booleans; text chooses the program by what it says",
            received=f"TensorSpec of dtype string, shape {array.shape}",
            fix="pass the text itself",
            where=sources.user_source(),
        )
    if isinstance(array, TensorSpec):
        return "tensor", (array.shape, array.dtype, False)
    if array.dtype.kind in "biufcV" and array.dtype.names is None:
        # JAX has 32 bits for 64 unless it is told otherwise; ml_dtypes' own are of kind V.
        return "tensor", (array.shape, jax.dtypes.canonicalize_dtype(array.dtype), False)
    if array.dtype.kind in "SU":
        return "value", (array.dtype, array.shape, array.tobytes())
    texts = array.reshape(-1).tolist()
    if all(isinstance(text, str | bytes) for text in texts):
        return "value", (array.dtype, array.shape, *texts)
    raise StepTypeError(
        "A compiled step was called with a NumPy array that is not of numbers.",
        expected="numbers, booleans or strings",
        received=f"an array of dtype {array.dtype}",
        fix="convert it: array.astype('float32'), or pass a list",
        where=sources.user_source(),
    )


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


def quick_call(args: tuple) -> tuple[Hashable | None, tuple]:
    """What a repeated call is known by, and its arrays; `fit` passes them as one tuple."""
    if len(args) == 1 and type(args[0]) is tuple:
        key = quick_key(args[0])
        return None if key is None else (tuple, key), args[0]
    return quick_key(args), args


_aval = attrgetter("aval")


def _layout(array: Any) -> tuple[Any, ...]:
    return array.shape, array.dtype, getattr(array, "weak_type", False)


def describe(leaf: Any) -> str:
    """Readable, such as ``float32[32,10]``."""
    if isinstance(leaf, np.ndarray) and leaf.dtype == object:
        return repr(leaf.tolist())  # text
    if isinstance(leaf, _TENSORS):
        weak = " of a Python number" if getattr(leaf, "weak_type", False) else ""
        if leaf.shape is None:
            return f"{leaf.dtype}[...]{weak}"
        return f"{leaf.dtype}[{','.join('?' if n is None else str(n) for n in leaf.shape)}]{weak}"
    if leaf_key(leaf)[0] == "value":
        return repr(leaf)
    return f"{type(leaf).__name__} object"
