"""Each statistic against a slow twin in NumPy and double precision."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasstape.monitor import probes
from glasstape.monitor.runlog import COLUMNS

measure = jax.jit(probes.measure)


def twin(gradient, before, after):
    """One entry after the other."""
    wide = np.complex128 if np.iscomplexobj(gradient) else np.float64
    g, w, v = (np.asarray(a).astype(wide).ravel().tolist() for a in (gradient, before, after))
    count = max(len(g), 1)
    change, weight = twin_norm([b - a for a, b in zip(w, v, strict=True)]), twin_norm(w)
    return [
        twin_norm(g),
        np.max([abs(x) for x in g], initial=0.0),
        sum(x == 0 for x in g) / count,
        sum(not np.isfinite(x) for x in g) / count,
        twin_ratio(change, weight),
    ]


def twin_norm(entries):
    magnitudes = [abs(x) for x in entries]
    if any(map(math.isnan, magnitudes)):
        return math.nan
    return math.hypot(*magnitudes)


def twin_ratio(change, weight):
    if change == 0 and weight == 0:
        return 0.0
    with np.errstate(all="ignore"):
        return float(np.float64(change) / np.float64(weight))


def assert_like_twin(gradients, before, after, rtol=1e-5):
    found = np.asarray(measure(gradients, before, after))
    assert found.dtype == np.float32
    assert found.shape == (len(gradients), len(COLUMNS))
    rows = [twin(*row) for row in zip(gradients, before, after, strict=True)]
    with np.errstate(over="ignore"):
        expected = np.array(rows).astype(np.float32)
    for column, name in enumerate(COLUMNS):
        np.testing.assert_allclose(
            found[:, column], expected[:, column], rtol=rtol, atol=1e-37, err_msg=name
        )


SHAPES = ((), (1,), (7,), (0,), (3, 4), (2, 0, 3), (2, 3, 4), (3, 3, 2, 5))
DTYPES = ("float32", "bfloat16", "float16")
# XLA's CPU code takes denormal numbers for zero.
NUMBERS = st.floats(width=32, allow_subnormal=False)
# Squares must not leave float32: of weights and changes, unlike of gradients, only plain sums are
# taken.
WEIGHTS = st.one_of(st.just(0.0), st.floats(2.0**-30, 2.0**30, width=32)).flatmap(
    lambda size: st.sampled_from([size, -size])
)


def filled(numbers, shape):
    size = math.prod(shape)
    return st.lists(numbers, min_size=size, max_size=size).map(
        lambda entries: np.array(entries, np.float32).reshape(shape)
    )


@given(st.data())
def test_every_statistic(data):
    shape, dtype = data.draw(st.sampled_from(SHAPES)), data.draw(st.sampled_from(DTYPES))
    with np.errstate(over="ignore"):
        arrays = [
            jnp.asarray(data.draw(filled(numbers, shape))).astype(dtype)
            for numbers in (NUMBERS, WEIGHTS, WEIGHTS)
        ]
    gradient, before, after = arrays
    if dtype == "float16":  # only float32 holds what the twin would see of half's denormals
        gradient = jnp.where(jnp.abs(gradient) < 1e-4, 0, gradient)
    assert_like_twin([gradient], [before], [after])


def test_several_variables_at_once():
    random = np.random.default_rng(0)
    gradients, before, after = (
        [random.normal(size=shape).astype(np.float32) for shape in SHAPES] for _ in range(3)
    )
    assert_like_twin(gradients, before, after)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(5,), (4, 3)])
def test_one_special_value_among_others(value, shape):
    gradient = np.ones(shape, np.float32)
    gradient.flat[2] = value
    assert_like_twin([gradient], [np.ones(shape, np.float32)], [gradient])


@pytest.mark.parametrize("shape", [(3,), (2, 2)])
def test_zero_weights(shape):
    """As biases have before the first step."""
    zeros, ones = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    ratios = np.asarray(measure([ones] * 3, [zeros, zeros, ones], [zeros, ones, zeros]))[:, 4]
    assert ratios.tolist() == [0.0, np.inf, 1.0]


@pytest.mark.parametrize("exponent", range(-37, 38, 5))
def test_norms_of_gradients_that_vanish_or_explode(exponent):
    """Squares of float32 end at 1e-38 and 1e38, the gradients do not."""
    gradient = np.full((4, 3), 10.0**exponent, np.float32)
    gradient[1, 1] = 0.0
    assert_like_twin([gradient], [np.ones_like(gradient)], [np.ones_like(gradient)])


def test_half_precision_is_added_up_in_float32():
    """4096 + 1 is 4096 in bfloat16, and 1.01 - 1 has no correct digit in it."""
    ones = jnp.ones(5000, jnp.bfloat16)
    (row,) = np.asarray(measure([ones], [ones], [ones * 1.01]))
    assert row[0] == pytest.approx(math.sqrt(5000), rel=1e-6)
    assert row[4] == pytest.approx(float(jnp.bfloat16(1.01)) - 1, rel=1e-6)


@pytest.mark.parametrize("size", [2**16 + 1, 2**18, 2**24 + 2**20 + 8])
def test_long_vectors(size):
    """Counting in float32 one by one ends at 2**24."""
    gradient = jnp.ones(size).at[0].set(0.0).at[-1].set(jnp.nan)
    row = np.asarray(measure([gradient], [jnp.ones(size)], [jnp.full(size, 1.5)]))[0]
    np.testing.assert_allclose(row[2:], [1 / size, 1 / size, 0.5], rtol=1e-6)
    row = np.asarray(measure([jnp.ones(size)], [gradient], [gradient]))[0]
    np.testing.assert_allclose(row[:4], [math.sqrt(size), 1, 0, 0], rtol=1e-6)


def test_complex_variables():
    random = np.random.default_rng(0)
    arrays = [random.normal(size=(3, 4)) + 1j * random.normal(size=(3, 4)) for _ in range(3)]
    assert_like_twin(*([a.astype(np.complex64)] for a in arrays))


def test_float64():
    """What only float64 can tell from zero and infinity is neither."""
    with jax.enable_x64(True):
        gradient = jnp.array([1e-200, 1e200, 0.0])
        ones = jnp.ones(3)
        (row,) = np.asarray(jax.jit(probes.measure)([gradient], [ones], [ones + 1e-12]))
    assert row.dtype == np.float32
    np.testing.assert_allclose(row[2:], [1 / 3, 0, 1e-12], rtol=1e-3)
