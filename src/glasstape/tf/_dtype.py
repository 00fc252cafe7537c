"""`tf.DType`: NumPy's dtypes with TensorFlow's names and properties."""

from __future__ import annotations

import builtins
import enum
from typing import Any

import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _text
from glasstape.tf._convert import meant_dtype, no_dtype


class DType(enum.Enum):
    """The dtype of a tensor, as ``tf.DType``.

    NumPy, JAX and Keras take it wherever they take a dtype. It equals, and hashes as, the NumPy
    dtype of the same name, which is what arrays have, and equals that one's names and types, too.

    Attributes:
        name: Its name, such as ``"float32"``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.float32, tf.int8.max, tf.float32.is_floating
        (tf.float32, 127, True)
        >>> tf.ones([2]).dtype == tf.float32 == "float32"
        True
    """

    bfloat16 = np.dtype(jnp.bfloat16)
    float16 = half = np.dtype(np.float16)
    float32 = np.dtype(np.float32)
    float64 = double = np.dtype(np.float64)
    int8 = np.dtype(np.int8)
    int16 = np.dtype(np.int16)
    int32 = np.dtype(np.int32)
    int64 = np.dtype(np.int64)
    uint8 = np.dtype(np.uint8)
    uint16 = np.dtype(np.uint16)
    uint32 = np.dtype(np.uint32)
    uint64 = np.dtype(np.uint64)
    bool = np.dtype(np.bool_)
    complex64 = np.dtype(np.complex64)
    complex128 = np.dtype(np.complex128)
    string = _text.string

    @property
    def dtype(self) -> np.dtype:
        """NumPy's; by this name `np.dtype` and all that calls it find it."""
        return self._value_

    @property
    def as_numpy_dtype(self) -> type:
        """NumPy's type, such as ``np.float32``; ``object`` for text."""
        return object if self is DType.string else self.dtype.type

    @property
    def base_dtype(self) -> DType:
        """Itself."""
        return self

    @property
    def real_dtype(self) -> DType:
        """That of the real part of a complex one, else itself."""
        return _REAL.get(self, self)

    @property
    def size(self) -> int:
        """Bytes of one number; 0 for text."""
        return 0 if self is DType.string else self.dtype.itemsize

    @property
    def max(self) -> Any:
        """The largest number.

        Raises:
            TensorTypeError: it is complex, text or bool.
        """
        return self._range("maximum").max

    @property
    def min(self) -> Any:
        """The smallest number.

        Raises:
            TensorTypeError: it is complex, text or bool.
        """
        return self._range("minimum").min

    @property
    def limits(self) -> tuple[int, int]:
        """The brightness of black and of white in an image.

        Raises:
            TensorTypeError: it is complex, text or a float of 16 bits.
        """
        if self.is_bool or self in (DType.float32, DType.float64):
            return 0, 1
        if self.is_integer:
            return 0, self.max
        raise _refusal(self, "limits", "a dtype of images", "use tf.image.convert_image_dtype")

    @property
    def is_floating(self) -> builtins.bool:
        """Whether it holds real numbers with a fraction."""
        return jnp.issubdtype(self.dtype, jnp.floating)

    @property
    def is_integer(self) -> builtins.bool:
        """Whether it holds whole numbers."""
        return self.dtype.kind in "iu"

    @property
    def is_unsigned(self) -> builtins.bool:
        """Whether it holds whole numbers from 0 on."""
        return self.dtype.kind == "u"

    @property
    def is_complex(self) -> builtins.bool:
        """Whether it holds complex numbers."""
        return self.dtype.kind == "c"

    @property
    def is_bool(self) -> builtins.bool:
        """Whether it holds truth values."""
        return self.dtype.kind == "b"

    @property
    def is_numeric(self) -> builtins.bool:
        """Whether it holds numbers."""
        return self.is_integer or self.is_floating or self.is_complex

    @property
    def is_quantized(self) -> builtins.bool:
        """False: there are none of these."""
        return False

    @property
    def is_numpy_compatible(self) -> builtins.bool:
        """True."""
        return True

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether `other` is this dtype, or its name or type.

        Args:
            other: What `tf.as_dtype` takes.

        Returns:
            A bool.

        Raises:
            TensorTypeError: `other` is no dtype.
        """
        return self is as_dtype(other)

    def _range(self, wanted: str) -> Any:
        if self.is_integer:
            return jnp.iinfo(self.dtype)
        if self.is_floating:
            return jnp.finfo(self.dtype)
        raise _refusal(self, f"{wanted} number", "a dtype of real numbers", "use another dtype")

    def __eq__(self, other: object) -> builtins.bool:
        return self is other or meant_dtype(other) == self._value_

    def __hash__(self) -> int:
        return hash(self._value_)

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"


_REAL = {DType.complex64: DType.float32, DType.complex128: DType.float64}


def as_dtype(type_value: Any) -> DType:
    """The dtype that a dtype, its name, or a NumPy or Python type stands for, as ``tf.as_dtype``.

    Args:
        type_value: Such as ``tf.float32``, ``"float32"``, ``np.float32``, ``float`` or ``bool``.

    Returns:
        A `tf.DType`.

    Raises:
        TensorTypeError: it stands for none. So do ``int``, ``complex`` and ``str``, as in
            TensorFlow.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.as_dtype("half")
        tf.float16
    """
    found = meant_dtype(type_value)
    if found is None or found not in DType._value2member_map_:
        raise no_dtype(type_value)
    return DType(found)


def _refusal(dtype: DType, what: str, expected: str, fix: str) -> TensorTypeError:
    return TensorTypeError(
        f"{dtype!r} has no {what}.",
        expected=expected,
        received=repr(dtype),
        fix=fix,
        where=sources.user_source(),
    )
