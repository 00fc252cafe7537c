"""Where on its way back a gradient becomes zero or stops being finite, and by what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from glasstape.ports import jax_trace
from glasstape.tape import reverse, zeros
from glasstape.tape.record import Record


class Vanishing(NamedTuple):
    """What became of a gradient.

    Attributes:
        kind: ``"alive"``, ``"zero"`` or ``"nonfinite"``.
        norm: Of the gradient.
        record: Position of the record where it happens, or None.
        reason: Why, in words, or None.
        others: How many more records do the same on other paths.
    """

    kind: str
    norm: float
    record: int | None = None
    reason: str | None = None
    others: int = 0


CANCEL = "the contributions add up to 0"


class _Numbers(NamedTuple):
    """What is told of the cotangents of one place; each float32[] or bool[]."""

    norm: Any
    nonzero: Any
    nonfinite: Any


def examine(records: Sequence[Record], targets: Sequence[Any], arrays: Sequence[Any]) -> Vanishing:
    """Follow the gradient from `targets` back to `arrays`, which belong to one source.

    One compiled walk, as for the gradient itself, and one transfer of a few numbers.
    """
    targets = [t for t in targets if jax_trace.is_differentiable(t)]
    plan = reverse.make_plan(records, targets, [arrays])
    rows = np.asarray(reverse.run(plan, [None] * len(targets), _numbers_of_walk)[0])
    gradient, *rest = [_Numbers(*row) for row in rows.tolist()]
    if gradient.nonzero and not gradient.nonfinite:
        return Vanishing("alive", gradient.norm)
    steps = _by_step(plan, rest)
    position = {id(r.operation): i for i, r in enumerate(records)}
    kind = "nonfinite" if gradient.nonfinite else "zero"
    at = _turning_points(steps, kind)
    reason = None
    if not at and kind == "zero":
        at = [i for i, s in enumerate(steps) if any(c.nonzero for c in s.leaving)][:1]
        reason = CANCEL
    if not at:
        return Vanishing(kind, gradient.norm)
    step = plan.steps[at[0]]
    number = position[id(step.operation)]
    if kind == "zero" and reason is None:
        arrives = _arrives(records, records[number], targets)
        reason = zeros.reason(records[number], step.wrt, arrives)
    return Vanishing(kind, gradient.norm, number, reason, len(at) - 1)


def _arrives(records: Sequence[Record], record: Record, targets: Sequence[Any]) -> np.ndarray:
    """Where a cotangent arrives at the first output, bool of that output's shape."""
    plan = reverse.make_plan(records, targets, [[record.outputs[0]]])
    (cotangent,) = reverse.run(plan, [None] * len(targets))
    return np.asarray(0 if cotangent is None else cotangent) != 0


def _numbers_of_walk(plan: reverse.Plan, arrays: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
    """float32[1 + cotangents of each step: its outputs, then what it passes on; 3]."""
    seen: dict[int, list[Any]] = {}

    def look(number: int, arriving: Sequence[Any], leaving: Sequence[Any]) -> None:
        seen[number] = [*arriving, *leaving]

    (gradient,) = reverse.walk(plan, arrays, seeds, look)
    rows = [_numbers(gradient)]
    for number, step in enumerate(plan.steps):
        nothing = [None] * (len(step.outputs) + len(step.wrt))
        rows += map(_numbers, seen.get(number, nothing))
    return [jnp.stack([jnp.stack(row) for row in rows])]


def _numbers(value: Any) -> _Numbers:
    if value is None or value.dtype == jax_trace.float0 or not value.size:
        return _Numbers(*[jnp.zeros((), jnp.float32)] * 3)
    size = jnp.abs(value).astype(jnp.promote_types(value.real.dtype, jnp.float32))
    largest = jnp.max(size)
    scale = jnp.where((largest > 0) & jnp.isfinite(largest), largest, 1)
    norm = scale * jnp.sqrt(jnp.sum((size / scale) ** 2))
    parts = norm, jnp.any(value != 0), ~jnp.all(jnp.isfinite(value))
    return _Numbers(*(p.astype(jnp.float32) for p in parts))


class _Step(NamedTuple):
    arriving: list[_Numbers]
    leaving: list[_Numbers]


def _by_step(plan: reverse.Plan, rows: Sequence[_Numbers]) -> list[_Step]:
    steps, start = [], 0
    for step in plan.steps:
        middle = start + len(step.outputs)
        end = middle + len(step.wrt)
        steps.append(_Step(list(rows[start:middle]), list(rows[middle:end])))
        start = end
    return steps


def _turning_points(steps: Sequence[_Step], kind: str) -> list[int]:
    """The steps, from the target on, where the gradient becomes zero or not finite."""
    if kind == "nonfinite":
        turns = [
            i
            for i, s in enumerate(steps)
            if not any(a.nonfinite for a in s.arriving) and any(c.nonfinite for c in s.leaving)
        ]
    else:
        turns = [
            i
            for i, s in enumerate(steps)
            if any(a.nonzero for a in s.arriving) and not any(c.nonzero for c in s.leaving)
        ]
    return turns[::-1]


def ranges(record: Record) -> str:
    """From where to where each floating-point input of `record` goes."""
    values = [np.asarray(x) for x in record.inputs]
    return ", ".join(
        zeros.span(v) for v in values if v.size and np.issubdtype(v.dtype, np.floating)
    )
