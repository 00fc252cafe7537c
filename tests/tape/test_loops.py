"""Gradients through loops whose number of rounds is not known: against loops where it is."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt

X = jnp.array([0.5, 1.0, 0.25])


def eager(f):
    return f


WAYS = pytest.mark.parametrize("way", [eager, gt.function], ids=["eager", "compiled"])


def loop(rounds):
    """A loop as the tape sees it, and the same with a known number of rounds, a scan to JAX."""

    def unknown(x, w, rounds):
        return jax.lax.while_loop(
            lambda c: c[0] < rounds, lambda c: (c[0] + 1, jnp.sin(c[1] * w) + x * 0.1), (0, x)
        )[1]

    def known(x, w):
        return jax.lax.fori_loop(0, rounds, lambda _, c: jnp.sin(c * w) + x * 0.1, x)

    return unknown, known


@WAYS
@pytest.mark.parametrize("rounds", [0, 1, 5, 64, 65, 200])
def test_any_number_of_rounds(way, rounds):
    unknown, known = loop(rounds)

    @way
    def run(x, w, rounds):
        with gt.GradientTape() as tape:
            tape.watch([x, w])
            y = jnp.sum(unknown(x, w, rounds) ** 2)
        return tape.gradient(y, [x, w], unconnected_gradients="zero")

    w = jnp.float32(1.1)
    expected = jax.jit(jax.grad(lambda x, w: jnp.sum(known(x, w) ** 2), (0, 1)))(X, w)
    for found, right in zip(run(X, w, jnp.int32(rounds)), expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-6)


@WAYS
def test_the_condition_depends_on_the_values(way):
    @way
    def run(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jax.lax.while_loop(lambda c: jnp.sum(c) < 9, lambda c: c + c * c, x)
        return y, tape.gradient(y, x)

    def written_out(x):
        for _ in range(3):
            x = x + x * x
        return x

    y, found = run(X)
    np.testing.assert_allclose(y, written_out(X), rtol=1e-6)  # it does take three rounds
    expected = jax.grad(lambda x: jnp.sum(written_out(x)))(X)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@WAYS
def test_second_derivatives(way):
    unknown, known = loop(4)

    @way
    def run(x):
        with gt.GradientTape() as outer:
            outer.watch(x)
            with gt.GradientTape() as inner:
                inner.watch(x)
                y = jnp.sum(unknown(x, 1.1, 4))
            first = inner.gradient(y, x)
        return outer.jacobian(first, x)

    expected = jax.hessian(lambda x: jnp.sum(known(x, 1.1)))(X)
    np.testing.assert_allclose(run(X), expected, rtol=1e-4, atol=1e-5)


def counting_loop(x):
    def inner(c):
        return jax.lax.while_loop(lambda d: d[0] < 2, lambda d: (d[0] + 1, d[1] * x), (0, c))[1]

    return jax.lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, inner(c[1])), (0, x))[1]


INSIDE = {
    "while": counting_loop,  # x ** 7
    "jit": jax.jit(counting_loop),
    "scan": lambda x: jax.lax.scan(lambda c, _: (counting_loop(c), None), x, None, length=1)[0],
    "cond": lambda x: jax.lax.cond(x[0] > 0, counting_loop, lambda x: x, x),
    "checkpoint": jax.checkpoint(counting_loop),
    "function": gt.function(counting_loop),
    "recompute": gt.recompute_grad(counting_loop),
}


@WAYS
@pytest.mark.parametrize("name", INSIDE)
def test_loops_inside(way, name):
    @way
    def run(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = INSIDE[name](x)
        return tape.gradient(y, x)

    np.testing.assert_allclose(run(X), 7 * X**6, rtol=1e-5)


@WAYS
def test_keras_while_loop_with_a_bound(way):
    v = gt.Variable(1.5)

    @way
    def run(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            (y,) = keras.ops.while_loop(
                lambda c: keras.ops.sum(c) < 100, lambda c: (c * v,), (x,), maximum_iterations=3
            )
        return tape.gradient(y, [x, v])

    gx, gv = run(X)
    np.testing.assert_allclose(gx, [1.5**3] * 3, rtol=1e-6)
    np.testing.assert_allclose(gv, 3 * 1.5**2 * float(jnp.sum(X)), rtol=1e-6)


def test_integers_and_constants_without_a_gradient():
    index = jnp.arange(3)

    with gt.GradientTape() as tape:
        tape.watch(X)
        count, y = jax.lax.while_loop(
            lambda c: c[0] < 3, lambda c: (c[0] + 1, c[1] * X[index]), (jnp.int32(0), X)
        )
        z = jnp.sum(y) + count
    np.testing.assert_allclose(tape.gradient(z, X), 4 * X**3, rtol=1e-6)
