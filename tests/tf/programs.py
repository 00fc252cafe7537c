"""TensorFlow programs that run under TensorFlow and under glasstape.tf, and print numbers.

Nothing here imports either: the module to use as ``tf`` is an argument or named by its import
line. Weights are drawn by NumPy, and datasets are not shuffled, so that both see the same.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import runpy
import sys
from pathlib import Path
from unittest import mock

import numpy as np

CHAPTER = Path(__file__).parents[2] / "examples" / "chapter.py"
IMPORT_LINE = "import glasstape.tf as tf\n"
TRAIN, TEST = 640, 160  # 20 and 5 batches: enough to differ, quick without compiling
BATCH_SIZE = 32


def glorot_uniform(self, shape, dtype=None):
    """Glorot's rule, the same numbers for the same shape."""
    receptive = int(np.prod(shape[:-2]))
    limit = np.sqrt(6 / (receptive * sum(shape[-2:])))
    return np.random.default_rng(shape).uniform(-limit, limit, shape).astype("float32")


@contextlib.contextmanager
def fixed(tf):
    """No randomness: NumPy's weights, and datasets in their own order."""
    initializer, dataset = tf.keras.initializers.GlorotUniform, tf.data.Dataset
    with (
        mock.patch.object(initializer, "__call__", glorot_uniform),
        mock.patch.object(dataset, "shuffle", lambda self, *args, **kwargs: self),
    ):
        yield


def write_digits(images, labels, path):
    """Some of the digits as the NPZ file that the chapter's program reads."""
    rows = np.random.default_rng(0).permutation(len(images))[: TRAIN + TEST]
    x, y = images[rows, ..., 0], labels[rows]
    np.savez(path, x_train=x[:TRAIN], y_train=y[:TRAIN], x_test=x[TRAIN:], y_test=y[TRAIN:])


def run_chapter(module, folder, epochs=2, change=lambda text: text):
    """What examples/chapter.py prints with another import line.

    Args:
        module: What to import as ``tf``.
        folder: Where digits.npz is, and the changed program is written to.
        epochs: How many.
        change: Applied to the program's text.
    """
    text = CHAPTER.read_text(encoding="utf-8")
    assert text.count(IMPORT_LINE) == 1
    text = change(text.replace(IMPORT_LINE, f"import {module} as tf\n"))
    program = Path(folder, f"chapter_{module}.py")
    program.write_text(text, encoding="utf-8")
    arguments = ["chapter.py", "--data", str(Path(folder, "digits.npz")), "--epochs", str(epochs)]
    printed = io.StringIO()
    with (
        fixed(importlib.import_module(module)),
        mock.patch.object(sys, "argv", arguments),
        contextlib.redirect_stdout(printed),
    ):
        runpy.run_path(str(program), run_name="__main__")
    return printed.getvalue().splitlines()


def sequential(tf):
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def functional(tf):
    layers = tf.keras.layers
    inputs = tf.keras.Input((8, 8, 1))
    hidden = layers.Flatten()(layers.Conv2D(4, 3, activation="relu")(inputs))
    skip = layers.Dense(16)(layers.Flatten()(inputs))
    joined = layers.Concatenate()([hidden, layers.Activation("tanh")(skip)])
    return tf.keras.Model(inputs, layers.Dense(10, activation="softmax")(joined))


def subclassed(tf):
    class Net(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = tf.keras.layers.Conv2D(4, 3, use_bias=False)
            self.norm = tf.keras.layers.BatchNormalization()
            self.flatten = tf.keras.layers.Flatten()
            self.out = tf.keras.layers.Dense(10)

        def call(self, x, training=False):
            x = tf.keras.activations.relu(self.norm(self.conv(x), training=training))
            return tf.keras.activations.softmax(self.out(self.flatten(x)))

    return Net()


KINDS = {"sequential": sequential, "functional": functional, "subclassed": subclassed}


def train(tf, kind, digits, steps=20, compiled=True):
    """Losses and running accuracies of `steps` steps, the loss also computed by hand."""
    function = tf.function(experimental_relax_shapes=True) if compiled else lambda step: step
    with fixed(tf):
        images, labels = digits
        rows = steps * BATCH_SIZE
        dataset = tf.data.Dataset.from_tensor_slices((images[:rows], labels[:rows]))
        model = KINDS[kind](tf)
        loss_function = tf.keras.losses.SparseCategoricalCrossentropy()
        optimizer = tf.keras.optimizers.Adam()
        accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
        steps_taken = tf.Variable(0, trainable=False)
        scale = tf.Variable(1.0)

        @function
        def train_step(images, labels):
            with tf.GradientTape(persistent=True) as tape:
                predictions = model(images, training=True)
                loss = loss_function(labels, predictions)
                scaled = tf.square(scale) * tf.stop_gradient(loss)
            gradients = tape.gradient(loss, model.trainable_variables)
            slope = tape.gradient(scaled, scale)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            steps_taken.assign_add(1)
            right = tf.equal(tf.argmax(predictions, axis=1), tf.cast(labels, tf.int64))
            accuracy(labels, predictions)
            return loss, tf.reduce_mean(tf.cast(right, tf.float32)), slope

        seen = {"loss": [], "accuracy": [], "slope": [], "running accuracy": []}
        for images, labels in dataset.shuffle(1000).batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE):
            numbers = [*train_step(images, labels), accuracy.result()]
            for name, number in zip(seen, numbers, strict=True):
                seen[name].append(float(number))
        seen["steps"] = [int(steps_taken)]
        return seen
