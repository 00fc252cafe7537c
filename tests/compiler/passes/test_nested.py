"""Convolutions in loops and branches are turned around, and give the same numbers."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import glasstape as gt
from glasstape.compiler.passes import nested
from tests.compiler.passes.comparison import replaced

LAYOUTS = {
    1: [("NHC", "HIO", "NHC"), ("NCH", "OIH", "HNC")],
    2: [("NHWC", "HWOI", "NHWC"), ("NCHW", "OIHW", "NCHW"), ("HWNC", "OHWI", "CHNW")],
    3: [("NHWDC", "HWDIO", "NHWDC"), ("CDNHW", "IDOHW", "DHWCN")],
}
NAMES = [names for all_ in LAYOUTS.values() for names in all_]
SIZES = {"N": 2, "C": 4, "H": 7, "W": 6, "D": 5}
CANONICAL = ("NHC", "HIO", "NHC"), ("NHWDC", "HWDIO", "NHWDC")


def arrays(layout, groups=1):
    rng = np.random.default_rng(0)
    kernel = {"I": 4 // groups, "O": 6, "H": 3, "W": 2, "D": 2}
    return [
        jnp.asarray(rng.normal(size=[sizes[s] for s in letters]), "float32")
        for letters, sizes in ((layout[0], SIZES), (layout[1], kernel))
    ]


def convolution(layout, groups=1):
    space = len(layout[0]) - 2

    def convolve(x, w):
        return lax.conv_general_dilated(
            x,
            w,
            [2, 1, 1][:space],
            [(1, 0), (2, 1), (0, 0)][:space],
            rhs_dilation=[1, 2, 1][:space],
            dimension_numbers=layout,
            feature_group_count=groups,
        )

    return convolve


def in_a_loop(function):
    """Twice the result, by a loop of two rounds."""

    def run(*arguments):
        zeros = jax.tree.map(jnp.zeros_like, jax.eval_shape(function, *arguments))
        add = lambda _, found: jax.tree.map(jnp.add, found, function(*arguments))  # noqa: E731
        return lax.fori_loop(0, 2, add, zeros)

    return run


def in_a_branch(function):
    return lambda *arguments: lax.cond(
        arguments[0].sum() > -1e9, function, lambda *a: function(*a), *arguments
    )


equal = functools.partial(replaced, nested.rewrite, "turned_convolution")


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("layout", NAMES, ids="-".join)
def test_forward_and_both_gradients(layout, groups):
    convolve, given = convolution(layout, groups), arrays(layout, groups)

    def gradients(x, w):
        return jax.grad(lambda x, w: jnp.sin(convolve(x, w)).sum(), (0, 1))(x, w)

    assert equal(in_a_loop(convolve), *given) == (layout not in CANONICAL)
    assert equal(in_a_loop(gradients), *given) >= 2
    assert equal(in_a_branch(convolve), *given) == 2 * (layout not in CANONICAL)


def test_outside_of_loops_xla_turns_them_around_itself():
    layout = LAYOUTS[2][1]
    assert equal(convolution(layout), *arrays(layout)) == 0


def test_the_gradient_in_a_loop_of_a_step():
    layout = ("NHWC", "HWIO", "NHWC")
    x, w = arrays(layout)
    convolve = convolution(layout)

    @gt.function
    def step(x, rounds):
        while rounds > 0:
            with gt.GradientTape() as tape:
                tape.watch(x)
                loss = jnp.sum(jnp.square(convolve(x, w)))
            x = x - 0.001 * tape.gradient(loss, x)
            rounds = rounds - 1
        return x

    expected = x
    for _ in range(3):
        expected = expected - 0.001 * jax.grad(lambda x: jnp.sum(convolve(x, w) ** 2))(expected)
    np.testing.assert_allclose(step(x, jnp.int32(3)), expected, rtol=1e-5, atol=1e-6)
    assert "name=turned_convolution" in str(step.program(x, jnp.int32(3)))
