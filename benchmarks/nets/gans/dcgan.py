"""DCGAN for MNIST-sized pictures, with the widths of the usual tutorial.

A. Radford, L. Metz, S. Chintala, "Unsupervised Representation Learning with Deep Convolutional
Generative Adversarial Networks", 2016, arXiv:1511.06434.
"""

import numpy as np

TITLE = "DCGAN 28x28"
ORDER = 1
BATCH_SIZES = (32,)
RANDOM = True  # dropout
PERSISTENT = False
SIZE, NOISE = 28, 100


def build(keras):
    return _generator(keras), _discriminator(keras)


def _generator(keras):
    layers = keras.layers

    def up(filters, strides):
        yield layers.Conv2DTranspose(filters, 5, strides, "same", use_bias=False)
        yield layers.BatchNormalization()
        yield layers.LeakyReLU()

    return keras.Sequential(
        [
            keras.Input((NOISE,)),
            layers.Dense(7 * 7 * 256, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 256)),
            *up(128, 1),
            *up(64, 2),
            layers.Conv2DTranspose(1, 5, 2, "same", use_bias=False, activation="tanh"),
        ]
    )


def _discriminator(keras):
    layers = keras.layers

    def down(filters):
        yield layers.Conv2D(filters, 5, 2, "same")
        yield layers.LeakyReLU()
        yield layers.Dropout(0.3)

    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            *down(64),
            *down(128),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


def batch(rng, size):
    """Noise and pictures."""
    noise = rng.normal(size=(size, NOISE)).astype(np.float32)
    return noise, rng.uniform(-1, 1, (size, SIZE, SIZE, 1)).astype(np.float32)


def losses(keras):
    """``losses(generator, discriminator, noise, pictures)``: the generator's, and the other's."""
    cross_entropy, ops = keras.losses.BinaryCrossentropy(from_logits=True), keras.ops

    def compute(generator, discriminator, noise, pictures):
        made = generator(noise, training=True)
        on_real = discriminator(pictures, training=True)
        on_made = discriminator(made, training=True)
        told_apart = cross_entropy(ops.ones_like(on_real), on_real)
        told_apart += cross_entropy(ops.zeros_like(on_made), on_made)
        return cross_entropy(ops.ones_like(on_made), on_made), told_apart

    return compute
