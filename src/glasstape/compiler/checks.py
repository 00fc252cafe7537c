"""Checks inside a compiled step: cheap, and never a half-applied update.

A step that can fail carries one small hidden state, the verdict: one ``int32[]`` that says which
check was the first to fail and what it saw (see `read`), or `PASSED`. When a check fails, every
variable the step writes keeps its old value, in this call and in all that follow until the error
was raised. So the verdict need not be waited for: it is looked at when a variable is read, and
ten times a second.

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
# The verdict of a step in which no check has failed; any failure is a lower number.
PASSED = 2**31 - 1
EMPTY_VERDICT = np.array(PASSED, np.int32)
# One number and not two: each kernel of the program costs 7 ms of the first call. Ten bits say
# which check (the last number stands for all that come later), the rest what it saw.
_SEEN_BITS = 21
_MOST_SEEN = 2 ** (_SEEN_BITS - 1) - 1
_LAST_CHECK = 2 ** (31 - _SEEN_BITS) - 2
# So few labels are looked at where the verdict is made, without a kernel of their own.
_FEW = 4096


class Check(NamedTuple):
    """A condition of a step.

    Attributes:
        failed: bool[...] of the program; one is enough.
        seen: int32[...] of the program, what to tell the user; kept up to ±`_MOST_SEEN`. Of several
            the smallest is told.
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
    worst = _unsigned(labels)
    if not isinstance(labels.size, int) or labels.size > _FEW:
        worst = lax.reduce_max(worst, tuple(range(labels.ndim)))
    failed = lax.ge(worst, lax.full_like(worst, num_classes))
    seen = lax.convert_element_type(worst, np.int32)

    def error(seen: int) -> GlassTapeError:
        beyond = " or more" if seen == _MOST_SEEN else " or less" if seen == -_MOST_SEEN else ""
        return label_error(f"{seen}{beyond}", num_classes, source)

    return Check(failed, seen, error)


def _unsigned(labels: Any) -> Any:
    """As unsigned numbers, among which negative ones are the largest: one comparison does."""
    if not jnp.issubdtype(labels.dtype, np.integer) or labels.dtype.itemsize < 4:
        labels = lax.convert_element_type(labels, np.int32)
    return lax.convert_element_type(labels, f"uint{8 * labels.dtype.itemsize}")


def read(verdict: int) -> tuple[int, int]:
    """Number of the check that failed and what it saw; `verdict` is not `PASSED`."""
    return verdict >> _SEEN_BITS, (verdict & 2**_SEEN_BITS - 1) - _MOST_SEEN


class Verdict:
    """The verdict of a step while it is traced.

    Args:
        before: int32[], the verdict after the previous call.
    """

    def __init__(self, before: Any):
        self._verdict = before  # after the checks decided so far
        self._checks: list[Check] = []
        self._decided = 0
        self._held_at: dict[int, int] = {}

    @property
    def errors(self) -> list[Callable[[int], GlassTapeError]]:
        """For each check the maker of its error."""
        return [check.error for check in self._checks][: _LAST_CHECK + 1]

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
        return lax.select(lax.eq(self.after(), np.int32(PASSED)), new, old)

    def hold_late(self, key: int, new: Any, old: Any) -> Any:
        """`hold` again when a check was added after the write."""
        return self.hold(key, new, old) if self._held_at[key] < len(self._checks) else new

    def after(self) -> Any:
        """The verdict after the checks so far, int32[]; the first failure ever seen stays.

        By a reduction, because XLA would otherwise compute the whole chain of comparisons again
        in every update it guards, which costs time to compile.
        """
        added = list(enumerate(self._checks))[self._decided :]
        if added:
            self._decided = len(self._checks)
            passed = lax.eq(self._verdict, np.int32(PASSED))
            failures = [_failure(passed, number, check) for number, check in added]
            row = lax.concatenate(
                [lax.reshape(v, (v.size,)) for v in (self._verdict, *failures)], 0
            )
            self._verdict = lax.reduce_min(row, (0,))
        return self._verdict


def _failure(passed_before: Any, number: int, check: Check) -> Any:
    """int32[...], what `read` takes apart, or `PASSED`."""
    shift = min(number, _LAST_CHECK) * 2**_SEEN_BITS + _MOST_SEEN
    seen = lax.clamp(np.int32(-_MOST_SEEN), check.seen, np.int32(_MOST_SEEN))
    counts = lax.bitwise_and(lax.broadcast(passed_before, seen.shape), check.failed)
    code = lax.add(seen, lax.full_like(seen, shift))
    return lax.select(counts, code, lax.full_like(code, PASSED))
