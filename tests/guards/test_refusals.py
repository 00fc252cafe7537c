"""What must never pass silently: it is refused with a reason, and nothing has changed."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape import errors
from tests.compiler import steps


def eager(step):
    return step


WAYS = pytest.mark.parametrize("way", [eager, gt.function], ids=["eager", "compiled"])


def trained(way):
    """A training that has taken two good steps."""
    training = steps.Training(way=way)
    for number in range(2):
        training.step(*steps.batch(number))
    return training


def refused(training, error, *batch):
    """The message of the refused step; checks that it changed nothing at all."""
    before = training.snapshot()
    with pytest.raises(error) as caught:
        training.step(*batch)
        training.mean.result()
    # Eager code has updated batch statistics and seeds before anything was known to be wrong.
    return str(caught.value), before


def assert_unchanged(training, before, way):
    after = training.snapshot()
    if way is eager:
        keep = [
            i for i, v in enumerate(training.variables) if "moving" not in v.path
            and "seed" not in v.path
        ]  # fmt: skip
        before, after = [before[i] for i in keep], [after[i] for i in keep]
    steps.assert_same(before, after)


def bad_label(label):
    x, y = steps.batch(2)
    return x, y.at[3].set(label)


@WAYS
@pytest.mark.parametrize("label", [3, 250, -1])
class TestLabels:
    def test_message(self, way, label):
        training = trained(way)
        text, before = refused(training, errors.LabelRangeError, *bad_label(label))
        assert "A class label is out of range" in text
        assert "labels from 0 to 2 (the predictions have 3 classes)" in text
        assert f"Received: label {label}" in text
        assert "steps.py:" in text
        assert_unchanged(training, before, way)

    def test_training_goes_on_as_if_nothing_had_happened(self, way, label):
        training = trained(way)
        other = trained(way)
        refused(training, errors.LabelRangeError, *bad_label(label))
        if way is eager:
            for mine, theirs in zip(training.variables, other.variables, strict=True):
                mine.assign(theirs)
        losses = [t.step(*steps.batch(5)) for t in (training, other)]
        np.testing.assert_array_equal(*losses)
        steps.assert_same(training.snapshot(), other.snapshot())


@WAYS
def test_the_largest_bad_label_or_the_first_is_named(way):
    training = trained(way)
    x, y = steps.batch()
    text, _ = refused(training, errors.LabelRangeError, x, y.at[0].set(77))
    assert "label 77" in text


@WAYS
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "float32"])
def test_labels_of_every_dtype(way, dtype):
    """300 classes do not fit a byte; comparing must not wrap around."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    step = way(lambda y, logits: loss(y, logits))
    logits = jnp.zeros((2, 300))
    assert np.isfinite(step(jnp.array([0, 120], dtype), logits))


@WAYS
@pytest.mark.parametrize(("dtype", "label"), [("int8", -1), ("uint8", 7), ("float32", -3.0)])
def test_bad_labels_of_every_dtype(way, dtype, label):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    v = gt.Variable(jnp.zeros((2, 5)))

    def step(y):
        v.assign_add(jnp.ones((2, 5)))
        return loss(y, v.value)

    step = way(step)
    with pytest.raises(errors.LabelRangeError, match=f"label {label:.0f}"):
        step(jnp.array([0, label], dtype))
        v.numpy()


@WAYS
def test_an_ignored_class_is_no_mistake(way):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    v = gt.Variable(jnp.zeros((3, 4)))

    def step(y):
        v.assign_add(jnp.ones((3, 4)))
        return loss(y, v.value)

    step = way(step)
    assert np.isfinite(step(jnp.array([0, -1, 3])))
    with pytest.raises(errors.LabelRangeError, match="label -2"):
        step(jnp.array([0, -1, -2]))
        v.numpy()


@WAYS
def test_empty_batches_of_labels(way):
    loss = keras.losses.SparseCategoricalCrossentropy(reduction=None)
    assert way(loss)(jnp.zeros(0, "int32"), jnp.zeros((0, 3))).shape == (0,)


@WAYS
@pytest.mark.parametrize(("value", "word"), [(np.nan, "nan"), (np.inf, "nan")])
class TestNonFinite:
    def test_message_and_nothing_changed(self, way, value, word):
        training = trained(way)
        x, y = steps.batch(2)
        text, before = refused(training, errors.NonFiniteLossError, x.at[0, 0].set(value), y)
        assert f"The loss is {word}; this update was not applied." in text
        assert "allow_nonfinite" in text
        assert "steps.py:" in text
        assert_unchanged(training, before, way)

    def test_training_continues(self, way, value, word):
        training = trained(way)
        x, y = steps.batch(2)
        refused(training, errors.NonFiniteLossError, x.at[0, 0].set(value), y)
        if way is eager:  # the batch's statistics are spoilt, as they are in TensorFlow
            for layer in training.model.layers:
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.set_weights([np.ones(6), np.zeros(6), np.zeros(6), np.ones(6)])
        assert np.isfinite(training.step(x, y))
        assert all(np.isfinite(a).all() for a in training.snapshot())


def scalar_step(way, target, apply=True):
    """A step on one variable whose loss is `target(v, x)`."""
    v, optimizer = gt.Variable(1.0), keras.optimizers.SGD(0.1)

    def step(x):
        with gt.GradientTape() as tape:
            loss = target(v, x)
        (gradient,) = tape.gradient(loss, [v])
        if apply:
            optimizer.apply_gradients([(gradient, v)])
        return gradient

    return v, optimizer, way(step)


@WAYS
def test_an_infinite_loss(way):
    v, _, step = scalar_step(way, lambda v, x: jnp.exp(v * x))
    step(jnp.float32(1.0))
    before = float(v.value)
    with pytest.raises(errors.NonFiniteLossError, match="The loss is infinite"):
        step(jnp.float32(1000.0))
        v.numpy()
    assert float(v.value) == before


@WAYS
def test_a_complex_target_that_is_not_finite(way):
    v = gt.Variable(1.0)
    optimizer = keras.optimizers.SGD(0.1)

    def step(scale):
        with gt.GradientTape() as tape:
            target = jnp.exp(1j * scale * v.value)
        optimizer.apply_gradients([(tape.gradient(target, v), v)])

    step = way(step)
    step(jnp.float32(0.5))
    with pytest.raises(errors.NonFiniteLossError, match="The loss is nan"):
        step(jnp.float32(jnp.inf))
        v.numpy()
    assert np.isfinite(v.numpy())


@WAYS
def test_a_large_finite_loss_passes(way):
    """Several large targets must not add up to infinity in the check."""
    v, _, step = scalar_step(way, lambda v, x: jnp.stack([x, x]) + 0.0 * v.value)
    step(jnp.float32(3e38))
    assert np.isfinite(v.numpy())


@WAYS
def test_allow_nonfinite(way):
    with gt.allow_nonfinite():
        v, _, step = scalar_step(way, lambda v, x: jnp.log(v * x))
        step(jnp.float32(-1.0))
        step(jnp.float32(0.0))
        assert not np.isfinite(float(v.value))


@WAYS
def test_nan_gradients_that_passed_a_clip(way):
    v, optimizer = gt.Variable(1.0), keras.optimizers.SGD(0.1)

    def step(x):
        with gt.GradientTape() as tape:
            loss = jnp.log(v.value * x)
        gradients = [jnp.clip(g, -1.0, 1.0) for g in tape.gradient(loss, [v])]
        optimizer.apply_gradients(zip(gradients, [v], strict=True))
        return loss

    step = way(step)
    step(jnp.float32(2.0))
    with pytest.raises(errors.NonFiniteLossError):
        step(jnp.float32(-1.0))
        v.numpy()


@WAYS
def test_a_loss_that_is_thrown_away_before_the_update(way):
    v, optimizer = gt.Variable(1.0), keras.optimizers.SGD(0.1)

    def gradients(x):
        with gt.GradientTape() as tape:
            loss = jnp.log(v.value * x)
        return tape.gradient(loss, [v])

    def step(x):
        optimizer.apply_gradients(zip(gradients(x), [v], strict=True))

    step = way(step)
    step(jnp.float32(2.0))
    with pytest.raises(errors.NonFiniteLossError):
        step(jnp.float32(-1.0))
        v.numpy()


@WAYS
def test_gradients_that_are_only_looked_at(way):
    """Nothing is applied, so there is nothing to refuse."""
    v, _, step = scalar_step(way, lambda v, x: jnp.log(v * x), apply=False)
    step(jnp.float32(2.0))
    step(jnp.float32(-1.0))
    assert float(v.numpy()) == 1.0


def mismatches(gradients, variables):
    first, second = gradients[0], gradients[1]
    return {
        "gradients too short": zip(gradients[:-1], variables, strict=False),
        "variables too short": zip(gradients, variables[:-1], strict=False),
        "list too short": list(zip(gradients, variables, strict=True))[:0],
        "wrong order": zip([second, first, *gradients[2:]], variables, strict=True),
        "wrong shape": zip([jnp.ones((1, 1)), *gradients[1:]], variables, strict=True),
        "all None": zip([None] * len(variables), variables, strict=True),
    }


MESSAGES = {
    "gradients too short": "5 gradients, 6 variables",
    "variables too short": "6 gradients, 5 variables",
    "list too short": "an empty list",
    "wrong order": "a gradient of shape (6,)",
    "wrong shape": "a gradient of shape (1, 1)",
    "all None": "None for all 6 variables",
}


@WAYS
@pytest.mark.parametrize("case", MESSAGES)
def test_gradients_that_do_not_fit(case, way):
    training = trained(gt.function)

    @way
    def step(x, y):
        with gt.GradientTape() as tape:
            loss = training.loss(y, training.model(x, training=False))
        variables = training.model.trainable_variables
        gradients = tape.gradient(loss, variables)
        training.optimizer.apply_gradients(mismatches(gradients, variables)[case])

    before = training.snapshot()
    with pytest.raises(errors.GradientMismatchError) as caught:
        step(*steps.batch())
    text = str(caught.value)
    assert "nothing was updated" in text
    assert MESSAGES[case] in text
    assert f"At: {__file__}:" in text
    steps.assert_same(before, training.snapshot())
    training.step(*steps.batch())


@WAYS
def test_optimizer_apply_is_checked_too(way):
    v, optimizer = gt.Variable(jnp.ones(3)), keras.optimizers.SGD(0.1)
    with pytest.raises(errors.GradientMismatchError, match=r"shape \(1,\)"):
        way(lambda g: optimizer.apply([g], [v]))(jnp.ones(1))
    np.testing.assert_array_equal(v.value, np.ones(3))


@WAYS
def test_optimizer_apply_without_variables_is_checked_too(way):
    v, optimizer = gt.Variable(jnp.ones(3)), keras.optimizers.SGD(0.1)
    optimizer.build([v])
    with pytest.raises(errors.GradientMismatchError, match=r"shape \(1,\)"):
        way(lambda g: optimizer.apply([g]))(jnp.ones(1))
    way(lambda g: optimizer.apply([g]))(jnp.ones(3))
    np.testing.assert_allclose(v.value, np.full(3, 0.9))


@WAYS
def test_a_wrong_image_shape(way):
    training = trained(way)
    before = training.snapshot()
    with pytest.raises(ValueError, match="shape") as caught:
        training.step(jnp.ones((8, 5)), steps.batch()[1])
    assert "4" in str(caught.value)
    assert "5" in str(caught.value)
    steps.assert_same(before, training.snapshot())
    training.step(*steps.batch())


def test_one_bad_batch_among_many_stops_what_follows():
    """The verdict is not waited for, so later calls must not act on a refused state."""
    training = trained(gt.function)
    before = training.snapshot()
    training.step(*steps.batch(3))
    good = training.snapshot()
    assert any((a != b).any() for a, b in zip(before, good, strict=True))
    with pytest.raises(errors.LabelRangeError, match="label 9"):
        training.step(*bad_label(9))
        training.step(*steps.batch(4))
        training.mean.result()
    steps.assert_same(good, training.snapshot())


class TestKerasFit:
    """The guards leave Keras' own training as it is."""

    def fit(self, labels):
        keras.utils.set_random_seed(1)
        model = steps.functional()
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        x = np.asarray(steps.batch(size=32)[0])
        return model, model.fit(x, labels, epochs=2, batch_size=8, verbose=0).history

    def test_fit_and_evaluate(self):
        labels = np.asarray(steps.batch(size=32)[1])
        model, history = self.fit(labels)
        assert np.isfinite(history["loss"]).all()
        assert np.isfinite(model.evaluate(np.ones((8, 4)), np.zeros(8), verbose=0)[0])

    def test_fit_after_a_compiled_step(self):
        training = trained(gt.function)
        training.model.compile("sgd", "sparse_categorical_crossentropy")
        x, y = map(np.asarray, steps.batch(size=16))
        history = training.model.fit(x, y, epochs=1, verbose=0).history
        assert np.isfinite(history["loss"]).all()
        assert np.isfinite(training.step(*steps.batch()))
