"""`tf.random_normal_initializer` and its like, alone and in Keras' layers."""

import keras
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import TensorTypeError

DRAWN = [tf.random_normal_initializer, tf.random_uniform_initializer]


def test_values_are_tensorflows():
    """Read off TensorFlow 2.21."""
    assert tf.zeros_initializer()([2]).dtype == tf.float32
    assert tf.ones_initializer()([2], tf.int32).tolist() == [1, 1]
    assert tf.constant_initializer(3)((2,)).tolist() == [3, 3]
    assert tf.constant_initializer(3)((2,)).dtype == tf.int32
    assert tf.constant_initializer([1.0, 2.0])((2,), dtype="float16").dtype == tf.float16
    assert tf.constant_initializer([1, 2, 3, 4])((2, 2)).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("make", DRAWN)
def test_without_a_seed_each_call_draws_new_numbers(make):
    """As TensorFlow's; Keras' initializers repeat themselves."""
    draw = make()
    tf.random.set_seed(1)
    first, second = np.asarray(draw([4])), np.asarray(draw([4]))
    assert (first != second).all()
    tf.random.set_seed(1)
    np.testing.assert_array_equal(draw([4]), first)


@pytest.mark.parametrize("make", DRAWN)
def test_with_a_seed_each_call_draws_the_same_numbers(make):
    draw, other = make(seed=1), make(seed=2)
    np.testing.assert_array_equal(draw([4]), draw([4]))
    np.testing.assert_array_equal(draw([4]), make(seed=1)([4]))
    assert (np.asarray(draw([4])) != np.asarray(other([4]))).all()


def test_distributions():
    normal = np.asarray(tf.random_normal_initializer(1.0, 0.02)([10_000]))
    assert abs(normal.mean() - 1) < 0.001
    assert 0.019 < normal.std() < 0.021
    uniform = np.asarray(tf.random_uniform_initializer(2.0, 3.0)([10_000]))
    assert 2 <= uniform.min() < 2.01 < 2.99 < uniform.max() <= 3
    assert set(tf.random_uniform_initializer(0, 3, seed=0)([99], tf.int32).tolist()) == {0, 1, 2}


def test_layers_take_them_and_are_saved_with_them(tmp_path):
    inputs = keras.Input((3,))
    layer = keras.layers.Dense(
        2,
        kernel_initializer=tf.random_normal_initializer(5.0, 0.01),
        bias_initializer=tf.constant_initializer([1.0, 2.0]),
    )
    model = keras.Model(inputs, layer(inputs))
    kernel, bias = model.get_weights()
    assert (abs(kernel - 5) < 0.1).all()
    assert bias.tolist() == [1, 2]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.get_weights()[0], kernel)
    config = loaded.layers[-1].kernel_initializer.get_config()
    assert config == {"mean": 5.0, "stddev": 0.01, "seed": None}


def test_a_layer_built_inside_a_step_draws_its_weights_once():
    layer = keras.layers.Dense(4, kernel_initializer=tf.random_normal_initializer())

    @tf.function
    def step(x):
        return layer(x)

    x = np.eye(3, dtype="float32")
    first, second = np.asarray(step(x)), np.asarray(step(x))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, layer.get_weights()[0], rtol=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: tf.random_normal_initializer()([2], tf.int32),
        lambda: tf.random_normal_initializer(seed="one"),
        lambda: tf.constant_initializer([1.0, 2.0])([3]),
    ],
)
def test_what_tensorflow_refuses_is_refused(wrong):
    with pytest.raises(TensorTypeError, match="Do this"):
        wrong()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (tf.random_normal_initializer, "a dtype of real numbers"),
        (tf.random_uniform_initializer, "a dtype of whole or real numbers"),
    ],
)
def test_a_dtype_without_numbers_is_refused(make, expected):
    with pytest.raises(TensorTypeError, match=f"Expected: {expected}\n  Received: bool"):
        make()([2], tf.bool)
