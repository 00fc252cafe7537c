"""`tf.summary.experimental`: the step that summaries without one take."""

from __future__ import annotations

import threading
from typing import Any

from glasstape.tf import _elsewhere

__all__ = ["get_step", "set_step"]


class _Step(threading.local):
    value: Any = None


_step = _Step()


def set_step(step: Any) -> None:
    """Say which step it is, as ``tf.summary.experimental.set_step``.

    Args:
        step: A whole number, or a variable, which is read whenever a summary is written.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.experimental.set_step(3)
        >>> tf.summary.experimental.get_step()
        3
        >>> tf.summary.experimental.set_step(None)
    """
    _step.value = step


def get_step() -> Any:
    """The step that was set, as ``tf.summary.experimental.get_step``.

    Returns:
        A number or variable; None when none was set.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.experimental.get_step()
    """
    return _step.value


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
