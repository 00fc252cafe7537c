"""The gradient of a max-pooling is XLA's: to the last bit where windows do not overlap."""

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from jax import lax

from glasstape.compiler.passes import max_pool
from glasstape.ports.jax_program import rewritten


def gradient(pool, x, dy):
    return jax.vjp(pool, x)[1](dy)[0]


def both(pool, x, dy):
    """XLA's gradient, and that of the rewritten program."""
    program = jax.make_jaxpr(lambda x, dy: gradient(pool, x, dy))(x, dy)
    new = rewritten(program, max_pool.rewrite)
    names = [e.primitive.name for e in new.eqns]
    assert ("select_and_scatter_add" in names) == (new is program)
    theirs, ours = (
        np.asarray(jax.jit(jax.extend.core.jaxpr_as_fun(p))(x, dy)[0]) for p in (program, new)
    )
    return theirs, ours, new is not program


def pooling(size, step, padding, largest=True):
    start, choose = (-jnp.inf, lax.max) if largest else (jnp.inf, lax.min)
    return lambda x: lax.reduce_window(x, start, choose, size, step, padding)


@st.composite
def poolings(draw):
    rank = draw(st.integers(1, 4))
    numbers = lambda low, high: st.lists(  # noqa: E731
        st.integers(low, high), min_size=rank, max_size=rank
    )
    size, step = draw(numbers(1, 3)), draw(numbers(1, 3))
    if draw(st.booleans()):
        step, padding = size, [(0, 0)] * rank
    else:
        padding = [(draw(st.integers(0, s - 1)), draw(st.integers(0, s - 1))) for s in size]
    shape = [s + n for s, n in zip(size, draw(numbers(0, 5)), strict=True)]
    values = draw(st.sampled_from(["numbers", "ties", "zeros", "infinite", "nan"]))
    return shape, tuple(size), tuple(step), padding, values, draw(st.booleans())


def draw_values(kind, shape):
    rng = np.random.default_rng(sum(shape))
    x = rng.standard_normal(shape).astype("float32")
    if kind == "ties":
        x = np.round(np.maximum(x, 0))
    if kind == "zeros":
        x = np.where(x > 0, np.float32(0.0), np.float32(-0.0))
    if kind == "infinite":
        x = np.where(x > 0.3, x, -np.inf)
    if kind == "nan":
        x = np.where(x > 1, np.nan, x)
    return jnp.asarray(x, "float32")


@given(poolings())
def test_as_xla(case):
    shape, size, step, padding, kind, largest = case
    pool = pooling(size, step, padding, largest)
    x = draw_values(kind, shape)
    y = jax.eval_shape(pool, x)
    dy = jnp.asarray(np.random.default_rng(1).standard_normal(y.shape), "float32")
    theirs, ours, _ = both(pool, x, dy)
    if size == step:
        np.testing.assert_array_equal(ours, theirs)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("step", [2, 3])
@pytest.mark.parametrize("padding", ["VALID", "SAME"])
def test_of_images(size, step, padding):
    pool = pooling((1, size, size, 1), (1, step, step, 1), padding)
    x = draw_values("ties", (2, 9, 8, 3))
    dy = draw_values("numbers", jax.eval_shape(pool, x).shape)
    theirs, ours, replaced = both(pool, x, dy)
    assert replaced
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    other = draw_values("numbers", x.shape)
    assert not np.allclose(both(pool, other, dy)[1], theirs)  # it does depend on x


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_left_to_xla(dtype):
    pool = pooling((2,), (2,), "VALID")
    x = jnp.arange(6, dtype=dtype)
    assert not both(pool, x, pool(x))[2]


def test_large_windows_are_left_to_xla():
    x = jnp.arange(100.0)
    assert not both(pooling((65,), (65,), "VALID"), x, jnp.ones(1))[2]
    assert both(pooling((64,), (64,), "VALID"), x, jnp.ones(1))[2]
