"""Losses and metrics train with the logits behind softmax and sigmoid, as in TensorFlow."""

import gc
import warnings

import keras
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.tf import _logits
from tests.tf import logits
from tests.tf.golden.read import read
from tests.thorough import all_but

THEIRS = read("logits")


@pytest.mark.parametrize("name", all_but([*THEIRS][::3], THEIRS))
def test_losses_and_gradients_are_tensorflows(name):
    np.testing.assert_allclose(logits.run(tf, name), THEIRS[name], rtol=1e-5, atol=2e-5)


def predictions(activation="softmax"):
    return keras.layers.Activation(activation)(tf.constant(logits.Z))


def test_functions_and_metrics_take_them_too():
    kind = "BinaryCrossentropy"
    theirs = THEIRS[f"{kind} of softmax, compiled=False, from_logits=False"][0]
    labels = logits.LABELS[kind]
    losses = tf.keras.losses.binary_crossentropy(labels, y_pred=predictions())
    metric = tf.keras.metrics.BinaryCrossentropy()
    metric.update_state(labels, predictions())
    assert float(tf.reduce_mean(losses)) == pytest.approx(theirs, rel=1e-5)
    assert float(metric.result()) == pytest.approx(theirs, rel=1e-5)
    assert metric._fn_kwargs["from_logits"] is False


@pytest.mark.parametrize("kind", [tf.keras.losses.Loss, tf.keras.metrics.Metric])
def test_a_call_is_not_seen_by_others(kind):
    """Nor one that fails: what the loss or metric was told stays as it was."""
    name, seen = "CategoricalCrossentropy", []
    of = getattr(tf.keras.losses if kind is tf.keras.losses.Loss else tf.keras.metrics, name)()

    class Labels:
        shape, dtype = (2, 3), "float32"

        def __array__(self, *_, **__):
            seen.append(of._fn_kwargs["from_logits"])
            raise RuntimeError

        __jax_array__ = __array__

    with pytest.raises(RuntimeError):
        of(Labels(), predictions())
    assert seen == [False]


def test_what_is_kept_for_logits_goes_with_the_loss():
    loss, metric = tf.keras.losses.BinaryCrossentropy(), tf.keras.metrics.BinaryCrossentropy()
    gc.collect()
    before = len(_logits._twins)
    for of in (loss, metric):
        of(logits.LABELS["BinaryCrossentropy"], predictions())
    assert len(_logits._twins) == before + 2
    del loss, metric, of
    gc.collect()
    assert len(_logits._twins) == before


def test_fit_takes_them_and_models_are_saved_as_before(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Activation("softmax")])
    model.compile(loss=tf.keras.losses.sparse_categorical_crossentropy)
    model.save(tmp_path / "net.keras")
    loaded = keras.models.load_model(tmp_path / "net.keras")
    for net in (model, loaded):
        found = net.evaluate(logits.Z, np.array([1, 1]), verbose=0)
        assert found == pytest.approx(31.62065, rel=1e-5)


def test_what_changes_the_predictions_loses_them():
    loss = tf.keras.losses.BinaryCrossentropy(from_logits=True)
    probabilities = predictions("sigmoid")
    plain = tf.constant(probabilities.numpy())
    labels = np.ones((2, 3), "float32")
    assert float(loss(labels, probabilities * 1)) == float(loss(labels, plain))
    # A last axis of 1 is taken off the predictions before the function sees them.
    column = keras.layers.Activation("sigmoid")(tf.constant(logits.Z[..., None]))
    assert float(loss(labels, column)) == pytest.approx(float(loss(labels, plain)))


def test_a_subclass_is_given_the_predictions():
    class Confident(tf.keras.losses.BinaryCrossentropy):
        def call(self, y_true, y_pred):
            return tf.reduce_max(y_pred, axis=-1)

    assert float(Confident()(np.ones((2, 3), "float32"), predictions())) <= 1.0


def test_from_logits_after_an_activation_is_told_once_a_line():
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(2):
            loss(logits.LABELS["SparseCategoricalCrossentropy"], predictions())
    (told,) = caught
    assert told.filename == __file__
    assert str(told.message) == (
        "sparse_categorical_crossentropy was told from_logits=True and given the result of a "
        "softmax. As in TensorFlow, what went into the softmax is used; leave the activation out, "
        "or from_logits=True"
    )


def test_logits_go_with_the_predictions():
    before = len(_logits._of)
    kept = predictions()
    assert len(_logits._of) == before + 1
    assert kept._keras_logits.tolist() == logits.Z.tolist()
    del kept
    gc.collect()
    assert len(_logits._of) == before
