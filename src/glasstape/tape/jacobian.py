"""Jacobians: the reverse walk for every element of a target at once, or one after the other.

Row i of the Jacobian is the pullback of the i-th unit cotangent (A. Griewank and A. Walther,
*Evaluating Derivatives*, 2nd ed., 2008, §3.2). `jax.vmap` runs the walk for all of them together,
which holds as many copies of every cotangent; a loop holds one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from glasstape import sources
from glasstape.errors import TapeValueError
from glasstape.tape.reverse import Plan, walk


def rows(plan: Plan, arrays: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
    """``target.shape + source.shape`` for each source, all rows at once."""
    return _jacobian(plan, arrays, jax.vmap)


def rows_in_a_loop(plan: Plan, arrays: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
    """The same row by row: less memory, more time."""
    return _jacobian(plan, arrays, _loop)


def batch_rows(plan: Plan, arrays: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
    """``[batch] + target.shape[1:] + source.shape[1:]``: examples do not depend on each other."""
    return _batch_jacobian(plan, arrays, jax.vmap)


def batch_rows_in_a_loop(plan: Plan, arrays: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
    """The same, one element of the target's rows after the other."""
    return _batch_jacobian(plan, arrays, _loop)


def _loop(function: Any) -> Any:
    return lambda basis: jax.lax.map(function, basis)


def _jacobian(plan: Plan, arrays: Sequence[Any], mapped: Any) -> list[Any]:
    target = arrays[plan.targets[0]]
    basis = jnp.eye(target.size, dtype=target.dtype).reshape(target.size, *target.shape)
    found = mapped(lambda seed: walk(plan, arrays, [seed]))(basis)
    return [None if j is None else j.reshape(target.shape + j.shape[1:]) for j in found]


def _batch_jacobian(plan: Plan, arrays: Sequence[Any], mapped: Any) -> list[Any]:
    target = arrays[plan.targets[0]]
    batch, *rest = target.shape
    size = target.size // max(batch, 1)
    unit = jnp.eye(size, dtype=target.dtype).reshape(size, 1, *rest)
    basis = jnp.broadcast_to(unit, (size, *target.shape))
    found = mapped(lambda seed: walk(plan, arrays, [seed]))(basis)
    return [
        None if j is None else jnp.moveaxis(j, 0, 1).reshape(batch, *rest, *j.shape[2:])
        for j in found
    ]


def check_batches(target: Any, source: Any) -> None:
    """Both must have the same first dimension."""
    if target.ndim and len(source.shape) and target.shape[0] == source.shape[0]:
        return
    raise TapeValueError(
        "tape.batch_jacobian was given a target and a source that are not batches of one size.",
        expected="equal first dimensions",
        received=f"target {tuple(target.shape)}, source {tuple(source.shape)}",
        fix="use tape.jacobian, or add the batch dimension",
        where=sources.user_source(),
    )
