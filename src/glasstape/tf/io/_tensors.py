"""`tf.io.serialize_tensor` and `parse_tensor`: tensors as bytes, in TensorFlow's format."""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np

from glasstape.tf import _example, _text
from glasstape.tf._convert import as_tensor, meant_dtype
from glasstape.tf._tensors import convert_to_tensor

# TensorFlow's numbers for dtypes.
_NUMBERS = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "object": 7,
    "complex64": 8, "int64": 9, "bool": 10, "bfloat16": 14, "uint16": 17, "complex128": 18,
    "float16": 19, "uint32": 22, "uint64": 23,
}  # fmt: skip
_NAMES = {number: name for name, number in _NUMBERS.items()}


def serialize_tensor(tensor: Any, name: str | None = None) -> _text.Strings:
    """A tensor as bytes, as ``tf.io.serialize_tensor``.

    Args:
        tensor: Numbers or text, any shape.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        One string of bytes, which `parse_tensor` and TensorFlow's own read.

    Raises:
        MissingExtraError: the package protobuf is not installed.
        TextOfStepError: the numbers are a compiled step's own.

    Example:
        >>> import glasstape.tf as tf
        >>> data = tf.io.serialize_tensor(tf.constant([[1.5, 2.5]]))
        >>> tf.io.parse_tensor(data, tf.float32).tolist()
        [[1.5, 2.5]]
    """
    del name
    array = np.asarray(_text.known_numbers(convert_to_tensor(tensor), "bytes"))
    found = _example.message("TensorProto")(dtype=_NUMBERS[array.dtype.name])
    found.tensor_shape.SetInParent()  # a single number's shape is there, and empty
    for size in array.shape:
        found.tensor_shape.dim.add(size=size)
    if array.dtype == _text.string:
        found.string_val.extend(array.reshape(-1).tolist())
    else:
        found.tensor_content = array.tobytes()
    return _text.as_strings(found.SerializeToString())


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Any:
    """The tensor in bytes, as ``tf.io.parse_tensor``.

    Args:
        serialized: One string of bytes.
        out_type: The tensor's dtype.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor.

    Raises:
        InvalidArgumentError: the bytes are no tensor of that dtype.
        MissingExtraError: the package protobuf is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.parse_tensor(tf.io.serialize_tensor(["a", "b"]), tf.string).numpy().tolist()
        [b'a', b'b']
    """
    del name
    found: Any = _example.parsed("TensorProto", _text.one_string(serialized))
    stored = None if found is None else _NAMES.get(found.dtype)
    if found is None or stored is None:
        raise _text.refusal("the bytes of a tensor", serialized, "pass what serialize_tensor gives")
    shape, dtype = [dim.size for dim in found.tensor_shape.dim], np.dtype(stored)
    asked = meant_dtype(out_type)
    if asked is None or _narrowed(asked) != _narrowed(dtype):
        raise _text.refusal(f"bytes of a tensor of {asked}", stored, f"pass out_type={stored!r}")
    if dtype == _text.string:
        texts = np.empty(len(found.string_val), object)
        texts[:] = found.string_val
        return _text.as_strings(texts.reshape(shape))
    if len(found.tensor_content) != math.prod(shape) * dtype.itemsize:
        shown = f"{len(found.tensor_content)} bytes for shape {shape}"
        raise _text.refusal("all numbers of a tensor", shown, "write it with serialize_tensor")
    return as_tensor(np.frombuffer(found.tensor_content, dtype).reshape(shape))


def _narrowed(dtype: Any) -> Any:
    """What JAX makes of a dtype: a tensor that TensorFlow has in 64 bits may have 32 here."""
    return dtype if dtype == _text.string else jax.dtypes.canonicalize_dtype(dtype)
