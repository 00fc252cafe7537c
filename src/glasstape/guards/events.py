"""What happens in a step, told to the innermost listener of this thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from glasstape.errors import GlassTapeError
from glasstape.sources import Source


@dataclass(frozen=True)
class GradientTaken:
    """A tape computed gradients.

    Attributes:
        targets: The tensors that were differentiated.
        variables: The sources that are variables, in order.
        gradients: Their gradients, one a variable, each an array or None.
        source: Where `tape.gradient` was called.
    """

    targets: Sequence[Any]
    variables: Sequence[Any]
    gradients: Sequence[Any]
    source: Source


@dataclass(frozen=True)
class LabelsUsed:
    """A loss reads class labels that must lie in ``[0, num_classes)``."""

    labels: Any
    num_classes: int
    ignored: int | None
    source: Source


@dataclass(frozen=True)
class UpdateApplied:
    """An optimizer is about to apply `gradients` to `variables`."""

    gradients: Sequence[Any]
    variables: Sequence[Any]
    source: Source


@dataclass(frozen=True)
class BranchWrote:
    """A branch or loop that tensors decide about is about to write `variables`.

    The program itself decides there which updates are applied.
    """

    variables: Sequence[Any]


@dataclass(frozen=True)
class MustHold:
    """Something must be true when the program runs.

    Attributes:
        holds: bool[] of the program.
        error: Makes the error when it is not.
        at_once: Whether the call itself must wait for it, because a result is wrong when it is not;
            otherwise the error may come with the next call, or when a variable is read.
    """

    holds: Any
    error: Callable[[], GlassTapeError]
    at_once: bool = False


class Listener:
    """Reacts to events; the base class ignores them all."""

    def gradient_taken(self, event: GradientTaken) -> Sequence[Any]:
        """Return the gradients the tape shall hand out (usually the event's own)."""
        return event.gradients

    def labels_used(self, event: LabelsUsed) -> None:
        """Labels are about to index classes."""

    def update_applied(self, event: UpdateApplied) -> None:
        """Gradients passed the checks of shape and are about to be applied."""

    def update_done(self, event: UpdateApplied) -> None:
        """They were applied."""

    def branch_wrote(self, event: BranchWrote) -> None:
        """Variables are about to be written by a branch or loop."""

    def must_hold(self, event: MustHold) -> bool:
        """Check it when the program runs; False when that cannot be done here."""
        del event
        return False

    def is_outermost(self) -> bool:
        """Whether a step is traced, and no loop or branch inside it."""
        return False

    def found_size(self, count: Any, most: int) -> Any:
        """A dimension for a size that the program finds out; None when there cannot be one here.

        Args:
            count: int32[] of the program, at least 1.
            most: What it is at most.
        """
        del count, most
        return None


class _Listeners(threading.local):
    def __init__(self) -> None:
        self.stack: list[Listener] = []


_listeners = _Listeners()


def push(listener: Listener) -> None:
    """Make `listener` the innermost one of this thread."""
    _listeners.stack.append(listener)


def pop(listener: Listener) -> None:
    """Undo the `push` of `listener`."""
    _listeners.stack.remove(listener)


def current() -> Listener:
    """The innermost listener; in plain eager code, the eager guards."""
    if _listeners.stack:
        return _listeners.stack[-1]
    from glasstape.guards import eager

    return eager.GUARDS


def install_hooks(
    run_update: Callable[..., None],
    find_loss_program: Callable[..., Any],
    run_metric: Callable,
    find_call: Callable[..., Any],
) -> None:
    """Let Keras' optimizers, losses and metrics report here.

    Args:
        run_update: Runs an update that passed every check; is given Keras' own method, the
            optimizer, the gradients and the variables.
        find_loss_program: Finds what to call in place of a loss, or None; is given Keras' own
            method, the loss and its inputs.
        run_metric: Runs a method of a metric; is given it, the metric and the arguments.
        find_call: Finds what to call in place of the `call` of a layer or loss, or None.
    """
    from glasstape.ports import keras_hooks

    class Forward(keras_hooks.Hooks):
        @staticmethod
        def apply(apply, optimizer, gradients, variables, source):
            event = UpdateApplied(gradients, variables, source)
            current().update_applied(event)
            run_update(apply, optimizer, gradients, variables)
            current().update_done(event)

        @staticmethod
        def labels_used(labels, num_classes, ignored, source):
            current().labels_used(LabelsUsed(labels, num_classes, ignored, source))

    hooks: Any = Forward()
    hooks.find_loss_program, hooks.metric = find_loss_program, run_metric
    hooks.find_call = find_call
    keras_hooks.install(hooks)
