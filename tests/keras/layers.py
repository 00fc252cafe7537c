"""Cases of `keras.layers`: how each is made, and what it is called with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from keras import layers, ops

from tests.keras.case import PYTHON_INT, fraction, image, integers, positive, real

X = real(3, 4)
LINE = real(2, 5, 3)
PLANE = real(2, 4, 4, 2)
SPACE = real(1, 4, 4, 4, 2)
PICTURE = image(2, 6, 6, 3)
IDS = integers([1, 0, 4], [2, 2, 3])


class Layer(NamedTuple):
    """How to make a layer and what to call it with.

    Attributes:
        make: Returns the layer.
        inputs: Positional arguments, `Values` or arrays; a list is one argument.
        how: Keyword arguments of the call.
        only_eager: Why it cannot be compiled, where it cannot.
    """

    make: Callable[[], Any]
    inputs: tuple[Any, ...]
    how: dict[str, Any]
    only_eager: str | None = None


def layer(make, *inputs, only_eager=None, **how):
    return Layer(make, inputs, how, only_eager)


def _each(names, *inputs, args=(), **options):
    def of(name):
        return lambda: getattr(layers, name)(*args, **options)

    return {name: Layer(of(name), inputs, {}) for name in names.split()}


CORE = {
    "Activation": layer(lambda: layers.Activation("tanh"), X),
    "ActivityRegularization": layer(lambda: layers.ActivityRegularization(0.1, 0.2), X),
    "Dense": layer(lambda: layers.Dense(3, activation="tanh"), X),
    "EinsumDense": layer(lambda: layers.EinsumDense("ab,bc->ac", 3, bias_axes="c"), X),
    "Embedding": layer(lambda: layers.Embedding(5, 3), IDS),
    "ReversibleEmbedding": layer(
        lambda: layers.ReversibleEmbedding(5, 3), real(2, 3), reverse=True
    ),
    "Identity": layer(lambda: layers.Identity(), X),
    "Lambda": layer(lambda: layers.Lambda(lambda x: ops.sin(x)), X),
    "Layer": layer(lambda: _Scale(), X),
    "Wrapper": layer(lambda: _Doubled(layers.Dense(3)), X),
    "Masking": layer(lambda: layers.Masking(), LINE),
    "JaxLayer": layer(lambda: _jax_layer(), X),
    "Pipeline": layer(lambda: layers.Pipeline([layers.Rescaling(2.0)]), X),
    "SpectralNormalization": layer(lambda: layers.SpectralNormalization(layers.Dense(3)), X),
    "TimeDistributed": layer(lambda: layers.TimeDistributed(layers.Dense(2)), LINE),
    "PReLU": layer(lambda: layers.PReLU("ones"), X),
    "Softmax": layer(lambda: layers.Softmax(), X),
    **_each("ELU LeakyReLU ReLU UnitNormalization Flatten", X),
}
MERGING = {
    **_each("Add Average Concatenate Maximum Minimum Multiply Subtract", [X, X]),
    "Dot": layer(lambda: layers.Dot(1), [X, X]),
    **{
        name: layer(lambda name=name: lambda xs: getattr(layers, name)(xs), [X, X])
        for name in ("add", "average", "concatenate", "maximum", "minimum", "multiply", "subtract")
    },
    "dot": layer(lambda: lambda xs: layers.dot(xs, 1), [X, X]),
}
CONVOLUTIONS = {
    **_each("Conv1D Conv1DTranspose SeparableConv1D", LINE, filters=2, kernel_size=2),
    **_each("DepthwiseConv1D", LINE, kernel_size=2),
    **_each("Conv2D Conv2DTranspose SeparableConv2D", PLANE, filters=2, kernel_size=2),
    **_each("DepthwiseConv2D", PLANE, kernel_size=2),
    **_each("Conv3D Conv3DTranspose", SPACE, filters=2, kernel_size=2),
}
POOLING = {
    **_each("AveragePooling1D MaxPooling1D", LINE, pool_size=2),
    **_each("AveragePooling2D MaxPooling2D", PLANE, pool_size=2),
    **_each("AveragePooling3D MaxPooling3D", SPACE, pool_size=2),
    **_each("GlobalAveragePooling1D GlobalMaxPooling1D", LINE),
    **_each("GlobalAveragePooling2D GlobalMaxPooling2D", PLANE),
    **_each("GlobalAveragePooling3D GlobalMaxPooling3D", SPACE),
    **_each("AdaptiveAveragePooling1D AdaptiveMaxPooling1D", LINE, args=(2,)),
    **_each("AdaptiveAveragePooling2D AdaptiveMaxPooling2D", PLANE, args=(2,)),
    **_each("AdaptiveAveragePooling3D AdaptiveMaxPooling3D", SPACE, args=(2,)),
}
SHAPES = {
    **_each("Cropping1D ZeroPadding1D UpSampling1D", LINE, args=(1,)),
    "UpSampling1D": layer(lambda: layers.UpSampling1D(2), LINE),
    "Cropping2D": layer(lambda: layers.Cropping2D(1), PLANE),
    "ZeroPadding2D": layer(lambda: layers.ZeroPadding2D(1), PLANE),
    "UpSampling2D": layer(lambda: layers.UpSampling2D(2, interpolation="bilinear"), PLANE),
    "Cropping3D": layer(lambda: layers.Cropping3D(1), SPACE),
    "ZeroPadding3D": layer(lambda: layers.ZeroPadding3D(1), SPACE),
    "UpSampling3D": layer(lambda: layers.UpSampling3D(2), SPACE),
    "Permute": layer(lambda: layers.Permute((2, 1)), LINE),
    "RepeatVector": layer(lambda: layers.RepeatVector(2), X),
    "Reshape": layer(lambda: layers.Reshape((3, 5)), LINE),
}
NORMALIZATION = {
    **_each("BatchNormalization LayerNormalization RMSNormalization", X),
    "GroupNormalization": layer(lambda: layers.GroupNormalization(2), X),
}
RANDOM = {
    **_each("Dropout AlphaDropout GaussianDropout GaussianNoise", X, args=(0.4,), seed=1),
    "SpatialDropout1D": layer(lambda: layers.SpatialDropout1D(0.4, seed=1), LINE),
    "SpatialDropout2D": layer(lambda: layers.SpatialDropout2D(0.4, seed=1), PLANE),
    "SpatialDropout3D": layer(lambda: layers.SpatialDropout3D(0.4, seed=1), SPACE),
}
RECURRENT = {
    **_each("GRU LSTM SimpleRNN", LINE, units=2, dropout=0.3, seed=1),
    **_each("GRUCell SimpleRNNCell", real(2, 3), real(2, 2), units=2),
    "LSTMCell": layer(lambda: layers.LSTMCell(2), real(2, 3), [real(2, 2), real(2, 2)]),
    "StackedRNNCells": layer(
        lambda: layers.StackedRNNCells([layers.GRUCell(2), layers.SimpleRNNCell(2)]),
        real(2, 3), [real(2, 2), real(2, 2)],
    ),
    "RNN": layer(lambda: layers.RNN(layers.GRUCell(2), return_sequences=True), LINE),
    "Bidirectional": layer(lambda: layers.Bidirectional(layers.SimpleRNN(2)), LINE),
    "ConvLSTM1D": layer(lambda: layers.ConvLSTM1D(1, 2), real(1, 2, 3, 1)),
    "ConvLSTM2D": layer(lambda: layers.ConvLSTM2D(1, 2), real(1, 2, 3, 3, 1)),
    "ConvLSTM3D": layer(lambda: layers.ConvLSTM3D(1, 2), real(1, 2, 3, 3, 3, 1)),
}  # fmt: skip
ATTENTION = {
    "AdditiveAttention": layer(lambda: layers.AdditiveAttention(dropout=0.2), [LINE, LINE]),
    "Attention": layer(lambda: layers.Attention(True, dropout=0.2, seed=1), [LINE, LINE]),
    "MultiHeadAttention": layer(
        lambda: layers.MultiHeadAttention(2, 2, dropout=0.2, seed=1), LINE, LINE
    ),
    "GroupQueryAttention": layer(
        lambda: layers.GroupQueryAttention(2, 2, 1, dropout=0.2, seed=1), LINE, LINE
    ),
}
PREPROCESSING = {
    "CategoryEncoding": layer(
        lambda: layers.CategoryEncoding(5, "count"), IDS, count_weights=fraction(2, 3)
    ),
    "Normalization": layer(lambda: layers.Normalization(mean=0.3, variance=2.0), X),
    "Rescaling": layer(lambda: layers.Rescaling(2.0, 0.1), X),
    "MelSpectrogram": layer(
        lambda: layers.MelSpectrogram(16, 4, 16, sampling_rate=160, num_mel_bins=4), real(1, 24)
    ),
    "STFTSpectrogram": layer(
        lambda: layers.STFTSpectrogram("psd", 8, 4, 8), positive(1, 16, 1)
    ),
    "CenterCrop": layer(lambda: layers.CenterCrop(4, 4), PICTURE),
    "Resizing": layer(lambda: layers.Resizing(4, 5), PICTURE),
    "AutoContrast": layer(lambda: layers.AutoContrast(), PICTURE),
    "ContrastLimitedAdaptiveHistogramEqualization": layer(
        lambda: layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2)), PICTURE
    ),
    "Equalization": layer(lambda: layers.Equalization(bins=8), PICTURE),
    "AugMix": layer(lambda: layers.AugMix(num_chains=2, chain_depth=1, seed=1), PICTURE),
    "RandAugment": layer(
        lambda: layers.RandAugment(num_ops=1, seed=1),
        PICTURE,
        only_eager="its program holds every image layer and takes gigabytes to compile",
    ),
    **_each("RandomBrightness RandomContrast", PICTURE, factor=0.4, seed=1),
    **_each(
        "RandomColorDegeneration RandomHue RandomSaturation RandomSharpness", PICTURE,
        factor=0.6, seed=1,
    ),
    "RandomColorJitter": layer(
        lambda: layers.RandomColorJitter(
            brightness_factor=0.2, contrast_factor=0.3, saturation_factor=0.4, hue_factor=0.2,
            seed=1,
        ),
        PICTURE,
    ),
    "RandomCrop": layer(lambda: layers.RandomCrop(4, 4, seed=1), PICTURE, only_eager=PYTHON_INT),
    **_each(
        "RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale "
        "RandomInvert RandomPerspective Solarization", PICTURE, seed=1,
    ),
    "RandomElasticTransform": layer(
        lambda: layers.RandomElasticTransform(seed=1), PICTURE, only_eager=PYTHON_INT
    ),
    "RandomPosterization": layer(lambda: layers.RandomPosterization(5, seed=1), PICTURE),
    "RandomRotation": layer(lambda: layers.RandomRotation(0.2, seed=1), PICTURE),
    "RandomShear": layer(lambda: layers.RandomShear(0.3, 0.2, seed=1), PICTURE),
    "RandomTranslation": layer(lambda: layers.RandomTranslation(0.2, 0.2, seed=1), PICTURE),
    "RandomZoom": layer(lambda: layers.RandomZoom(0.3, seed=1), PICTURE),
    **_each("CutMix MixUp", {"images": PICTURE, "labels": fraction(2, 3)}, seed=1),
}  # fmt: skip


class _Scale(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.scale


class _Doubled(layers.Wrapper):
    def call(self, x):
        return 2 * self.layer(x)


def _jax_layer():
    params = {"kernel": np.linspace(-1, 1, 12).reshape(4, 3).astype("float32")}
    return layers.JaxLayer(
        lambda params, inputs: ops.tanh(inputs @ params["kernel"]), params=params
    )


GROUPS = {
    "core": CORE, "merging": MERGING, "convolutions": CONVOLUTIONS, "pooling": POOLING,
    "shapes": SHAPES, "normalization": NORMALIZATION, "random": RANDOM, "recurrent": RECURRENT,
    "attention": ATTENTION, "preprocessing": PREPROCESSING,
}  # fmt: skip
ENTRIES = {f"layers.{name}": entry for group in GROUPS.values() for name, entry in group.items()}

# Compiling them takes more than half a second each; of some, the other mode is quick enough.
SLOW = (
    "AdaptiveAveragePooling3D AdaptiveMaxPooling2D AdaptiveMaxPooling3D AugMix Bidirectional "
    "CutMix ConvLSTM1D ConvLSTM2D ConvLSTM3D Equalization GroupQueryAttention MixUp RNN "
    "RandAugment RandomColorJitter RandomElasticTransform RandomErasing RandomHue "
    "RandomPerspective RandomRotation RandomSaturation RandomShear RandomTranslation RandomZoom "
    "Solarization StackedRNNCells"
)
SLOW = {f"layers.{name}" for name in SLOW.split()}
SLOW |= {f"layers.{name}, inference" for name in ("GRU", "LSTM", "LSTMCell")}
SLOW |= {"layers.MultiHeadAttention, inference"}
