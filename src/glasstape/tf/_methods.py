"""What TensorFlow's tensors can do and JAX arrays cannot: `numpy`, `get_shape`, `ref` and others.

They are added to JAX' array class (see `glasstape.ports.jax_methods`); no wrapper is made.
"""

from __future__ import annotations

from typing import Any

import jax
import keras
import numpy as np

from glasstape import sources
from glasstape.errors import ShapeError, TensorTypeError, TracedValueError
from glasstape.ports import jax_methods, jax_symbolic, jax_trace, keras_state
from glasstape.tf import _devices
from glasstape.tf._shape import TensorShape, as_tensor_shape


class Reference:
    """A tensor or variable as the key of a dict, as ``tensor.ref()`` gives it.

    Args:
        value: The tensor or variable; two references are equal when it is the same object.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any):
        self._value = value

    def deref(self) -> Any:
        """The tensor or variable."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._value is other._value

    def __hash__(self) -> int:
        return id(self._value)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._value!r}>"


def to_numpy(self: Any) -> Any:
    """A NumPy copy of the tensor; a NumPy number when it has no axis.

    Raises:
        TracedValueError: a compiled step is being traced, where tensors have no values yet.
    """
    if jax_trace.is_abstract(self):
        raise TracedValueError(
            "`.numpy()` was called inside a compiled step.",
            expected="a tensor with values; inside tf.function there are none yet, since the step "
            "is being turned into a program",
            received=f"a {self.dtype}{list(self.shape)} tensor of the program",
            fix="return the tensor and call .numpy() on what the step returns; to see it from "
            "inside use tf.print, to run NumPy code on it tf.numpy_function",
            where=sources.user_source(),
        )
    return np.array(jax.lax.stop_gradient(self) if jax_trace.is_tracer(self) else self)[()]


def get_shape(self: Any) -> TensorShape:
    """The shape as a `TensorShape`, which has ``as_list()``."""
    return TensorShape(tuple(self.shape))


def set_shape(self: Any, shape: Any) -> None:
    """Check that the tensor has this shape; JAX knows every shape already.

    What is not known of it, as TensorFlow does not know it, may be anything.

    Raises:
        ShapeError: it has another.
    """
    known = [None if jax_symbolic.is_symbolic(n) else n for n in self.shape]
    if not as_tensor_shape(shape).is_compatible_with(known):
        raise ShapeError(
            "A tensor does not have the shape that set_shape names.",
            expected=f"shape {as_tensor_shape(shape)}",
            received=f"shape {tuple(self.shape)}",
            fix="correct the shape, or use tf.reshape to change the tensor's",
            where=sources.user_source(),
        )


def ref(self: Any) -> Reference:
    """The tensor as the key of a dict or an element of a set."""
    return Reference(self)


def cpu(self: Any) -> Any:
    """A copy on the first CPU."""
    return jax.device_put(self, jax.devices("cpu")[0])


def gpu(self: Any, gpu_index: int = 0) -> Any:
    """A copy on a GPU.

    Raises:
        RuntimeError: there is none.
    """
    return jax.device_put(self, jax.devices("gpu")[gpu_index])


def assign(self: Any, value: Any, name: str | None = None) -> Any:
    """Assign the part of a variable that this tensor is: ``v[1:].assign(...)``.

    Raises:
        TensorTypeError: the tensor is no part of a variable.
    """
    assign_part = jax_methods.attached(self)
    if assign_part is not None:
        return assign_part(value, name)
    raise TensorTypeError(
        "A tensor was assigned.",
        expected="a tf.Variable, or a part of one: v[1:].assign(...)",
        received=f"a {self.dtype}{list(self.shape)} tensor, which never changes",
        fix="keep what changes in a tf.Variable",
        where=sources.user_source(),
    )


METHODS = {
    "assign": assign,
    "numpy": to_numpy,
    "get_shape": get_shape,
    "set_shape": set_shape,
    "ref": ref,
    "experimental_ref": ref,
    "cpu": cpu,
    "gpu": gpu,
}


def is_tensor(x: Any) -> bool:
    """Whether something is a tensor or a variable, as ``tf.is_tensor``.

    Args:
        x: Anything. NumPy arrays and Python numbers are no tensors.

    Returns:
        Whether it is.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.is_tensor(tf.constant(1.0)), tf.is_tensor(1.0)
        (True, False)
    """
    return isinstance(x, jax.Array | keras.KerasTensor) or keras_state.is_variable(x)


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The numbers of a tensor where Python knows them, as ``tf.get_static_value``.

    Inside a compiled step every tensor is part of the program, also one made by `tf.constant`.

    Args:
        tensor: Tensor, variable or anything else.
        partial: Accepted for TensorFlow's sake; unused.

    Returns:
        A NumPy array; None for variables and inside a compiled step; what is no tensor as it is.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.get_static_value(tf.constant([1, 2])).tolist()
        [1, 2]
    """
    del partial
    if isinstance(tensor, jax.Array):
        return None if jax_trace.is_abstract(tensor) else to_numpy(tensor)
    return None if is_tensor(tensor) else tensor


def install() -> None:
    """Add the methods."""
    for name, method in METHODS.items():
        jax_methods.add(name, method)
    _devices.add_name_tests()
    # Python would iterate by index, and an index beyond the end gives JAX' last row, for ever.
    keras_state.add_method("__iter__", lambda self: iter(self.value))
    keras_state.add_method("read_value", lambda self: self.value)
    keras_state.add_method("get_shape", get_shape)
    keras_state.add_method("ref", ref)
