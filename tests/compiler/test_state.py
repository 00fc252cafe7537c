"""Which variables a step reads and writes is found out; nobody lists them."""

import contextlib

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape import errors
from tests.compiler import steps


@contextlib.contextmanager
def compilations():
    """The events of JAX compiling something while inside."""
    seen = []

    def listen(event, duration, **_):
        if "backend_compile" in event:
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield seen
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)


COUNTER = gt.Variable(0.0, name="global_counter")


def test_closures():
    v = gt.Variable(1.0)

    @gt.function
    def step():
        v.assign_add(2.0)

    step()
    step()
    assert float(v.value) == 5.0


def test_globals():
    @gt.function
    def step(x):
        return COUNTER.assign_add(x)

    COUNTER.assign(0.0)
    step(jnp.float32(2.0))
    step(jnp.float32(3.0))
    assert float(COUNTER.value) == 5.0


def test_attributes_and_containers():
    class Box:
        pass

    box = Box()
    box.inner = {"list": [gt.Variable(1.0), gt.Variable(10.0)]}

    @gt.function
    def step():
        first, second = box.inner["list"]
        first.assign(first + second)
        return first * 2.0

    assert [float(step()), float(step())] == [22.0, 42.0]


def test_variables_as_arguments():
    @gt.function
    def step(v):
        v.assign_add(1.0)

    a, b = gt.Variable(0.0), gt.Variable(10.0)
    step(a)
    step(b)
    step(a)
    assert (float(a.value), float(b.value)) == (2.0, 11.0)


def test_what_others_assign_between_calls_is_seen():
    v = gt.Variable(1.0)
    step = gt.function(lambda: v * 10.0)
    assert float(step()) == 10.0
    v.assign(5.0)
    assert float(step()) == 50.0


def test_written_without_being_read():
    v = gt.Variable(1.0)

    @gt.function
    def step(x):
        v.assign(x)

    step(jnp.float32(7.0))
    assert float(v.value) == 7.0


def test_the_last_of_several_writes_counts_and_reads_see_the_write_before():
    v = gt.Variable(1.0)

    @gt.function
    def step():
        seen = []
        for _ in range(3):
            v.assign(v * 2.0)
            seen.append(v.value)
        return seen

    assert [float(s) for s in step()] == [2.0, 4.0, 8.0]
    assert float(v.value) == 8.0


@pytest.mark.parametrize("where", ["jit", "scan", "cond", "vmap", "checkpoint"])
def test_reads_inside_transformations(where):
    v = gt.Variable(3.0)
    inside = {
        "jit": lambda x: jax.jit(lambda x: x * v.value)(x),
        "scan": lambda x: jax.lax.scan(lambda c, _: (c * v.value, None), x, None, length=1)[0],
        "cond": lambda x: jax.lax.cond(x > 0, lambda x: x * v.value, lambda x: x, x),
        "vmap": lambda x: jax.vmap(lambda x: x * v.value)(jnp.stack([x, x]))[0],
        "checkpoint": lambda x: jax.checkpoint(lambda x: x * v.value)(x),
    }[where]
    step = gt.function(inside)
    assert float(step(jnp.float32(2.0))) == 6.0
    v.assign(5.0)
    assert float(step(jnp.float32(2.0))) == 10.0


def test_writing_inside_a_loop_is_refused_and_changes_nothing():
    v = gt.Variable(1.0)

    @gt.function
    def step(x):
        def body(carry, _):
            v.assign(carry)
            return carry + 1.0, None

        return jax.lax.scan(body, x, None, length=3)[0]

    with pytest.raises(errors.TracerLeakError, match="assigned inside a compiled loop") as caught:
        step(jnp.float32(0.0))
    assert "return the value from the loop" in str(caught.value)
    assert f"At: {__file__}:" in str(caught.value)
    assert float(v.value) == 1.0


@pytest.mark.parametrize("kind", steps.KINDS)
def test_everything_is_created_in_the_first_call(kind):
    """Unbuilt layers and optimizer slots appear while the step is traced."""
    training = steps.Training(kind)
    training.step(*steps.batch())
    assert len(training.model.trainable_variables) == 6
    assert len(training.optimizer.variables) > 6
    for variable in training.variables:
        assert isinstance(variable.value, jax.Array)
        assert np.isfinite(np.asarray(variable.value)).all()


@pytest.mark.parametrize("kind", steps.KINDS)
def test_eager_and_compiled_give_the_same_numbers(kind):
    eager, compiled = steps.Training(kind, way=lambda f: f), steps.Training(kind)
    for number in range(3):
        losses = [t.step(*steps.batch(number)) for t in (eager, compiled)]
        np.testing.assert_allclose(*losses, rtol=1e-5)
    assert len(eager.variables) == len(compiled.variables)
    for a, b in zip(eager.snapshot(), compiled.snapshot(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_variable_can_be_made_in_the_first_call():
    made = []

    @gt.function
    def step(x):
        if not made:
            made.append(gt.Variable(lambda: jnp.ones(2), name="late"))
        made[0].assign_add(x)
        return made[0].value

    step(jnp.float32(1.0))
    np.testing.assert_array_equal(step(jnp.float32(1.0)), [3.0, 3.0])
    np.testing.assert_array_equal(made[0].value, [3.0, 3.0])


@pytest.mark.parametrize("make", [gt.Variable, keras.Variable])
def test_a_variable_made_of_a_python_number_compiles_once(make):
    v = make(1.0)
    step = gt.function(lambda: v.assign_add(1.0))
    with compilations() as compiled:
        step()
    with compilations() as again:
        step()
    assert (len(compiled) > 0, again) == (True, [])


def test_a_plain_keras_variable_can_be_made_in_the_first_call():
    made = []

    @gt.function
    def step(x):
        if not made:
            made.append(keras.Variable(np.ones(2, "float32")))
        made[0].assign_add(x)
        return made[0] * 1.0

    step(jnp.ones(2))
    np.testing.assert_array_equal(step(jnp.ones(2)), [3.0, 3.0])


def test_a_variable_made_of_a_tensor_of_a_loop_is_refused():
    made = []

    def body(i, x):
        made.append(gt.Variable(x * 2.0))
        return x

    with pytest.raises(ValueError, match="created from a tensor of a loop") as caught:
        gt.function(lambda x: jax.lax.fori_loop(0, 2, body, x))(jnp.ones(3))
    assert "a float32[3] tensor" in str(caught.value)
    assert f"At: {__file__}:" in str(caught.value)


def test_metrics_count_every_call():
    mean = keras.metrics.Mean()

    @gt.function
    def step(x):
        mean(x)
        return mean.result()

    assert [float(step(jnp.float32(x))) for x in (1.0, 3.0, 8.0)] == [1.0, 2.0, 4.0]
    mean.reset_state()
    assert float(step(jnp.float32(5.0))) == 5.0


def _masks(way):
    drop = keras.layers.Dropout(0.5, seed=11)
    step = way(lambda x: drop(x, training=True))
    return [np.asarray(step(jnp.ones((4, 8)))) for _ in range(3)]


def test_dropout_draws_anew_in_each_call():
    first, second, third = _masks(gt.function)
    assert (first != second).any()
    assert (second != third).any()


def test_dropout_draws_the_same_eager_and_compiled():
    for eager, compiled in zip(_masks(lambda f: f), _masks(gt.function), strict=True):
        np.testing.assert_array_equal(eager, compiled)


def test_optimizer_schedules_advance():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1, 2], [1.0, 0.5, 0.25])
    optimizer, v = keras.optimizers.SGD(schedule), gt.Variable(0.0)

    @gt.function
    def step():
        optimizer.apply_gradients([(jnp.float32(-1.0), v)])

    seen = []
    for _ in range(4):
        step()
        seen.append(float(v.value))
    assert np.diff([0.0, *seen]).tolist() == [1.0, 1.0, 0.5, 0.25]


def test_the_learning_rate_can_be_changed_between_calls():
    training = steps.Training(optimizer=keras.optimizers.SGD(0.1))
    training.step(*steps.batch())
    training.optimizer.learning_rate = 0.0
    before = [np.array(v.value) for v in training.model.trainable_variables]
    training.step(*steps.batch())
    steps.assert_same(before, [np.array(v.value) for v in training.model.trainable_variables])


def test_two_functions_share_the_model():
    training = steps.Training()
    predict = gt.function(lambda x: training.model(x, training=False))
    x, y = steps.batch()
    training.step(x, y)
    first = predict(x)
    for _ in range(3):
        training.step(x, y)
    np.testing.assert_allclose(predict(x), training.model(x, training=False), rtol=1e-5)
    assert (np.asarray(first) != np.asarray(predict(x))).any()


class TestExceptionWhileTracing:
    def test_every_variable_is_as_it_was(self):
        training = steps.Training()
        training.step(*steps.batch())

        @gt.function
        def broken(x, y):
            training._step(x, y)
            raise KeyError("mine")

        before = training.snapshot()
        with pytest.raises(KeyError, match="mine"):
            broken(*steps.batch())
        steps.assert_same(before, training.snapshot())
        training.step(*steps.batch())

    def test_the_users_lines_are_noted(self):
        def inner(x):
            return x @ jnp.ones((7, 7))

        @gt.function
        def step(x):
            return inner(x)

        with pytest.raises(TypeError) as caught:
            step(jnp.ones((2, 3)))
        note = next(n for n in caught.value.__notes__ if "While tracing" in n)
        assert "While tracing step (nothing was changed)" in note
        assert "x @ jnp.ones((7, 7))" in note
        assert "return inner(x)" in note
        assert "site-packages" not in note

    def test_the_next_call_works(self):
        v, fail = gt.Variable(1.0), [True]

        @gt.function
        def step():
            v.assign_add(1.0)
            if fail[0]:
                raise ValueError
            return v * 1.0

        with pytest.raises(ValueError):  # noqa: PT011
            step()
        fail[0] = False
        assert float(step()) == 2.0
        assert step.experimental_get_tracing_count() == 1

    def test_a_wrong_image_shape_names_the_users_line(self):
        training = steps.Training("functional")
        x, y = steps.batch()
        with pytest.raises(ValueError, match="expected shape") as caught:
            training.step(jnp.ones((8, 5)), y)
        assert "steps.py" in "".join(caught.value.__notes__)
        training.step(x, y)
