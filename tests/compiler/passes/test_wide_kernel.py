"""A convolution whose kernel has more places than the images is the one XLA computes."""

import functools
import math

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given
from jax import lax

import glasstape as gt
from glasstape.compiler.passes import wide_kernel
from glasstape.ports.jax_program import rewritten
from tests.compiler.passes.comparison import replaced

LAYOUTS = {
    1: [("NHC", "HIO", "NHC"), ("NCH", "OIH", "HNC")],
    2: [("NHWC", "HWIO", "NHWC"), ("NCHW", "OIHW", "NCHW"), ("HWNC", "OHWI", "CHNW")],
    3: [("NHWDC", "HWDIO", "NHWDC")],
}
CHANNELS_LAST = LAYOUTS[2][0]


def arranged(letters, sizes):
    return tuple(sizes[letter] for letter in letters)


@st.composite
def convolutions(draw):
    """A convolution with a kernel that is the larger one, and arrays it can be called with."""
    layout = draw(st.sampled_from([names for all_ in LAYOUTS.values() for names in all_]))
    letters = layout[1].replace("I", "").replace("O", "")
    kernel = {s: draw(st.integers(1, 4)) for s in letters}
    images = {s: draw(st.integers(1, 4)) for s in letters}
    taps = math.prod(kernel.values())
    assume(math.prod(images.values()) < taps <= wide_kernel.MOST_TAPS)
    dilation = [draw(st.integers(1, 2)) for _ in letters]
    stride = (
        [draw(st.integers(1, 3)) for _ in letters] if draw(st.booleans()) else [1] * len(letters)
    )
    between = [draw(st.integers(1, 3)) for _ in letters]
    low = [draw(st.integers(-1, 3)) for _ in letters]
    # As many zeros as one place of the kernel needs, and a few more.
    reach = [
        (kernel[s] - 1) * d - (images[s] - 1) * b
        for s, d, b in zip(letters, dilation, between, strict=True)
    ]
    high = [
        max(r - before, -1) + draw(st.integers(0, 3)) for r, before in zip(reach, low, strict=True)
    ]
    count, seen, made = (draw(st.integers(1, 3)) for _ in range(3))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.normal(size=arranged(layout[0], images | {"N": count, "C": seen}))
    w = rng.normal(size=arranged(layout[1], kernel | {"I": seen, "O": made}))

    def convolve(x, w):
        return lax.conv_general_dilated(
            x,
            w,
            stride,
            list(zip(low, high, strict=True)),
            lhs_dilation=between,
            rhs_dilation=dilation,
            dimension_numbers=layout,
        )

    x, w = jnp.asarray(x, jnp.float32), jnp.asarray(w, jnp.float32)
    assume(jax.eval_shape(convolve, x, w).size)
    return convolve, x, w


equal = functools.partial(replaced, wide_kernel.rewrite, "wide_kernel_convolution")


@given(convolutions())
def test_forward_and_both_gradients(drawn):
    convolve, x, w = drawn
    assert equal(convolve, x, w) == 1
    gradients = jax.grad(lambda x, w: jnp.sin(convolve(x, w)).sum(), (0, 1))
    assert equal(gradients, x, w) >= 1


def strided(x, w, step=2, **options):
    """A convolution as a discriminator ends with."""
    return lax.conv_general_dilated(
        x, w, (step, step), "SAME", dimension_numbers=CHANNELS_LAST, **options
    )


def ones(images, kernel, channels=3, made=2, dtype="float32"):
    return jnp.ones((2, *images, channels), dtype), jnp.ones((*kernel, channels, made), dtype)


def test_gradients_of_gradients_and_batches():
    rng = np.random.default_rng(0)
    x, w = (jnp.asarray(rng.normal(size=a.shape), "float32") for a in ones((4, 4), (5, 5)))

    def penalty(x, w):
        slope = jax.grad(lambda x: jnp.sin(strided(x, w)).sum())(x)
        return (slope**2).sum()

    # Forward, by the input, and both once more of what these bring.
    assert equal(jax.grad(penalty, (0, 1)), x, w) >= 4
    assert equal(jax.vmap(strided, (0, None)), x[:, None], w) == 1


@pytest.mark.parametrize(
    ("images", "kernel", "dtype", "groups"),
    [
        ((5, 5), (5, 5), "float32", 1),
        ((4, 4), (8, 8), "float32", 1),
        ((4, 4), (5, 5), "bfloat16", 1),
        ((4, 4), (5, 5), "float32", 3),
    ],
)
def test_others_are_left_alone(images, kernel, dtype, groups):
    x, _ = ones(images, kernel, dtype=dtype)
    w = jnp.ones((*kernel, 3 // groups, 3), dtype)
    convolve = functools.partial(strided, feature_group_count=groups)
    program = jax.make_jaxpr(convolve)(x, w)
    assert rewritten(program, wide_kernel.rewrite) is program


def test_it_is_in_a_step():
    x, w = ones((4, 4), (5, 5), 16, 16)
    w = gt.Variable(w)

    @gt.function
    def penalty(x):
        with gt.GradientTape() as outer:
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = (strided(x, w.value) ** 2).sum()
            loss = (tape.gradient(y, x) ** 2).sum()
        return outer.gradient(loss, w)

    gt.passes(onednn_convolution=False)
    assert str(penalty.program(x)).count("name=wide_kernel_convolution") >= 4
