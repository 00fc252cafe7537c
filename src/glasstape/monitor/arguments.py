"""What is handed to a `glass`, checked."""

from __future__ import annotations

import operator
from typing import Any

import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.errors import GlassValueError

_REAL = (np.bool_, np.integer, np.floating)


def interval(every: Any) -> int | None:
    """The argument `every` as a number; None for ``"auto"``."""
    if isinstance(every, str):
        calls = None if every == "auto" else 0
    else:
        try:
            calls = operator.index(every)
        except TypeError:
            calls = 0
    if calls is not None and calls < 1:
        raise unknown("every", 'a positive integer or "auto"', every)
    return calls


def unknown(argument: str, expected: str, received: object) -> GlassValueError:
    """The error for an argument of `glass` with a wrong value."""
    return GlassValueError(
        f"glass was given an unknown value for `{argument}`.",
        expected=expected,
        received=repr(received),
        fix="see help(glasstape.glass)",
        where=sources.user_source(),
    )


def number(name: str, value: Any) -> int | float:
    """A scalar of `glass.log` as a Python number."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # a value of a program that is being traced, a ragged list
        array = np.array(None)
    # Asked of JAX, because NumPy does not take bfloat16 for a number.
    is_real = any(jnp.issubdtype(array.dtype, kind) for kind in _REAL)
    if is_real and array.size == 1:
        return array.item()
    raise GlassValueError(
        f"glass.log was given something that is not a number for `{name}`.",
        expected="a number, or an array of one number",
        received=repr(value)[:80],
        fix="log outside of the step what it returned, such as metric.result()",
        where=sources.user_source(),
    )
