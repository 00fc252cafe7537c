"""`TensorSpec`: shape and dtype of a tensor that is not there yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from glasstape import sources
from glasstape.errors import StepTypeError


class TensorSpec:
    """Shape and dtype of an argument, as ``tf.TensorSpec``.

    Args:
        shape: Sizes of the dimensions, None for one of any size; None alone for any shape.
        dtype: Its dtype; 64 bits mean 32 unless ``jax_enable_x64`` is set.
        name: Its name in messages.

    Raises:
        StepTypeError: `shape` or `dtype` is neither.

    Example:
        >>> import glasstape as gt
        >>> gt.TensorSpec([None, 28, 28, 1])
        TensorSpec(shape=(None, 28, 28, 1), dtype=float32, name=None)
    """

    __slots__ = ("dtype", "name", "shape")

    def __init__(
        self, shape: Sequence[int | None] | None, dtype: Any = "float32", name: str | None = None
    ):
        self.shape = _shape(shape)
        self.dtype = _dtype(dtype)
        self.name = name

    @property
    def rank(self) -> int | None:
        """How many dimensions there are; None when any number of them will do."""
        return None if self.shape is None else len(self.shape)

    @property
    def is_exact(self) -> bool:
        """True when every dimension has its size."""
        return self.shape is not None and None not in self.shape

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """The spec of an array or a variable."""
        return cls(tensor.shape, tensor.dtype, name)

    def is_compatible_with(self, value: Any) -> bool:
        """Whether an array, or another spec, is one of those this stands for."""
        shape = getattr(value, "shape", ())
        return _dtype(value.dtype) == self.dtype and (shape is None or self.takes(shape))

    def takes(self, shape: Sequence[int | None]) -> bool:
        """Whether tensors of this shape are among those this stands for."""
        if self.shape is None:
            return True
        pairs = zip(self.shape, shape, strict=False)
        return len(self.shape) == len(shape) and all(a is None or a == b for a, b in pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    @property
    def _parts(self) -> tuple:
        return self.shape, self.dtype, self.name

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype}, name={self.name!r})"


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if shape is None:
        return None
    try:
        sizes = tuple(None if n is None else int(n) for n in shape)
    except (TypeError, ValueError):
        sizes = (-1,)
    if any(n is not None and n < 0 for n in sizes):
        raise StepTypeError(
            "A TensorSpec was made with a shape that is none.",
            expected="a list of sizes and Nones, or None",
            received=repr(shape),
            fix="write for example TensorSpec([None, 28, 28, 1])",
            where=sources.user_source(),
        )
    return sizes


def _dtype(dtype: Any) -> np.dtype:
    try:
        return jax.dtypes.canonicalize_dtype(dtype)
    except (TypeError, ValueError):
        raise StepTypeError(
            "A TensorSpec was made with a dtype that is none.",
            expected="a dtype or its name, such as 'float32'",
            received=repr(dtype),
            fix="write for example TensorSpec([None, 10], 'int32')",
            where=sources.user_source(),
        ) from None
