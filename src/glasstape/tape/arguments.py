"""What a tape's questions are given: targets, sources, seeds; checked, with the user's line."""

from __future__ import annotations

import enum
import warnings
from collections.abc import Sequence
from typing import Any

import jax

from glasstape import sources as places
from glasstape.errors import TapeTypeError, TapeValueError
from glasstape.ports import jax_trace, keras_state
from glasstape.tape import structures


class UnconnectedGradients(enum.Enum):
    """What a gradient is when no path leads from the source to the target."""

    NONE = "none"
    ZERO = "zero"


def check_tensor(value: Any, called: str) -> None:
    """Refuse what has no identity in a program."""
    if isinstance(value, jax.Array):
        return
    raise TapeTypeError(
        f"{called} was given something that is not a tensor.",
        expected="a jax.Array (keras.ops.convert_to_tensor makes one) or a Keras variable",
        received=f"{type(value).__module__}.{type(value).__qualname__}",
        fix="convert it before the tape starts and use that very tensor inside the tape",
        where=places.user_source(2),
    )


def unconnected(value: UnconnectedGradients | str) -> UnconnectedGradients:
    """The mode of this name."""
    try:
        return UnconnectedGradients(value)
    except ValueError:
        raise TapeValueError(
            "tape.gradient was given an unknown value for `unconnected_gradients`.",
            expected='"none" or "zero" (or a member of UnconnectedGradients)',
            received=repr(value),
            fix='use unconnected_gradients="zero" to get zeros instead of None',
            where=places.user_source(2),
        ) from None


def seeds_for(targets: Sequence[Any], output_gradients: Any) -> list[Any]:
    """One cotangent a target, None for ones."""
    if output_gradients is None:
        return [None] * len(targets)
    seeds = structures.flatten(output_gradients)
    if len(seeds) != len(targets):
        raise TapeValueError(
            "tape.gradient was given `output_gradients` that do not fit the targets.",
            expected=f"{len(targets)} arrays, one a target",
            received=f"{len(seeds)}",
            fix="pass a structure like `target`, with None for ones",
            where=places.user_source(2),
        )
    return [_seed(t, s) for t, s in zip(targets, seeds, strict=True)]


def _seed(target: Any, seed: Any) -> Any:
    if seed is None:
        return None
    seed = jax.numpy.asarray(seed.value if keras_state.is_variable(seed) else seed)
    if seed.shape != target.shape:
        raise TapeValueError(
            "tape.gradient was given an output gradient of the wrong shape.",
            expected=f"shape {target.shape}, the target's",
            received=f"shape {seed.shape}",
            fix="pass d(loss)/d(target), which has the target's shape",
            where=places.user_source(3),
        )
    return seed.astype(target.dtype)


def conjugate(value: Any) -> Any:
    """TensorFlow's convention for complex cotangents is the conjugate of JAX's."""
    if value is None or not jax.numpy.iscomplexobj(value):
        return value
    return jax.numpy.conj(value)


def zeros_like(source: Any) -> Any:
    """Zeros of the shape and dtype of a tensor or variable."""
    return jax.numpy.zeros(source.shape, source.dtype)


def warn_integer_target(targets: Sequence[Any]) -> None:
    """Say that whole numbers have no gradient."""
    dtypes = sorted({str(t.dtype) for t in targets if not jax_trace.is_differentiable(t)})
    warnings.warn(
        f"tape.gradient: a target of dtype {', '.join(dtypes)} has no gradient; its part is None "
        f"({places.user_source(2)})",
        stacklevel=3,
    )
