"""One step called from many threads at once, its first call included."""

from __future__ import annotations

import io
import itertools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.compiler import verdicts

pytestmark = pytest.mark.filterwarnings("ignore:.*has been traced")
THREADS = 8
CALLS = 50


def at_once(work):
    """The results of ``work(0)`` to ``work(7)``, started at the same moment."""
    barrier = threading.Barrier(THREADS)

    def guarded(index):
        barrier.wait(timeout=30)
        return work(index)

    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(guarded, index) for index in range(THREADS)]
        return [future.result(timeout=60) for future in futures]


def counted(function, **options):
    """A step of `function`, and a list with an entry for each time its Python has run."""
    runs = []

    def step(*args):
        runs.append(threading.get_ident())
        return function(*args)

    return gt.function(step, **options), runs


def test_without_state():
    step, runs = counted(lambda x: x * 2.0 + 1.0)
    got = at_once(lambda i: [float(step(jnp.float32(i + n))) for n in range(CALLS)])
    assert got == [[2.0 * (i + n) + 1.0 for n in range(CALLS)] for i in range(THREADS)]
    assert len(runs) == step.experimental_get_tracing_count() == 1


def test_shared_state_counts_every_call_once():
    count = gt.Variable(0)
    step, runs = counted(lambda: count.assign_add(1) * 1)
    got = at_once(lambda i: [int(step()) for _ in range(CALLS)])
    assert sorted(itertools.chain(*got)) == list(range(1, THREADS * CALLS + 1))
    assert all(numbers == sorted(numbers) for numbers in got)
    assert int(count.value) == THREADS * CALLS
    assert len(runs) == step.experimental_get_tracing_count() == 1


def test_shared_state_of_several_variables_stays_together():
    a, b = gt.Variable(jnp.zeros(64)), gt.Variable(jnp.zeros(64))

    @gt.function
    def step():
        a.assign_add(jnp.ones(64))
        b.assign_sub(jnp.ones(64))
        return keras.ops.max(keras.ops.abs(a + b))

    got = at_once(lambda i: [float(step()) for _ in range(CALLS)])
    assert set(itertools.chain(*got)) == {0.0}
    np.testing.assert_array_equal(a.value, np.full(64, THREADS * CALLS))
    assert step.experimental_get_tracing_count() == 1


def test_separate_state_of_methods():
    class Counter:
        def __init__(self):
            self.total = gt.Variable(0.0)

        @gt.function
        def add(self, x):
            return self.total.assign_add(x) * 1.0

    counters = [Counter() for _ in range(THREADS)]
    got = at_once(lambda i: [float(counters[i].add(jnp.float32(i))) for _ in range(CALLS)])
    assert got == [[float(i * n) for n in range(1, CALLS + 1)] for i in range(THREADS)]
    assert [float(c.total.value) for c in counters] == [float(i * CALLS) for i in range(THREADS)]
    assert {c.add.experimental_get_tracing_count() for c in counters} == {1}


def test_separate_state_as_arguments():
    variables = [gt.Variable(float(i)) for i in range(THREADS)]
    step, runs = counted(lambda v, x: v.assign_add(x) * 1.0)
    at_once(lambda i: [step(variables[i], jnp.float32(1.0)) for _ in range(CALLS)])
    assert [float(v.value) for v in variables] == [float(i + CALLS) for i in range(THREADS)]
    assert len(runs) == step.experimental_get_tracing_count() == THREADS


def test_each_thread_with_a_signature_of_its_own():
    step, runs = counted(lambda x, n: keras.ops.sum(x) * n)
    got = at_once(lambda i: [float(step(jnp.ones(i + 1), 2.0)) for _ in range(CALLS)])
    assert got == [[2.0 * (i + 1)] * CALLS for i in range(THREADS)]
    assert len(runs) == step.experimental_get_tracing_count() == THREADS


def test_a_variable_made_in_the_first_call_is_made_once():
    made = []

    def work(x):
        if not made:
            made.append(gt.Variable(0.0))
        return made[0].assign_add(x)

    step, runs = counted(work)
    at_once(lambda i: step(jnp.float32(1.0)))
    assert len(made) == len(runs) == 1
    assert float(made[0].value) == THREADS


def test_methods_of_one_object_are_traced_once():
    class Model:
        def __init__(self):
            self.runs = []

        @gt.function
        def step(self, x):
            self.runs.append(1)
            return x + 1.0

    model = Model()
    assert [float(y) for y in at_once(lambda i: model.step(jnp.float32(i)))] == [
        float(i + 1) for i in range(THREADS)
    ]
    assert len(model.runs) == model.step.experimental_get_tracing_count() == 1


def test_under_a_tape_in_each_thread():
    v = gt.Variable(3.0)
    step, runs = counted(lambda x: v * x * x)

    def work(i):
        x = jnp.float32(i)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = step(x)
        return [float(g) for g in tape.gradient(y, [x, v])]

    assert at_once(work) == [[6.0 * i, float(i * i)] for i in range(THREADS)]
    assert len(runs) == 1


class Training:
    """A small model, its optimizer and a metric, without randomness."""

    def __init__(self):
        dense = keras.layers.Dense(1, kernel_initializer="ones")
        self.model = keras.Sequential([keras.Input((4,)), dense])
        self.optimizer, self.metric = keras.optimizers.Adam(0.001), keras.metrics.Sum()
        self.runs = []

    @gt.function
    def step(self, x, y):
        self.runs.append(1)
        with gt.GradientTape() as tape:
            loss = keras.ops.mean((self.model(x) - y) ** 2)
        variables = self.model.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        self.metric.update_state(1.0)
        return loss


def test_training_one_model():
    x, y = np.ones((8, 4), "float32"), np.zeros((8, 1), "float32")
    alone, together = Training(), Training()
    expected = [float(alone.step(x, y)) for _ in range(THREADS * CALLS)]
    losses = at_once(lambda i: [float(together.step(x, y)) for _ in range(CALLS)])
    assert len(set(expected)) == THREADS * CALLS  # every step changes the loss
    assert sorted(itertools.chain(*losses)) == sorted(expected)
    assert int(together.optimizer.iterations.value) == THREADS * CALLS
    assert float(together.metric.result()) == THREADS * CALLS
    assert len(together.runs) == 1


def test_printing_keeps_lines_whole():
    stream = io.StringIO()
    step = gt.function(lambda x: gt.print("a", x, "b", output_stream=stream))
    at_once(lambda i: [step(jnp.int32(i)) for _ in range(CALLS)])
    lines = stream.getvalue().splitlines()
    assert sorted(lines) == sorted(f"a {i} b" for i in range(THREADS) for _ in range(CALLS))


def test_those_who_look_never_meet_an_array_that_was_overwritten(monkeypatch):
    """At variables, and at the verdict of the checks; threads change over as often as can be."""
    monkeypatch.setattr(verdicts, "VERDICT_PATIENCE", 0.0)
    weight, x = gt.Variable(0.0), jnp.float32(-1.0)

    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            loss = weight * x
        weight.assign_sub(tape.gradient(loss, weight))

    def work(index):
        for _ in range(CALLS):
            if index % 2:
                float(weight.value)
            else:
                step(x)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        at_once(work)
    finally:
        sys.setswitchinterval(interval)
    assert float(weight.value) == THREADS // 2 * CALLS


def test_an_error_in_one_thread_is_its_own():
    @gt.function
    def step(x):
        if x.shape[0] == 3:
            raise ValueError("the user's own")
        return keras.ops.sum(x)

    def work(i):
        if i != 2:
            return float(step(jnp.ones(i + 1)))
        with pytest.raises(ValueError, match="the user's own"):
            step(jnp.ones(i + 1))
        return None

    assert at_once(work) == [1.0, 2.0, None, 4.0, 5.0, 6.0, 7.0, 8.0]
    assert step.experimental_get_tracing_count() == THREADS - 1


def test_nested_functions():
    v = gt.Variable(0.0)
    inner = gt.function(lambda x: v.assign_add(x) * 1.0)
    outer = gt.function(lambda x: inner(x) + inner(x))
    at_once(lambda i: [(inner if i % 2 else outer)(jnp.float32(1.0)) for _ in range(CALLS)])
    assert float(v.value) == THREADS // 2 * CALLS * 3
    assert outer.experimental_get_tracing_count() == 1
    assert inner.experimental_get_tracing_count() == 1


def test_other_steps_go_on_while_one_is_traced():
    tracing, go_on = threading.Event(), threading.Event()

    @gt.function
    def slow(x):
        tracing.set()
        assert go_on.wait(timeout=30)
        return x * 2.0

    quick = gt.function(lambda x: x + 1.0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slow, jnp.float32(2.0))
        assert tracing.wait(timeout=30)
        assert float(quick(jnp.float32(1.0))) == 2.0  # traced meanwhile
        assert float(quick(jnp.float32(2.0))) == 3.0
        assert not waiting.done()
        go_on.set()
        assert float(waiting.result(timeout=30)) == 4.0
