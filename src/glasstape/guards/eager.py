"""The guards of plain eager code, where every value is at hand."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from glasstape.guards import nonfinite
from glasstape.guards.events import GradientTaken, LabelsUsed, Listener, UpdateApplied
from glasstape.guards.labels import label_error
from glasstape.ports.jax_trace import eval_context, is_differentiable, is_tracer
from glasstape.sources import Source

_LARGEST_KEPT = 1024


class EagerGuards(Listener):
    """Looks at labels when a loss uses them, and at the loss before an update is applied."""

    def __init__(self) -> None:
        self._taken = _Taken()

    def gradient_taken(self, event: GradientTaken) -> Sequence[Any]:
        """Remember the loss until its variables are updated."""
        self._taken.note(event)
        return event.gradients

    def labels_used(self, event: LabelsUsed) -> None:
        """Refuse labels out of range."""
        if is_tracer(event.labels):
            return
        labels = np.asarray(event.labels)
        bad = (labels < 0) | (labels >= event.num_classes)
        if event.ignored is not None:
            bad &= labels != event.ignored
        if bad.any():
            raise label_error(int(labels[bad].flat[0]), event.num_classes, event.source)

    def update_applied(self, event: UpdateApplied) -> None:
        """Refuse an update that comes from a loss that is not finite."""
        for targets, source in self._taken.pop(event.variables):
            kind = _nonfinite_kind(targets)
            if kind and nonfinite.is_guarded():
                raise nonfinite.loss_error(kind, source)


class _Taken(threading.local):
    """The losses whose gradients were taken and not applied yet, by variable.

    By variable and not by gradient: clipping and averaging make new gradients.
    """

    def __init__(self) -> None:
        self._by_variable: dict[int, tuple[Any, tuple[list[Any], Source]]] = {}

    def note(self, event: GradientTaken) -> None:
        targets = [t for t in event.targets if is_differentiable(t) and not is_tracer(t)]
        taken = [t if t.size <= _LARGEST_KEPT else _largest(t) for t in targets], event.source
        forget = self._by_variable.pop
        for variable in event.variables:
            key = id(variable)
            self._by_variable[key] = weakref.ref(variable, lambda _, k=key: forget(k, None)), taken

    def pop(self, variables: Sequence[Any]) -> list[tuple[list[Any], Source]]:
        """What was noted for any of `variables`, once each."""
        found = [self._by_variable.pop(id(v), None) for v in variables]
        return list({id(entry[1]): entry[1] for entry in found if entry is not None}.values())


def _largest(target: Any) -> Any:
    """Stands for a target too large to be kept alive; is finite when all of it is."""
    with eval_context():
        return jnp.max(jnp.abs(target))


def _nonfinite_kind(targets: Sequence[Any]) -> str | None:
    values = [np.asarray(t) for t in targets]
    if all(np.isfinite(v).all() for v in values):
        return None
    return "nan" if any(np.isnan(v).any() for v in values) else "infinite"


GUARDS = EagerGuards()
