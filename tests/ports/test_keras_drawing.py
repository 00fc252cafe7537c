"""Weights drawn in a row are those Keras draws, and few programs draw them."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.ports import keras_drawing

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="for CPUs")

SHAPES = [(3, 5), (3, 3, 8, 16), (1, 1), (2, 1, 3), (70, 70), (1100, 1000)]
INITIALIZERS = {
    "glorot_uniform": lambda seed: keras.initializers.GlorotUniform(seed),
    "glorot_normal": lambda seed: keras.initializers.GlorotNormal(seed),
    "he_normal": lambda seed: keras.initializers.HeNormal(seed),
    "random_normal": lambda seed: keras.initializers.RandomNormal(0.5, 2.0, seed),
    "random_uniform": lambda seed: keras.initializers.RandomUniform(-3, 1, seed),
    "truncated_normal": lambda seed: keras.initializers.TruncatedNormal(1.0, 0.1, seed),
}


@pytest.fixture
def as_keras_does(monkeypatch):
    """Switches what is tested here off, and returns a way to do so."""
    import sys

    module = sys.modules[keras_drawing._MODULE]

    def switch():
        for name in keras_drawing.NAMES:
            monkeypatch.setattr(module, name, getattr(module, name).__wrapped__)

    return switch


@pytest.fixture
def rows(monkeypatch):
    """How many numbers were drawn in each row."""
    drawn = []
    original = keras_drawing._rounded

    def rounded(count):
        drawn.append(original(count))
        return drawn[-1]

    monkeypatch.setattr(keras_drawing, "_rounded", rounded)
    return drawn


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_numbers_are_keras_own(name, dtype, rows, as_keras_does):
    ours = [INITIALIZERS[name](seed)(shape, dtype) for seed, shape in enumerate(SHAPES)]
    assert len(rows) == len(SHAPES)
    as_keras_does()
    for seed, (shape, found) in enumerate(zip(SHAPES, ours, strict=True)):
        expected = INITIALIZERS[name](seed)(shape, dtype)
        assert found.dtype == expected.dtype
        if "uniform" in name:
            np.testing.assert_array_equal(found, expected)
            continue
        # The bits are the same; of the polynomial that makes normal numbers of them XLA compiled
        # two versions in 2 of 5 runs of all tests, which differ in the last digits.
        digit = float(jnp.finfo(dtype).eps)
        found, expected = (np.asarray(a, "float32") for a in (found, expected))
        np.testing.assert_allclose(found, expected, rtol=4 * digit, atol=8 * digit)


def test_a_seed_generator_goes_on_as_it_would(as_keras_does):
    def drawn():
        seeds = keras.random.SeedGenerator(3)
        first = keras.random.normal((2, 3), seed=seeds)
        return [first, keras.random.uniform((4, 2), -1.0, 1.0, seed=seeds), seeds.state.value]

    ours = drawn()
    as_keras_does()
    for found, expected in zip(ours, drawn(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_two_programs_draw_the_weights_of_a_net(rows):
    keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            keras.layers.Conv2D(16, 3),
            keras.layers.Conv2D(32, 3),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )
    assert rows == [1 << 12, 1 << 13, 1 << 16]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: keras.random.normal((5,), seed=0),
        lambda: keras.random.normal((0, 3), seed=0),
        lambda: keras.random.normal((2, 3), mean=jnp.arange(3.0), seed=0),
        lambda: keras.random.uniform((2, 3), jnp.zeros(()), 1.0, seed=0),
        lambda: keras.random.normal((2, 3), seed=jax.random.key(0, impl="rbg")),
        lambda: jax.jit(lambda: keras.random.normal((2, 3), seed=0))(),
    ],
    ids=["a row", "nothing", "means", "an array", "another generator", "a program"],
)
def test_left_as_it_is(draw, rows):
    draw()
    assert not rows


def test_with_jax_other_way_of_counting(rows):
    with jax.threefry_partitionable(False):
        keras.random.normal((2, 3), seed=0)
    assert not rows


def test_a_gradient_by_the_mean_is_not_lost():
    mean = gt.Variable(1.0)
    with gt.GradientTape() as tape:
        loss = jnp.sum(keras.random.normal((2, 3), mean=mean.value, seed=0))
    assert float(tape.gradient(loss, mean)) == 6.0


def test_too_many_numbers_for_a_power_of_two():
    assert keras_drawing._rounded((1 << 20) + 1) == 2 << 20
    assert keras_drawing._rounded(5 << 20) == 5 << 20
    assert keras_drawing._rounded(1 << 20) == 1 << 20
