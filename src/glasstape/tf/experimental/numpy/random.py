"""`tf.experimental.numpy.random`: NumPy's old functions, which draw as `tf.random` does."""

from __future__ import annotations

from typing import Any

from glasstape.tf import _elsewhere
from glasstape.tf import random as draws
from glasstape.tf._convert import widest_float

__all__ = ["poisson", "rand", "randint", "randn", "random", "seed", "standard_normal", "uniform"]


def seed(s: int) -> None:
    """Begin to draw anew, as `tf.random.set_seed`.

    Args:
        s: A whole number.
    """
    draws.set_seed(s)


def randn(*args: int) -> Any:
    """Normal numbers.

    Args:
        *args: The result's shape.

    Returns:
        A tensor of floats.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.experimental.numpy.random.randn(2, 3).shape
        (2, 3)
    """
    return standard_normal(args)


def standard_normal(size: Any = None) -> Any:
    """Normal numbers.

    Args:
        size: The result's shape; a single number when None.
    """
    return draws.normal(_shape(size), dtype=widest_float())


def rand(*size: int) -> Any:
    """Numbers from 0 up to 1.

    Args:
        *size: The result's shape.
    """
    return uniform(size=size)


def random(size: Any = None) -> Any:
    """Numbers from 0 up to 1.

    Args:
        size: The result's shape; a single number when None.
    """
    return uniform(size=size)


def uniform(low: float = 0.0, high: float = 1.0, size: Any = None) -> Any:
    """Numbers from `low` up to `high`.

    Args:
        low: The smallest.
        high: What all are smaller than.
        size: The result's shape; a single number when None.
    """
    return draws.uniform(_shape(size), low, high, widest_float())


def poisson(lam: float = 1.0, size: Any = None) -> Any:
    """Counts of events.

    Args:
        lam: How many there are on average.
        size: The result's shape; a single number when None.

    Returns:
        A tensor of whole numbers.
    """
    return draws.poisson(_shape(size), lam, "int32")


def randint(low: int, high: int | None = None, size: Any = None, dtype: Any = "int64") -> Any:
    """Whole numbers from `low` up to `high`, or from 0 up to `low`.

    Args:
        low: The smallest, or what all are smaller than when `high` is None.
        high: What all are smaller than.
        size: The result's shape; a single number when None.
        dtype: The result's dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> bool(tf.reduce_all(tf.experimental.numpy.random.randint(3, size=[9]) < 3))
        True
    """
    start, end = (0, low) if high is None else (low, high)
    return draws.uniform(_shape(size), start, end, dtype)


def _shape(size: Any) -> Any:
    return () if size is None else (size,) if isinstance(size, int) else size


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
