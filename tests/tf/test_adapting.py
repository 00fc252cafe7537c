"""Normalization and Discretization learn from datasets, with what TensorFlow's Keras learns."""

import keras
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import DatasetError

X = np.arange(36.0, dtype="float32").reshape(12, 3) ** 1.5
slices = tf.data.Dataset.from_tensor_slices


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return X[4 * index : 4 * index + 4], np.zeros(4)


@pytest.mark.parametrize(
    "data",
    [
        X,
        tf.constant(X),
        slices(X).batch(5),
        slices((X, X[:, 0])).batch(5),
        slices(X),  # vectors are rows
        [X[:4], X[4:]],
        Batches(workers=1),
    ],
)
def test_normalization_learns_mean_and_variance(data):
    layer = tf.keras.layers.Normalization()
    layer.adapt(data)
    np.testing.assert_allclose(layer(X), (X - X.mean(0)) / X.std(0), rtol=1e-4, atol=1e-5)


def test_normalization_of_single_numbers():
    layer = tf.keras.layers.Normalization(axis=None)
    layer.adapt(slices(X[:, 0]).batch(5))  # of 5, 5 and 2
    assert np.asarray(layer.mean).item() == pytest.approx(float(X[:, 0].mean()), rel=1e-5)


def test_nothing_to_adapt_to_is_told():
    with pytest.raises(DatasetError, match="nothing to adapt to") as caught:
        tf.keras.layers.Normalization().adapt(slices(X).batch(4).take(0))
    assert "Received: an empty Dataset" in str(caught.value)
    with pytest.raises(DatasetError, match="cannot adapt"):
        tf.keras.layers.Discretization(bin_boundaries=[0.0]).adapt(X)


def test_discretization_learns_boundaries():
    found = {}
    for name, data, steps in [
        ("array", X, None),
        ("list", [X], None),
        ("batches", slices(X).batch(4), None),
        ("first", slices(X).batch(4), 1),
        ("rows", X[:4], None),
    ]:
        layer = tf.keras.layers.Discretization(num_bins=3, epsilon=0.001)
        layer.adapt(data, steps=steps)
        found[name] = layer.bin_boundaries
    assert found["array"] == found["list"]
    assert found["first"] == found["rows"] != found["array"]
    in_bins = np.histogram(X, [-np.inf, *found["batches"], np.inf])[0]
    assert in_bins.sum() == X.size
    assert in_bins.max() - in_bins.min() <= 2
