"""`steps_per_call`: many steps in one dispatch, and nobody can tell."""

import contextlib
import copy
import gc
import io
import pickle
import signal
import threading

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.compiler import queue
from glasstape.errors import (
    LabelRangeError,
    NonFiniteLossError,
    ResultLostError,
    StepTypeError,
)
from glasstape.ports import jax_trace
from tests.compiler import steps
from tests.thorough import all_but


def counting(size=4, **options):
    """A step that counts its calls, and how many programs were started."""
    total, last = gt.Variable(0.0), gt.Variable(0.0)

    @gt.function(steps_per_call=size, **options)
    def step(x):
        total.assign_add(keras.ops.sum(x))
        last.assign(keras.ops.max(x))
        return {"total": total * 1.0, "double": x * 2}

    return step, total, last


def program_of(step):
    """The program of a step with one signature."""
    ((entry,),) = step._table._entries.values()
    return entry.programs[None]


@pytest.fixture
def dispatches(monkeypatch):
    """How many calls each dispatch has run."""
    found = []
    advance = queue.QueuedProgram._advance

    def noted(self, run, rows, inputs):
        found.append(len(rows))
        return advance(self, run, rows, inputs)

    monkeypatch.setattr(queue.QueuedProgram, "_advance", noted)
    return found


@pytest.fixture(autouse=True)
def no_race(monkeypatch):
    """Full queues are run by the loop, whichever way is quicker here."""
    monkeypatch.setattr(queue._Race, "many_next", lambda self: True)


class TestWhenItRuns:
    def test_a_full_queue_is_one_dispatch(self, dispatches):
        step, total, _ = counting(4)
        for i in range(8):
            step(jnp.float32(i))
        assert dispatches == [4, 4]
        assert float(total.value) == 28.0
        assert dispatches == [4, 4]

    def test_what_is_left_over_runs_by_itself(self, dispatches):
        step, total, _ = counting(4)
        for i in range(6):
            step(jnp.float32(i))
        assert dispatches == [4]
        assert float(total.value) == 15.0
        assert dispatches == [4, 1, 1]

    @pytest.mark.parametrize(
        "read",
        [
            lambda step, v: float(v.value),
            lambda step, v: v.numpy(),
            lambda step, v: float(v + 1) - 1,
            lambda step, v: float(gt.function(lambda: v * 1.0)()),
            lambda step, v: copy.deepcopy(v).numpy(),
            lambda step, v: pickle.loads(pickle.dumps(v.numpy())),
            lambda step, v: keras.ops.convert_to_numpy(v),
        ],
    )
    def test_reading_a_variable_runs_what_waits(self, read):
        step, total, _ = counting(10)
        for i in range(1, 4):
            step(jnp.float32(i))
        assert read(step, total) == 6.0

    def test_assigning_comes_after_what_waits(self):
        step, total, _ = counting(10)
        step(jnp.float32(5.0))
        total.assign(100.0)
        step(jnp.float32(1.0))
        assert float(total.value) == 101.0

    def test_another_step_finds_the_newest_values(self):
        step, total, _ = counting(10)
        other = gt.function(lambda: total.assign_add(1000.0))
        step(jnp.float32(5.0))
        other()
        step(jnp.float32(1.0))
        assert float(total.value) == 1006.0

    def test_two_queues_that_share_a_variable_keep_the_order(self):
        v = gt.Variable(1.0)
        double = gt.function(lambda: v.assign(v * 2.0), steps_per_call=3)
        add = gt.function(lambda: v.assign(v + 1.0), steps_per_call=3)
        for _ in range(4):
            double()
            add()
        assert float(v.value) == 31.0

    def test_another_signature_runs_after_what_waits(self):
        v = gt.Variable(1.0)
        step = gt.function(lambda x: v.assign(v * 2.0 + keras.ops.sum(x)), steps_per_call=5)
        for size in (1, 2, 1, 1, 3):
            step(jnp.ones(size))
        expected = 1.0
        for size in (1, 2, 1, 1, 3):
            expected = expected * 2 + size
        assert float(v.value) == expected

    def test_a_step_that_is_forgotten_still_ran(self):
        step, total, _ = counting(10)
        step(jnp.float32(5.0))
        del step
        gc.collect()
        assert float(total.value) == 5.0


USES = {
    "arithmetic": lambda x: (x + 1, 1 - x, x @ x.T, -x, abs(x), x**2, x > 3),
    "jnp": lambda x: (jnp.sum(x), jnp.stack([x, x]), jnp.where(x > 2, x, 0)),
    "numpy": lambda x: (np.asarray(x), np.mean(x), np.concatenate([x, x])),
    "keras": lambda x: (keras.ops.mean(x), keras.ops.convert_to_numpy(x)),
    "jit": lambda x: jax.jit(lambda x: x * 2)(x),
    "closure of a jit": lambda x: jax.jit(lambda y: y * x)(2.0),
    "grad": lambda x: jax.grad(lambda w: jnp.sum(w * x))(2.0),
    "scan": lambda x: jax.lax.scan(lambda c, r: (c + r, c), jnp.zeros(3), x),
    "vmap": lambda x: jax.vmap(jnp.sum)(x),
    "function": lambda x: gt.function(lambda x: x + 1)(x),
    "indexing": lambda x: (x[0], x[:, 1], x[x > 2], x.at[0].set(0.0)),
    "iteration": lambda x: list(x),
    "methods": lambda x: (x.tolist(), x.sum(), x.reshape(-1), x.T, x.block_until_ready()),
    "format": lambda x: (f"{x}", str(x), repr(x)),
    "number": lambda x: (
        float(x[0, 0]),
        int(x[1, 1]),
        f"{x[0, 0]:.3f}",
        len(x),
        x[0, 0].item(),
    ),
    "copies": lambda x: (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))),
    "tree": lambda x: jax.tree.map(lambda y: y + 1, {"a": x}),
    "assign": lambda x: gt.Variable(jnp.zeros((2, 3))).assign(x),
    "initial value": lambda x: gt.Variable(x).value,
    "equal": lambda x: (x == x, bool((x == x).all())),
}


class TestResults:
    def test_each_call_has_its_own(self):
        step, _, _ = counting(3)
        results = [step(jnp.float32(i)) for i in range(7)]
        assert [float(r["total"]) for r in results] == [0, 1, 3, 6, 10, 15, 21]
        assert [float(r["double"]) for r in results] == [0, 2, 4, 6, 8, 10, 12]

    def test_read_at_once(self):
        step, _, _ = counting(3)
        assert [float(step(jnp.float32(i))["total"]) for i in range(5)] == [0, 1, 3, 6, 10]

    def test_shape_and_dtype_are_known_without_running(self, dispatches):
        step, _, _ = counting(3)
        double = step(jnp.ones((2, 5), "bfloat16"))["double"]
        assert (double.shape, double.dtype, double.ndim, double.size) == ((2, 5), "bfloat16", 2, 10)
        assert isinstance(double, jax.Array)
        assert not jax_trace.is_tracer(double)
        assert dispatches == []

    @pytest.mark.parametrize("use", USES)
    def test_it_works_wherever_an_array_does(self, use):
        v = gt.Variable(1.0)

        @gt.function(steps_per_call=5)
        def step(x):
            v.assign_add(1.0)
            return x * 2

        x = jnp.arange(6.0).reshape(2, 3)
        expected = USES[use](x * 2)
        got = USES[use](step(x))
        for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
            if isinstance(b, str):
                assert a == b
            else:
                np.testing.assert_array_equal(np.asarray(a), np.asarray(b))

    def test_a_tape_takes_them_for_tensors(self):
        v = gt.Variable(1.0)

        @gt.function(steps_per_call=5)
        def step(x):
            v.assign_add(1.0)
            return x * 2

        x = step(jnp.float32(3.0))
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        assert float(tape.gradient(y, x)) == 12.0

    def test_a_variable_keeps_an_array(self):
        step, _, _ = counting(3)
        v = gt.Variable(0.0)
        v.assign(step(jnp.float32(3.0))["total"])
        assert type(v.value) is type(jnp.float32(0.0))

    def test_none_and_constants(self):
        v = gt.Variable(0.0)

        @gt.function(steps_per_call=3)
        def step(x):
            v.assign_add(x)
            return None, "text", x

        nothing, text, x = step(jnp.float32(2.0))
        assert (nothing, text, float(x)) == (None, "text", 2.0)


class TestLikeSingleSteps:
    @pytest.mark.parametrize("kind", all_but(["sequential"], steps.KINDS))
    def test_training_bit_for_bit(self, kind):
        single = steps.Training(kind)
        many = steps.Training(kind, way=gt.function(steps_per_call=5))
        losses = [[float(t.step(*steps.batch(i))) for i in range(3)] for t in (single, many)]
        got = [[t.step(*steps.batch(i)) for i in range(13)] for t in (single, many)]
        assert losses[0] == losses[1]
        assert [float(x) for x in got[0]] == [float(x) for x in got[1]]
        steps.assert_same(single.snapshot(), many.snapshot())

    @pytest.mark.thorough
    def test_with_a_glass(self, tmp_path):
        plain, seen = (steps.Training(way=gt.function(steps_per_call=4)) for _ in "ab")
        for i in range(20):
            plain.step(*steps.batch(i))
        with gt.glass(show=None, run_dir=tmp_path / "run", every=6):
            for i in range(20):
                seen.step(*steps.batch(i))
        steps.assert_same(plain.snapshot(), seen.snapshot())

    def test_numpy_arrays_may_be_overwritten_by_their_owner(self):
        step, total, _ = counting(4)
        x = np.zeros((), "float32")
        for i in range(3):
            x[...] = i
            step(x)
        assert float(total.value) == 3.0

    def test_saved_weights_keep_their_numbers(self):
        step, total, _ = counting(3)
        saved = []
        for i in range(10):
            step(jnp.float32(i))
            if i % 2:
                saved.append(total.value)
        assert [float(s) for s in saved] == [1, 6, 15, 28, 45]

    def test_prints_are_where_single_steps_have_them(self):
        v, stream = gt.Variable(0.0), io.StringIO()

        @gt.function(steps_per_call=4)
        def step(x):
            v.assign_add(x)
            gt.print("v:", v, output_stream=stream)

        for i in range(3):
            step(jnp.float32(i))
            assert stream.getvalue().count("\n") == i + 1

    def test_a_step_without_state_runs_at_once(self):
        y = gt.function(lambda x: x + 1, steps_per_call=4)(jnp.float32(1.0))
        assert type(y) is type(jnp.float32(0.0))

    def test_under_a_tape(self):
        v = gt.Variable(2.0)

        @gt.function(steps_per_call=4)
        def step(x):
            v.assign_add(1.0)
            return v * x

        step(jnp.float32(1.0))
        with gt.GradientTape() as tape:
            y = step(jnp.float32(5.0))
        assert float(y) == 20.0
        assert float(tape.gradient(y, v)) == 5.0
        assert float(v.value) == 4.0

    def test_methods(self):
        class Counter:
            def __init__(self):
                self.total = gt.Variable(0.0)

            @gt.function(steps_per_call=3)
            def add(self, x):
                self.total.assign_add(x)

        a, b = Counter(), Counter()
        for i in range(5):
            a.add(jnp.float32(i))
            b.add(jnp.float32(2 * i))
        assert (float(a.total.value), float(b.total.value)) == (10.0, 20.0)

    def test_convolutions_on_a_cpu_do_not_wait(self):
        net = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 3)])
        step = gt.function(lambda x: net.layers[0].kernel.assign(x), steps_per_call=3)
        assert isinstance(program_of_call(step, jnp.ones((3, 3, 1, 1))), queue.QueuedProgram)

        def update(x):
            net.layers[0].bias.assign(net(x)[0, 0, 0])

        program = program_of_call(gt.function(update, steps_per_call=3), jnp.ones((1, 4, 4, 1)))
        assert isinstance(program, queue.QueuedProgram) == (jax.default_backend() != "cpu")


def program_of_call(step, *args):
    step(*args)
    return program_of(step)


class TestErrors:
    def trainer(self, size=5):
        v = gt.Variable(1.0)

        @gt.function(steps_per_call=size)
        def step(x):
            with gt.GradientTape() as tape:
                loss = v * x
            v.assign_sub(0.1 * tape.gradient(loss, v))
            return loss

        return step, v

    @pytest.mark.parametrize("position", [0, 2, 4])
    def test_a_loss_that_is_not_a_number_stops_there(self, position):
        step, v = self.trainer()
        step(jnp.float32(0.0))
        v.numpy()  # the first call is looked at by itself
        with pytest.raises(NonFiniteLossError, match=r"test_queue\.py"):
            for i in range(5):
                step(jnp.float32(np.nan if i == position else 1.0))
            v.numpy()
        np.testing.assert_allclose(v.numpy(), 1.0 - 0.1 * position, rtol=1e-6)
        step(jnp.float32(1.0))
        np.testing.assert_allclose(v.numpy(), 0.9 - 0.1 * position, rtol=1e-6)

    def test_reading_a_variable_raises_what_a_waiting_step_earned(self):
        step, v = self.trainer(10)
        step(jnp.float32(np.nan))
        with pytest.raises(NonFiniteLossError):
            v.numpy()
        assert v.numpy() == 1.0

    def test_labels_out_of_range(self):
        training = steps.Training(way=gt.function(steps_per_call=4))
        x, y = steps.batch()
        training.step(x, y)
        before = training.snapshot()
        training.step(x, y + 7)
        with pytest.raises(LabelRangeError):
            training.snapshot()
        steps.assert_same(before, training.snapshot())

    def test_a_failing_dispatch_is_told_once_and_results_say_so(self, monkeypatch):
        step, total, _ = counting(3)
        step(jnp.float32(1.0))
        assert float(total.value) == 1.0
        program = program_of(step)

        def fail(*_):
            raise RuntimeError("out of memory")

        with monkeypatch.context() as patched:
            patched.setattr(program, "_many", fail)
            results = [step(jnp.float32(1.0)) for _ in range(2)]
            with pytest.raises(RuntimeError, match="out of memory"):
                step(jnp.float32(1.0))
        assert float(total.value) == 1.0
        with pytest.raises(ResultLostError, match="stopped by RuntimeError: out of memory"):
            float(results[0]["total"])
        step(jnp.float32(2.0))
        assert float(total.value) == 3.0

    @pytest.mark.parametrize("steps_per_call", [0, -1, 1.5, "many", None])
    def test_numbers_that_are_none(self, steps_per_call):
        with pytest.raises(StepTypeError, match="is no number of calls"):
            gt.function(steps_per_call=steps_per_call)


def test_ctrl_c_loses_no_step_and_runs_none_twice():
    """The signal arrives at any bytecode; the number of calls and the state must agree."""
    v = gt.Variable(0.0)

    @gt.function(steps_per_call=7)
    def step():
        v.assign_add(1.0)

    for _ in range(8):  # an interrupt while JAX traces or compiles is JAX' own affair
        step()
    assert float(v.value) == 8.0
    calls = 8
    previous = signal.signal(signal.SIGALRM, _interrupt)
    try:
        for _ in range(60):
            with contextlib.suppress(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, 0.0017)
                while True:
                    step()
                    calls += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, previous)
    # Each interrupt may fall between the end of a call and the line that counts it, or before.
    assert abs(float(v.value) - calls) <= 60
    before = float(v.value)
    step()
    assert float(v.value) == before + 1.0


def _interrupt(*_):
    raise KeyboardInterrupt


def test_threads_that_read_while_another_trains():
    step, total, _ = counting(8)
    step(jnp.float32(1.0))
    seen, stop, errors = [], threading.Event(), []

    def read():
        try:
            while not stop.is_set():
                seen.append(float(total.value))
        except Exception as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(300):
        step(jnp.float32(1.0))
    stop.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert float(total.value) == 301.0
    assert all(s == int(s) for s in seen)


class TestTheQuickerWay:
    @pytest.fixture(autouse=True)
    def no_race(self):
        """Here it is the point."""

    @pytest.mark.parametrize(("many", "each", "size"), [(0.1, 0.5, 4), (0.5, 0.1, 1)])
    def test_is_kept(self, many, each, size, monkeypatch):
        step, total, _ = counting(4)
        step(jnp.float32(1.0))
        clock = [0.0]
        monkeypatch.setattr(queue.time, "perf_counter", lambda: clock[0])
        program = program_of(step)
        for name, seconds in (("_run_many", many), ("_run_each", each)):
            run = getattr(program, name)

            def slow(run=run, seconds=seconds):
                run()
                clock[0] += seconds

            monkeypatch.setattr(program, name, slow)
        for _ in range(4 * (2 * queue.TIMED + 1)):
            step(jnp.float32(1.0))
        assert program._race.is_over
        assert program._size == size
        for _ in range(5):
            step(jnp.float32(1.0))
        assert float(total.value) == 1 + 4 * (2 * queue.TIMED + 1) + 5
