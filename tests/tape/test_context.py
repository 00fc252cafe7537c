"""Leaving a tape cleanly: exceptions, generators, threads, order."""

import gc
import linecache
import threading
import warnings
import weakref

import jax
import jax.numpy as jnp
import pytest

import glasstape as gt
from glasstape import errors
from glasstape.ports import jax_trace


@pytest.fixture(autouse=True)
def _contained():
    """A tape that one test leaves open must not record the next one."""
    with jax_trace.eval_context():
        yield


def plain():
    """True when nothing records: the trace a fresh thread would have."""
    return not isinstance(jax_trace.current_trace(), jax_trace.RecordingTrace)


def test_an_exception_leaves_no_trace_behind():
    with pytest.raises(ZeroDivisionError), gt.GradientTape() as tape:
        1 / 0  # noqa: B018
    assert plain()
    assert tape.records == ()


def test_an_exception_in_nested_tapes():
    with pytest.raises(ZeroDivisionError), gt.GradientTape(), gt.GradientTape(), gt.GradientTape():
        1 / 0  # noqa: B018
    assert plain()


def test_an_exception_inside_an_operation_inside_a_tape():
    with pytest.raises(TypeError), gt.GradientTape() as tape:
        x = jnp.ones(3)
        tape.watch(x)
        _ = x @ jnp.ones(4)
    assert plain()


def test_an_exception_inside_jit_inside_a_tape():
    def broken(x):
        raise KeyError("mine")

    x = jnp.ones(3)
    with gt.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(KeyError, match="mine"):
            jax.jit(broken)(x)
        y = jnp.sum(x * x)
    assert plain()
    assert tape.gradient(y, x).tolist() == [2.0, 2.0, 2.0]


def test_what_was_recorded_before_the_exception_can_be_used():
    x = jnp.float32(3.0)
    tape = gt.GradientTape()
    with pytest.raises(KeyError), tape:
        tape.watch(x)
        y = x * x
        raise KeyError
    assert float(tape.gradient(y, x)) == 6.0


def test_leaving_tapes_out_of_order_is_refused():
    first, second = gt.GradientTape(), gt.GradientTape()
    first.__enter__()
    second.__enter__()
    with pytest.raises(errors.TapeStateError, match="out of order"):
        first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert plain()


def test_a_tape_open_across_a_yield_and_closed_by_the_collector():
    def recording():
        with gt.GradientTape():
            yield

    generator = recording()
    next(generator)
    assert not plain()
    del generator
    gc.collect()
    assert plain()


def test_two_generators_that_take_turns_are_refused_and_leave_nothing():
    def recording():
        with gt.GradientTape():
            yield

    a, b = recording(), recording()
    next(a)
    next(b)
    with pytest.raises(errors.TapeStateError, match="yield"):
        next(a, None)
    next(b, None)
    assert plain()
    x = jnp.float32(3.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert float(tape.gradient(y, x)) == 6.0


def test_an_abandoned_generator_does_not_disturb_the_tape_that_is_open():
    def recording():
        with gt.GradientTape():
            yield

    generator = recording()
    next(generator)
    x = jnp.float32(3.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        del generator
        gc.collect()
        y = x * x
    assert float(tape.gradient(y, x)) == 6.0
    assert plain()


def test_a_tape_entered_and_forgotten_is_closed_with_a_message():
    x, v = jnp.float32(3.0), gt.Variable(2.0)

    def forget():
        tape = gt.GradientTape(persistent=True)
        tape.__enter__()  # forgotten here
        tape.watch(x)
        return weakref.ref(x * v.value)

    with pytest.warns(UserWarning, match="entered and never left") as caught:
        product = forget()
    assert plain()
    assert product() is None
    assert caught[0].filename == __file__
    assert "forgotten here" in linecache.getline(__file__, caught[0].lineno)
    with gt.GradientTape() as tape:
        y = v * v
    assert float(tape.gradient(y, v)) == 4.0


def test_a_tape_whose_gradient_was_taken_need_not_be_left():
    """As in TensorFlow."""
    x = jnp.float32(3.0)
    tape = gt.GradientTape()
    tape.__enter__()
    tape.watch(x)
    assert float(tape.gradient(x * x, x)) == 6.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del tape
        gc.collect()
    assert plain()


def test_a_forgotten_tape_under_one_that_is_open():
    x = jnp.float32(3.0)
    forgotten = gt.GradientTape()
    forgotten.__enter__()
    with gt.GradientTape() as tape:
        tape.watch(x)
        with pytest.warns(UserWarning, match="never left"):
            del forgotten
        y = x * x
    assert float(tape.gradient(y, x)) == 6.0
    assert plain()


def test_a_generator_finished_inside_the_tape_is_fine():
    def batches():
        for i in range(3):
            yield jnp.float32(i)

    x = jnp.float32(3.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = sum(x * b for b in batches())
    assert float(tape.gradient(y, x)) == 3.0


def test_threads_do_not_see_each_others_tapes():
    v = gt.Variable(2.0)
    failures = []
    barrier = threading.Barrier(4)

    def work(number):
        try:
            barrier.wait()
            for _ in range(20):
                with gt.GradientTape() as tape:
                    y = v * v * float(number)
                if [w is v for w in tape.watched_variables()] != [True]:
                    failures.append("foreign variables")
                if float(tape.gradient(y, v)) != 4.0 * number:
                    failures.append("foreign operations")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    with gt.GradientTape() as outside:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert outside.watched_variables() == ()
    assert outside.records == ()


def test_leaving_a_tape_on_another_thread_is_refused():
    tape = gt.GradientTape()
    thread = threading.Thread(target=tape.__enter__)
    thread.start()
    thread.join()
    with pytest.raises(errors.TapeStateError, match="another thread"):
        tape.__exit__(None, None, None)
    assert plain()


def test_asking_for_gradients_on_another_thread():
    x = jnp.float32(3.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    got = []
    thread = threading.Thread(target=lambda: got.append(float(tape.gradient(y, x))))
    thread.start()
    thread.join()
    assert got == [6.0]


def test_no_tracers_stay_behind_after_tracing_under_a_tape():
    """Tracing a step must not fill the record of a tape that is open around it."""
    v = gt.Variable(2.0)
    step = gt.function(lambda: v * v)
    with gt.GradientTape() as tape:
        y = step()
    held = [a for reads in tape._recorder.reads.values() for a in reads.arrays.values()]
    assert not any(map(jax_trace.is_tracer, held))
    assert float(tape.gradient(y, v)) == 4.0


def test_jax_finds_no_leaked_tracers():
    def step(x):
        with gt.GradientTape() as outer:
            outer.watch(x)
            with gt.GradientTape() as inner:
                inner.watch(x)
                y = jnp.sum(jnp.sin(x) ** 2)
            first = inner.gradient(y, x)
        return outer.gradient(first, x)

    x = jnp.arange(3.0)
    with jax.checking_leaks():
        got = jax.jit(step)(x)
    assert jnp.allclose(got, 2 * jnp.cos(2 * x), atol=1e-6)
