"""Variables set as attributes of layers that are built already."""

import keras
import numpy as np
import pytest

import glasstape as gt
import glasstape.tf as tf


def built():
    layer = keras.layers.Dense(1)
    layer.build((None, 2))
    return layer


def test_a_built_layer_takes_tensorflows_variables():
    """As Keras on TensorFlow 2.21, which does not count them as weights."""
    layer = built()
    layer.steps = tf.Variable(0, trainable=False)
    layer.sums = [tf.Variable(tf.zeros_like(v), trainable=False) for v in layer.weights]
    assert len(layer.weights) == len(layer.sums) == 2


def test_before_it_is_built_they_are_weights():
    layer = keras.layers.Layer()
    layer.w = tf.Variable([1.0])
    assert len(layer.trainable_variables) == 1


def test_other_variables_are_refused_as_before():
    with pytest.raises(ValueError, match="already built"):
        built().extra = keras.Variable(1.0)
    with pytest.raises(ValueError, match="already built"):
        built().extra = gt.Variable(1.0)


class Accumulating(keras.Model):
    """Updates its weights with the mean gradient of two batches."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1, kernel_initializer="ones")

    def call(self, x):
        return self.dense(x)

    def compile(self, **kwargs):
        super().compile(**kwargs)
        self.count = tf.Variable(0, dtype=tf.int32, trainable=False)
        self.sums = [tf.Variable(tf.zeros_like(v), trainable=False) for v in self.weights]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self(x, training=True) - y))
        self.count.assign_add(1)
        for total, g in zip(self.sums, tape.gradient(loss, self.trainable_variables), strict=True):
            total.assign_add(g / 2)
        tf.cond(tf.equal(self.count, 2), self.apply_sums, lambda: None)
        return {"loss": loss}

    def apply_sums(self):
        self.optimizer.apply_gradients(zip(self.sums, self.trainable_variables, strict=True))
        self.count.assign(0)
        for total in self.sums:
            total.assign(tf.zeros_like(total))


def test_gradients_can_be_summed_up_in_a_built_model():
    """Two half batches summed up are one step of the whole."""
    x = np.arange(8, dtype="float32").reshape(4, 2) / 8
    y = np.ones((4, 1), "float32")
    model = Accumulating()
    model(x)
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    model.fit(x, y, batch_size=2, epochs=1, verbose=0, shuffle=False)

    kernel, bias = np.ones((2, 1)), np.zeros(1)
    error = 2 * (x @ kernel + bias - y) / 4
    np.testing.assert_allclose(model.dense.kernel, kernel - 0.1 * x.T @ error, rtol=1e-5)
    np.testing.assert_allclose(model.dense.bias, bias - 0.1 * error.sum(0), rtol=1e-5)
    assert int(model.count) == 0
