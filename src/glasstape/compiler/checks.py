"""Checks inside a compiled step: cheap, and never a half-applied update.

A step that can fail carries one small hidden state, the verdict: ``int32[2]``, the number of the
first check that failed (0: none) and what it saw. When a check fails, every variable the step
writes keeps its old value, in this call and in all that follow until the error was raised. So the
verdict need not be waited for: it is looked at when a variable is read, and every few
milliseconds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp

from glasstape.errors import GlassTapeError
from glasstape.guards import nonfinite
from glasstape.guards.events import GradientTaken, LabelsUsed
from glasstape.guards.labels import label_error
from glasstape.ports.jax_program import barrier
from glasstape.ports.jax_trace import is_differentiable

NAN, INFINITE = 1, 2


class Check(NamedTuple):
    """A condition of a step.

    Attributes:
        failed: bool[] of the program.
        seen: int32[] of the program, what to tell the user.
        error: Makes the error from the value of `seen`.
    """

    failed: Any
    seen: Any
    error: Callable[[int], GlassTapeError]


def loss_check(event: GradientTaken) -> Check | None:
    """The targets of a gradient must be finite."""
    targets = [t for t in event.targets if is_differentiable(t)]
    if not targets:
        return None
    # Each by itself: large finite targets may add up to infinity.
    failed = jnp.logical_not(_all([jnp.isfinite(t) for t in targets]))
    not_nan = _all([~jnp.isnan(t) for t in targets])
    seen = jnp.where(not_nan, INFINITE, NAN).astype(jnp.int32)
    source = event.source

    def error(seen: int) -> GlassTapeError:
        return nonfinite.loss_error("nan" if seen == NAN else "infinite", source)

    return Check(failed, seen, error)


def _all(conditions: list[Any]) -> Any:
    return functools.reduce(jnp.logical_and, [c if c.ndim == 0 else jnp.all(c) for c in conditions])


def label_check(event: LabelsUsed) -> Check | None:
    """Labels must lie in ``[0, num_classes)`` or equal the ignored class."""
    labels, num_classes, source = event.labels, event.num_classes, event.source
    if labels.size == 0:
        return None
    if event.ignored is not None:
        labels = jnp.where(labels == event.ignored, jnp.zeros((), labels.dtype), labels)
    low, high = jnp.min(labels), jnp.max(labels)
    seen = jnp.where(high >= num_classes, high, low).astype(jnp.int32)
    failed = (low < 0) | (high >= num_classes)
    return Check(failed, seen, lambda label: label_error(label, num_classes, source))


class Verdict:
    """The verdict of a step while it is traced.

    Args:
        before: int32[2], the verdict after the previous call.
    """

    def __init__(self, before: Any):
        self._before = before
        self._ok: Any = None
        self._checks: list[Check] = []
        self._held_at: dict[int, int] = {}

    @property
    def errors(self) -> list[Callable[[int], GlassTapeError]]:
        """For each check the maker of its error."""
        return [check.error for check in self._checks]

    def add(self, check: Check) -> None:
        """Let `check` decide, too."""
        ok = self._before[0] == 0 if self._ok is None else self._ok
        # As a reduction behind a barrier, because XLA would otherwise compute the whole chain of
        # comparisons again in every update it guards, which costs time to compile.
        self._ok = jnp.all(barrier([jnp.stack([ok, ~check.failed])])[0])
        self._checks.append(check)

    def hold(self, key: int, new: Any, old: Any) -> Any:
        """`new`, or `old` when a check has failed.

        Decided at each write and not once at the end: an optimizer that goes on computing with
        the value it has just written then reads the very array that leaves the program, and XLA
        can still overwrite the old one in place. (Deciding at the end made the step of the
        chapter's CNN 2.5 times slower.)
        """
        self._held_at[key] = len(self._checks)
        return new if self._ok is None else jnp.where(self._ok, new, old)

    def hold_late(self, key: int, new: Any, old: Any) -> Any:
        """`hold` again when a check was added after the write."""
        return self.hold(key, new, old) if self._held_at[key] < len(self._checks) else new

    def after(self) -> Any:
        """The verdict after this call, int32[2]; the first failure ever seen stays."""
        code, seen = self._before[0], self._before[1]
        for number, check in enumerate(self._checks, start=1):
            first = (code == 0) & check.failed
            code = jnp.where(first, jnp.int32(number), code)
            seen = jnp.where(first, check.seen, seen)
        return jnp.stack([code, seen])
