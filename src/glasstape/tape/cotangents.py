"""The cotangents of many recorded values, by one walk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glasstape.ports.jax_trace import is_differentiable
from glasstape.tape import arguments, reverse
from glasstape.tape.record import Record


def cotangents(
    records: Sequence[Record],
    targets: Sequence[Any],
    seeds: Sequence[Any],
    arrays: Sequence[Any],
) -> list[Any]:
    """The cotangent of each of `arrays`, None where no way leads to a target.

    Args:
        records: Of the tape.
        targets: Arrays.
        seeds: One cotangent a target, or None for ones.
        arrays: What the tape follows, or has no numbers to differentiate.
    """
    kept = [i for i, t in enumerate(targets) if is_differentiable(t)]
    wanted = [i for i, a in enumerate(arrays) if is_differentiable(a)]
    plan = reverse.make_plan(records, [targets[i] for i in kept], [[arrays[i]] for i in wanted])
    found: list[Any] = [None] * len(arrays)
    conjugates = [arguments.conjugate(seeds[i]) for i in kept]
    walked = reverse.run(plan, conjugates, options=reverse.unfused())
    for i, cotangent in zip(wanted, walked, strict=True):
        found[i] = arguments.conjugate(cotangent)
    return found


def of_records(
    records: Sequence[Record], targets: Sequence[Any], seeds: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """For each record the cotangents of its outputs."""
    outs = [o for r in records for o in r.outputs]
    found = iter(cotangents(records, targets, seeds, outs))
    return [tuple([next(found) for _ in r.outputs]) for r in records]
