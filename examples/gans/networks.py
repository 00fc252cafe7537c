"""The networks of pix2pix and CycleGAN, for square pictures of 2^n pixels.

P. Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017,
arXiv:1611.07004: the U-Net and the PatchGAN of its appendix 6.1.
"""

import keras
from keras import layers


def _initial():
    return keras.initializers.RandomNormal(stddev=0.02)


def _normalized(kind):
    """Batch normalization, or that of each picture by itself, as CycleGAN has it."""
    if kind == "batch":
        return layers.BatchNormalization()
    return layers.GroupNormalization(groups=-1, epsilon=1e-5)


def _down(x, filters, norm):
    x = layers.Conv2D(
        filters, 4, strides=2, padding="same", use_bias=norm is None, kernel_initializer=_initial()
    )(x)
    if norm is not None:
        x = _normalized(norm)(x)
    return layers.LeakyReLU(negative_slope=0.2)(x)


def _up(x, filters, norm, dropout):
    x = layers.Conv2DTranspose(
        filters, 4, strides=2, padding="same", use_bias=False, kernel_initializer=_initial()
    )(x)
    x = _normalized(norm)(x)
    if dropout:
        x = layers.Dropout(0.5)(x)
    return layers.ReLU()(x)


def make_generator(size, norm="batch", filters=64, name="generator"):
    """A U-Net that halves the picture until one pixel is left.

    Args:
        size: Height and width, a power of 2.
        norm: ``"batch"`` or ``"instance"``.
        filters: Of the first layer; 64 in the paper.
        name: Its name.
    """
    depth = size.bit_length() - 1
    inputs = keras.Input((size, size, 3))
    x, skipped = inputs, []
    for level in range(depth):
        # Neither the first nor the last, where a picture of one pixel would become zero.
        x = _down(x, filters * min(2**level, 8), None if level in (0, depth - 1) else norm)
        skipped.append(x)
    for level in reversed(range(depth - 1)):
        x = _up(x, filters * min(2**level, 8), norm, dropout=level >= max(depth - 4, 1))
        x = layers.Concatenate()([x, skipped[level]])
    outputs = layers.Conv2DTranspose(
        3, 4, strides=2, padding="same", kernel_initializer=_initial(), activation="tanh"
    )(x)
    return keras.Model(inputs, outputs, name=name)


def make_discriminator(size, norm="batch", target=True, filters=64, name="discriminator"):
    """A PatchGAN: one logit for each patch of 70x70 pixels.

    Args:
        size: Height and width.
        norm: ``"batch"`` or ``"instance"``.
        target: Whether it sees a second picture beside the first.
        filters: Of the first layer; 64 in the paper.
        name: Its name.
    """
    inputs = [keras.Input((size, size, 3)) for _ in range(1 + target)]
    x = layers.Concatenate()(inputs) if target else inputs[0]
    x = _down(x, filters, None)
    x = _down(x, filters * 2, norm)
    x = _down(x, filters * 4, norm)
    x = layers.ZeroPadding2D()(x)
    x = layers.Conv2D(filters * 8, 4, use_bias=False, kernel_initializer=_initial())(x)
    x = layers.LeakyReLU(negative_slope=0.2)(_normalized(norm)(x))
    x = layers.ZeroPadding2D()(x)
    x = layers.Conv2D(1, 4, kernel_initializer=_initial())(x)
    return keras.Model(inputs, x, name=name)
