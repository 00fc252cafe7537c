"""The programs whose numbers are compared: one source, run by TensorFlow and by glasstape.

Everything random is drawn by NumPy with a fixed seed, so that the initial weights and the batches
need not be stored. The step uses only what the chapter teaches.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

BATCH_SIZE = 32
STEPS = 100


def mlp(keras):
    """Two dense layers."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def chapter_cnn(keras):
    """The chapter's net with a quarter of its filters."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def batch_norm(keras):
    """A net whose state is not all trainable: moving averages decide `test_loss`."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


NETS = {"mlp": mlp, "chapter_cnn": chapter_cnn, "batch_norm": batch_norm}


def load_digits(path: Path | None = None):
    """Images float32[1797, 8, 8, 1] in [0, 1] and labels int64[1797].

    Args:
        path: An NPZ file with ``images`` and ``labels`` as returned here; scikit-learn when None.
    """
    if path is not None:
        with np.load(path) as data:
            return data["images"], data["labels"]
    from sklearn import datasets

    digits = datasets.load_digits()
    return (digits.images[..., None] / 16).astype(np.float32), digits.target.astype(np.int64)


def set_initial_weights(model) -> None:
    """Kernels by Glorot's rule from NumPy; vectors keep their constant initial values."""
    rng = np.random.default_rng(0)
    weights = []
    for weight in model.get_weights():
        if weight.ndim > 1:
            receptive = int(np.prod(weight.shape[:-2]))
            limit = np.sqrt(6 / (receptive * sum(weight.shape[-2:])))
            weight = rng.uniform(-limit, limit, weight.shape).astype(np.float32)
        weights.append(weight)
    model.set_weights(weights)


def batches(images, labels, steps: int):
    """The same `steps` batches in every run."""
    rng = np.random.default_rng(1)
    for _ in range(steps):
        rows = rng.integers(0, len(images), BATCH_SIZE)
        yield images[rows], labels[rows]


def run(api, keras, net: str, digits, steps: int = STEPS, compiled: bool = True) -> dict:
    """Train `net` and write down what a user would print.

    Args:
        api: The module that offers ``GradientTape`` and ``function``.
        keras: Keras on the matching backend.
        net: A key of `NETS`.
        digits: What `load_digits` returns.
        steps: How many steps.
        compiled: Whether the steps are wrapped in ``function``.

    Returns:
        Lists ``loss``, ``mean_loss`` and ``accuracy``, one entry a step, and the loss of the
        trained model in inference mode, ``test_loss``.
    """
    function = api.function if compiled else lambda step: step
    model = NETS[net](keras)
    set_initial_weights(model)
    loss_function = keras.losses.SparseCategoricalCrossentropy()
    optimizer = keras.optimizers.Adam()
    train_loss = keras.metrics.Mean()
    train_accuracy = keras.metrics.SparseCategoricalAccuracy()

    @function
    def train_step(images, labels):
        with api.GradientTape() as tape:
            predictions = model(images, training=True)
            loss = loss_function(labels, predictions)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        train_loss(loss)
        train_accuracy(labels, predictions)
        return loss

    @function
    def test_step(images, labels):
        return loss_function(labels, model(images, training=False))

    seen: dict = {"loss": [], "mean_loss": [], "accuracy": []}
    for images, labels in batches(*digits, steps):
        seen["loss"].append(float(train_step(images, labels)))
        seen["mean_loss"].append(float(train_loss.result()))
        seen["accuracy"].append(float(train_accuracy.result()))
    test_images, test_labels = digits
    seen["test_loss"] = float(test_step(test_images[:256], test_labels[:256]))
    return seen
