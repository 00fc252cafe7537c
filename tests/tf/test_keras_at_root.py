"""What TensorFlow has of Keras at its root, such as ``tf.optimizers``."""

import importlib

import keras
import numpy as np
import pytest

import glasstape.tf as tf


@pytest.mark.parametrize("name", ["initializers", "losses", "metrics", "optimizers"])
def test_it_is_the_very_module(name):
    assert getattr(tf, name) is getattr(keras, name)
    assert importlib.import_module(f"glasstape.tf.{name}") is getattr(keras, name)


def test_modules_below_it_are_not_loaded_twice():
    schedules = importlib.import_module("glasstape.tf.optimizers.schedules")
    assert schedules is keras.optimizers.schedules


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_old_names_are_found_there():
    np.testing.assert_allclose(tf.losses.MSE([[1.0, 3.0]], [[2.0, 1.0]]), [2.5])


@pytest.mark.parametrize("make", [tf.random_normal_initializer, tf.random_uniform_initializer])
def test_each_call_draws_new_numbers(make):
    init = make(seed=3)
    first, second = init([4, 4]), init(shape=(4, 4))
    assert first.dtype == tf.float32
    assert not np.any(np.asarray(first) == np.asarray(second))


def test_the_arguments_are_tensorflows():
    numbers = np.asarray(tf.random_normal_initializer(5.0, 0.1)([1000]))
    assert abs(numbers.mean() - 5.0) < 0.02
    assert abs(numbers.std() - 0.1) < 0.02
    numbers = np.asarray(tf.random_uniform_initializer(2.0, 3.0)([1000]))
    assert 2.0 <= numbers.min() < numbers.max() < 3.0


def test_constants():
    assert tf.zeros_initializer()([2], dtype=tf.int32).tolist() == [0, 0]
    assert tf.ones_initializer()(shape=[2]).tolist() == [1.0, 1.0]
    assert tf.constant_initializer(0.5)([2]).tolist() == [0.5, 0.5]
    # TensorFlow 2.21: tf.constant_initializer([1, 2, 3, 4])(shape=(2, 2))
    assert tf.constant_initializer([1, 2, 3, 4])((2, 2)).tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_layers_take_them():
    layer = keras.layers.Dense(
        2,
        kernel_initializer=tf.random_normal_initializer(stddev=0.02),
        bias_initializer=tf.constant_initializer([0.25, 0.75]),
    )
    copy = keras.layers.Dense.from_config(layer.get_config())
    for each in (layer, copy):
        each.build((None, 3))
        assert np.asarray(each.bias).tolist() == [0.25, 0.75]
        assert 0 < np.abs(np.asarray(each.kernel)).max() < 0.2
