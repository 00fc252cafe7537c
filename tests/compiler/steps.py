"""A training step to compile, and how to look at everything it may change."""

import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

import glasstape as gt


def sequential():
    return keras.Sequential(
        [
            layers.Dense(6, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(3, activation="softmax"),
        ]
    )


def functional():
    inputs = keras.Input((4,))
    hidden = layers.Dense(6, activation="relu")(inputs)
    hidden = layers.Dropout(0.3)(layers.BatchNormalization()(hidden))
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(hidden))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(6, activation="relu")
        self.norm = layers.BatchNormalization()
        self.drop = layers.Dropout(0.3)
        self.out = layers.Dense(3, activation="softmax")

    def call(self, x, training=None):
        x = self.norm(self.hidden(x), training=training)
        return self.out(self.drop(x, training=training))


KINDS = {"sequential": sequential, "functional": functional, "subclassed": Subclassed}


class Training:
    """Model, optimizer, metrics and a step in the imperative style."""

    def __init__(self, kind="sequential", optimizer=None, way=gt.function):
        keras.utils.set_random_seed(0)
        self.model = KINDS[kind]()
        self.optimizer = optimizer or keras.optimizers.Adam(0.01)
        self.loss = keras.losses.SparseCategoricalCrossentropy()
        self.mean = keras.metrics.Mean()
        self.accuracy = keras.metrics.SparseCategoricalAccuracy()
        self.step = way(self._step)

    def _step(self, x, y):
        with gt.GradientTape() as tape:
            predictions = self.model(x, training=True)
            loss = self.loss(y, predictions)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        pairs = zip(gradients, self.model.trainable_variables)  # noqa: B905 - as users write it
        self.optimizer.apply_gradients(pairs)
        self.mean(loss)
        self.accuracy(y, predictions)
        return loss

    @property
    def variables(self):
        metrics = [*self.mean.variables, *self.accuracy.variables]
        return [*self.model.variables, *self.optimizer.variables, *metrics, *self.seeds]

    @property
    def seeds(self):
        """The states of the seed generators, which `model.variables` leaves out."""
        found = {id(v): v for v in self.model.non_trainable_variables}
        return [v for v in found.values() if "seed" in v.path]

    def snapshot(self):
        return [np.array(v.value) for v in self.variables]


def batch(number=0, size=8):
    random = np.random.default_rng(number)
    x = random.normal(size=(size, 4)).astype("float32")
    return jnp.asarray(x), jnp.asarray(random.integers(0, 3, size).astype("int32"))


def assert_same(before, after):
    """Bit for bit."""
    assert len(before) == len(after)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)
