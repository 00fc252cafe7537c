"""`tf.dtypes`: they equal the dtypes of arrays, which are NumPy's, and Keras takes them.

JAX computes in 32 bits unless ``jax_enable_x64`` is set: `int64` then means int32 and `float64`
means float32 wherever a tensor is made. Asking for float64 by name warns, once a line.
"""

import builtins
from typing import Any

import jax.numpy as jnp
from keras import ops

from glasstape.tf import _elsewhere, _text
from glasstape.tf._convert import as_tensor, available
from glasstape.tf._dtype import DType as DType
from glasstape.tf._dtype import as_dtype as as_dtype
from glasstape.tf._elementwise import complex as complex
from glasstape.tf._elementwise import saturate_cast as saturate_cast
from glasstape.tf._sparse import SparseTensor

bfloat16 = DType.bfloat16
float16 = DType.float16
half = DType.half
float32 = DType.float32
float64 = DType.float64
double = DType.double
int8 = DType.int8
int16 = DType.int16
int32 = DType.int32
int64 = DType.int64
uint8 = DType.uint8
uint16 = DType.uint16
uint32 = DType.uint32
uint64 = DType.uint64
bool = DType.bool
complex64 = DType.complex64
complex128 = DType.complex128
string = DType.string


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """Convert a tensor to another dtype, as ``tf.cast``; text stays text.

    Floats lose their fraction. Floats beyond an integer dtype of 8 or 16 bits wrap around, as in
    TensorFlow; beyond one of 32 bits they give its largest or smallest number.

    Args:
        x: Tensor, variable, number or nested list, any shape; or a `tf.SparseTensor`.
        dtype: A dtype of `tf.dtypes`, its name, or a NumPy type.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same shape.

    Raises:
        TensorTypeError: `dtype` is not a dtype, or text was to become numbers or the other way.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.cast([1.9, -1.9], tf.int32).tolist()
        [1, -1]
    """
    del name
    if _text.is_text(x) or _is_string(dtype):
        return _cast_text(x, dtype)
    if isinstance(x, SparseTensor):
        return x.with_values(cast(x.values, dtype))
    wanted = available(dtype)
    tensor = as_tensor(x)
    narrow = wanted.kind in "iu" and wanted.itemsize < 4
    if narrow and jnp.issubdtype(tensor.dtype, jnp.floating):
        tensor = ops.cast(tensor, int32)  # XLA would stop at the largest number
    return ops.cast(tensor, wanted)


def _cast_text(x: Any, dtype: Any) -> _text.Strings:
    if not _text.is_text(x):
        raise _text.refusal("text, for the dtype tf.string", x, "use tf.strings.as_string")
    if not _is_string(dtype):
        raise _text.refusal(f"numbers, for the dtype {dtype}", x, "use tf.strings.to_number")
    return _text.as_strings(x)


def _is_string(dtype: Any) -> builtins.bool:
    return dtype is str or string == dtype


__all__ = [
    "DType",
    "as_dtype",
    "bfloat16",
    "bool",
    "cast",
    "complex",
    "complex64",
    "complex128",
    "double",
    "float16",
    "float32",
    "float64",
    "half",
    "int8",
    "int16",
    "int32",
    "int64",
    "saturate_cast",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
