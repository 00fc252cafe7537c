"""Keras' losses, regularizers and layers where a gradient is a matter of choice, run under both.

Nothing here imports either. Predictions equal labels, vectors are 0, and what a crossentropy is
given does not add up to 1.
"""

from __future__ import annotations

import numpy as np

X = np.array([[0.0, 1.0, -2.0], [0.0, 0.0, 0.0], [1.0, -1.0, 0.5]], "float32")
ONE_HOT = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0]], "float32")
CLASSES = np.array([1, 0, 2], "int32")


def _loss(name, labels):
    return lambda tf, x: getattr(tf.keras.losses, name)()(labels, x)


PROGRAMS = {
    name: _loss(name, CLASSES if "Sparse" in name else ONE_HOT)
    for name in (
        "SparseCategoricalCrossentropy", "MeanAbsoluteError", "MeanAbsolutePercentageError",
        "Hinge", "CategoricalHinge", "KLDivergence", "CosineSimilarity", "Huber", "LogCosh",
    )
} | {
    "sparse crossentropy, a class ignored": lambda tf, x: (
        tf.keras.losses.sparse_categorical_crossentropy(CLASSES, x, ignore_class=1)
    ),
    "L1": lambda tf, x: tf.keras.regularizers.L1(0.5)(x),
    "L1 of a weight": lambda tf, x: tf.keras.regularizers.L1(0.5)(x),
    "LeakyReLU": lambda tf, x: tf.keras.layers.LeakyReLU(0.25)(x),
    "UnitNormalization": lambda tf, x: tf.keras.layers.UnitNormalization()(x),
}  # fmt: skip


def run(tf, name):
    """What a program gives for `X`, summed up, and the gradient."""
    v = tf.Variable(X)
    with tf.GradientTape() as tape:
        x = v if name.endswith("weight") else v + 0.0
        result = tf.reduce_sum(PROGRAMS[name](tf, x))
    numbers = [float(result), *tape.gradient(result, v).numpy().reshape(-1).tolist()]
    return [float(f"{n:.6g}") + 0.0 for n in numbers]
