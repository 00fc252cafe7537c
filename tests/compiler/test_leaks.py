"""Calls leave nothing behind: objects, arrays and programs go when the user lets them go."""

from __future__ import annotations

import gc
import io
import sys
import weakref

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from tests.thorough import all_but

CALLS = 10_000


class Thing:
    """Something a step is called with."""

    def __init__(self, factor=2.0):
        self.factor = factor


def population():
    """How many arrays and how many objects there are."""
    gc.collect()
    return len(jax.live_arrays()), len(gc.get_objects())


def repeated_arrays():
    step, x = gt.function(lambda x: x + 1.0), jnp.ones(4)
    return lambda i: step(x)


def fresh_arrays():
    step = gt.function(lambda x: x + 1.0)
    return lambda i: step(np.full(4, i, "float32"))


def structures():
    step = gt.function(lambda batch, n: {"y": [batch["x"][0] * n]})
    return lambda i: step({"x": [np.full(4, i, "float32"), None]}, n=3)


def alternating_signatures():
    step = gt.function(lambda x, mode: x * 2.0)
    arrays = [jnp.ones(n) for n in (1, 2, 3)]
    return lambda i: step(arrays[i % 3], mode="ab"[i % 2])


def state():
    v = gt.Variable(jnp.zeros(4))
    step = gt.function(lambda: v.assign_add(jnp.ones(4)))
    return lambda i: step()


def state_looked_at():
    v = gt.Variable(jnp.zeros(4))
    step = gt.function(lambda: v.assign_add(jnp.ones(4)))
    return lambda i: (step(), v.value)


def the_same_object():
    step, thing, x = gt.function(lambda thing, x: x * thing.factor), Thing(), jnp.ones(4)
    return lambda i: step(thing, x)


def a_method():
    class Model:
        @gt.function
        def step(self, x):
            return x * 2.0

    model, x = Model(), jnp.ones(4)
    return lambda i: model.step(x)


def a_concrete_function():
    x = jnp.ones(4)
    concrete = gt.function(lambda x: x * 2.0).get_concrete_function(x)
    return lambda i: concrete(x)


def a_refused_call():
    step = gt.function(lambda x: x, input_signature=[gt.TensorSpec([2])])

    def call(i):
        with pytest.raises(gt.errors.StepTypeError):
            step(np.ones(3, "float32"))

    return call


@pytest.mark.filterwarnings("ignore:.*has been traced")
@pytest.mark.parametrize(
    "make",
    all_but(
        [fresh_arrays, state],
        [
            repeated_arrays, fresh_arrays, structures, alternating_signatures, state,
            state_looked_at, the_same_object, a_method, a_concrete_function,
        ],
    ),
)  # fmt: skip
def test_ten_thousand_calls(make):
    assert growth(make(), CALLS) == (0, 0)


def under_a_tape():
    v, x = gt.Variable(2.0), jnp.float32(3.0)
    step = gt.function(lambda x: v * x)

    def call(i):
        with gt.GradientTape() as tape:
            y = step(x)
        tape.gradient(y, v)

    return call


def training():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    optimizer, metric = keras.optimizers.Adam(), keras.metrics.Mean()

    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            loss = keras.ops.mean(model(x) ** 2)
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        metric.update_state(loss)
        return loss

    x = np.ones((2, 3), "float32")
    return lambda i: step(x)


def printing():
    stream = io.StringIO()
    step = gt.function(lambda x: gt.print("x", x, output_stream=stream))

    def call(i):
        step(np.float32(i))
        stream.seek(0)
        stream.truncate()

    return call


def run_eagerly():
    step, x = gt.function(lambda x: x + 1.0), jnp.ones(4)

    def call(i):
        gt.run_functions_eagerly(i % 2 == 0)
        step(x)
        gt.run_functions_eagerly(False)

    return call


@pytest.mark.parametrize(
    "make",
    all_but([training], [under_a_tape, training, printing, run_eagerly, a_refused_call]),
)
def test_a_thousand_calls(make):
    assert growth(make(), CALLS // 10) == (0, 0)


def growth(call, calls):
    """By how many arrays and objects there are more after the calls than after some first ones."""
    for i in range(60):
        call(i)
    before = population()
    for i in range(calls):
        call(i)
    # The counting itself, caches of Python and what JAX does in other threads come and go.
    arrays, objects = (after - b for after, b in zip(population(), before, strict=True))
    return arrays, 0 if objects <= calls // 50 else objects


def test_growth_is_noticed():
    kept = []
    arrays, objects = growth(lambda i: kept.append([jnp.full(2, i)]), 200)
    assert arrays == 200
    assert objects >= 200


def gone(reference):
    gc.collect()
    return reference() is None


def test_objects_passed_as_arguments():
    step = gt.function(lambda thing, x: x * thing.factor)
    x, dead = jnp.ones(4), []
    before = population()[0]
    for i in range(5):
        thing = Thing(float(i))
        np.testing.assert_array_equal(step(thing, x), np.full(4, float(i)))
        dead.append(weakref.ref(thing))
    del thing
    assert all(map(gone, dead))
    assert population()[0] <= before + 1


def test_a_program_goes_with_its_object():
    kept = jnp.ones(1000)
    before = population()[0]

    def step(thing, x):
        return x * thing.scale

    step = gt.function(step)
    for _ in range(5):
        thing = Thing()
        thing.scale = jnp.ones(1000) * 2.0  # a constant of the program
        step(thing, kept)
    del thing
    assert population()[0] - before <= 1


@pytest.mark.parametrize("use", [lambda v: v * 1.0, lambda v: v.assign_add(1.0)])
def test_variables_passed_as_arguments(use):
    step = gt.function(use)
    dead = []
    for _ in range(3):
        v = gt.Variable(1.0)
        step(v)
        dead.append(weakref.ref(v))
    del v
    assert all(map(gone, dead))


def test_models_passed_as_arguments():
    step = gt.function(lambda net, x: net(x))
    dead = []
    for _ in range(2):
        net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        step(net, np.ones((2, 3), "float32"))
        dead += [weakref.ref(net), weakref.ref(net.layers[0].kernel)]
    del net
    assert all(map(gone, dead))


def test_what_a_training_step_is_called_with():
    @gt.function
    def step(net, optimizer, metric, loss_function, x, y):
        with gt.GradientTape() as tape:
            loss = loss_function(y, net(x))
        variables = net.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        metric.update_state(loss)
        gt.print(loss, output_stream=io.StringIO())
        return loss

    def run():
        net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        optimizer, metric = keras.optimizers.Adam(), keras.metrics.Mean()
        loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        step(net, optimizer, metric, loss_function, np.ones((2, 3), "float32"), np.array([0, 1]))
        parts = (net, optimizer, metric, loss_function, net.layers[0].kernel)
        return [weakref.ref(part) for part in parts]

    assert all(map(gone, run()))


def test_the_object_of_a_method():
    class Model:
        def __init__(self):
            self.v = gt.Variable(jnp.ones(3))

        @gt.function
        def step(self, x):
            return self.v.assign_add(x)

    model = Model()
    model.step(jnp.ones(3))
    dead = [weakref.ref(model), weakref.ref(model.v), weakref.ref(model.step)]
    del model
    assert all(map(gone, dead))
    assert not Model.step._methods


def test_a_method_bound_before_it_was_compiled():
    class Model:
        def __init__(self):
            self.v = gt.Variable(1.0)

        def step(self, x):
            return self.v * x

    model = Model()
    step = gt.function(model.step)
    step(jnp.float32(2.0))
    dead = weakref.ref(model)
    del model
    assert not gone(dead)  # the step still needs it
    del step
    assert gone(dead)


def test_closures_and_functions():
    before = population()[0]

    def run():
        constant = jnp.arange(100.0)
        v = gt.Variable(jnp.zeros(100))
        step = gt.function(lambda x: v.assign_add(x) + constant)
        step(jnp.ones(100))
        return weakref.ref(v), weakref.ref(step)

    dead = run()
    assert all(map(gone, dead))
    assert population()[0] <= before


def test_arrays_a_step_was_called_with():
    step = gt.function(lambda x, rest: x + rest["y"][0])
    x, y = jnp.ones(7), jnp.ones(7)
    dead = [weakref.ref(x), weakref.ref(y)]
    result = step(x, {"y": [y]})
    del x, y
    assert all(map(gone, dead))
    dead = weakref.ref(result)
    del result
    assert gone(dead)


def test_arrays_of_a_call_that_was_refused():
    @gt.function
    def step(x):
        raise ValueError("the user's own")

    x = jnp.ones(7)
    dead = weakref.ref(x)
    with pytest.raises(ValueError, match="own"):
        step(x)
    del x
    sys.last_value = sys.last_exc = None  # where Python keeps the last one
    assert gone(dead)


def test_new_functions_again_and_again():
    x = jnp.ones(4)

    def call(i):
        return gt.function(lambda x: x + 1.0)(x)

    call(0)
    before = population()[0]
    for i in range(20):
        call(i)
    assert population()[0] == before
