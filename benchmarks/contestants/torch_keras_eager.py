"""The chapter's step in Keras on PyTorch, which records by itself and has no tape."""

import keras
import torch

from benchmarks.contestants import loop

TITLE = "Keras on PyTorch, eager"


def prepare(case):
    model = case.model(keras)
    loss_function = keras.losses.SparseCategoricalCrossentropy()
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    train_loss = keras.metrics.Mean()
    train_accuracy = keras.metrics.SparseCategoricalAccuracy()

    def step(images, labels):
        predictions = model(images, training=True)
        loss = loss_function(labels, predictions)
        model.zero_grad()
        loss.backward()
        gradients = [v.value.grad for v in model.trainable_variables]
        with torch.no_grad():
            optimizer.apply(gradients, model.trainable_variables)
            train_loss(loss)
            train_accuracy(labels, predictions)
        return loss

    return loop(step, [tuple(map(torch.from_numpy, batch)) for batch in case.batches()])
