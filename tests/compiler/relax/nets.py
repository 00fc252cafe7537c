"""Training steps of several kinds, and batches of several sizes for them."""

import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

import glasstape as gt

CLASSES = 10


def mlp():
    return keras.Sequential(
        [
            layers.Flatten(),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Dense(CLASSES),
        ]
    )


def cnn():
    return keras.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(CLASSES),
        ]
    )


def lstm():
    return keras.Sequential([layers.Embedding(20, 8), layers.LSTM(6), layers.Dense(CLASSES)])


def masked():
    return keras.Sequential(
        [
            layers.Embedding(20, 8, mask_zero=True),
            layers.Bidirectional(layers.GRU(6, return_sequences=True)),
            layers.GlobalAveragePooling1D(),
            layers.Dense(CLASSES),
        ]
    )


def attention():
    tokens = keras.Input((None,))
    x = layers.Embedding(20, 8)(tokens)
    x = layers.LayerNormalization()(layers.MultiHeadAttention(2, 4)(x, x))
    return keras.Model(tokens, layers.Dense(CLASSES)(layers.GlobalMaxPooling1D()(x)))


IMAGES = {"mlp": mlp, "cnn": cnn}
TOKENS = {"lstm": lstm, "masked": masked, "attention": attention}


class Training:
    """A model with its optimizer and metrics, made anew from one seed."""

    def __init__(self, model, **options):
        keras.utils.set_random_seed(0)
        self.model = model()
        self.optimizer = keras.optimizers.Adam(0.01)
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.accuracy = keras.metrics.SparseCategoricalAccuracy()
        self.mean = keras.metrics.Mean()
        self.step = gt.function(self._step, **options)

    def _step(self, x, y):
        with gt.GradientTape() as tape:
            predictions = self.model(x, training=True)
            loss = self.loss(y, predictions)
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        self.accuracy.update_state(y, predictions)
        self.mean.update_state(loss)
        return loss, predictions

    def numbers(self):
        metrics = [*self.accuracy.variables, *self.mean.variables]
        return [np.array(v) for v in [*self.model.variables, *self.optimizer.variables, *metrics]]


def images(size):
    random = np.random.default_rng(size)
    x = random.normal(size=(size, 8, 8, 1)).astype("float32")
    return jnp.asarray(x), jnp.asarray(random.integers(0, CLASSES, size).astype("int32"))


def tokens(size, length):
    random = np.random.default_rng(size)
    x, y = random.integers(0, 20, (size, length)), random.integers(0, CLASSES, size)
    return jnp.asarray(x.astype("int32")), jnp.asarray(y.astype("int32"))
