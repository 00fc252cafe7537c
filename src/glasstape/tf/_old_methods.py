"""Methods and arguments of Keras 2 on Keras 3's classes; see `glasstape.tf._old_keras`."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import keras

from glasstape import GradientTape, sources
from glasstape.errors import TapeTypeError
from glasstape.ports.keras_state import all_layers
from glasstape.ports.keras_trainer import loss_tracker

_said: set[str] = set()
_OLD_FIT_ARGUMENTS = ("max_queue_size", "workers", "use_multiprocessing")


def say(old: str, now: str | None) -> None:
    """Warn once of an old spelling.

    Args:
        old: What was written.
        now: What it is today; None for what Keras keeps for such programs only.
    """
    if old in _said:
        return
    _said.add(old)
    where = sources.user_source()
    today = "Keras keeps it for such programs alone" if now is None else f"in Keras 3 it is {now}"
    text = f"{old} is an old spelling; {today}"
    # A FutureWarning, since Python shows other deprecations in the main program only.
    warnings.warn_explicit(text, FutureWarning, where.file, where.line)


def add_methods() -> None:
    """Add what is not there."""
    model, optimizer, metric = keras.Model, keras.optimizers.Optimizer, keras.metrics.Metric
    for owner, method in (
        (model, compiled_loss),
        (model, fit_generator),
        (model, evaluate_generator),
        (model, predict_generator),
        (model, reset_states),
        (optimizer, minimize),
        (metric, reset_states),
    ):
        if not hasattr(owner, method.__name__):
            setattr(owner, method.__name__, method)
    if not hasattr(model, "compiled_metrics"):
        model.compiled_metrics = property(CompiledMetrics)  # pyright: ignore
    if not hasattr(optimizer, "lr"):
        optimizer.lr = property(_get_lr, _set_lr)  # pyright: ignore
    _accept_old_arguments()
    _accept_inputs_for_their_number()
    _obey_old_overrides(metric)


# ----- models -----


def compiled_loss(
    self: Any, y: Any, y_pred: Any, sample_weight: Any = None, regularization_losses: Any = None
) -> Any:
    """The loss given to `compile` with the model's own losses, which `fit` then shows."""
    del regularization_losses  # the model's own, and part of the loss in any case
    say("model.compiled_loss", "model.compute_loss(x, y, y_pred, sample_weight)")
    loss = self.compute_loss(x=None, y=y, y_pred=y_pred, sample_weight=sample_weight)
    tracker = loss_tracker(self)
    if tracker is not None:
        tracker.update_state(loss, sample_weight=y_pred.shape[0] if hasattr(y_pred, "shape") else 1)
    return loss


class CompiledMetrics:
    """``model.compiled_metrics``: the metrics given to `compile`."""

    def __init__(self, model: Any):
        self._model = model

    def update_state(self, y: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        say("model.compiled_metrics", "metric.update_state(y, y_pred) for model.metrics")
        self._model.compute_metrics(None, y, y_pred, sample_weight)

    def reset_state(self) -> None:
        """Start anew."""
        self._model.reset_metrics()

    reset_states = reset_state

    @property
    def metrics(self) -> list[Any]:
        """All metrics of the model but the loss."""
        return [m for m in self._model.metrics if m is not loss_tracker(self._model)]


def fit_generator(self: Any, generator: Any, *args: Any, **kwargs: Any) -> Any:
    """`fit` for a generator."""
    say("model.fit_generator", "model.fit")
    names = ("steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data")
    return self.fit(generator, **dict(zip(names, args, strict=False)), **_without_queues(kwargs))


def evaluate_generator(self: Any, generator: Any, steps: Any = None, **kwargs: Any) -> Any:
    """`evaluate` for a generator."""
    say("model.evaluate_generator", "model.evaluate")
    return self.evaluate(generator, steps=steps, **_without_queues(kwargs))


def predict_generator(self: Any, generator: Any, steps: Any = None, **kwargs: Any) -> Any:
    """`predict` for a generator."""
    say("model.predict_generator", "model.predict")
    return self.predict(generator, steps=steps, **_without_queues(kwargs))


def _without_queues(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in kwargs.items() if k not in _OLD_FIT_ARGUMENTS}


# ----- metrics, and models with state -----


def reset_states(self: Any) -> None:
    """`reset_state`; of a model, that of its layers."""
    if not isinstance(self, keras.Model):
        say("metric.reset_states", "metric.reset_state")
        _reset_state(self)
        return
    say("model.reset_states", "layer.reset_state for the layers of the model")
    for layer in all_layers(self):
        if hasattr(layer, "reset_state"):
            layer.reset_state()


def _reset_state(metric: Any) -> None:
    """The metric's own, without coming back to an override that calls this one."""
    method = type(metric).reset_state
    getattr(method, "_original", method)(metric)


def _obey_old_overrides(metric: Any) -> None:
    """`fit` calls `reset_state`; a metric may say what that is under the old name."""
    original = metric.reset_state

    @functools.wraps(original)
    def reset_state(self):
        old = type(self).reset_states
        return original(self) if old is reset_states else old(self)

    obeying: Any = reset_state
    obeying._original = original
    if not hasattr(original, "_original"):
        metric.reset_state = obeying


# ----- recurrent layers -----


def _accept_inputs_for_their_number() -> None:
    """``get_initial_state`` was given the inputs; in Keras 3 it is given the size of the batch."""
    original = keras.layers.RNN.get_initial_state

    @functools.wraps(original)
    def get_initial_state(self, batch_size=None, inputs=None):
        given: Any = batch_size if inputs is None else inputs
        if len(getattr(given, "shape", ())) > 1:
            say("layer.get_initial_state(inputs)", "layer.get_initial_state(inputs.shape[0])")
            given = given.shape[0]
        return original(self, given)

    keras.layers.RNN.get_initial_state = get_initial_state


# ----- optimizers -----


def minimize(
    self: Any, loss: Any, var_list: Any, grad_loss: Any = None, name: Any = None, tape: Any = None
) -> Any:
    """Gradients of `loss`, a function without arguments or a tensor of `tape`, and their update.

    The tape is the third argument since TensorFlow 2.11; before, that was `grad_loss`.
    """
    del name
    say("optimizer.minimize", "tape.gradient and optimizer.apply_gradients")
    if isinstance(grad_loss, GradientTape):
        tape, grad_loss = grad_loss, None
    if callable(loss):
        with tape or GradientTape() as tape:
            loss = loss()
    elif tape is None:
        raise TapeTypeError(
            "optimizer.minimize was given a tensor without the tape that recorded it.",
            expected="a function that computes the loss, or tape=...",
            received=f"a loss of type {type(loss).__name__}",
            fix="pass `tape=tape`, or `lambda: ...` as the loss",
            where=sources.user_source(),
        )
    variables: Any = var_list() if callable(var_list) else list(var_list)
    gradients = tape.gradient(loss, variables, grad_loss)
    return self.apply_gradients(zip(gradients, variables, strict=True))


def _get_lr(self: Any) -> Any:
    say("optimizer.lr", "optimizer.learning_rate")
    return self.learning_rate


def _set_lr(self: Any, value: Any) -> None:
    say("optimizer.lr", "optimizer.learning_rate")
    self.learning_rate = value


def _accept_old_arguments() -> None:
    """``lr=`` and ``decay=`` of Keras' own optimizers."""
    base = keras.optimizers.Optimizer
    for optimizer in vars(keras.optimizers).values():
        is_class = isinstance(optimizer, type) and issubclass(optimizer, base)
        if is_class and optimizer is not base and "__init__" in vars(optimizer):
            optimizer.__init__ = _with_old_arguments(optimizer.__init__)


def _with_old_arguments(original: Callable[..., None]) -> Callable[..., None]:
    if hasattr(original, "_takes_lr"):
        return original

    @functools.wraps(original)
    def __init__(self, *args, **kwargs):
        if "lr" in kwargs:
            say("The argument lr", "learning_rate")
            kwargs["learning_rate"] = kwargs.pop("lr")
        if "decay" in kwargs:
            args, kwargs = _decayed(args, kwargs)
        original(self, *args, **kwargs)

    marked: Any = __init__
    marked._takes_lr = True
    return marked


def _decayed(args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """Keras 2 divided the learning rate by ``1 + decay * iterations``."""
    decay = kwargs.pop("decay")
    if not decay:
        return args, kwargs
    say("The argument decay", "keras.optimizers.schedules.InverseTimeDecay")
    rate = args[0] if args else kwargs.pop("learning_rate", None)
    rate = 0.001 if rate is None else rate
    schedule = keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay)
    return args[1:], {**kwargs, "learning_rate": schedule}
