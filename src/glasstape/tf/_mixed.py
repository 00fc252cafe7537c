"""Whether functions promote tensors of different dtypes, or refuse them as TensorFlow does."""

from __future__ import annotations

_allowed = [False]


def allowed() -> bool:
    """Whether tensors of different dtypes are promoted."""
    return _allowed[0]


def allow_mixed_dtypes(allow: bool = True) -> None:
    """Let functions promote tensors of different dtypes, instead of refusing them.

    TensorFlow refuses ``tf.add(tf.constant(1), tf.constant(1.0))``, because such a mixture is
    more often a slip than intended. With the switch on, dtypes are promoted as JAX does. The
    operators of tensors (``a + b``) promote always. Steps that are compiled already keep what
    they were compiled with.

    Args:
        allow: Whether to.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.config.allow_mixed_dtypes()
        >>> float(tf.add(tf.constant(1), tf.constant(0.5)))
        1.5
        >>> tf.config.allow_mixed_dtypes(False)
    """
    _allowed[0] = bool(allow)


def experimental_enable_numpy_behavior(
    prefer_float32: bool = False, dtype_conversion_mode: str = "legacy"
) -> None:
    """As ``tf.experimental.numpy.experimental_enable_numpy_behavior``: `allow_mixed_dtypes`.

    Args:
        prefer_float32: Accepted for TensorFlow's sake; Python floats are float32 anyway.
        dtype_conversion_mode: Accepted for TensorFlow's sake; JAX's rules are used.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.experimental.numpy.experimental_enable_numpy_behavior()
        >>> tf.multiply(tf.constant(2), tf.constant(0.5)).tolist()
        1.0
        >>> tf.config.allow_mixed_dtypes(False)
    """
    allow_mixed_dtypes()
