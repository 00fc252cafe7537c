"""Models, and what their gradients must be according to JAX and Keras alone."""

import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

TOLERANCE = {"rtol": 2e-4, "atol": 2e-6}


def cnn():
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(3, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.4, seed=7),
            layers.Flatten(),
            layers.Dense(4),
        ]
    )


def depthwise():
    return keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.DepthwiseConv2D(3, depth_multiplier=2, activation="gelu"),
            layers.GlobalAveragePooling2D(),
            layers.LayerNormalization(),
            layers.Dense(4),
        ]
    )


def lstm():
    return keras.Sequential([keras.Input((5, 3)), layers.LSTM(3), layers.Dense(4)])


def embedding():
    return keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            layers.Embedding(9, 3),
            layers.SimpleRNN(3),
            layers.Dense(4),
        ]
    )


def attention():
    tokens = keras.Input((5, 4))
    mixed = layers.MultiHeadAttention(2, 3, dropout=0.2, seed=3)(tokens, tokens)
    out = layers.Dense(4)(layers.Flatten()(layers.LayerNormalization()(tokens + mixed)))
    return keras.Model(tokens, out)


BUILDERS = {f.__name__: f for f in (cnn, depthwise, lstm, embedding, attention)}


MODELS = list(BUILDERS)


def build(name):
    """The model of that name, with the same weights every time."""
    keras.utils.set_random_seed(0)
    return BUILDERS[name]()


def batch(model, size=6):
    """Inputs and labels that fit `model`, the same in every test."""
    random = np.random.default_rng(3)
    shape = (size, *model.input_shape[1:])
    if model.inputs[0].dtype == "int32":
        inputs = random.integers(0, 9, shape).astype("int32")
    else:
        inputs = random.normal(size=shape).astype("float32")
    return jnp.asarray(inputs), jnp.asarray(random.integers(0, 4, size).astype("int32"))


LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def stateless_loss(model, inputs, labels):
    """The loss as a pure function of the trainable values, by Keras' stateless API."""
    others = [v.value for v in model.non_trainable_variables]

    def loss(values):
        out, _ = model.stateless_call(values, others, inputs, training=True)
        return LOSS(labels, out)

    return loss


@functools.cache
def expected_gradients(name):
    """`jax.grad` of the loss of model `name`."""
    model = build(name)
    values = [v.value for v in model.trainable_variables]
    return jax.jit(jax.grad(stateless_loss(model, *batch(model))))(values)


@functools.cache
def expected_second(name):
    """`jax.grad` of half the squared norm of the gradient."""
    model = build(name)
    first = jax.grad(stateless_loss(model, *batch(model)))
    values = [v.value for v in model.trainable_variables]
    return jax.jit(jax.grad(lambda v: half_square(first(v))))(values)


def half_square(gradients):
    return sum(jnp.sum(g * g) for g in gradients) / 2


def assert_close(got, expected, **tolerance):
    """Same structure, shapes and dtypes, and the same numbers to rounding."""
    assert jax.tree.structure(got) == jax.tree.structure(expected)
    for g, e in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        assert g.shape == e.shape
        assert g.dtype == e.dtype
        np.testing.assert_allclose(np.asarray(g), np.asarray(e), **(tolerance or TOLERANCE))
