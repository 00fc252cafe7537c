"""Where a gradient is a matter of choice, Keras' losses and layers choose as on TensorFlow."""

import keras
import numpy as np
import pytest

import glasstape.tf as tf
from tests.tf import kinks
from tests.tf.golden.read import read

THEIRS = read("kinks")


@pytest.mark.parametrize("name", kinks.PROGRAMS)
def test_results_and_gradients_are_tensorflows(name):
    np.testing.assert_allclose(kinks.run(tf, name), THEIRS[name], rtol=1e-5, atol=1e-6)


def test_crossentropies_named_by_a_string_and_metrics_agree_with_the_loss():
    x = tf.constant(kinks.X)
    theirs = THEIRS["SparseCategoricalCrossentropy"][0]
    metric = tf.keras.metrics.SparseCategoricalCrossentropy()
    metric.update_state(kinks.CLASSES, x)
    assert np.asarray(metric.result()).item() == pytest.approx(theirs, rel=1e-5)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Activation("linear")])
    model.compile(loss="sparse_categorical_crossentropy")
    assert model.evaluate(x, kinks.CLASSES, verbose=0) == pytest.approx(theirs, rel=1e-5)


def test_what_is_no_tensor_of_one_dtype_is_left_to_keras():
    ops = keras.losses.mean_absolute_error.__globals__["ops"]  # what Keras itself calls
    assert ops.abs([-1, 2]).tolist() == [1, 2]
    assert ops.abs(np.float32([-1.5])).tolist() == [1.5]
    assert ops.maximum(tf.constant([0.5]), tf.constant([1])).dtype == tf.float32
    assert ops.maximum(1.0, tf.constant([0.5, 2.0])).tolist() == [1.0, 2.0]
    symbolic = keras.Input((2,))
    net = keras.Model(symbolic, ops.abs(ops.clip(symbolic, -1, 1)))
    assert net(tf.constant([[-3.0, 0.5]])).numpy().tolist() == [[1.0, 0.5]]


def test_keras_ops_called_by_themselves_are_keras_own():
    with tf.GradientTape() as tape:
        x = tf.constant([5.0])
        tape.watch(x)
        y = keras.ops.clip(x, 5.0, 6.0)
    assert tape.records[-1].name == "clip"
    assert tape.gradient(y, x).tolist() == [0.5]
