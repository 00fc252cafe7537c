"""`run_functions_eagerly`: every `function` as plain Python, for a debugger to step through."""

from __future__ import annotations

from collections.abc import Callable

_eager = False
# Called when the mode changes.
listeners: list[Callable[[], None]] = []


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Run every `glasstape.function` as the plain Python it was made of, or compiled again.

    As ``tf.config.run_functions_eagerly``: breakpoints, ``print`` and ``.item()`` work inside.

    Args:
        run_eagerly: Whether to.

    Example:
        >>> import glasstape as gt
        >>> gt.run_functions_eagerly(True)
        >>> gt.function(lambda x: type(x).__name__)(1.0)
        'float'
        >>> gt.run_functions_eagerly(False)
    """
    global _eager
    _eager = bool(run_eagerly)
    for listener in listeners:
        listener()


def functions_run_eagerly() -> bool:
    """Whether `run_functions_eagerly` is on.

    Returns:
        A bool.

    Example:
        >>> import glasstape as gt
        >>> gt.functions_run_eagerly()
        False
    """
    return _eager
