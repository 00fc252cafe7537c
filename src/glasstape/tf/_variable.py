"""`tf.Variable`, with TensorFlow's arguments in TensorFlow's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import glasstape
from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf._convert import as_shape, as_tensor


class Variable(glasstape.Variable):
    """A mutable tensor, as ``tf.Variable``; a `keras.Variable` in every respect.

    Args:
        initial_value: Number, nested list, array, tensor, or callable without arguments giving
            one. Python numbers become float32, int32 or bool.
        trainable: Whether tapes watch it when it is read; None means True.
        validate_shape: Accepted for TensorFlow's sake; unused.
        caching_device: Unused.
        name: Its name; made up when None.
        variable_def: Unused.
        dtype: Its dtype; that of `initial_value` when None.
        import_scope: Unused.
        constraint: What an optimizer applies to it after each update.
        synchronization: Unused.
        aggregation: Unused.
        shape: Its shape, which must be that of `initial_value`.
        experimental_enable_variable_lifting: Unused.

    Raises:
        TensorTypeError: `initial_value` is missing or does not have that dtype or shape.

    Example:
        >>> import glasstape.tf as tf
        >>> v = tf.Variable([1.0, 2.0])
        >>> v.assign_add([1.0, 1.0]).tolist()
        [2.0, 3.0]
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
        experimental_enable_variable_lifting: bool = True,
    ):
        def initial_tensor() -> Any:
            value = initial_value() if callable(initial_value) else initial_value
            tensor = as_tensor(value, dtype)
            if shape is not None and as_shape(shape) != tensor.shape:
                raise _shape_error(shape, tensor.shape)
            return tensor

        super().__init__(initial_tensor, trainable is not False, name)
        self.constraint = constraint


def _shape_error(wanted: Any, received: Any) -> TensorTypeError:
    return TensorTypeError(
        "tf.Variable was given a shape its value does not have.",
        expected=f"shape {wanted}",
        received=f"shape {received}",
        fix="leave out the shape; a variable keeps the shape of its value",
        where=sources.user_source(),
    )
