"""`tf.compat`: the few names of older TensorFlow that programs for TensorFlow 2 still use."""

from typing import Any

from glasstape.tf import _elsewhere
from glasstape.tf.compat import v1 as v1
from glasstape.tf.compat.v1 import dimension_value as dimension_value

__all__ = ["as_bytes", "as_str", "as_text", "dimension_value", "v1"]


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """Text as bytes, as ``tf.compat.as_bytes``.

    Args:
        bytes_or_text: A string, or bytes, which stay as they are.
        encoding: How text is written down.

    Raises:
        TypeError: it is neither.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.compat.as_bytes("a")
        b'a'
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    return bytes(memoryview(bytes_or_text))


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """Bytes as text, as ``tf.compat.as_text`` and ``tf.compat.as_str``.

    Args:
        bytes_or_text: Bytes, or a string, which stays as it is.
        encoding: How text is written down.

    Raises:
        TypeError: it is neither.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.compat.as_text(b"a")
        'a'
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    return as_bytes(bytes_or_text).decode(encoding)


as_str = as_text


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
