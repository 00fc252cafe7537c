"""Small nets to train, and everything a training may change."""

import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

import glasstape as gt


def mlp():
    return keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Flatten(), layers.Dense(16, "relu"), layers.Dense(4)]
    )


def chapter_cnn():
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.Dense(4),
        ]
    )


def batch_norm_and_dropout():
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(4),
        ]
    )


NETS = (mlp, chapter_cnn, batch_norm_and_dropout)


def batch(number=0, size=8):
    random = np.random.default_rng(number)
    images = random.normal(size=(size, 6, 6, 1)).astype(np.float32)
    return jnp.asarray(images), jnp.asarray(random.integers(0, 4, size).astype(np.int32))


class Training:
    """A model and a step in the imperative style."""

    def __init__(self, net=mlp, way=gt.function, optimizer=None, seed=0):
        keras.utils.set_random_seed(seed)
        self.model = net()
        self.optimizer = optimizer or keras.optimizers.Adam(0.01)
        self.optimizer.build(self.model.trainable_variables)
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.mean = keras.metrics.Mean()

        def train_step(images, labels):
            with gt.GradientTape() as tape:
                loss = self.loss(labels, self.model(images, training=True))
            gradients = tape.gradient(loss, self.model.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.weights, strict=True))
            self.mean(loss)
            return loss

        self.step = way(train_step)

    @property
    def weights(self):
        return self.model.trainable_variables

    @property
    def variables(self):
        seeds = [v for v in self.model.non_trainable_variables if "seed" in v.path]
        found = [*self.model.variables, *self.optimizer.variables, *self.mean.variables, *seeds]
        return list({id(v): v for v in found}.values())

    def run(self, steps=100):
        for number in range(steps):
            self.step(*batch(number))
        return self.snapshot()

    def snapshot(self):
        return [np.array(v.value) for v in self.variables]

    def restore(self, snapshot):
        for variable, value in zip(self.variables, snapshot, strict=True):
            variable.assign(value)
