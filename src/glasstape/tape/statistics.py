"""A few numbers of each of many arrays, computed by one program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class Statistics(NamedTuple):
    """What is told of an array.

    Attributes:
        norm: Euclidean norm.
        low: Smallest finite entry; of a complex array, smallest absolute value.
        high: Largest finite entry.
        zeros: Share of entries that are 0.
        nonfinite: Share of entries that are NaN or infinite.
    """

    norm: float
    low: float
    high: float
    zeros: float
    nonfinite: float


def measure(arrays: Sequence[Any]) -> list[Statistics | None]:
    """The statistics of each array; None for what has no numbers (empty, random keys, None)."""
    measured = [i for i, a in enumerate(arrays) if _has_numbers(a)]
    found: list[Statistics | None] = [None] * len(arrays)
    if measured:
        rows = np.asarray(_measure([arrays[i] for i in measured]))
        for i, row in zip(measured, rows.tolist(), strict=True):
            found[i] = Statistics(*row)
    return found


def _has_numbers(array: Any) -> bool:
    return (
        isinstance(array, jax.Array)
        and array.size > 0
        and not jnp.issubdtype(array.dtype, jax.dtypes.extended)
    )


@jax.jit
def _measure(arrays: list[Any]) -> Any:
    """float32[number of arrays, 5]. Arrays of one layout share a reduction: less to compile."""
    groups: dict[Any, list[int]] = {}
    for i, array in enumerate(arrays):
        groups.setdefault((array.shape, array.dtype), []).append(i)
    rows: list[Any] = [None] * len(arrays)
    for members in groups.values():
        columns = _columns(jnp.stack([arrays[i].reshape(-1) for i in members]))
        for row, i in enumerate(members):
            rows[i] = columns[row]
    return jnp.stack(rows)


def _columns(values: Any) -> Any:
    """float[arrays, entries] -> float32[arrays, 5]."""
    if jnp.iscomplexobj(values):
        values = jnp.abs(values)
    values = values.astype(jnp.promote_types(values.dtype, jnp.float32))
    finite = jnp.isfinite(values)
    size = jnp.where(finite, jnp.abs(values), 0)
    scale = jnp.max(size, axis=1, keepdims=True)
    scale = jnp.where(scale > 0, scale, 1)  # squares of large or small numbers leave the range
    columns = [
        scale[:, 0] * jnp.sqrt(jnp.sum((size / scale) ** 2, axis=1)),
        jnp.min(values, axis=1, where=finite, initial=jnp.inf),
        jnp.max(values, axis=1, where=finite, initial=-jnp.inf),
        jnp.mean(values == 0, axis=1),
        jnp.mean(~finite, axis=1),
    ]
    return jnp.stack([c.astype(jnp.float32) for c in columns], axis=1)
