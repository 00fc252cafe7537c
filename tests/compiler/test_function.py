"""Signatures and retraces, methods, nesting, results, threads, Ctrl-C."""

import contextlib
import gc
import signal
import threading
import weakref
from collections import OrderedDict, namedtuple

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glasstape as gt
from glasstape import errors
from glasstape.compiler import signature
from glasstape.ports import jax_trace
from tests.compiler import steps

Point = namedtuple("Point", "x y")


def count(*calls, function=lambda x: x):
    """How often `function` is traced by these calls, each a tuple of arguments."""
    step = gt.function(function)
    for call in calls:
        step(*call)
    assert len(step.traces) == step.experimental_get_tracing_count()
    return len(step.traces)


F32, I32 = jnp.float32, jnp.int32


class TestRetracing:
    @pytest.mark.parametrize(
        ("calls", "traces"),
        [
            ([(F32(1),), (F32(2),)], 1),
            ([(jnp.ones(2),), (jnp.ones(3),), (jnp.ones(2),)], 2),
            ([(F32(1),), (I32(1),)], 2),
            ([(np.ones(2, "float32"),), (jnp.zeros(2, "float32"),)], 1),
            ([(1,), (2,), (1,)], 2),
            ([(1,), (1.0,), (True,)], 3),
            ([("a",), ("b",), ("a",)], 2),
            ([(None,), (None,)], 1),
            ([([F32(1), F32(2)],), ((F32(1), F32(2)),)], 2),
            ([({"a": F32(1)},), ({"b": F32(1)},)], 2),
            ([({"a": F32(1), "b": F32(2)},), ({"b": F32(1), "a": F32(2)},)], 1),
        ],
    )
    def test_what_makes_a_new_trace(self, calls, traces):
        assert count(*calls) == traces

    def test_zero_and_minus_zero_are_not_confused(self):
        step = gt.function(lambda x, s: jnp.copysign(x, s))
        assert float(step(F32(2), 0.0)) == 2.0
        assert float(step(F32(2), -0.0)) == -2.0

    def test_a_not_a_number_does_not_trace_every_time(self):
        assert count(*[(float("nan"),) for _ in range(3)]) == 1

    def test_python_runs_only_while_tracing(self):
        seen = []
        step = gt.function(lambda x: seen.append(x) or x + 1)
        assert [float(step(F32(x))) for x in range(3)] == [1.0, 2.0, 3.0]
        assert len(seen) == 1

    def test_traces_say_what_caused_them(self):
        step = gt.function(lambda images, labels, rate: images)
        step(jnp.ones((32, 28, 28, 1)), jnp.ones(32, "int32"), 0.1)
        (trace,) = step.traces
        assert trace.signature == "float32[32,28,28,1], int32[32], 0.1"
        assert trace.seconds > 0

    def test_objects_are_told_apart_by_identity(self):
        a, b = gt.Variable(1.0), gt.Variable(1.0)
        assert count((a,), (b,), (a,), function=lambda v: v * 1.0) == 2

    def test_a_call_seen_before_takes_the_short_way(self, monkeypatch):
        step = gt.function(lambda x: x + 1)
        step(jnp.ones(2))
        step(np.ones(2, "float32"))
        assert step.experimental_get_tracing_count() == 1
        monkeypatch.setattr(signature, "sign", None)
        assert step(jnp.zeros(2)).tolist() == [1.0, 1.0]
        assert step(np.zeros(2, "float32")).tolist() == [1.0, 1.0]

    def test_the_short_way_knows_types_and_counts_apart(self):
        def add(*arrays):
            return sum(arrays)

        step = gt.function(add)
        weak = jnp.asarray(2.0)  # a Python number's type gives way to the array's
        for _ in range(2):
            assert step(jnp.ones(2, "bfloat16"), weak).dtype == "bfloat16"
            assert step(jnp.ones(2, "bfloat16"), F32(2)).dtype == "float32"
            assert step(jnp.ones(2)).shape == (2,)
            assert step(jnp.ones(3), jnp.ones(3), jnp.ones(3)).tolist() == [3.0] * 3
            assert step([jnp.ones(2)][0], 1).tolist() == [2.0, 2.0]
            assert step(jnp.ones(2), 2).tolist() == [3.0, 3.0]
        assert step.experimental_get_tracing_count() == 6


class TestArgumentsAndResults:
    def test_keywords_and_defaults(self):
        step = gt.function(lambda x, scale=2.0, *, shift=0.0: x * scale + shift)
        assert float(step(F32(3))) == 6.0
        assert float(step(F32(3), scale=F32(10), shift=1.0)) == 31.0

    def test_numpy_arguments(self):
        step = gt.function(lambda x: x + 1)
        got = step(np.arange(3, dtype="float32"))
        assert isinstance(got, jax.Array)
        np.testing.assert_array_equal(got, [1, 2, 3])

    def test_no_result(self):
        assert gt.function(lambda: None)() is None

    def test_static_results_come_back_as_they_are(self):
        marker = object()
        step = gt.function(lambda x: {"text": "done", "array": x * 2, "none": None, "o": marker})
        for value in (1, 2):
            got = step(F32(value))
            assert got["text"] == "done"
            assert got["none"] is None
            assert got["o"] is marker
            assert float(got["array"]) == 2 * value

    def test_a_variable_as_result_is_its_value(self):
        v = gt.Variable(3.0)
        got = gt.function(lambda: v)()
        assert isinstance(got, jax.Array)
        assert float(got) == 3.0

    def test_named_tuples_and_ordered_dictionaries(self):
        step = gt.function(lambda p, d: (Point(p.y, p.x), OrderedDict(b=d["b"] * 2)))
        point, d = step(Point(F32(1), F32(2)), OrderedDict(b=F32(3)))
        assert (float(point.x), float(point.y), float(d["b"])) == (2.0, 1.0, 6.0)
        assert isinstance(d, OrderedDict)

    leaves = st.one_of(
        st.integers(-3, 3),
        st.booleans(),
        st.text("ab", max_size=2),
        st.none(),
        st.floats(-2, 2, width=16).map(lambda v: np.float32(v)),
        st.integers(0, 3).map(lambda n: np.arange(n, dtype="int32")),
    )
    structures = st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.tuples(inner, inner),
            st.dictionaries(st.text("xyz", max_size=2), inner, max_size=3),
        ),
        max_leaves=6,
    )

    @given(st.lists(structures, max_size=3), st.dictionaries(st.sampled_from("kl"), structures))
    def test_any_structure_goes_in_and_out(self, args, kwargs):
        step = gt.function(lambda *a, **k: (a, k))
        for _ in range(2):
            got = step(*args, **kwargs)
        want = (tuple(args), kwargs)
        assert jax.tree.structure(got) == jax.tree.structure(want)
        for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
            if isinstance(w, str):
                assert g == w
            else:
                np.testing.assert_array_equal(np.asarray(g), np.asarray(w))
        assert len(step.traces) == 1

    def test_something_that_cannot_be_called(self):
        with pytest.raises(errors.StepTypeError, match="cannot be called"):
            gt.function(3)

    def test_python_function_is_the_users(self):
        def step(x):
            """Mine."""
            return x

        compiled = gt.function(step)
        assert compiled.python_function is step
        assert compiled.__name__ == "step"
        assert compiled.__doc__ == "Mine."

    def test_as_a_decorator_with_options(self):
        @gt.function(experimental_relax_shapes=True, jit_compile=True, autograph=False)
        def step(x):
            return x + 1

        assert float(step(F32(1))) == 2.0


class Adder:
    def __init__(self, amount):
        self.amount = amount
        self.total = gt.Variable(0.0)

    @gt.function
    def add(self, x):
        """Adds."""
        self.total.assign_add(x * self.amount)
        return self.total.value


class Equal(Adder):
    """Two of these are equal, but not the same."""

    def __eq__(self, other):
        return isinstance(other, Equal)

    def __hash__(self):
        return 1


class Unhashable(Adder):
    __hash__ = None


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1, use_bias=False)

    def call(self, x):
        return self.dense(x)

    @gt.function
    def train(self, x):
        with gt.GradientTape() as tape:
            loss = keras.ops.sum(self(x))
        return tape.gradient(loss, self.trainable_variables)


class TestMethods:
    def test_each_object_has_its_own_state(self):
        a, b = Adder(1.0), Adder(10.0)
        for adder in (a, b, a):
            adder.add(F32(2))
        assert (float(a.total.value), float(b.total.value)) == (4.0, 20.0)
        assert len(a.add.traces) == len(b.add.traces) == 1

    def test_equal_objects_are_not_confused(self):
        a, b = Equal(1.0), Equal(10.0)
        a.add(F32(2))
        b.add(F32(2))
        assert (float(a.total.value), float(b.total.value)) == (2.0, 20.0)

    def test_objects_without_a_hash(self):
        a = Unhashable(1.0)
        a.add(F32(2))
        assert float(a.total.value) == 2.0

    def test_an_object_is_not_kept_alive(self):
        adder = Adder(1.0)
        adder.add(F32(2))
        gone = weakref.ref(adder)
        del adder
        gc.collect()
        assert gone() is None

    def test_through_the_class(self):
        assert Adder.add.python_function.__doc__ == "Adds."

    def test_a_method_of_a_model(self):
        net = Net()
        (gradient,) = net.train(jnp.ones((2, 3)))
        np.testing.assert_array_equal(gradient, np.full((3, 1), 2.0))

    def test_a_method_of_a_temporary_object(self):
        train = Net().train
        gc.collect()
        (gradient,) = train(jnp.ones((2, 3)))
        np.testing.assert_array_equal(gradient, np.full((3, 1), 2.0))


class TestNesting:
    def test_a_function_inside_a_function(self):
        v = gt.Variable(1.0)
        inner = gt.function(lambda x: v.assign_add(x))
        outer = gt.function(lambda x: (inner(x), inner(x))[1] * 10.0)
        assert float(outer(F32(2))) == 50.0
        assert float(v.value) == 5.0
        assert float(inner(F32(1))) == 6.0

    def test_a_function_under_a_tape(self):
        v = gt.Variable(3.0)
        square = gt.function(lambda x: v * v * x)
        x = F32(2)
        for _ in range(2):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = square(x)
            assert [float(g) for g in tape.gradient(y, [v, x])] == [12.0, 9.0]

    def test_a_function_under_nested_tapes(self):
        v = gt.Variable(2.0)
        cube = gt.function(lambda: v * v * v)
        with gt.GradientTape() as outer:
            with gt.GradientTape() as inner:
                y = cube()
            first = inner.gradient(y, v)
        assert float(first) == 12.0
        assert float(outer.gradient(first, v)) == 12.0

    def test_a_model_in_a_function_under_a_tape(self):
        training = steps.Training("functional")
        predict = gt.function(lambda x: training.model(x, training=False))
        x, _ = steps.batch()
        got, want = [], []
        for call, out in ((predict, got), (predict.python_function, want)):
            with gt.GradientTape() as tape:
                y = keras.ops.sum(call(x)[:, 0])
            out.extend(tape.gradient(y, training.model.trainable_variables))
        for g, w in zip(got, want, strict=True):
            np.testing.assert_allclose(g, w, rtol=1e-4, atol=1e-6)

    def test_a_training_step_under_a_tape_that_looks_on(self):
        training = steps.Training()
        training.step(*steps.batch())
        with gt.GradientTape() as tape:
            loss = training.step(*steps.batch())
        gradients = tape.gradient(loss, training.model.trainable_variables)
        assert all(g is not None for g in gradients)

    def test_inside_jax_jit(self):
        step = gt.function(lambda x: x * 3.0)
        assert float(jax.jit(lambda x: step(x) + 1.0)(F32(2))) == 7.0

    def test_inside_vmap(self):
        step = gt.function(lambda x: x * 3.0)
        np.testing.assert_array_equal(jax.vmap(step)(jnp.arange(3.0)), [0.0, 3.0, 6.0])


def _in_threads(work, number):
    failures = []

    def guarded(index):
        try:
            work(index)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


class TestThreads:
    def test_the_first_call_from_many_threads_traces_once(self):
        step = gt.function(lambda x: x * 2.0)
        assert _in_threads(lambda i: step(F32(i)), 8) == []
        assert len(step.traces) == 1

    def test_pure_functions(self):
        step = gt.function(lambda x: x * 2.0)
        results = {}

        def work(index):
            results[index] = [float(step(F32(index))) for _ in range(50)]

        assert _in_threads(work, 4) == []
        assert results == {i: [2.0 * i] * 50 for i in range(4)}

    def test_no_update_is_lost_and_no_array_is_used_after_its_end(self):
        v = gt.Variable(jnp.zeros(2048))
        step = gt.function(lambda: v.assign_add(jnp.ones(2048)))
        step()
        assert _in_threads(lambda i: [step() for _ in range(200)], 4) == []
        np.testing.assert_array_equal(v.value, np.full(2048, 801.0))


@pytest.fixture
def alarm():
    """Call it to have Ctrl-C arrive after some seconds; its `arrived` fills when it has."""
    arrived = []

    def handler(*_):
        arrived.append(True)
        raise KeyboardInterrupt

    def arm(seconds):
        arrived.clear()
        signal.setitimer(signal.ITIMER_REAL, seconds)

    arm.arrived = arrived
    previous = signal.signal(signal.SIGALRM, handler)
    yield arm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


class TestInterrupt:
    def test_ctrl_c_loses_no_state(self, alarm):
        """Whatever instant it comes at, variables hold readable values of one and the same step.

        It may come inside JAX, which can swallow it or turn it into another error, and which
        since 0.11 may lose the current trace for it; only the variables are ours to keep.
        """
        v, w = gt.Variable(jnp.zeros(256)), gt.Variable(jnp.zeros(256))

        @gt.function
        def step():
            v.assign_add(jnp.ones(256))
            w.assign_add(jnp.ones(256))

        def until_it_arrives(seconds):
            alarm(seconds)
            while not alarm.arrived:
                step()

        step()
        reached = 1.0
        for number in range(400):
            with jax_trace.eval_context():
                # In a function: what a signal raises at the end of a loop can slip past the
                # guard around that loop (Python 3.13).
                with contextlib.suppress(BaseException):
                    until_it_arrives(1e-6 * (1 + 7 * number % 2000))
            assert alarm.arrived
            now = float(v._value[0])
            np.testing.assert_array_equal(v._value, np.full(256, now))
            np.testing.assert_array_equal(w._value, np.full(256, now))
            assert now >= reached
            reached = now
        assert reached > 10  # it did get somewhere in between

    def test_ctrl_c_while_tracing_leaves_everything_as_it_was(self):
        v, interrupt = gt.Variable(1.0), [True]

        @gt.function
        def step():
            v.assign_add(1.0)
            if interrupt[0]:
                raise KeyboardInterrupt
            return v.value

        with pytest.raises(KeyboardInterrupt):
            step()
        assert float(v.value) == 1.0
        interrupt[0] = False
        assert float(step()) == 2.0


def test_one_tuple_of_arrays_is_known_at_once_and_not_mistaken_for_two_arguments():
    """`fit` calls steps with one tuple; a repeated call takes the shortest way."""
    x, y = jnp.ones(2), jnp.full(2, 3.0)
    step = gt.function(lambda *args: jax.tree.map(lambda a: 2 * a, args))
    for _ in range(3):
        ((a, b),) = step((x, y))
        c, d = step(x, y)
        ((e,),) = step((x,))
        assert [float(v[0]) for v in (a, b, c, d, e)] == [2.0, 6.0, 2.0, 6.0, 2.0]
    assert len(step.traces) == 3
    assert len(step._repeated) == 3
    step((x, (y,)))
    assert len(step._repeated) == 3  # nested: known the usual way
