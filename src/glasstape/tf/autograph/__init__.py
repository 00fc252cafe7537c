"""`tf.autograph`: Python control flow on tensors, in compiled steps (see docs/autograph.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glasstape import sources
from glasstape.errors import StepTypeError
from glasstape.ports import malt_translation
from glasstape.tf import _elsewhere
from glasstape.tf.autograph import experimental as experimental

__all__ = ["experimental", "set_verbosity", "to_code"]


def to_code(
    entity: Callable[..., Any],
    recursive: bool = True,
    experimental_optional_features: Any = None,
) -> str:
    """A function as `function` runs it: its control flow as calls, as ``tf.autograph.to_code``.

    Args:
        entity: A Python function, or a step made by `function`.
        recursive: Accepted for TensorFlow's sake; the functions it calls are not shown.
        experimental_optional_features: Unused.

    Returns:
        Python source; ``ag__`` stands for GlassTape's operators.

    Raises:
        StepTypeError: its source is not at hand, or cannot be translated.

    Example:
        >>> import glasstape.tf as tf
        >>> print(tf.autograph.to_code(lambda x: x if x > 0 else -x))  # doctest: +SKIP
        ag__lam = lambda x: ag__.if_exp(x > 0, lambda : x, lambda : -x, 'x > 0')
    """
    del recursive, experimental_optional_features
    function = getattr(entity, "python_function", entity)
    function = getattr(function, "__func__", function)
    try:
        return malt_translation.to_code(function)
    except malt_translation.NotTranslatedError as error:
        raise StepTypeError(
            "This cannot be shown as translated code.",
            expected="a Python function whose source is in a file or a notebook",
            received=f"{type(entity).__name__}: {error}",
            fix="write it with `def` in a file",
            where=sources.user_source(),
        ) from error


def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """Accepted as ``tf.autograph.set_verbosity``; `to_code` shows what is translated.

    Args:
        level: Unused.
        alsologtostdout: Unused.
    """


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
