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


def build(api: Any, keras: Any, case: Any) -> Program:
    """Build model, optimizer, metrics and step.

    Args:
        api: The module that offers ``GradientTape``.
        keras: Keras on the matching backend.
        case: What is trained.
    """
    model = case.model(keras)
    loss_function = keras.losses.SparseCategoricalCrossentropy()
    optimizer = keras.optimizers.Adam()
    # The hand-written step needs the slots before its first call, so they exist everywhere.
    optimizer.build(model.trainable_variables)
    train_loss = keras.metrics.Mean()
    train_accuracy = keras.metrics.SparseCategoricalAccuracy()

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
