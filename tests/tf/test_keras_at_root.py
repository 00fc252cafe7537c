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
