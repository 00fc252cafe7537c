"""`tf.compat.v1.logging`: Python's logger that is named ``tensorflow``."""

from __future__ import annotations

from logging import CRITICAL, DEBUG, ERROR, INFO
from logging import WARNING as WARN
from typing import Any

from glasstape.tf import _elsewhere
from glasstape.tf._contexts import get_logger

__all__ = [
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "debug",
    "error",
    "fatal",
    "get_verbosity",
    "info",
    "log",
    "set_verbosity",
    "warn",
    "warning",
]

FATAL = CRITICAL


def get_verbosity() -> int:
    """The level below which nothing is written."""
    return get_logger().getEffectiveLevel()


def set_verbosity(v: Any) -> None:
    """Set the level below which nothing is written.

    Args:
        v: Such as ``tf.compat.v1.logging.ERROR``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
        >>> tf.compat.v1.logging.get_verbosity() == tf.compat.v1.logging.ERROR
        True
        >>> tf.get_logger().setLevel("NOTSET")
    """
    get_logger().setLevel(v)


debug, info, log = get_logger().debug, get_logger().info, get_logger().log
error, fatal = get_logger().error, get_logger().critical
warn = warning = get_logger().warning

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
