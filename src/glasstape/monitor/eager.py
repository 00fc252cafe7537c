"""Looking at updates of plain eager code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from glasstape.guards import events
from glasstape.guards.eager import EagerGuards
from glasstape.monitor import probes
from glasstape.monitor.series import Series
from glasstape.ports import jax_trace, keras_state

_measure = jax.jit(probes.measure)


class _Update(NamedTuple):
    """An update that is going on; `before` is None when it is not looked at."""

    series: Series
    variables: Sequence[Any]
    gradients: Sequence[Any]
    before: list[Any] | None


class EagerWatch(EagerGuards):
    """The eager guards, and a look at every k-th update of each list of variables.

    Args:
        find: Gives the series of (step, variables).
        every: k.
        receive: Takes (series, number of the call, measurements on their way).
    """

    def __init__(
        self,
        find: Callable[[str, Sequence[Any]], Series],
        every: int,
        receive: Callable[[Series, int, Any], None],
    ):
        super().__init__()
        self._find = find
        self._every = every
        self._receive = receive
        self._update: _Update | None = None

    def update_applied(self, event: events.UpdateApplied) -> None:
        """Keep the values from before."""
        super().update_applied(event)
        if _is_traced(event):
            return  # part of a program of the user's own
        series = self._find(_name(event), event.variables)
        look = series.calls % self._every == 0
        before = [keras_state.raw_value(v) for v in event.variables] if look else None
        # An optimizer around another one tells of both; the inner one's gradients count.
        self._update = _Update(series, event.variables, event.gradients, before)

    def update_done(self, event: events.UpdateApplied) -> None:
        """Measure."""
        if self._update is None or _is_traced(event):
            return
        (series, variables, gradients, before), self._update = self._update, None
        series.calls += 1
        if before is None:
            return
        after = [keras_state.raw_value(v) for v in variables]
        with jax_trace.eval_context():
            measured = _measure(_filled(gradients, before), before, after)
        self._receive(series, series.calls, measured)


def _filled(gradients: Sequence[Any], before: Sequence[Any]) -> list[Any]:
    """Zeros for None: which gradients are None may change from call to call, the program not."""
    return [jnp.zeros_like(b) if g is None else g for g, b in zip(gradients, before, strict=True)]


def _is_traced(event: events.UpdateApplied) -> bool:
    return any(jax_trace.is_tracer(g) for g in event.gradients)


def _name(event: events.UpdateApplied) -> str:
    """The function that applied the update."""
    function = event.source.function
    return "eager code" if function.startswith("<") else function
