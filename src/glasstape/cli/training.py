"""The training program that `glasstape demo` runs, written by hand as anybody would write it."""

# ruff: noqa: B905 - apply_gradients says itself when the gradients do not fit
# Keras types its metrics' results as perhaps None:
# pyright: reportArgumentType=false, reportOptionalOperand=false

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import keras

import glasstape as gt  # before keras: it chooses the JAX backend


class EpochResult(NamedTuple):
    """What one epoch reached; accuracies in percent."""

    epoch: int
    loss: float
    accuracy: float
    test_loss: float
    test_accuracy: float


def train(train_ds: Iterable[Any], test_ds: Iterable[Any], epochs: int) -> Iterator[EpochResult]:
    """Train a small convolutional net on batches of images and labels, epoch by epoch."""
    model = keras.Sequential(
        [
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    loss_function = keras.losses.SparseCategoricalCrossentropy()
    optimizer = keras.optimizers.Adam()
    train_loss, test_loss = keras.metrics.Mean(), keras.metrics.Mean()
    train_accuracy = keras.metrics.SparseCategoricalAccuracy()
    test_accuracy = keras.metrics.SparseCategoricalAccuracy()

    @gt.function
    def train_step(images, labels):
        with gt.GradientTape() as tape:
            predictions = model(images, training=True)
            loss = loss_function(labels, predictions)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        train_loss(loss)
        train_accuracy(labels, predictions)

    @gt.function
    def test_step(images, labels):
        predictions = model(images, training=False)
        test_loss(loss_function(labels, predictions))
        test_accuracy(labels, predictions)

    for epoch in range(1, epochs + 1):
        for metric in (train_loss, train_accuracy, test_loss, test_accuracy):
            metric.reset_state()
        for images, labels in train_ds:
            train_step(images, labels)
        for images, labels in test_ds:
            test_step(images, labels)
        yield EpochResult(
            epoch,
            float(train_loss.result()),
            float(train_accuracy.result()) * 100,
            float(test_loss.result()),
            float(test_accuracy.result()) * 100,
        )
