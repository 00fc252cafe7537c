"""Checks inside a compiled step: cheap, and never a half-applied update.

A step that can fail carries one small hidden state, the verdict: ``int32[2]``, the number of the
first check that failed (`PASSED`: none) and what it saw. When a check fails, every variable the
step writes keeps its old value, in this call and in all that follow until the error was raised. So
the verdict need not be waited for: it is looked at when a variable is read, and every few
milliseconds.

`jax.lax` is used throughout: each `jax.numpy` function would be traced and lowered as a function
of its own, and each kernel saved is some 10 ms of the first call.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from glasstape.errors import GlassTapeError
from glasstape.guards import nonfinite
from glasstape.guards.events import GradientTaken, LabelsUsed
from glasstape.guards.labels import label_error
from glasstape.ports.jax_trace import is_differentiable

NAN, INFINITE = 1, 2
# The code of a step in which no check has failed; any check's number is lower.
PASSED = 2**31 - 1
EMPTY_VERDICT = np.array([PASSED, 0], np.int32)


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
    failed = lax.bitwise_not(_all([_is_finite(t) for t in targets]))
    not_nan = _all([lax.eq(t, t) for t in targets])
    seen = lax.select(not_nan, np.int32(INFINITE), np.int32(NAN))
    source = event.source

    def error(seen: int) -> GlassTapeError:
        return nonfinite.loss_error("nan" if seen == NAN else "infinite", source)

    return Check(failed, seen, error)


def _is_finite(value: Any) -> Any:
    if jnp.iscomplexobj(value):
        return lax.bitwise_and(lax.is_finite(lax.real(value)), lax.is_finite(lax.imag(value)))
    return lax.is_finite(value)


def _all(conditions: list[Any]) -> Any:
    each = [lax.reduce_and(c, tuple(range(c.ndim))) if c.ndim else c for c in conditions]
    return functools.reduce(lax.bitwise_and, each)


def label_check(event: LabelsUsed) -> Check | None:
    """Labels must lie in ``[0, num_classes)`` or equal the ignored class."""
    labels, num_classes, source = event.labels, event.num_classes, event.source
    if labels.size == 0:
        return None
    if event.ignored is not None:
        labels = jnp.where(labels == event.ignored, jnp.zeros((), labels.dtype), labels)
    worst = lax.reduce_max(_unsigned(labels), tuple(range(labels.ndim)))
    failed = lax.ge(worst, np.array(num_classes, worst.dtype))
    seen = lax.convert_element_type(worst, np.int32)
    return Check(failed, seen, lambda label: label_error(label, num_classes, source))


def _unsigned(labels: Any) -> Any:
    """As unsigned numbers, among which negative ones are the largest: one comparison does."""
    if not jnp.issubdtype(labels.dtype, np.integer) or labels.dtype.itemsize < 4:
        labels = lax.convert_element_type(labels, np.int32)
    return lax.convert_element_type(labels, f"uint{8 * labels.dtype.itemsize}")


class Verdict:
    """The verdict of a step while it is traced.

    Args:
        before: int32[2], the verdict after the previous call.
    """

    def __init__(self, before: Any):
        self._before = before
        self._code: Any = None  # after the checks decided so far
        self._seen: Any = None
        self._checks: list[Check] = []
        self._decided = 0
        self._held_at: dict[int, int] = {}

    @property
    def errors(self) -> list[Callable[[int], GlassTapeError]]:
        """For each check the maker of its error."""
        return [check.error for check in self._checks]

    def add(self, check: Check) -> None:
        """Let `check` decide, too."""
        self._checks.append(check)

    def hold(self, key: int, new: Any, old: Any) -> Any:
        """`new`, or `old` when a check has failed.

        Decided at each write and not once at the end: an optimizer that goes on computing with
        the value it has just written then reads the very array that leaves the program, and XLA
        can still overwrite the old one in place. (Deciding at the end made the step of the
        chapter's CNN 2.5 times slower.)
        """
        self._held_at[key] = len(self._checks)
        if not self._checks:
            return new
        self._decide()
        return lax.select(lax.eq(self._code, np.int32(PASSED)), new, old)

    def hold_late(self, key: int, new: Any, old: Any) -> Any:
        """`hold` again when a check was added after the write."""
        return self.hold(key, new, old) if self._held_at[key] < len(self._checks) else new

    def after(self) -> Any:
        """The verdict after this call, int32[2]; the first failure ever seen stays."""
        self._decide()
        return _row([self._code, self._seen])

    def _decide(self) -> None:
        """Let the checks added since the last time decide.

        By a reduction, because XLA would otherwise compute the whole chain of comparisons again
        in every update it guards, which costs time to compile.
        """
        added = list(enumerate(self._checks))[self._decided :]
        if not added:
            return
        self._decided = len(self._checks)
        if self._code is None:
            self._code, self._seen = (lax.squeeze(v, (0,)) for v in lax.split(self._before, (1, 1)))
        passed = lax.eq(self._code, np.int32(PASSED))
        codes, seen = [self._code], [self._seen]
        for number, check in added:
            counts = lax.bitwise_and(passed, check.failed)
            codes.append(lax.select(counts, np.int32(number), np.int32(PASSED)))
            seen.append(check.seen)
        start = np.int32(PASSED), np.int32(0)
        self._code, self._seen = lax.reduce((_row(codes), _row(seen)), start, _first, (0,))


def _row(scalars: list[Any]) -> Any:
    return lax.concatenate([lax.reshape(s, (1,)) for s in scalars], 0)


def _first(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    """Of two pairs of a code and what was seen, the one with the lower code."""
    takes_a = lax.le(a[0], b[0])
    return lax.select(takes_a, a[0], b[0]), lax.select(takes_a, a[1], b[1])
