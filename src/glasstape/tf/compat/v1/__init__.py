"""`tf.compat.v1`: what programs for TensorFlow 2 still call of TensorFlow 1."""

from typing import Any

from glasstape.tf import _elsewhere
from glasstape.tf import keras as keras
from glasstape.tf._tensors import executing_eagerly as executing_eagerly
from glasstape.tf.compat.v1 import logging as logging
from glasstape.tf.compat.v1 import losses as losses
from glasstape.tf.compat.v1._sessions import ConfigProto as ConfigProto
from glasstape.tf.compat.v1._sessions import GPUOptions as GPUOptions
from glasstape.tf.compat.v1._sessions import InteractiveSession as InteractiveSession
from glasstape.tf.compat.v1._sessions import Session as Session
from glasstape.tf.random import set_seed as set_random_seed

__all__ = [
    "ConfigProto",
    "GPUOptions",
    "InteractiveSession",
    "Session",
    "dimension_value",
    "enable_eager_execution",
    "enable_v2_behavior",
    "executing_eagerly",
    "keras",
    "logging",
    "losses",
    "set_random_seed",
]


def dimension_value(dimension: Any) -> int | None:
    """A size as a whole number, or None, as ``tf.compat.dimension_value``: it is one already.

    Args:
        dimension: An element of a shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.compat.dimension_value(tf.ones([2, 3]).shape[0])
        2
    """
    return dimension


def enable_eager_execution(
    config: object = None, device_policy: object = None, execution_mode: object = None
) -> None:
    """Accepted: operations run at once in any case.

    Args:
        config: Unused.
        device_policy: Unused.
        execution_mode: Unused.
    """


def enable_v2_behavior() -> None:
    """Accepted: it is TensorFlow 2 that is translated."""


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
