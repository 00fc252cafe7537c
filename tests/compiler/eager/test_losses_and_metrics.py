"""Losses and metrics of eager code run as one program, and give what Keras gives."""

import gc
import inspect
import weakref

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
import glasstape.startup  # what the first use of a public name does
from glasstape.compiler.eager import programs

RANDOM = np.random.default_rng(0)
PROBABILITIES = RANDOM.dirichlet(np.ones(4), 6).astype("float32")
ONE_HOT = np.eye(4, dtype="float32")[RANDOM.integers(0, 4, 6)]
CLASSES = ONE_HOT.argmax(1).astype("int32")
WEIGHTS = RANDOM.uniform(0.5, 1.5, 6).astype("float32")

LOSSES = {
    name: kind
    for name, kind in vars(keras.losses).items()
    if inspect.isclass(kind) and name not in ("Loss", "CTC")
}
# Those that need arguments of their own.
ARGUMENTS = {
    "IoU": (4, [0, 1]),
    "BinaryIoU": ([0, 1],),
    "MeanIoU": (4,),
    "OneHotIoU": (4, [0, 1]),
    "OneHotMeanIoU": (4,),
    "MeanMetricWrapper": (keras.losses.mean_squared_error,),
    **dict.fromkeys(
        ("PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity",
         "SpecificityAtSensitivity"), (0.5,),
    ),
}  # fmt: skip
METRICS = {
    name: kind
    for name, kind in vars(keras.metrics).items()
    if inspect.isclass(kind) and issubclass(kind, keras.metrics.Metric) and name != "Metric"
}


def arguments(name):
    """Truth and prediction that a loss or metric of this name takes."""
    if name in ("Mean", "Sum"):
        return (jnp.asarray(PROBABILITIES),)
    if name.startswith("Sparse") or name in ("Circle", "CategoricalGeneralizedCrossEntropy"):
        return CLASSES, jnp.asarray(PROBABILITIES)
    if name in ("IoU", "MeanIoU", "Accuracy"):
        return CLASSES, jnp.asarray(np.roll(CLASSES, 1))
    return ONE_HOT, jnp.asarray(PROBABILITIES)


@pytest.fixture
def made(monkeypatch):
    """The keys of the programs made while the test runs."""
    keys, original = [], programs.Programs.get

    def get(self, owner, key, make):
        def noted():
            keys.append(key)
            return make()

        return original(self, owner, key, noted)

    monkeypatch.setattr(programs.Programs, "get", get)
    return keys


@pytest.fixture
def by_operations(monkeypatch):
    """Calls its argument while nothing is run as a program."""

    def call(function):
        with monkeypatch.context() as patch:
            patch.setattr(programs, "may_compile", lambda: False)
            return function()

    return call


def assert_same(got, expected):
    assert jax.tree.structure(got) == jax.tree.structure(expected)
    for g, e in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        assert g.dtype == e.dtype
        np.testing.assert_allclose(g, e, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss(name, weights, made, by_operations):
    loss = LOSSES[name]()
    inputs = arguments(name)

    def taken():
        with gt.GradientTape() as tape:
            tape.watch(inputs[1])
            y = loss(*inputs) if weights is None else loss(*inputs, sample_weight=weights)
        return y, tape.gradient(y, inputs[1])

    expected = by_operations(taken)
    assert made == []
    assert_same(taken(), expected)
    assert_same(taken(), expected)
    assert len(made) == 1


@pytest.mark.parametrize("name", METRICS)
def test_every_metric(name, made, by_operations):
    def run():
        metric = METRICS[name](*ARGUMENTS.get(name, ()))
        inputs = arguments(name)
        results = [metric(*inputs) for _ in range(3)]
        metric.update_state(*inputs[:-1], inputs[-1][::-1])
        return results, metric.result(), [v.value for v in metric.variables]

    expected = by_operations(run)
    assert made == []
    assert_same(run(), expected)
    assert len(made) == 2  # the call and the update


def test_a_loss_is_one_record_of_its_name():
    loss, x = keras.losses.MeanSquaredError(name="error"), jnp.ones((2, 3))
    with gt.GradientTape() as tape:
        tape.watch(x)
        loss(jnp.zeros((2, 3)), x)
    assert [(r.name, r.layer) for r in tape.records] == [("error", "error")]


def test_second_derivatives_of_a_loss():
    loss, x = keras.losses.MeanSquaredError(), jnp.array([[1.0, 2.0]])
    with gt.GradientTape() as outer:
        outer.watch(x)
        with gt.GradientTape() as inner:
            inner.watch(x)
            y = loss(jnp.zeros((1, 2)), x * x)
        gradient = inner.gradient(y, x)
    np.testing.assert_allclose(outer.gradient(gradient, x), 6 * x * x, rtol=1e-6)


def test_bad_labels_are_refused_at_the_users_line():
    loss = keras.losses.SparseCategoricalCrossentropy()
    with pytest.raises(gt.errors.LabelRangeError, match=r"label 7(.|\n)*test_losses_and_metrics"):
        loss(np.array([0, 7]), jnp.ones((2, 3)))


def test_a_wrong_shape_is_refused_as_keras_does(by_operations):
    loss = keras.losses.CategoricalCrossentropy()

    def call():
        with pytest.raises(ValueError, match="shape") as caught:
            loss(jnp.ones((2, 3)), jnp.ones((2, 4)))
        return str(caught.value)

    assert call() == by_operations(call)


def test_a_changed_setting_counts(made):
    loss = keras.losses.Huber(delta=1.0)
    before = loss(jnp.zeros((1, 2)), jnp.full((1, 2), 3.0))
    loss._fn_kwargs["delta"] = 2.0
    after = loss(jnp.zeros((1, 2)), jnp.full((1, 2), 3.0))
    assert (float(before), float(after)) == (2.5, 4.0)
    assert len(made) == 2


def test_a_changed_epsilon_counts(made):
    metric = keras.metrics.BinaryCrossentropy()
    inputs = jnp.ones((1, 2)), jnp.zeros((1, 2))
    before, old = float(metric(*inputs)), keras.config.epsilon()
    keras.config.set_epsilon(1e-3)
    try:
        metric.reset_state()
        assert float(metric(*inputs)) < before / 2
    finally:
        keras.config.set_epsilon(old)


def test_python_numbers_make_no_programs(made):
    mean = keras.metrics.Mean()
    assert [float(mean(n)) for n in (1.0, 2.0, 6)] == [1.0, 1.5, 3.0]
    assert made == []


class Noting(keras.losses.MeanSquaredError):
    """Has Python state of its own."""

    calls = 0

    def call(self, y_true, y_pred):
        self.calls += 1
        return super().call(y_true, y_pred)


def test_a_loss_or_metric_of_the_users_runs_as_it_is_written(made):
    seen = []

    def noting(y_true, y_pred):
        seen.append(y_pred)
        return keras.losses.mean_squared_error(y_true, y_pred)

    loss, metric = Noting(), keras.metrics.MeanMetricWrapper(noting)
    inputs = jnp.zeros((2, 2)), jnp.ones((2, 2))
    for _ in range(3):
        loss(*inputs)
        metric(*inputs)
    assert loss.calls == len(seen) == 3
    assert made == []


def test_a_mask_counts():
    """Keras carries it on the array itself."""
    loss, metric = keras.losses.MeanSquaredError(), keras.metrics.MeanSquaredError()
    truth, prediction = jnp.zeros((1, 3, 1)), jnp.array([[[1.0], [3.0], [7.0]]])
    prediction._keras_mask = jnp.array([[True, True, False]])
    assert float(loss(truth, prediction)) == 5.0
    assert float(metric(truth, prediction)) == 5.0


def test_inside_a_stateless_scope_nothing_is_kept():
    metric = keras.metrics.Mean()
    metric(jnp.float32(1.0))
    new = metric.stateless_update_state([v.value for v in metric.variables], jnp.float32(3.0))
    assert [float(v) for v in new] == [4.0, 2.0]
    assert float(metric.result()) == 1.0


def test_they_can_be_freed():
    loss, metric = keras.losses.MeanSquaredError(), keras.metrics.Mean()
    metric(loss(jnp.zeros((1, 2)), jnp.ones((1, 2))))
    gone = [weakref.ref(loss), weakref.ref(metric), weakref.ref(metric.variables[0])]
    del loss, metric
    gc.collect()
    assert [g() for g in gone] == [None] * 3
