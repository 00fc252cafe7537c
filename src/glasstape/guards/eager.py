"""The guards of plain eager code, where every value is at hand."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from glasstape.guards import nonfinite
from glasstape.guards.events import GradientTaken, LabelsUsed, Listener, UpdateApplied
from glasstape.guards.labels import label_error
from glasstape.ports.jax_trace import is_differentiable, is_tracer


class EagerGuards(Listener):
    """Looks at labels when a loss uses them, and at the loss before an update is applied."""

    def __init__(self) -> None:
        self._last = threading.local()

    def gradient_taken(self, event: GradientTaken) -> Sequence[Any]:
        """Remember the loss these gradients came from, without keeping it alive."""
        targets = [weakref.ref(t) for t in event.targets]
        gradients = [weakref.ref(g) for g in event.gradients if g is not None]
        self._last.taken = (targets, gradients, event.source)
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
        """Refuse gradients of a loss that is not finite."""
        taken = getattr(self._last, "taken", None)
        self._last.taken = None
        if taken is None or not nonfinite.is_guarded():
            return
        targets, gradients, source = taken
        applied = {id(g) for g in event.gradients if g is not None}
        if not any(id(g()) in applied for g in gradients):
            return
        for target in (t() for t in targets):
            if target is None or is_tracer(target) or not is_differentiable(target):
                continue
            value = np.asarray(target)
            if not np.isfinite(value).all():
                kind = "nan" if np.isnan(value).any() else "infinite"
                raise nonfinite.loss_error(kind, source)


GUARDS = EagerGuards()
