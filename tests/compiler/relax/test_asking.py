"""Python that looks at a size gets right numbers, or a trace for that size."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.compiler.relax import asking
from tests.compiler.relax.case import assert_equal, both, outcome, rows

SIZES = [4, 3, 5, 7, 32, 1, 0, 2, 6]
EXACT = 1 + 2  # the first one; those for 0 and 1


def run(function, sizes=SIZES):
    """Under `reduce_retracing`, after comparing with a trace for each shape."""
    exact, relaxed = both(function)
    for size in sizes:
        assert_equal(outcome(exact, rows(size)), outcome(relaxed, rows(size)))
    return relaxed


@pytest.mark.parametrize("name", asking.ONE)
def test_one_trace(name):
    step = run(asking.ONE[name])
    traces = [(trace.signature, trace.why) for trace in step.traces]
    assert sum("?" in signature for signature, _ in traces) == 1, traces
    assert len(traces) <= EXACT + 1, traces


@pytest.mark.parametrize("name", asking.TWO)
def test_a_trace_for_each_answer(name):
    step = run(asking.TWO[name], [4, 3, 5, 6, 7, 32, 5, 8, 2])
    assert len(step.traces) == 3
    assert step.traces[1].signature == step.traces[2].signature == "float32[?,3]"
    assert "goes another way for this size" in step.traces[2].why


@pytest.mark.parametrize("name", asking.EACH)
def test_a_trace_for_each_size(name):
    function, reason = asking.EACH[name]
    step = run(function, [4, 3, 5, 7])
    assert len(step.traces) == 4
    assert "traced once more" not in step.traces[1].why
    for trace in step.traces[1:]:
        assert "traced for this size alone, because" in trace.why
        assert reason in trace.why


@pytest.mark.parametrize("name", asking.SOME)
def test_right_numbers(name):
    run(asking.SOME[name])


def test_the_reason_names_the_line():
    def step(x):
        total = jnp.zeros(3)
        for i in range(x.shape[0]):
            total = total + x[i]
        return total

    relaxed = both(step)[1]
    relaxed(rows(4))
    relaxed(rows(3))
    assert relaxed.traces[1].why == (
        "argument `x` was float32[4,3], is now float32[3,3]; traced for this size alone, because "
        f"{__file__}:{step.__code__.co_firstlineno + 2}, in step (`for i in range(x.shape[0]):`) "
        "needs the size itself, as a Python int"
    )


def test_the_reason_when_jax_gives_it():
    def step(x):
        return x.reshape(2, -1, 3)

    relaxed = both(step)[1]
    relaxed(rows(4))
    relaxed(rows(2))
    why = relaxed.traces[1].why
    line = step.__code__.co_firstlineno + 1
    assert f"{__file__}:{line}, in step (`return x.reshape(2, -1, 3)`): " in why
    assert "traced for this size alone" in why


def test_what_is_asked_twice_is_one_question():
    def step(x):
        for _ in range(3):
            x = x + 1 if x.shape[0] == 5 else x * 2
        return x

    relaxed = both(step)[1]
    for size in (4, 3, 5, 6):
        relaxed(rows(size))
    assert len(relaxed.traces) == 3


def test_a_formula_that_is_too_deep_for_jax():
    """Four convolutions with steps and without padding took 40 seconds."""
    image = jnp.arange(1.0, 1 + 64 * 65, dtype="float32").reshape(1, 64, 65, 1)
    kernel = jnp.ones((3, 3, 1, 1))

    def step(x):
        for _ in range(5):
            x = jax.lax.conv_general_dilated(
                x, kernel, (2, 2), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
        return x

    _, relaxed = both(step)
    wide = jnp.pad(image, ((0, 0), (0, 1), (0, 2), (0, 0)))
    for x in (image, wide):
        np.testing.assert_allclose(relaxed(x), step(x), rtol=1e-6)
    assert len(relaxed.traces) == 2
    assert "JAX takes minutes" in relaxed.traces[1].why
