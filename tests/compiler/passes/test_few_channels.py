"""The gradient by the kernel of a convolution that makes few channels is the one XLA computes."""

import functools

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from jax import lax

import glasstape as gt
from glasstape.compiler.passes import few_channels
from glasstape.ports.jax_program import rewritten
from tests.compiler.passes.comparison import replaced, trained
from tests.compiler.passes.test_convolution import arrays_and_function, convolutions

NAME = "few_channels_gradient"


@st.composite
def few_made(draw):
    """A convolution of plain steps whose result has more places than its kernel."""
    case = draw(convolutions())
    rank = len(case["space"])
    more = max(case["kernel"]) * 2
    return case | {
        "groups": 1,
        "space": [n + more for n in case["space"]],
        "stride": [1] * rank,
        "input_step": [1] * rank,
    }


@given(few_made(), st.sampled_from([1, few_channels.LEAST_TAPS]))
def test_the_numbers_are_xlas(case, least):
    """To 1e-5 of the largest number; with dilation, padding and any order of dimensions."""
    x, w, convolve = arrays_and_function(case)
    dy = jnp.asarray(np.random.default_rng(1).standard_normal(convolve(x, w).shape), "float32")

    def by_kernel(x, dy):
        return jax.linear_transpose(lambda w: convolve(x, w), w)(dy)[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few_channels, "LEAST_TAPS", least)
        count = replaced(few_channels.rewrite, NAME, by_kernel, x, dy)
    assert count == (np.prod(case["kernel"]) >= least)


def gradient(n=1, size=12, seen=16, made=3, kernel=3, stride=1, groups=1, dtype="float32"):
    """How many of the operations of a layer and its two gradients are replaced."""
    x = jnp.ones((n, size, size, seen), dtype)
    w = jnp.ones((kernel, kernel, seen // groups, made), dtype)
    convolve = functools.partial(
        lax.conv_general_dilated,
        window_strides=(stride, stride),
        padding="SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
    )

    def both(x, w):
        y, back = jax.vjp(convolve, x, w)
        return back(y)

    program = jax.make_jaxpr(both)(x, w)
    return str(rewritten(program, few_channels.rewrite)).count(f"name={NAME}")


def test_what_is_replaced():
    assert gradient() == 1
    assert gradient(made=few_channels.FEW) == 0  # many channels
    assert gradient(kernel=1) == 0  # a product already
    assert gradient(kernel=7, made=4) == 0  # more rows than it is quick for
    assert gradient(stride=2) == 0
    assert gradient(seen=6, groups=3, made=3) == 0
    assert gradient(dtype="bfloat16") == 0
    assert gradient(size=3, kernel=3) == 0  # which of the two is the kernel?


def test_what_would_take_too_much_memory_is_left(monkeypatch):
    monkeypatch.setattr(few_channels, "MOST_NUMBERS", 9 * 3 * 12 * 12 - 1)
    assert gradient() == 0


def net():
    """The end of a generator of pictures."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    body = [
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(3, 5, padding="same", activation="tanh"),
        layers.GlobalAveragePooling2D(),
    ]
    return keras.Sequential([keras.Input((12, 12, 4)), *body])


def test_a_hundred_steps_take_the_same_way():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 12, 12, 4)).astype("float32")
    y = rng.integers(0, 3, 8)
    off = {"onednn_convolution": False}
    theirs, without = trained(net(), x, y, few_channels_gradient=False, **off)
    ours, program = trained(net(), x, y, few_channels_gradient=True, **off)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)
    assert theirs[-1] < theirs[0]
    assert NAME in program
    assert NAME not in without


def test_second_derivatives():
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.standard_normal((2, 10, 10, 8)), "float32")
    w = jnp.asarray(rng.standard_normal((3, 3, 8, 2)) / 8, "float32")

    def penalty(x, w):
        with gt.GradientTape() as outer:
            outer.watch(x)
            with gt.GradientTape() as inner:
                inner.watch(w)
                numbers = ("NHWC", "HWIO", "NHWC")
                y = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=numbers)
                y = jnp.sum(jnp.tanh(y))
            size = jnp.sum(inner.gradient(y, w) ** 2)
        return outer.gradient(size, x)

    results = []
    for on in (False, True):
        gt.passes(few_channels_gradient=on, onednn_convolution=False)
        step = gt.function(lambda x, w: penalty(x, w))
        results.append(np.asarray(step(x, w)))
        assert (NAME in str(step.program(x, w))) == on
    np.testing.assert_allclose(*results, rtol=0, atol=1e-5 * np.abs(results[0]).max())
