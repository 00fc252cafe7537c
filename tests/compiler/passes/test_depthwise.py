"""A depthwise convolution by its places is the one XLA computes, and so are its gradients."""

import functools
from unittest import mock

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from jax import lax

import glasstape as gt
from glasstape.compiler.passes import depthwise
from glasstape.ports.jax_program import rewritten
from tests.compiler.passes.comparison import replaced

LAYOUTS = {
    1: [("NHC", "HIO", "NHC"), ("NCH", "OIH", "NCH")],
    2: [("NHWC", "HWIO", "NHWC"), ("NCHW", "OIHW", "NCHW"), ("HWNC", "OHWI", "CHNW")],
    3: [("NHWDC", "HWDIO", "NHWDC")],
}


def arranged(letters, sizes):
    return tuple(sizes[letter] for letter in letters)


def of_images(x, w, groups, step=1):
    """A convolution as a layer makes it."""
    return lax.conv_general_dilated(
        x, w, (step, step), "SAME", dimension_numbers=LAYOUTS[2][0], feature_group_count=groups
    )


@st.composite
def convolutions(draw):
    """A depthwise convolution and arrays it can be called with."""
    layout = draw(st.sampled_from([names for all_ in LAYOUTS.values() for names in all_]))
    letters = layout[1].replace("I", "").replace("O", "")
    channels, images = draw(st.integers(2, 5)), draw(st.integers(1, 3))
    kernel = {s: draw(st.integers(1, 3)) for s in letters}
    dilation = [draw(st.integers(1, 2)) for _ in letters]
    stride = [draw(st.integers(1, 3)) for _ in letters]
    padding = [(draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in letters]
    space = {
        s: (kernel[s] - 1) * d + draw(st.integers(1, 5))
        for s, d in zip(letters, dilation, strict=True)
    }
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.normal(size=arranged(layout[0], space | {"N": images, "C": channels}))
    w = rng.normal(size=arranged(layout[1], kernel | {"I": 1, "O": channels}))

    def convolve(x, w):
        return lax.conv_general_dilated(
            x,
            w,
            stride,
            padding,
            rhs_dilation=dilation,
            dimension_numbers=layout,
            feature_group_count=channels,
        )

    return convolve, jnp.asarray(x, jnp.float32), jnp.asarray(w, jnp.float32)


equal = functools.partial(replaced, depthwise.rewrite, "depthwise_convolution")


@given(convolutions(), st.booleans())
def test_forward_and_both_gradients(drawn, by_rows):
    convolve, x, w = drawn
    assert equal(convolve, x, w) == 1

    def gradients(x, w):
        return jax.grad(lambda x, w: jnp.sin(convolve(x, w)).sum(), (0, 1))(x, w)

    with mock.patch.object(depthwise, "MANY", 0 if by_rows else depthwise.MANY):
        assert equal(gradients, x, w) == 3


def test_gradients_of_gradients_and_batches():
    x, w = np.ones((2, 6, 6, 3), np.float32), np.ones((3, 3, 1, 3), np.float32)

    def convolve(x, w):
        return of_images(x, w, 3, step=2)

    def penalty(x, w):
        slope = jax.grad(lambda x: jnp.sin(convolve(x, w)).sum())(x)
        return (slope**2).sum()

    assert equal(jax.grad(penalty, (0, 1)), x, w) >= 3
    equal(jax.vmap(convolve, (0, None)), x[:, None], w)


@pytest.mark.parametrize(
    ("channels", "groups", "made", "dtype"),
    [(4, 2, 4, "float32"), (4, 4, 8, "float32"), (4, 1, 4, "float32"), (4, 4, 4, "bfloat16")],
)
def test_others_are_left_alone(channels, groups, made, dtype):
    x, w = jnp.ones((1, 5, 5, channels), dtype), jnp.ones((3, 3, channels // groups, made), dtype)
    program = jax.make_jaxpr(lambda x, w: of_images(x, w, groups))(x, w)
    assert rewritten(program, depthwise.rewrite) is program


def test_a_large_kernel_is_left_alone():
    x, w = jnp.ones((1, 9, 9, 4)), jnp.ones((8, 8, 1, 4))
    program = jax.make_jaxpr(lambda x, w: of_images(x, w, 4))(x, w)
    assert rewritten(program, depthwise.rewrite) is program


def test_it_is_in_a_step():
    x, w = jnp.ones((1, 8, 8, 4)), gt.Variable(np.ones((3, 3, 1, 4), np.float32))

    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            y = of_images(x, w.value, 4)
            loss = (y**2).sum()
        return tape.gradient(loss, w)

    gt.passes(onednn_convolution=False)
    assert str(step.program(x)).count("name=depthwise_convolution") >= 2
