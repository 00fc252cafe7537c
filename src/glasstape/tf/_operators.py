"""The operators of `tf.Variable`, with TensorFlow's rules: tensors of two dtypes are refused."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _mixed
from glasstape.tf._convert import as_tensors

Binary = Callable[[Any, Any], Any]


def operands(symbol: str, x: Any, y: Any) -> tuple[Any, Any]:
    """Two tensors of one dtype; Python numbers and NumPy arrays take the other's.

    Raises:
        TensorTypeError: they are tensors of different dtypes.
    """
    x, y = as_tensors(x, y)
    if x.dtype != y.dtype and not _mixed.allowed():
        raise TensorTypeError(
            f"`{symbol}` was given two dtypes.",
            expected="tensors of one dtype",
            received=f"{x.dtype} and {y.dtype}",
            fix="use tf.cast on one of them",
            where=sources.user_source(),
        )
    return x, y


def _divide(x: Any, y: Any) -> Any:
    """The quotient; of whole numbers a float64, as far as JAX has it."""
    if jnp.issubdtype(x.dtype, jnp.integer):
        wide = jax.dtypes.canonicalize_dtype("float64" if x.dtype.itemsize > 2 else "float32")
        x, y = x.astype(wide), y.astype(wide)
    return operator.truediv(x, y)


_BINARY: dict[str, tuple[str, Binary]] = {
    "add": ("+", operator.add),
    "sub": ("-", operator.sub),
    "mul": ("*", operator.mul),
    "truediv": ("/", _divide),
    "floordiv": ("//", operator.floordiv),
    "mod": ("%", operator.mod),
    "pow": ("**", operator.pow),
    "matmul": ("@", operator.matmul),
    "and": ("&", operator.and_),
    "or": ("|", operator.or_),
    "xor": ("^", operator.xor),
}
_COMPARISONS: dict[str, tuple[str, Binary]] = {
    "eq": ("==", operator.eq),
    "ne": ("!=", operator.ne),
    "lt": ("<", operator.lt),
    "le": ("<=", operator.le),
    "gt": (">", operator.gt),
    "ge": (">=", operator.ge),
}


def _method(symbol: str, compute: Binary) -> Binary:
    def method(self: Any, other: Any) -> Any:
        return compute(*operands(symbol, self, other))

    return method


def _reflected(symbol: str, compute: Binary) -> Binary:
    def method(self: Any, other: Any) -> Any:
        return compute(*operands(symbol, other, self))

    return method


def overload(cls: type) -> type:
    """Give a class of variables these operators."""
    for name, (symbol, compute) in (_BINARY | _COMPARISONS).items():
        setattr(cls, f"__{name}__", _method(symbol, compute))
    for name, (symbol, compute) in _BINARY.items():
        setattr(cls, f"__r{name}__", _reflected(symbol, compute))
    return cls
