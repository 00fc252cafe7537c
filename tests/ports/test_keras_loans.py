"""Variables on loan to a compiled step: whoever asks finds the newest value."""

import copy
import gc
import pickle
import threading
import time
import weakref

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.errors import VariableBusyError
from glasstape.ports import keras_loans


@pytest.fixture
def counter():
    """A variable and a step that adds one to it, called three times."""
    v = gt.Variable(jnp.zeros(4))
    step = gt.function(lambda: v.assign_add(jnp.ones(4)) * 0.0)
    for _ in range(3):
        step()
    return v, step


ASK = {
    "value": lambda v: v.value,
    "_value": lambda v: v._value,
    "numpy": lambda v: v.numpy(),
    "arithmetic": lambda v: v + 0.0,
    "another step": lambda v: gt.function(lambda: v * 1.0)(),
    "another step that writes": lambda v: gt.function(lambda: v.assign(v * 1.0))(),
    "deepcopy": lambda v: copy.deepcopy(v).value,
    "pickle": lambda v: pickle.loads(pickle.dumps(v)).value,
}


@pytest.mark.parametrize("name", ASK)
def test_whoever_asks_gets_the_newest_value(counter, name):
    v, step = counter
    np.testing.assert_array_equal(ASK[name](v), np.full(4, 3.0))
    step()
    np.testing.assert_array_equal(v.value, np.full(4, 4.0))


def test_the_representation_shows_it(counter):
    assert "3." in repr(counter[0])


def test_what_was_assigned_meanwhile_counts(counter):
    v, step = counter
    v.assign(jnp.full(4, 10.0))
    step()
    np.testing.assert_array_equal(v.value, np.full(4, 11.0))


def test_what_was_stored_behind_its_back_counts(counter):
    v, step = counter
    v._value = jnp.full(4, 10.0)
    step()
    np.testing.assert_array_equal(v.value, np.full(4, 11.0))


def test_two_steps_by_turns():
    v, w = gt.Variable(0.0), gt.Variable(0.0)
    first = gt.function(lambda: (v.assign_add(1.0), w.assign_add(v))[0] * 0.0)
    second = gt.function(lambda: v.assign(v * 2.0) * 0.0)
    for _ in range(3):
        first()
        first()
        second()
    # v: 1 2 4 | 5 6 12 | 13 14 28
    assert float(v.value) == 28.0
    assert float(w.value) == 1 + 2 + 5 + 6 + 13 + 14


def test_a_forgotten_step_gives_back():
    v = gt.Variable(jnp.zeros(4))

    def add():
        v.assign_add(jnp.ones(4))

    step = gt.function(add)
    step()
    step()
    del step
    np.testing.assert_array_equal(v.value, np.full(4, 2.0))


def test_a_loan_keeps_neither_step_nor_variable_alive():
    def train():
        v = gt.Variable(jnp.zeros(4))
        step = gt.function(lambda: v.assign_add(jnp.ones(4)) * 0.0)
        step()
        step()
        return weakref.ref(v), weakref.ref(step)

    gone = train()
    gc.collect()
    assert [r() for r in gone] == [None, None]


def test_fit_and_a_step_by_turns():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((8, 3), "float32"), np.zeros((8, 1), "float32")

    @gt.function
    def step():
        for v in model.trainable_variables:
            v.assign(v * 0.5)

    for _ in range(3):
        model.fit(x, y, verbose=0)
        before = model.get_weights()
        step()
        step()
        for old, new in zip(before, model.get_weights(), strict=True):
            np.testing.assert_allclose(new, old / 4, rtol=1e-6)


def test_another_thread_reads_while_a_step_runs_again_and_again():
    v = gt.Variable(jnp.zeros(1000))
    step = gt.function(lambda: v.assign_add(jnp.ones(1000)) * 0.0)
    step()
    seen, errors, done = [], [], threading.Event()

    def read():
        while not done.is_set():
            try:
                values = np.asarray(v.value)
            except Exception as error:
                errors.append(error)
                return
            seen.append((values.min(), values.max()))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(2000):
        step()
    done.set()
    reader.join()
    assert errors == []
    assert all(low == high for low, high in seen)
    assert [low for low, _ in seen] == sorted(low for low, _ in seen)
    np.testing.assert_array_equal(v.value, np.full(1000, 2001.0))


def test_a_step_that_never_gets_under_way(counter, monkeypatch):
    v, _ = counter
    monkeypatch.setattr(keras_loans, "PATIENCE", 0.1)
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with keras_loans.one_at_a_time:
            held.set()
            go_on.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    start = time.perf_counter()
    with pytest.raises(VariableBusyError, match="must not read variables") as caught:
        v.value  # noqa: B018
    assert time.perf_counter() - start < 5
    assert "test_keras_loans.py" in str(caught.value)
    go_on.set()
    thread.join()
    np.testing.assert_array_equal(v.value, np.full(4, 3.0))


def test_a_failing_call_loses_nothing(counter):
    v, _ = counter
    step = gt.function(lambda x: v.assign_add(x) * 0.0)
    step(jnp.ones(4))
    step(jnp.ones(4))
    with pytest.raises(TypeError):
        step(jnp.ones(3))
    np.testing.assert_array_equal(v.value, np.full(4, 5.0))
    step(jnp.ones(4))
    np.testing.assert_array_equal(v.value, np.full(4, 6.0))
