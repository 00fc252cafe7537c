"""The step a JAX expert writes with Keras' stateless API: all state goes in, donated, and out."""

import jax
import keras

from benchmarks.contestants import loop, on_device
from benchmarks.keras_program import parts

TITLE = "hand-written JAX"


def prepare(case):
    step, state = make(case)
    step = jax.jit(step, donate_argnums=0)

    def next_step(images, labels):
        nonlocal state
        state, loss = step(state, images, labels)
        return loss

    return loop(next_step, on_device(case))


def make(case):
    """The pure step, (state, images, labels) -> (state, loss), and the state it begins with."""
    model, loss_function, optimizer, train_loss, train_accuracy = parts(keras, case)

    def compute_loss(trainable, non_trainable, images, labels):
        predictions, non_trainable = model.stateless_call(
            trainable, non_trainable, images, training=True
        )
        return loss_function(labels, predictions), (predictions, non_trainable)

    def step(state, images, labels):
        trainable, non_trainable, slots, mean, accuracy = state
        (loss, (predictions, non_trainable)), gradients = jax.value_and_grad(
            compute_loss, has_aux=True
        )(trainable, non_trainable, images, labels)
        trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
        mean = train_loss.stateless_update_state(mean, loss)
        accuracy = train_accuracy.stateless_update_state(accuracy, labels, predictions)
        return (trainable, non_trainable, slots, mean, accuracy), loss

    owners = (train_loss, train_accuracy)
    state = tuple(
        [v.value for v in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
            optimizer.variables,
            *(owner.variables for owner in owners),
        )
    )
    return step, state
