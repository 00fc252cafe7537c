"""`train_step(self, data)` overrides train under `fit`: compiled as one program, as any step is.

`set_up` is called when Keras has been imported; see `glasstape.ports.keras_trainer` for what it
changes there. What compiles and records is imported when the first such step is trained. The steps
here are what a model does that overrides none, or calls ``super().train_step(data)``: those of
Keras' TensorFlow trainer.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras

from glasstape.ports import keras_trainer


def set_up(start: Callable[[], Any]) -> None:
    """Teach `keras.Model`.

    Args:
        start: Switches on what GlassTape does when the first public name is used.
    """
    defaults = {"train_step": train_step, "test_step": test_step, "predict_step": predict_step}

    def prepare(step: Callable[[Any], Any], run_eagerly: bool) -> Callable[[Any], Any]:
        start()
        return step if run_eagerly else compiled(step)

    keras_trainer.install(keras_trainer.Trainer(defaults, prepare, as_keras_data))


def compiled(step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One program of a step; the step itself when its author has decorated it already."""
    from glasstape.compiler.function import Function

    return step if hasattr(step, "python_function") else Function(step)


def as_keras_data(data: Any, whole: bool, steps: int | None) -> Any:
    """A dataset of ours as one that Keras knows; anything else as it is."""
    if type(data).__module__.partition(".")[0] != "glasstape":
        return data
    from glasstape.loop import feeding

    return feeding.as_keras_data(data, whole, steps)


def train_step(model: Any, data: Any) -> Any:
    """The step of a model that overrides none: loss, gradients, update, metrics."""
    from glasstape.tape.gradient_tape import GradientTape

    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    with GradientTape() as tape:
        y_pred = _predict(model, x, training=True)
        loss = _track_loss(model, x, y, y_pred, sample_weight, training=True)
        optimizer = model.optimizer
        if optimizer is not None:
            loss = optimizer.scale_loss(loss)
    weights = model.trainable_variables
    if weights:
        model.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
    return model.compute_metrics(x, y, y_pred, sample_weight=sample_weight)


def test_step(model: Any, data: Any) -> Any:
    """Loss and metrics."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    y_pred = _predict(model, x, training=False)
    _track_loss(model, x, y, y_pred, sample_weight, training=False)
    return model.compute_metrics(x, y, y_pred, sample_weight=sample_weight)


def predict_step(model: Any, data: Any) -> Any:
    """Predictions."""
    x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
    return _predict(model, x, training=False)


def _predict(model: Any, x: Any, training: bool) -> Any:
    return model(x, training=training) if _has(model.call, "training") else model(x)


def _track_loss(model: Any, x: Any, y: Any, y_pred: Any, weights: Any, training: bool) -> Any:
    # `compute_loss` has the argument `training` since Keras 3.3; overrides may lack it.
    more = {"training": training} if _has(model.compute_loss, "training") else {}
    loss = model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weights, **more)
    tracker = keras_trainer.loss_tracker(model)
    if tracker is not None:
        first = next(leaf for leaf in keras.tree.flatten(x) if leaf is not None)
        tracker.update_state(loss, sample_weight=first.shape[0])
    return loss


def _has(method: Callable[..., Any], argument: str) -> bool:
    return argument in inspect.signature(method).parameters
