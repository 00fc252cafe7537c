"""`tf.math`: element-wise functions and reductions."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras
from keras import ops

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _elsewhere
from glasstape.tf._convert import as_axis, as_tensor, as_tensors, available

__all__ = ["argmax", "equal", "reduce_mean", "reduce_sum", "square"]


def argmax(
    input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None
) -> Any:
    """Where the largest number along an axis is, as ``tf.argmax``.

    NaN counts as the largest; TensorFlow passes over it on CPU.

    Args:
        input: Tensor of any shape but ``[]``.
        axis: 0 when None, unlike NumPy's.
        output_type: The result's dtype; int64 is int32 unless ``jax_enable_x64`` is set.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor without that axis; of equal numbers the first counts.

    Raises:
        TensorTypeError: there is no such axis.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.argmax([[1, 5], [7, 0]]).tolist()
        [1, 0]
    """
    del name
    x = as_tensor(input)
    found = ops.argmax(x, as_axis(0 if axis is None else axis, x))
    return ops.cast(found, available(output_type))


def equal(x: Any, y: Any, name: str | None = None) -> Any:
    """Where two tensors are equal, as ``tf.equal``.

    Args:
        x: Tensor, number or nested list.
        y: Likewise, of a shape that broadcasts with `x`.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        bool tensor of the broadcast shape.

    Raises:
        TensorTypeError: a Python number does not have the other's dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.equal([1, 2], 2).tolist()
        [False, True]
    """
    del name
    return ops.equal(*as_tensors(x, y))


def reduce_mean(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Any:
    """The mean along axes, as ``tf.reduce_mean``.

    The mean of integers is an integer, cut off towards zero: cast to float32 first where that is
    not wanted. TensorFlow adds them up in 64 bits, JAX in 32 or, beyond 2³⁰, in floats.

    Args:
        input_tensor: Tensor, number or nested list, any shape.
        axis: One axis or several; all when None.
        keepdims: Keep reduced axes with length 1.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same dtype.

    Raises:
        TensorTypeError: the input is boolean, or there is no such axis.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.reduce_mean([1.0, 2.0])), int(tf.reduce_mean([1, 2]))
        (1.5, 1)
    """
    del name
    x = _numbers("reduce_mean", input_tensor)
    axes = as_axis(axis, x)
    if isinstance(x, keras.KerasTensor) or not jnp.issubdtype(x.dtype, jnp.integer):
        return ops.mean(x, axes, keepdims)
    return _integer_mean(x, axes, keepdims)


def reduce_sum(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Any:
    """The sum along axes, as ``tf.reduce_sum``.

    Args:
        input_tensor: Tensor, number or nested list, any shape.
        axis: One axis or several; all when None.
        keepdims: Keep reduced axes with length 1.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same dtype; small integers wrap around, as in TensorFlow.

    Raises:
        TensorTypeError: the input is boolean, or there is no such axis.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.reduce_sum([[1, 2], [3, 4]], axis=1).tolist()
        [3, 7]
    """
    del name
    x = _numbers("reduce_sum", input_tensor)
    return ops.cast(ops.sum(x, as_axis(axis, x), keepdims), x.dtype)


def square(x: Any, name: str | None = None) -> Any:
    """x², as ``tf.square``.

    Args:
        x: Tensor, number or nested list, any shape.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `x` is boolean.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.square(3))
        9
    """
    del name
    return ops.square(_numbers("square", x))


def _numbers(function: str, value: Any) -> Any:
    """A tensor that is not boolean."""
    x = as_tensor(value)
    if x.dtype != "bool":
        return x
    raise TensorTypeError(
        f"tf.{function} was given booleans.",
        expected="numbers",
        received=f"a tensor of dtype bool and shape {x.shape}",
        fix="use tf.cast(x, tf.float32) first",
        where=sources.user_source(),
    )


def _integer_mean(x: Any, axes: Any, keepdims: bool) -> Any:
    total = jnp.sum(x, axes, dtype=available("int64"), keepdims=keepdims)
    count = max(x.size // max(total.size, 1), 1)
    rough = jnp.mean(x, axes, dtype="float32", keepdims=keepdims)
    fits = jnp.abs(rough) * count < jnp.iinfo(total.dtype).max // 2
    exact = jax.lax.div(total, jnp.asarray(count, total.dtype))  # towards zero, unlike //
    return jnp.where(fits, exact, rough.astype(total.dtype)).astype(x.dtype)


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
