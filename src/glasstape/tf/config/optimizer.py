"""`tf.config.optimizer`: accepted; XLA compiles every step."""

from typing import Any

from glasstape.tf import _elsewhere

__all__ = ["get_experimental_options", "get_jit", "set_experimental_options", "set_jit"]


def get_jit() -> str:
    """``autoclustering``: XLA compiles every step."""
    return "autoclustering"


def set_jit(enabled: Any) -> None:
    """Accepted for TensorFlow's sake; unused.

    Args:
        enabled: Unused.
    """


def get_experimental_options() -> dict[str, Any]:
    """An empty dict."""
    return {}


def set_experimental_options(options: Any) -> None:
    """Accepted for TensorFlow's sake; unused.

    Args:
        options: Unused.
    """


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
