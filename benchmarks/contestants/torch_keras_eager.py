"""The chapter's step in Keras on PyTorch, which records by itself and has no tape."""

import keras
import torch

from benchmarks.contestants import loop
from benchmarks.keras_program import parts

TITLE = "Keras on PyTorch, eager"


def prepare(case):
    model, loss_function, optimizer, train_loss, train_accuracy = parts(keras, case)

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
