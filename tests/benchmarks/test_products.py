"""The work of a step's products, counted against what one counts by hand."""

import jax
import jax.numpy as jnp
import pytest
from benchmarks.case import Case
from benchmarks.rows import roofline

from benchmarks import products


def flops(function, *args):
    return products.flops(jax.make_jaxpr(function)(*args))


LEFT, RIGHT = jnp.ones((2, 3)), jnp.ones((3, 5))


def test_a_product_of_matrices():
    assert flops(lambda a, b: jnp.tanh(a @ b), LEFT, RIGHT) == 2 * 2 * 3 * 5


def test_its_gradients_are_two_more():
    def gradient(a, b):
        return jax.grad(lambda a, b: jnp.sum(jnp.tanh(a @ b)), (0, 1))(a, b)

    assert flops(gradient, LEFT, RIGHT) == 3 * (2 * 2 * 3 * 5)


@pytest.mark.parametrize(("padding", "positions"), [("VALID", 3 * 3 * 9), ("SAME", 13 * 13)])
def test_a_window_counts_where_it_is_inside(padding, positions):
    images, kernel = jnp.ones((4, 5, 5, 2)), jnp.ones((3, 3, 2, 7))

    def convolve(images, kernel):
        numbers = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(
            images, kernel, (1, 1), padding, dimension_numbers=numbers
        )

    assert flops(convolve, images, kernel) == 2 * 4 * positions * 2 * 7


def test_loops_and_branches():
    def program(a, b):
        def body(carry, _):
            return carry @ b, None

        square = jax.lax.scan(body, a @ b.T @ b, None, length=7)[0]
        return jax.lax.cond(jnp.sum(square) > 0, lambda s: s @ b @ b, lambda s: s @ b, square)

    a, b = jnp.ones((2, 4)), jnp.ones((4, 4))
    assert flops(program, a, b) == (2 + 7 + 2) * (2 * 2 * 4 * 4)


def test_a_training_step_of_dense_layers():
    """Forward and by the kernels in both layers, by the input in the second one alone."""
    first, second = (2 * 32 * seen * made for seen, made in [(784, 128), (128, 10)])
    assert roofline._flops(Case("mlp", 32)) == 2 * first + 3 * second
