"""`tf.data.experimental`: the older spelling of what `tf.data` has."""

from __future__ import annotations

from typing import Any

from glasstape.data import AUTOTUNE as AUTOTUNE
from glasstape.data import INFINITE as INFINITE_CARDINALITY
from glasstape.data import UNKNOWN as UNKNOWN_CARDINALITY
from glasstape.data import Options as Options
from glasstape.tf import _elsewhere

__all__ = ["AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "Options", "cardinality"]


def cardinality(dataset: Any) -> int:
    """How many elements a pass of `dataset` has, as ``tf.data.experimental.cardinality``.

    Args:
        dataset: A dataset.

    Returns:
        The number; -1 when it never ends, -2 when it is not known.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.data.experimental.cardinality(tf.data.Dataset.range(3)))
        3
    """
    return dataset.cardinality()


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
