"""What TensorFlow has at its root only: making tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import glasstape
from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.ports import jax_trace
from glasstape.tf import _text
from glasstape.tf._convert import as_shape, as_tensor, available

newaxis = None


class _TensorType(type(jax.Array)):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, jax.Array | _text.Strings)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, jax.Array | _text.Strings)


class Tensor(jax.Array, metaclass=_TensorType):
    """What a tensor is, as ``tf.Tensor``: for `isinstance` and annotations.

    Example:
        >>> import glasstape.tf as tf
        >>> isinstance(tf.constant(1.5), tf.Tensor), isinstance(tf.constant("a"), tf.Tensor)
        (True, True)
    """


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const") -> Any:
    """A tensor of fixed numbers, as ``tf.constant``.

    Args:
        value: Number, nested list, NumPy array or tensor. Python numbers become float32, int32 or
            bool; NumPy arrays keep their dtype as far as JAX has it.
        dtype: Its dtype. Python floats are not cut to integers.
        shape: Its shape; a single number fills it.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor.

    Raises:
        TensorTypeError: `value` does not have, and cannot be given, that dtype or shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.constant(0.5, shape=[2, 2]).tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    del name
    if _text.is_text(value) and dtype in (None, _text.string):
        texts = _text.as_strings(value)
        return texts if shape is None else texts.reshape(as_shape(shape))
    tensor = as_tensor(value, dtype)
    if shape is None:
        return tensor
    wanted = as_shape(shape)
    if tensor.size == 1:
        return jnp.full(wanted, tensor.reshape(()))
    if tensor.size != np.prod(wanted, dtype=int):
        raise TensorTypeError(
            "tf.constant was given a shape its value does not fill.",
            expected=f"one number, or as many as shape {wanted} has",
            received=f"{tensor.size} numbers",
            fix="give as many numbers, or leave out the shape",
            where=sources.user_source(),
        )
    return tensor.reshape(wanted)


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None
) -> Any:
    """A tensor of `value`, as ``tf.convert_to_tensor``.

    Args:
        value: Tensor, variable, number, NumPy array, or nested list of them.
        dtype: Its dtype; a tensor must have it already.
        dtype_hint: Its dtype, where `value` can have it.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor; `value` itself when it is one.

    Raises:
        TensorTypeError: `value` cannot be a tensor of that dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.convert_to_tensor([1, 2]).dtype
        dtype('int32')
    """
    del name
    if _text.is_text(value) and dtype in (None, _text.string):
        return _text.as_strings(value)
    if dtype is None and dtype_hint is not None:
        try:
            return as_tensor(value, dtype_hint)
        except TensorTypeError:
            pass
    return as_tensor(value, dtype)


def zeros(shape: Any, dtype: Any = "float32", name: str | None = None, layout: Any = None) -> Any:
    """A tensor of zeros, as ``tf.zeros``.

    Args:
        shape: Whole numbers, or a tensor of them.
        dtype: Its dtype.
        name: Accepted for TensorFlow's sake, like `layout`; unused.
        layout: Unused.

    Returns:
        A tensor.

    Raises:
        TensorTypeError: `shape` is not a shape, or `dtype` not a dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.zeros([2]).tolist()
        [0.0, 0.0]
    """
    del name, layout
    return jnp.zeros(as_shape(shape), available(dtype))


def ones(shape: Any, dtype: Any = "float32", name: str | None = None, layout: Any = None) -> Any:
    """A tensor of ones, as ``tf.ones``.

    Args:
        shape: Whole numbers, or a tensor of them.
        dtype: Its dtype.
        name: Accepted for TensorFlow's sake, like `layout`; unused.
        layout: Unused.

    Returns:
        A tensor.

    Raises:
        TensorTypeError: `shape` is not a shape, or `dtype` not a dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.ones([2], tf.int32).tolist()
        [1, 1]
    """
    del name, layout
    return jnp.ones(as_shape(shape), available(dtype))


def stop_gradient(input: Any, name: str | None = None) -> Any:
    """The same numbers, cut off from the tape, as ``tf.stop_gradient``.

    Args:
        input: Tensor, variable, number or nested list.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor.

    Example:
        >>> import glasstape.tf as tf
        >>> x = tf.Variable(3.0)
        >>> with tf.GradientTape() as tape:
        ...     y = x * tf.stop_gradient(x)
        >>> float(tape.gradient(y, x))
        3.0
    """
    del name
    return glasstape.stop_gradient(as_tensor(input))


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose gradient is that of the identity, as ``tf.grad_pass_through``.

    Variables that `f` reads get no gradient.

    Args:
        f: Takes a tensor and returns one of its shape.

    Returns:
        The function.

    Example:
        >>> import glasstape.tf as tf
        >>> x = tf.Variable(2.7)
        >>> with tf.GradientTape() as tape:
        ...     y = tf.grad_pass_through(tf.round)(x)
        >>> float(y), float(tape.gradient(y, x))
        (3.0, 1.0)
    """

    @glasstape.custom_gradient
    @functools.wraps(f)
    def passing(*args: Any, **kwargs: Any) -> Any:
        def gradient(*upstream: Any, variables: Any = None) -> Any:
            return upstream if variables is None else (upstream, [None] * len(variables))

        return f(*args, **kwargs), gradient

    return passing


def executing_eagerly() -> bool:
    """False while a compiled step is traced, True otherwise, as ``tf.executing_eagerly``.

    Returns:
        Whether operations run at once.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.executing_eagerly()
        True
    """
    return jax_trace.is_eager()
