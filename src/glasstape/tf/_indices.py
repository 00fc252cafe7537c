"""Whether indices are inside, in eager code at once, in a compiled step when it runs."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.guards import events
from glasstape.ports import jax_trace
from glasstape.tf._translate import Refused

_OUTSIDE = np.iinfo(np.int32).max


def checked(indices: Any, sizes: Any, negative: bool = False) -> Any:
    """Indices, of which none is out of range.

    In loops of a compiled step nobody can be told. A negative one would count from the end in
    JAX, so it becomes one that is outside for JAX, too.

    Args:
        indices: Whole numbers; their last axis fits `sizes`.
        sizes: What they must be smaller than.
        negative: Whether negative ones are left out on purpose.
    """
    if not indices.size:
        return indices
    if jax_trace.is_eager():
        given = np.asarray(indices)
        outside = (given >= np.asarray(sizes)) | ((given < 0) & (not negative))
        if outside.any():
            raise Refused(f"indices from 0 to below {sizes}", str(given[outside][0]), _FIX)
    else:
        _check_later(indices, sizes, negative)
    return jnp.where(indices < 0, jnp.asarray(_OUTSIDE, indices.dtype), indices)


_FIX = "look at the indices"


def _check_later(indices: Any, sizes: Any, negative: bool) -> None:
    where = sources.user_source()
    inside = indices < jnp.asarray(sizes, indices.dtype)
    if not negative:
        inside = inside & (indices >= 0)

    def error() -> TensorTypeError:
        return TensorTypeError(
            "An index is out of range; this step changed nothing.",
            expected=f"indices from 0 to below {sizes}",
            received="another index",
            fix=_FIX,
            where=where,
        )

    events.current().must_hold(events.MustHold(jnp.all(inside), error))
