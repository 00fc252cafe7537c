"""What we rely on in Keras' JAX trainer and in what it keeps for TensorFlow's ``tf.keras``."""

import importlib
import inspect

import keras
import numpy as np
import pytest

from glasstape.ports import keras_arrival, keras_trainer
from glasstape.tf import _old_names


def original(method):
    return inspect.unwrap(getattr(keras.Model, method))


@pytest.mark.parametrize("step", keras_trainer.STEPS)
def test_keras_own_steps_take_the_state(step):
    assert list(inspect.signature(original(step)).parameters) == ["self", "state", "data"]


@pytest.mark.parametrize("part", ["train", "test", "predict"])
def test_functions_are_made_where_we_make_them(part):
    maker = original(f"make_{part}_function")
    assert list(inspect.signature(maker).parameters) == ["self", "force"]
    assert f"self.{part}_function" in inspect.getsource(maker)


def test_fit_carries_the_state_we_empty():
    """`fit` asks for the state, and hands it to the variables unless it is empty."""
    source = inspect.getsource(original("fit"))
    assert "self._get_jax_state(" in source
    assert "self.train_function(state, iterator)" in source
    assert "self._symbolic_build(" in source
    assert "self._get_metrics_result_or_logs(logs)" in source
    sync = inspect.getsource(keras.Model.jax_state_sync)
    assert "if trainable_variables:" in sync
    assert "if metrics_variables:" in sync


def test_a_model_without_imperative_steps_is_built_as_before():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 3)), np.ones((2, 1)), verbose=0)
    assert model.built
    assert len(model._get_jax_state(trainable_variables=True)[0]) == 2


def test_elements_pass_through_keras_as_they_are():
    from glasstape.data import Dataset
    from glasstape.loop.feeding import Batches

    batches = Batches(Dataset.from_tensor_slices(np.arange(4.0)).batch(2), True, None)
    assert isinstance(batches[0], keras_trainer.Element)
    assert batches.num_batches == 2


@pytest.mark.parametrize("namespace", _old_names.KEPT)
def test_keras_keeps_what_we_take_from_there(namespace):
    kept = importlib.import_module(namespace.replace("keras", "keras._tf_keras.keras", 1))
    assert [n for n in vars(kept) if not n.startswith("_")]


def test_optimizers_that_are_gone_can_be_made_to_answer():
    import glasstape.tf  # noqa: F401

    assert "Adam" not in vars(keras.optimizers.legacy)


def test_when_keras_is_there_already():
    called = []
    keras_arrival.when_imported(lambda: called.append(1))
    assert called == [1]
