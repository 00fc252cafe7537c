"""CycleGAN at 128x128: two residual generators, two PatchGANs, smaller than the paper's.

J.-Y. Zhu, T. Park, P. Isola, A. Efros, "Unpaired Image-to-Image Translation using Cycle-Consistent
Adversarial Networks", 2017, arXiv:1703.10593. A quarter as wide, and three
residual blocks where the paper has six for this size.
"""

import numpy as np

from benchmarks.nets.gans.pix2pix import patches

TITLE = "CycleGAN 128x128"
ORDER = 3
BATCH_SIZES = (1,)
RANDOM = False
PERSISTENT = True  # one tape for the four, as in TensorFlow's tutorial
SIZE, FILTERS, BLOCKS = 128, (16, 32, 64), 3
WEIGHT_OF_CYCLE, WEIGHT_OF_IDENTITY = 10.0, 5.0


def build(keras):
    normalization = _instance_normalization(keras)
    generators = [_generator(keras, normalization) for _ in range(2)]
    return *generators, *(_discriminator(keras, normalization) for _ in range(2))


def _instance_normalization(keras):
    """The layer: each picture and channel by its own mean and variance."""
    ops = keras.ops

    class InstanceNormalization(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=shape[-1:], initializer="ones")
            self.offset = self.add_weight(shape=shape[-1:], initializer="zeros")

        def call(self, x):
            mean, variance = ops.moments(x, axes=(1, 2), keepdims=True)
            return self.scale * (x - mean) * ops.rsqrt(variance + 1e-5) + self.offset

    return InstanceNormalization


def _generator(keras, normalization):
    layers = keras.layers

    def convolved(x, filters, size, strides=1, layer=layers.Conv2D):
        return normalization()(layer(filters, size, strides, "same", use_bias=False)(x))

    relu, narrow = layers.ReLU(), FILTERS[:-1]
    inputs = keras.Input((SIZE, SIZE, 3))
    x = relu(convolved(inputs, FILTERS[0], 7))
    for filters in FILTERS[1:]:
        x = relu(convolved(x, filters, 3, 2))
    for _ in range(BLOCKS):
        inner = relu(convolved(x, FILTERS[-1], 3))
        x = layers.Add()([x, convolved(inner, FILTERS[-1], 3)])
    for filters in reversed(narrow):
        x = relu(convolved(x, filters, 3, 2, layers.Conv2DTranspose))
    return keras.Model(inputs, layers.Conv2D(3, 7, padding="same", activation="tanh")(x))


def _discriminator(keras, normalization):
    inputs = keras.Input((SIZE, SIZE, 3))
    return keras.Model(inputs, patches(keras, inputs, normalization))


def batch(rng, size):
    """Pictures of both kinds, which have nothing to do with each other."""
    shape = (size, SIZE, SIZE, 3)
    a, b = (rng.uniform(-1, 1, shape).astype(np.float32) for _ in range(2))
    return a, b


def losses(keras):
    """``losses(to_a, to_b, is_a, is_b, a, b)``: those of the four, in this order."""
    cross_entropy, ops = keras.losses.BinaryCrossentropy(from_logits=True), keras.ops

    def taken_for_real(logits):
        return cross_entropy(ops.ones_like(logits), logits)

    def told_apart(on_real, on_made):
        return 0.5 * (taken_for_real(on_real) + cross_entropy(ops.zeros_like(on_made), on_made))

    def apart(pictures, others):
        return ops.mean(ops.abs(pictures - others))

    def compute(to_a, to_b, is_a, is_b, a, b):
        made_a, made_b = to_a(b, training=True), to_b(a, training=True)
        cycle = apart(a, to_a(made_b, training=True)) + apart(b, to_b(made_a, training=True))
        on_made_a, on_made_b = is_a(made_a, training=True), is_b(made_b, training=True)
        return (
            taken_for_real(on_made_a)
            + WEIGHT_OF_CYCLE * cycle
            + WEIGHT_OF_IDENTITY * apart(a, to_a(a, training=True)),
            taken_for_real(on_made_b)
            + WEIGHT_OF_CYCLE * cycle
            + WEIGHT_OF_IDENTITY * apart(b, to_b(b, training=True)),
            told_apart(is_a(a, training=True), on_made_a),
            told_apart(is_b(b, training=True), on_made_b),
        )

    return compute
