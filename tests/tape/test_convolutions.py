"""Transposed convolutions: their kernel's gradient is JAX' own, and quick in the same program."""

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import assume, given
from jax import lax

import glasstape as gt
from glasstape.tape import convolutions
from tests.tape import oracles


def values(shape, dtype="float32", seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), dtype)


def transposed(x, kernel, steps, padding, taps_apart=1, groups=1):
    space = "DHW"[3 - len(steps) :]
    return lax.conv_general_dilated(
        x,
        kernel,
        (1,) * len(steps),
        padding,
        lhs_dilation=steps,
        rhs_dilation=(taps_apart,) * len(steps),
        dimension_numbers=(f"N{space}C", f"{space}IO", f"N{space}C"),
        feature_group_count=groups,
    )


def loss(*args, **options):
    return jnp.sum(jnp.sin(transposed(*args, **options)))


def taken(function, inputs):
    with gt.GradientTape() as tape:
        tape.watch(inputs)
        result = function(*inputs)
    return tape.gradient(result, inputs)


def as_jax(function, inputs, way=lambda f: f, tolerance=2e-5):
    expected = jax.grad(function, tuple(range(len(inputs))))(*inputs)
    got = way(lambda *inputs: taken(function, inputs))(*inputs)
    for ours, theirs in zip(got, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4)), min_size=1, max_size=3),
    st.integers(1, 3),
    st.integers(1, 2),
    st.tuples(st.integers(-1, 4), st.integers(-1, 4)),
)
def test_gradients_are_jax(sizes_and_taps, step, taps_apart, pads):
    sizes, taps = zip(*sizes_and_taps, strict=True)
    steps = (step + 1, *(step,) * (len(sizes) - 1))
    x, kernel = values((2, *sizes, 3)), values((*taps, 3, 2), seed=1)
    options = {"steps": steps, "padding": [pads] * len(sizes), "taps_apart": taps_apart}
    shape = jax.eval_shape(lambda x, k: transposed(x, k, **options), x, kernel).shape
    assume(all(shape))
    as_jax(lambda x, k: loss(x, k, **options), (x, kernel))


OPTIONS = {"steps": (2, 2), "padding": [(3, 2), (3, 2)]}


@pytest.mark.parametrize("way", [lambda f: f, gt.function, jax.jit], ids=["eager", "gt", "jit"])
def test_in_every_way(way):
    x, kernel = values((2, 4, 5, 3)), values((5, 5, 3, 2), seed=1)
    as_jax(lambda x, k: loss(x, k, **OPTIONS), (x, kernel), way)
    as_jax(lambda k: loss(x, k, **OPTIONS), (kernel,), way)


def test_double_and_half_precision():
    with jax.enable_x64(True):
        x, kernel = values((2, 4, 5, 3), "float64"), values((5, 5, 3, 2), "float64", seed=1)
        as_jax(lambda x, k: loss(x, k, **OPTIONS), (x, kernel), tolerance=1e-12)
    x, kernel = values((2, 4, 5, 3), "bfloat16"), values((5, 5, 3, 2), "bfloat16", seed=1)
    as_jax(lambda x, k: loss(x, k, **OPTIONS), (x, kernel), tolerance=0.05)


def test_second_derivatives():
    """As in a gradient penalty: a strided convolution's gradient by its input is transposed."""
    x, kernel = values((2, 6, 6, 2)), values((5, 5, 2, 3), seed=1)

    def critic(x, kernel):
        y = lax.conv_general_dilated(
            x, kernel, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return jnp.sum(jnp.sin(y))

    def expected(kernel):
        return jnp.sum(jax.grad(critic)(x, kernel) ** 2)

    def penalty(kernel):
        return jnp.sum(taken(lambda x: critic(x, kernel), [x])[0] ** 2)

    for way in (lambda f: f, gt.function):
        (got,) = way(lambda kernel: taken(penalty, [kernel]))(kernel)
        np.testing.assert_allclose(got, jax.grad(expected)(kernel), rtol=1e-4, atol=1e-4)


def test_of_transposed_convolutions():
    x, kernel = values((2, 4, 5, 3)), values((3, 3, 3, 2), seed=1)

    def twice(x, kernel):
        return sum(jnp.sum(g**2) for g in taken(lambda *a: loss(*a, **OPTIONS), [x, kernel]))

    def expected(x, kernel):
        found = jax.grad(lambda *a: loss(*a, **OPTIONS), (0, 1))(x, kernel)
        return sum(jnp.sum(g**2) for g in found)

    got = taken(twice, [x, kernel])
    for ours, theirs in zip(got, jax.grad(expected, (0, 1))(x, kernel), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-3)


def test_jacobian():
    x, kernel = values((1, 2, 2, 1)), values((3, 3, 1, 1), seed=1)
    with gt.GradientTape() as tape:
        tape.watch(kernel)
        y = transposed(x, kernel, **OPTIONS)
    expected = jax.jacobian(lambda k: transposed(x, k, **OPTIONS))(kernel)
    np.testing.assert_allclose(tape.jacobian(y, kernel), expected, rtol=1e-6, atol=1e-6)


def test_one_trace_for_all_sizes_of_a_batch():
    kernel = values((5, 5, 3, 2))

    @gt.function(reduce_retracing=True)
    def step(x):
        return taken(lambda k: loss(x, k, **OPTIONS), [kernel])[0]

    for size in (2, 3, 4, 5):
        x = values((size, 4, 5, 3), seed=size)
        expected = jax.grad(lambda x, k: loss(x, k, **OPTIONS), 1)(x, kernel)
        np.testing.assert_allclose(step(x), expected, rtol=2e-5, atol=2e-5)
    assert len(step.traces) == 2


@pytest.mark.parametrize("empty", [(0, 4, 4, 3), (2, 4, 4, 0)])
def test_empty_tensors(empty):
    kernel = values((3, 3, empty[-1], 2))
    as_jax(lambda x, k: loss(x, k, **OPTIONS), (values(empty), kernel))


def test_a_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            keras.layers.Conv2DTranspose(4, 5, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2DTranspose(2, 4, strides=(3, 1), padding="valid"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    inputs, labels = oracles.batch(model)

    @gt.function
    def step():
        with gt.GradientTape() as tape:
            loss = oracles.LOSS(labels, model(inputs, training=True))
        return tape.gradient(loss, model.trainable_variables)

    @jax.jit
    @jax.grad
    def expected(weights):
        return oracles.LOSS(labels, model.stateless_call(weights, [], inputs, training=True)[0])

    oracles.assert_close(step(), expected([v.value for v in model.trainable_variables]))


# ----- which convolutions it is for -----


@pytest.fixture
def asked(monkeypatch):
    """The cotangents for which a kernel's gradient was computed here."""
    seen = []
    original = convolutions.kernel_gradient
    monkeypatch.setattr(
        convolutions, "kernel_gradient", lambda *a: seen.append(a[1].shape) or original(*a)
    )
    return seen


def test_it_is_used(asked):
    x, kernel = values((2, 3, 7, 3)), values((5, 5, 3, 2), seed=1)
    taken(lambda k: loss(x, k, **OPTIONS), [kernel])
    assert asked == [(2, 6, 14, 2)]


@pytest.mark.parametrize(
    ("inputs", "function"),
    [
        (
            [values((2, 4, 4, 3)), values((3, 3, 3, 2))],
            lambda x, k: loss(x, k, steps=(1, 1), padding="SAME"),
        ),
        (
            [values((2, 4, 4, 4)), values((3, 3, 2, 4))],
            lambda x, k: loss(x, k, groups=2, **OPTIONS),
        ),
        (
            [values((2, 4, 4, 3)), values((3, 3, 3, 2))],
            lambda x, k: jnp.real(transposed(x + 1j, k + 0j, **OPTIONS)).sum(),
        ),
    ],
    ids=["not transposed", "groups", "complex"],
)
def test_others_keep_jax_rule(inputs, function, asked):
    as_jax(function, inputs)
    assert asked == []
