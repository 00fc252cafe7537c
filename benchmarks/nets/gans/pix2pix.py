"""pix2pix at 256x256: a U-Net of six levels and a PatchGAN, both a quarter as wide as the paper's.

P. Isola, J.-Y. Zhu, T. Zhou, A. Efros, "Image-to-Image Translation with Conditional Adversarial
Networks", 2017, arXiv:1611.07004. With the paper's own widths a step takes seconds on two cores.
"""

import numpy as np

TITLE = "pix2pix 256x256"
ORDER = 2
BATCH_SIZES = (1,)
RANDOM = True  # dropout
PERSISTENT = False
SIZE, FILTERS = 256, (16, 32, 64, 128, 128, 128)
WEIGHT_OF_L1 = 100.0


def build(keras):
    return _generator(keras), _discriminator(keras)


def _generator(keras):
    layers = keras.layers
    inputs = x = keras.Input((SIZE, SIZE, 3))
    levels = []
    for level, filters in enumerate(FILTERS):
        x = layers.Conv2D(filters, 4, 2, "same", use_bias=False)(x)
        x = layers.BatchNormalization()(x) if level else x
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        levels.append(x)
    for level in reversed(range(len(FILTERS) - 1)):
        x = layers.Conv2DTranspose(FILTERS[level], 4, 2, "same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Dropout(0.5)(x) if level >= len(FILTERS) - 3 else x
        x = layers.Concatenate()([layers.ReLU()(x), levels[level]])
    outputs = layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh")(x)
    return keras.Model(inputs, outputs)


def _discriminator(keras):
    layers = keras.layers
    inputs = [keras.Input((SIZE, SIZE, 3)) for _ in range(2)]
    x = layers.Concatenate()(inputs)
    return keras.Model(inputs, patches(keras, x, layers.BatchNormalization))


def patches(keras, x, normalization):
    """The layers of a PatchGAN upon `x`: a logit for each patch of 70x70 pixels."""
    layers = keras.layers
    for level, filters in enumerate(FILTERS[:4]):
        last = level == 3
        x = layers.ZeroPadding2D()(x) if last else x
        x = layers.Conv2D(
            filters, 4, 1 if last else 2, "valid" if last else "same", use_bias=False
        )(x)
        x = normalization()(x) if level else x
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    return layers.Conv2D(1, 4)(layers.ZeroPadding2D()(x))


def batch(rng, size):
    """Pictures, and what shall be made of them."""
    shape = (size, SIZE, SIZE, 3)
    given, real = (rng.uniform(-1, 1, shape).astype(np.float32) for _ in range(2))
    return given, real


def losses(keras):
    """``losses(generator, discriminator, given, real)``: the generator's, and the other's."""
    cross_entropy, ops = keras.losses.BinaryCrossentropy(from_logits=True), keras.ops

    def compute(generator, discriminator, given, real):
        made = generator(given, training=True)
        on_real = discriminator([given, real], training=True)
        on_made = discriminator([given, made], training=True)
        told_apart = cross_entropy(ops.ones_like(on_real), on_real)
        told_apart += cross_entropy(ops.zeros_like(on_made), on_made)
        adversarial = cross_entropy(ops.ones_like(on_made), on_made)
        return adversarial + WEIGHT_OF_L1 * ops.mean(ops.abs(real - made)), told_apart

    return compute
