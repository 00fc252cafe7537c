"""`Variable`: a Keras variable made as TensorFlow makes one."""

from __future__ import annotations

from typing import Any

from glasstape.ports import keras_scopes, keras_state


class Variable(keras_state.KerasVariable):
    """A mutable tensor, as ``tf.Variable``; a `keras.Variable` in every respect.

    Args:
        initial_value: Number, array, or callable without arguments giving one.
        trainable: Whether tapes watch it when it is read.
        name: Its name; made up when None.
        dtype: Its dtype; that of `initial_value` when None.

    Example:
        >>> import glasstape as gt
        >>> v = gt.Variable(2.0)
        >>> with gt.GradientTape() as tape:
        ...     y = v * v
        >>> float(tape.gradient(y, v))
        4.0
    """

    def __init__(
        self,
        initial_value: Any,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
    ):
        with keras_scopes.outside_step():  # where Keras calls its initializers, too
            value = initial_value() if callable(initial_value) else initial_value
        super().__init__(value, trainable=trainable, name=name, dtype=dtype)
