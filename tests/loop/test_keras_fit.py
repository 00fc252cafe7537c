"""`fit`, `evaluate` and `predict` with imperative steps, and that all else is left to Keras."""

import subprocess
import sys
import warnings

import jax
import keras
import numpy as np
import pytest
from keras import ops

import glasstape as gt
from glasstape.errors import DatasetError, StepTypeError

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = X[:, :1] - X[:, 1:2]
QUIET = {"verbose": 0, "batch_size": 8, "shuffle": False}


def zeros(tape_step=True, **methods):
    """A linear model that starts at zero, with more methods."""
    base = {"train_step": train_step} if tape_step else {}
    kind = type("Custom", (keras.Model,), base | methods)
    inputs = keras.Input((3,))
    return kind(inputs, keras.layers.Dense(1, kernel_initializer="zeros")(inputs))


def train_step(self, data):
    x, y = data
    with gt.GradientTape() as tape:
        loss = ops.mean(ops.square(y - self(x, training=True)))
    weights = self.trainable_variables
    self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
    return {"loss": loss}


def fit(model, epochs=2, **options):
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", **options)
    return model.fit(X, Y, epochs=epochs, **QUIET).history


def test_weights_are_those_of_keras_own_fit():
    ours, theirs = zeros(), zeros(tape_step=False)
    fit(ours)
    fit(theirs)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    assert np.abs(ours.get_weights()[0]).min() > 0.01


def test_the_loss_of_a_step_is_shown_though_no_metric_was_told():
    losses = fit(zeros(), epochs=3)["loss"]
    assert losses[0] > losses[1] > losses[2] > 0


def test_each_step_is_traced_once_a_shape():
    seen = []

    def counted(self, data):
        seen.append(data[0].shape)
        return train_step(self, data)

    fit(zeros(train_step=counted), epochs=3)
    assert seen == [(8, 3)]


def test_run_eagerly_runs_python_each_time():
    seen = []

    def counted(self, data):
        seen.append(float(data[0][0, 0]))
        return train_step(self, data)

    fit(zeros(train_step=counted), epochs=1, run_eagerly=True)
    assert seen == pytest.approx(X[::8, 0])


def test_a_decorated_step_is_taken_as_it_is():
    model = zeros(train_step=gt.function(train_step))
    fit(model)
    assert model.train_step.experimental_get_tracing_count() == 1


def test_test_and_predict_steps():
    def test_step(self, data):
        x, y = data
        return {"worst": ops.max(ops.abs(self(x) - y))}

    def predict_step(self, data):
        x = data[0] if isinstance(data, tuple) else data
        return 10 * self(x)

    model = zeros(test_step=test_step, predict_step=predict_step)
    fit(model)
    found = model.evaluate(X, Y, verbose=0, batch_size=40, return_dict=True)
    assert found["worst"] == pytest.approx(np.abs(np.asarray(model(X)) - Y).max(), rel=1e-5)
    predicted = model.predict(X, verbose=0, batch_size=16)
    np.testing.assert_allclose(predicted, 10 * np.asarray(model(X)), rtol=1e-5)


def test_predict_puts_several_steps_together():
    model = zeros()
    fit(model, steps_per_execution=3)
    assert model.predict(X, verbose=0, batch_size=8).shape == (40, 1)


def test_one_batch_at_a_time():
    model = zeros()
    model.compile("sgd", "mse")
    first = model.train_on_batch(X, Y)
    assert model.train_on_batch(X, Y) < first
    assert model.test_on_batch(X, Y) < first
    assert model.predict_on_batch(X).shape == (40, 1)


def test_default_steps_beside_an_override():
    """`evaluate` of a model that overrides `train_step` alone is Keras'."""
    model, theirs = zeros(), zeros(tape_step=False)
    for m in (model, theirs):
        m.compile("sgd", "mse", metrics=["mae"])
    ours = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert ours == pytest.approx(theirs.evaluate(X, Y, verbose=0, return_dict=True))


def test_super_train_step_with_loss_scaling():
    def train_step(self, data):
        return super(type(self), self).train_step(data)

    model, theirs = zeros(train_step=train_step), zeros(tape_step=False)
    for m in (model, theirs):
        scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=8.0)
        m.compile(scaled, "mse", metrics=["mae"])
    ours = model.fit(X, Y, epochs=2, **QUIET).history
    their_history = theirs.fit(X, Y, epochs=2, **QUIET).history
    for name in their_history:
        np.testing.assert_allclose(ours[name], their_history[name], rtol=1e-5)


def test_stateless_overrides_stay_keras():
    seen = []

    def stateless(self, state, data):
        seen.append(len(state))
        return keras.Model.train_step(self, state, data)

    model = zeros(train_step=stateless)
    fit(model)
    assert seen == [4]


def test_overrides_with_any_arguments_stay_keras():
    """As libraries write them that run on all of Keras' backends."""

    def train_step(self, *args, **kwargs):
        return keras.Model.train_step(self, *args, **kwargs)

    assert fit(zeros(train_step=train_step))["loss"][1] > 0


def test_steps_of_both_kinds_are_refused():
    def test_step(self, state, data):
        raise AssertionError

    with pytest.raises(StepTypeError) as caught:
        fit(zeros(test_step=test_step))
    assert str(caught.value).splitlines()[:4] == [
        "A model's steps do not agree on where the state is.",
        "  Expected: (self, data) for all steps that are overridden, "
        "or (self, state, data) for all",
        "  Received: (self, data) for train_step, (self, state, data) for test_step",
        "  Do this: write all of them as (self, data) and assign variables as usual",
    ]


def test_callbacks_see_the_weights_of_the_moment():
    model, seen = zeros(), []
    model.compile(keras.optimizers.SGD(0.1))
    look = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(float(model.get_weights()[0][0, 0]))
    )
    model.fit(X, Y, callbacks=[look], **QUIET)
    assert len(seen) == 5
    assert len(set(seen)) == 5
    assert seen[-1] == model.get_weights()[0][0, 0]


def test_callbacks_may_change_the_weights():
    model = zeros()
    model.compile(keras.optimizers.SGD(0.0))
    change = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: model.set_weights(
            [w + 1 for w in model.get_weights()]
        )
    )
    model.fit(X, Y, callbacks=[change], **QUIET)
    np.testing.assert_allclose(model.get_weights()[0], 5.0)


def test_checkpoints_and_the_best_weights(tmp_path):
    model = zeros()
    model.compile(keras.optimizers.SGD(0.1))
    path = str(tmp_path / "{epoch}.weights.h5")
    save = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    stop = keras.callbacks.EarlyStopping("loss", patience=1, mode="max", restore_best_weights=True)
    model.fit(X, Y, epochs=3, callbacks=[save, stop], **QUIET)
    again = zeros()
    again.load_weights(str(tmp_path / "1.weights.h5"))
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_an_error_in_a_step_leaves_the_weights():
    def failing(self, data):
        train_step(self, data)
        raise ZeroDivisionError("of the user's")

    model = zeros(train_step=failing)
    with pytest.raises(ZeroDivisionError, match="of the user's"):
        fit(model)
    np.testing.assert_array_equal(model.get_weights()[0], 0.0)


def test_random_layers_and_batch_statistics():
    inputs = keras.Input((3,))
    hidden = keras.layers.BatchNormalization()(keras.layers.Dropout(0.5, seed=1)(inputs))
    model = type("Custom", (keras.Model,), {"train_step": train_step})(
        inputs, keras.layers.Dense(1)(hidden)
    )
    before = [np.asarray(v) for v in model.non_trainable_variables]
    fit(model, epochs=1)
    after = [np.asarray(v) for v in model.non_trainable_variables]
    assert all((a != b).any() for a, b in zip(after, before, strict=True))


def dataset(rows=X):
    return gt.data.Dataset.from_tensor_slices(rows)


def test_our_datasets_train_any_model():
    for model in (zeros(), zeros(tape_step=False)):
        model.compile(keras.optimizers.SGD(0.1), "mse")
        batches = dataset((X, Y)).batch(8)
        seen = model.fit(batches, epochs=2, verbose=0, validation_data=batches).history
        assert seen["loss"][1] < seen["loss"][0]
        assert seen["val_loss"][1] > 0
        assert model.predict(dataset().batch(16), verbose=0).shape == (40, 1)
        assert model.evaluate(batches, verbose=0) > 0


def test_the_step_gets_the_elements_of_a_dataset_as_they_are():
    shapes = []

    def train_step(self, data):
        shapes.append(jax.tree.map(lambda a: a.shape, data))
        return {"loss": ops.sum(self.trainable_variables[0])}

    for rows in (X, {"a": X, "b": Y}, (X, Y), ((X, Y), Y), (X, Y, Y, Y)):
        model = zeros(train_step=train_step)
        model.compile()
        model.fit(dataset(rows).batch(20), verbose=0)
    assert shapes == [
        (20, 3),
        {"a": (20, 3), "b": (20, 1)},
        ((20, 3), (20, 1)),
        (((20, 3), (20, 1)), (20, 1)),
        ((20, 3), (20, 1), (20, 1), (20, 1)),
    ]


def test_datasets_without_an_end():
    seen = []

    def train_step(self, data):
        seen.append(float(data[0, 0]))
        return {"loss": ops.sum(data)}

    model = zeros(train_step=train_step)
    model.compile(run_eagerly=True)
    model.fit(dataset().batch(10).repeat(), steps_per_epoch=3, epochs=2, verbose=0)
    assert seen == pytest.approx(X[[0, 10, 20, 30, 0, 10], 0])  # goes on, as in TensorFlow


def test_batches_come_in_the_order_of_the_dataset():
    seen = []

    def train_step(self, data):
        seen.append(float(data[0, 0]))
        return {"loss": ops.sum(data)}

    model = zeros(train_step=train_step)
    model.compile(run_eagerly=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(dataset().batch(10), epochs=2, verbose=0)
    assert seen == pytest.approx([*X[::10, 0]] * 2)


def test_class_weights_of_a_dataset():
    weights = []

    def train_step(self, data):
        weights.append(np.asarray(data[2]).tolist())
        return {"loss": ops.sum(data[0])}

    model = zeros(train_step=train_step)
    model.compile(run_eagerly=True)
    labels = np.array([0, 1, 1, 0])
    model.fit(dataset((X[:4], labels)).batch(4), class_weight={0: 1.0, 1: 3.0}, verbose=0)
    assert weights == [[1.0, 3.0, 3.0, 1.0]]


PROGRAM = """
import sys
import numpy as np
{imports}
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)
    def call(self, x):
        return self.dense(x)
    def train_step(self, data):
        x, y = data
        with gt.GradientTape() as tape:
            loss = keras.ops.mean((self(x) - y) ** 2)
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return {{"loss": loss}}
net = Net()
net.compile("sgd")
print(net.fit(np.ones((8, 2)), np.zeros((8, 1)), verbose=0).history["loss"][0] > 0)
"""


@pytest.mark.thorough
@pytest.mark.parametrize(
    "imports",
    ["import glasstape as gt\nimport keras", "import keras\nimport glasstape as gt"],
    ids=["first", "last"],
)
def test_a_step_may_be_the_first_to_name_glasstape(imports, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    program = PROGRAM.format(imports=imports)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.split() == ["True"], ran.stderr[-2000:]


@pytest.mark.thorough
def test_importing_keras_does_not_load_what_compiles(monkeypatch):
    check = "import glasstape, sys, keras; print(*(m for m in sys.modules if 'glasstape' in m))"
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert "glasstape.loop.keras_fit" in loaded
    # These two wait for the first program, which is one of a new model's.
    of_compiler = {m.removeprefix("glasstape.compiler.") for m in loaded if "compiler." in m}
    assert of_compiler == {"memory", "warming"}
    assert not [m for m in loaded if m.startswith("glasstape.tape")]


def test_more_steps_than_batches_are_told_and_left_out():
    """As Keras on TensorFlow does."""
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    data = gt.data.Dataset.from_tensor_slices((np.ones((4, 2)), np.ones((4, 1)))).batch(2)
    with pytest.warns(UserWarning, match="ran out of data"):
        history = model.fit(data, steps_per_epoch=5, epochs=2, verbose=0).history
    assert len(history["loss"]) == 2
    assert int(model.optimizer.iterations) == 4
    with pytest.warns(UserWarning, match="ran out of data"):
        model.evaluate(data, steps=5, verbose=0)
    model.fit(data.repeat(), steps_per_epoch=5, validation_data=data, validation_steps=2, verbose=0)


def test_a_dataset_that_could_not_tell_its_size_runs_out():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    data = gt.data.Dataset.from_tensor_slices((np.ones((4, 2)), np.ones((4, 1)))).batch(2)
    with pytest.raises(ValueError, match=r"(?s)ran out of batches.*Received: 2 batches"):
        model.fit(data.filter(lambda x, y: True), steps_per_epoch=5, verbose=0)


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize("imperative", [True, False])
def test_a_callback_after_a_batch_sees_and_sets_variables(reads, imperative):
    """As programs that look for a learning rate do."""
    rates, weights = [], []

    def after(batch, logs):
        rate = model.optimizer.learning_rate
        if reads:
            rates.append(float(rate.value))
            weights.append(float(model.layers[-1].kernel[0, 0]))
        rate.assign(0.1 / 2 ** (batch + 1))

    if imperative:
        model = zeros()
    else:
        model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    data = gt.data.Dataset.from_tensor_slices((np.ones((6, 3)), np.ones((6, 1)))).batch(2)
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=after)
    model.fit(data, verbose=0, callbacks=[callback])
    assert float(model.optimizer.learning_rate.value) == pytest.approx(0.1 / 8)
    if reads:
        assert rates == pytest.approx([0.1, 0.05, 0.025])
        assert weights[0] != weights[1] != weights[2]
    assert int(model.optimizer.iterations) == 3


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
@pytest.mark.parametrize("kind", ["Dataset", "ndarray"])
def test_data_without_a_batch_is_told(method, kind):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    empty = np.zeros((0, 3), "float32")
    data = dataset().filter(lambda row: False).batch(2) if kind == "Dataset" else empty
    more = {"y": empty[:, :1]} if kind == "ndarray" and method != "predict" else {}
    told = rf"(?s)model.{method} was given no batch.*an empty {kind}.*At: .*test_keras_fit"
    with pytest.raises(DatasetError, match=told):
        getattr(model, method)(data, verbose=0, **more)
