"""Crossentropies of what softmax and sigmoid give: losses and gradients, run under both.

Nothing here imports either. One row is saturated: probabilities that are 0 and 1 in float32.
"""

from __future__ import annotations

import warnings

import numpy as np

Z = np.array([[2.0, -1.0, 0.5], [30.0, -30.0, 0.0]], "float32")
LABELS = {
    "SparseCategoricalCrossentropy": np.array([1, 1]),
    "CategoricalCrossentropy": np.array([[0, 1, 0], [0, 1, 0]], "float32"),
    "BinaryCrossentropy": np.array([[0, 1, 0], [0, 1, 0]], "float32"),
}
ACTIVATIONS = {
    "softmax": lambda tf: tf.keras.layers.Dense(
        3, activation="softmax", kernel_initializer="identity"
    ),
    "sigmoid": lambda tf: tf.keras.layers.Activation("sigmoid"),
    "nn.softmax": lambda tf: tf.nn.softmax,
    "nn.sigmoid": lambda tf: tf.nn.sigmoid,
}
# The loss, the activation, whether compiled, and from_logits.
_RUNS = [
    ("SparseCategoricalCrossentropy", "softmax", False, True),
    ("SparseCategoricalCrossentropy", "nn.softmax", False, True),
    ("CategoricalCrossentropy", "sigmoid", False, False),
    ("CategoricalCrossentropy", "nn.softmax", True, True),
    ("BinaryCrossentropy", "sigmoid", True, True),
    ("BinaryCrossentropy", "softmax", False, False),
    ("BinaryCrossentropy", "nn.sigmoid", True, False),
    ("BinaryCrossentropy", "nn.softmax", True, False),
]
PROGRAMS = {f"{a} of {b}, compiled={c}, from_logits={d}": (a, b, c, d) for a, b, c, d in _RUNS}


def run(tf, name):
    """The loss of a program and the gradient of the numbers before the activation."""
    kind, activation, is_compiled, from_logits = PROGRAMS[name]
    loss = getattr(tf.keras.losses, kind)(from_logits=from_logits)
    activate, z, labels = ACTIVATIONS[activation](tf), tf.Variable(Z), LABELS[kind]
    activate(tf.constant(Z))  # builds it

    def step():
        with tf.GradientTape() as tape:
            value = loss(labels, activate(z))
        return value, tape.gradient(value, z)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, gradient = (tf.function(step) if is_compiled else step)()
    numbers = [float(value), *gradient.numpy().reshape(-1).tolist()]
    return [round(float(n), 5) + 0.0 for n in numbers]
