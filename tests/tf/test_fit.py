"""`fit` with imperative steps gives TensorFlow's histories and weights."""

import keras
import numpy as np
import pytest

import glasstape.tf as tf
from tests.tf import fit_programs
from tests.tf.golden.read import read

THEIRS = read("fit")
# TensorFlow 2.21's `compiled_metrics.update_state` hands the predictions to the loss' own tracker,
# so that its history shows their mean. Ours shows the loss, as TensorFlow did up to 2.15.
DIFFERENT = {("old_spellings", "loss")}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("name", fit_programs.PROGRAMS)
def test_history_and_weights_are_tensorflows(name):
    ours = fit_programs.run(tf, name)
    assert ours.keys() == THEIRS[name].keys()
    for key in ours.keys() - {k for n, k in DIFFERENT if n == name}:
        np.testing.assert_allclose(
            ours[key], THEIRS[name][key], rtol=1e-4, atol=1e-6, err_msg=f"{name}: {key}"
        )


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_what_differs_is_the_loss():
    ours = fit_programs.run(tf, "old_spellings")["loss"]
    assert ours[0] > ours[1] > 0.5
    assert THEIRS["old_spellings"]["loss"][1] < 0.1


def test_another_learning_rate_would_be_noticed(monkeypatch):
    adam = tf.keras.optimizers.Adam
    monkeypatch.setattr(tf.keras.optimizers, "Adam", lambda rate: adam(rate * 1.01))
    ours = fit_programs.run(tf, "tape_step")
    assert not np.allclose(ours["val_loss"], THEIRS["tape_step"]["val_loss"], rtol=1e-4)


def test_a_fit_that_fails_leaves_the_model_its_weights():
    """TensorFlow's does; Keras on JAX leaves variables without a value."""
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(3, 1)(inputs))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = model.get_weights()
    x, y = np.ones((4, 4, 4, 3), "float32"), np.zeros((4, 4, 4, 1), "int32")
    with pytest.raises(Exception):  # noqa: B017, PT011 - Keras' own: one weight for each picture
        model.fit(x, y, class_weight={0: 1.0, 1: 1.0, 2: 1.0}, verbose=0)
    for was, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(now, was)

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, batch_size=2, callbacks=[Stop()], verbose=0)
    assert all(
        (now != was).any() for was, now in zip(before[:1], model.get_weights(), strict=False)
    )
    assert np.isfinite(model.fit(x, y, verbose=0).history["loss"][0])
