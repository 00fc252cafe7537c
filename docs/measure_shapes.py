"""What a batch of another size costs, with and without `reduce_retracing`.

    python docs/measure_shapes.py

For each net the first calls with new batch sizes, without the time XLA compiles: the least and the
median of eight sizes.
"""

import statistics
import time

import glasstape as gt  # before keras: it chooses the JAX backend

# isort: split
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

from glasstape.ports.jax_program import compile_seconds

SIZES = (32, 16, 24, 20, 12, 28, 8, 30, 22, 14)


def cnn():
    """As a chapter on MNIST has it, with batch normalisation."""
    net = [layers.Conv2D(16, 3, activation="relu"), layers.BatchNormalization()]
    net += [layers.MaxPooling2D(), layers.Dropout(0.3), layers.Flatten()]
    return keras.Sequential([*net, layers.Dense(32, activation="relu"), layers.Dense(10)])


def deep():
    """Twenty blocks of a dense layer, batch normalisation and dropout."""
    blocks = []
    for _ in range(20):
        blocks += [layers.Dense(32, "relu"), layers.BatchNormalization(), layers.Dropout(0.1)]
    return keras.Sequential([layers.Flatten(), *blocks, layers.Dense(10)])


def step_for(net, **options):
    """A training step with Adam and two metrics."""
    keras.utils.set_random_seed(0)
    model, optimizer = net(), keras.optimizers.Adam()
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracy, mean = keras.metrics.SparseCategoricalAccuracy(), keras.metrics.Mean()

    @gt.function(**options)
    def step(images, labels):
        with gt.GradientTape() as tape:
            logits = model(images, training=True)
            loss = loss_of(labels, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        accuracy.update_state(labels, logits)
        mean.update_state(loss)
        return loss

    return step


def seconds(step):
    """Of the first call with each size, without those of XLA; the first two sizes are left out."""
    found = []
    for size in SIZES:
        images = jnp.asarray(np.ones((size, 28, 28, 1), "float32"))
        labels = jnp.asarray(np.arange(size) % 10)
        compiling, start = compile_seconds(), time.perf_counter()
        step(images, labels)
        found.append(time.perf_counter() - start - (compile_seconds() - compiling))
    return found[2:]


def main():
    """Print a table."""
    for net in (cnn, deep):
        for options in ({}, {"reduce_retracing": True}):
            step = step_for(net, **options)
            times = seconds(step)
            print(
                f"{net.__name__:5} {options or 'traced for each size'!s:28} "
                f"{len(step.traces):3} traces, a new size {1e3 * min(times):4.0f} ms (least), "
                f"{1e3 * statistics.median(times):4.0f} ms (median)"
            )


if __name__ == "__main__":
    main()
