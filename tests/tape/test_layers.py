"""Unmodified Keras models: the tape's gradients against `jax.grad` of Keras' stateless API."""

import jax
import numpy as np
import pytest

import glasstape as gt
from tests.tape import oracles


def _gradients(model, inputs, labels):
    with gt.GradientTape() as tape:
        loss = oracles.LOSS(labels, model(inputs, training=True))
    return tape.gradient(loss, model.trainable_variables)


def _second(model, inputs, labels):
    with gt.GradientTape() as outer:
        with gt.GradientTape() as inner:
            loss = oracles.LOSS(labels, model(inputs, training=True))
        penalty = oracles.half_square(inner.gradient(loss, model.trainable_variables))
    return outer.gradient(
        penalty, model.trainable_variables, unconnected_gradients=gt.UnconnectedGradients.ZERO
    )


EAGER_AND_COMPILED = pytest.mark.parametrize(
    "way", [lambda step: step, gt.function], ids=["eager", "compiled"]
)


@EAGER_AND_COMPILED
@pytest.mark.parametrize("name", oracles.MODELS)
def test_gradients_of_a_model(name, way):
    model = oracles.build(name)
    got = way(lambda x, y: _gradients(model, x, y))(*oracles.batch(model))
    oracles.assert_close(got, oracles.expected_gradients(name))


@EAGER_AND_COMPILED
@pytest.mark.parametrize("name", ["cnn", "embedding"])
def test_second_derivatives_of_a_model(name, way):
    model = oracles.build(name)
    got = way(lambda x, y: _second(model, x, y))(*oracles.batch(model))
    oracles.assert_close(got, oracles.expected_second(name))


def test_gradient_of_inputs():
    model = oracles.cnn()
    inputs, labels = oracles.batch(model)
    values = [v.value for v in model.trainable_variables]
    others = [v.value for v in model.non_trainable_variables]

    def loss_of(x):
        return oracles.LOSS(labels, model.stateless_call(values, others, x, training=True)[0])

    expected = jax.jit(jax.grad(loss_of))(inputs)
    with gt.GradientTape() as tape:
        tape.watch(inputs)
        loss = oracles.LOSS(labels, model(inputs, training=True))
    oracles.assert_close(tape.gradient(loss, inputs), expected)


def test_hidden_activation_as_source():
    """A tensor nobody watched by name is a source when it was computed from variables."""
    model = oracles.lstm()
    inputs, labels = oracles.batch(model)
    with gt.GradientTape() as tape:
        hidden = model.layers[0](inputs)
        loss = oracles.LOSS(labels, model.layers[1](hidden))
    kernel, bias = (v.value for v in model.layers[1].trainable_variables)
    expected = jax.grad(lambda h: oracles.LOSS(labels, h @ kernel + bias))(hidden)
    oracles.assert_close(tape.gradient(loss, hidden), expected)


def test_batch_normalization_statistics_move_as_without_a_tape():
    model, twin = oracles.cnn(), oracles.cnn()
    twin.set_weights(model.get_weights())
    inputs, labels = oracles.batch(model)
    _gradients(model, inputs, labels)
    twin(inputs, training=True)
    for mine, plain in zip(
        model.non_trainable_variables, twin.non_trainable_variables, strict=True
    ):
        np.testing.assert_array_equal(np.asarray(mine.value), np.asarray(plain.value))


def test_frozen_layers_are_not_watched():
    model = oracles.depthwise()
    model.layers[0].trainable = False
    inputs, labels = oracles.batch(model)
    values = [v.value for v in model.trainable_variables]
    expected = jax.jit(jax.grad(oracles.stateless_loss(model, inputs, labels)))(values)
    with gt.GradientTape() as tape:
        loss = oracles.LOSS(labels, model(inputs, training=True))
    frozen = model.layers[0].weights
    assert not {id(v) for v in frozen} & {id(v) for v in tape.watched_variables()}
    oracles.assert_close(tape.gradient(loss, model.trainable_variables), expected)
