"""The training step of the chapter, in the words TensorFlow and glasstape share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Program(NamedTuple):
    """A step and what it trains.

    Attributes:
        step: The plain Python function ``step(images, labels) -> loss``.
        variables: Everything it overwrites.
    """

    step: Callable[[Any, Any], Any]
    variables: list[Any]


class Parts(NamedTuple):
    """What every step with Keras is made of, on any backend."""

    model: Any
    loss_function: Any
    optimizer: Any
    train_loss: Any
    train_accuracy: Any


def parts(keras: Any, case: Any) -> Parts:
    """Build model, loss, optimizer and metrics."""
    model = case.model(keras)
    optimizer = keras.optimizers.Adam()
    # The hand-written step needs the slots before its first call, so they exist everywhere.
    optimizer.build(model.trainable_variables)
    return Parts(
        model,
        keras.losses.SparseCategoricalCrossentropy(),
        optimizer,
        keras.metrics.Mean(),
        keras.metrics.SparseCategoricalAccuracy(),
    )


def build(api: Any, keras: Any, case: Any) -> Program:
    """Build model, optimizer, metrics and step.

    Args:
        api: The module that offers ``GradientTape``.
        keras: Keras on the matching backend.
        case: What is trained.
    """
    model, loss_function, optimizer, train_loss, train_accuracy = parts(keras, case)
    GradientTape = api.GradientTape  # glasstape imports it here, and not in the first call

    def step(images, labels):
        with GradientTape() as tape:
            predictions = model(images, training=True)
            loss = loss_function(labels, predictions)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        train_loss(loss)
        train_accuracy(labels, predictions)
        return loss

    metrics = [*train_loss.variables, *train_accuracy.variables]
    return Program(step, [*model.variables, *optimizer.variables, *metrics])
