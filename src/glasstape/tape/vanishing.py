"""Where on its way back a gradient becomes zero or stops being finite, and by what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from glasstape.ports import jax_trace
from glasstape.tape import reverse, statistics, zeros
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
    """What is told of the cotangent of one place."""

    norm: float
    nonzero: bool
    nonfinite: bool


def examine(records: Sequence[Record], targets: Sequence[Any], arrays: Sequence[Any]) -> Vanishing:
    """Follow the gradient from `targets` back to `arrays`, which belong to one source.

    One compiled walk, which returns all that passes on it.
    """
    targets = [t for t in targets if jax_trace.is_differentiable(t)]
    plan = reverse.make_plan(records, targets, [arrays])
    seeds = [None] * len(targets)
    gradient, *rest = map(_numbers, reverse.run(plan, seeds, _flow, reverse.unfused()))
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


def _flow(plan: reverse.Plan, arrays: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
    """The gradient; then of each step the cotangents of its outputs, and what it passes on."""
    seen: dict[int, list[Any]] = {}

    def look(number: int, arriving: Sequence[Any], leaving: Sequence[Any]) -> None:
        seen[number] = [*arriving, *leaving]

    found = reverse.walk(plan, arrays, seeds, look)
    for number, step in enumerate(plan.steps):
        found += seen.get(number, [None] * (len(step.outputs) + len(step.wrt)))
    # A program cannot return what has no numbers.
    return [None if v is None or v.dtype == jax_trace.float0 else v for v in found]


def _numbers(value: Any) -> _Numbers:
    (found,) = statistics.measure([value])
    if found is None:
        return _Numbers(0.0, False, False)
    nonfinite = found.nonfinite > 0
    return _Numbers(math.nan if nonfinite else found.norm, found.zeros < 1, nonfinite)


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
