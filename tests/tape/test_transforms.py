"""Tapes around, inside and between JAX' own transformations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape as gt


def gradient(function, *args, persistent=False):
    """The tape's gradient of ``sum(function(*args))`` in all arguments."""
    with gt.GradientTape(persistent=persistent) as tape:
        tape.watch(args)
        y = function(*args)
    return tape.gradient(y, args)


def expect_as_jax(function, *args, **tolerance):
    expected = jax.grad(lambda *a: jnp.sum(function(*a)), tuple(range(len(args))))(*args)
    for way in (lambda f: f, gt.function, jax.jit):
        got = way(lambda *a: gradient(function, *a))(*args)
        for g, e in zip(got, expected, strict=True):
            np.testing.assert_allclose(g, e, **{"rtol": 1e-5, "atol": 1e-6, **tolerance})


X = jnp.array([0.3, -0.7, 1.1])
W = jnp.array([[0.5, -0.2, 0.1], [0.0, 0.8, -0.4], [0.3, 0.3, 0.9]])


@jax.custom_jvp
def tripled(x):
    return jnp.sin(x)


@tripled.defjvp
def _(primals, tangents):
    return jnp.sin(primals[0]), 3.0 * tangents[0]  # not the truth, to tell it from the rule of sin


@jax.custom_vjp
def clipped(x, limit):
    return x * 1.0


clipped.defvjp(
    lambda x, limit: (x * 1.0, limit), lambda limit, g: (jnp.clip(g, -limit, limit), None)
)


@jax.custom_jvp
def reversal(x):
    return x


@reversal.defjvp
def _(primals, tangents):
    return primals[0], -tangents[0]


def looped(x, w):
    def body(carry, row):
        carry = jnp.tanh(carry @ w + row)
        return carry, carry * row

    carry, out = jax.lax.scan(body, x, w)
    return carry.sum() + out.sum()


def closed_over(x, w):
    """The loop's body uses `w` without being handed it."""
    carry, _ = jax.lax.scan(lambda c, _: (jnp.tanh(w @ c), None), x, None, length=3)
    return carry


def branched(x, w):
    return jax.lax.cond(x[0] > 0, lambda x: jnp.sin(w @ x), lambda x: jnp.cos(x), x)


def switched(x, w):
    return jax.lax.switch(2, [lambda: x, lambda: w @ x, lambda: jnp.exp(w) @ x])


def remat(x, w):
    return jax.checkpoint(lambda x, w: jnp.sin(w @ jnp.sin(x)))(x, w)


def mapped(x, w):
    return jax.vmap(lambda row: jnp.dot(row, x) ** 2)(w)


def mapped_closure(x, w):
    return jax.vmap(lambda i: jnp.sin(w @ x * i))(jnp.arange(3.0))


def jitted(x, w):
    return jax.jit(lambda x, w: w @ x)(x, w) ** 2


def jitted_closure(x, w):
    return jax.jit(lambda i: jnp.sin(w @ x) * i)(2.0)


def jitted_twice(x, w):
    inner = jax.jit(lambda: jnp.sin(x))
    return jax.jit(lambda i: w @ inner() * i)(2.0)


def forwarded(x, w):
    a, b = jax.jit(lambda x: (x, 2 * x))(x)
    return a * b + w.sum()


def repeated_output(x, w):
    a, b = jax.jit(lambda x: (lambda y: (y, y))(jnp.sin(x)))(x)
    return a * b + w.sum()


def with_jvp_rule(x, w):
    return tripled(w @ x)


def with_vjp_rule(x, w):
    return clipped(w @ x, 0.5) ** 2


def inner_grad(x, w):
    return jax.grad(lambda x: jnp.sum(jnp.sin(w @ x)))(x)


def inner_jacobian(x, w):
    return jax.jacfwd(lambda x: jnp.sin(w @ x))(x)


def inner_linearize(x, w):
    y, tangent = jax.jvp(lambda x: jnp.sin(w @ x), (x,), (x * 2.0,))
    return y * tangent


def sorting(x, w):
    return jnp.sort(w @ x) * jnp.arange(3.0)


def indexing(x, w):
    return w[jnp.argmax(x)].at[1].add(x[0] ** 2) * x


def linear_algebra(x, w):
    return jnp.linalg.solve(w @ w.T + jnp.eye(3), x) + jnp.linalg.slogdet(w + 2 * jnp.eye(3))[1]


FUNCTIONS = [
    looped, closed_over, branched, switched, remat, mapped, mapped_closure, jitted,
    jitted_closure, jitted_twice, forwarded, repeated_output, with_jvp_rule, with_vjp_rule,
    inner_grad, inner_jacobian, inner_linearize, sorting, indexing, linear_algebra,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradient_is_that_of_jax(function):
    expect_as_jax(function, X, W)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradient_twice_over_is_that_of_jax(function):
    """The gradient's own gradient, with the two tapes watching different things."""
    if function is with_vjp_rule:
        pytest.skip("clipping has no second derivative worth testing")

    def square(x, w):
        return sum(jnp.sum(g * g) for g in jax.grad(lambda *a: function(*a).sum(), (0, 1))(x, w))

    with gt.GradientTape() as outer:
        outer.watch(X)
        with gt.GradientTape() as inner:
            inner.watch([X, W])
            y = function(X, W)
        both = inner.gradient(y, [X, W], unconnected_gradients="zero")
        penalty = sum(jnp.sum(g * g) for g in both)
    got = outer.gradient(penalty, X, unconnected_gradients="zero")
    np.testing.assert_allclose(got, jax.grad(square)(X, W), rtol=1e-4, atol=1e-5)


def test_forward_through_a_while_loop():
    def halve(x):
        return jax.lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, c[1] / 2), (0, x))[1]

    with gt.GradientTape() as tape:
        tape.watch(X)
        y = jnp.sum(X * X) + halve(jnp.float32(8.0))
    assert float(y) == pytest.approx(float(jnp.sum(X * X)) + 1.0)
    np.testing.assert_allclose(tape.gradient(y, X), 2 * X)


@pytest.mark.parametrize("transform", [jax.jit, jax.vmap, jax.checkpoint, gt.function])
def test_a_tape_inside_a_transformation(transform):
    def per_row(row):
        with gt.GradientTape() as tape:
            tape.watch(row)
            y = jnp.sum(jnp.sin(row) * row)
        return tape.gradient(y, row)

    expected = jnp.cos(W) * W + jnp.sin(W)
    np.testing.assert_allclose(transform(per_row)(W), expected, rtol=1e-6)


def test_a_tape_inside_a_scan():
    def body(x, _):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum((x - 1.0) ** 2)
        return x - 0.25 * tape.gradient(y, x), y

    x, losses = jax.lax.scan(body, X, None, length=8)
    np.testing.assert_allclose(x, 1.0 + (X - 1.0) * 0.5**8, rtol=1e-5)
    assert losses[-1] < losses[0]


def test_jax_grad_around_a_tape():
    def penalty(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum(x**3)
        return jnp.sum(tape.gradient(y, x) ** 2)  # 9 x⁴

    np.testing.assert_allclose(jax.grad(penalty)(X), 36 * X**3, rtol=1e-5)


def test_reversal_then_direct_use():
    """The identity with a rule of its own must not be mistaken for its input."""

    def function(x, w):
        return reversal(x) * 5.0 + x * 2.0 + w.sum() * 0.0

    expect_as_jax(function, X, W)


def test_integer_arguments_pass_through():
    indices = jnp.array([2, 0])
    with gt.GradientTape() as tape:
        tape.watch(X)
        y = jnp.take(X, indices) * jnp.argsort(X)[:2]
    expected = jax.grad(lambda x: jnp.sum(jnp.take(x, indices) * jnp.argsort(x)[:2]))(X)
    np.testing.assert_allclose(tape.gradient(y, X), expected)


class TestRulesWithStateOfTheUsers:
    """What a rule's closure holds when the tape is asked must not matter; only what it held."""

    def test_the_forward_pass_keeps_what_it_saw(self):
        state = {"scale": 2.0}

        @jax.custom_vjp
        def scaled(x):
            return x * state["scale"]

        scaled.defvjp(lambda x: (x * state["scale"], state["scale"]), lambda scale, g: (g * scale,))
        with gt.GradientTape() as tape:
            tape.watch(X)
            y = scaled(X)
        state["scale"] = 5.0
        np.testing.assert_allclose(tape.gradient(y, X), [2.0, 2.0, 2.0])

    @pytest.mark.parametrize("scale", [2.0, 7.0])
    def test_each_call_uses_its_own(self, scale):
        @jax.custom_jvp
        def scaled(x):
            return x * scale

        scaled.defjvp(lambda p, t: (scaled(*p), t[0] * scale))
        np.testing.assert_allclose(gradient(scaled, X)[0], [scale] * 3)

    def test_one_function_with_changing_state(self):
        state = {"scale": 1.0}

        @jax.custom_jvp
        def scaled(x):
            return x * state["scale"]

        scaled.defjvp(lambda p, t: (scaled(*p), t[0] * state["scale"]))
        for state["scale"] in (2.0, 7.0, 11.0):
            np.testing.assert_allclose(gradient(scaled, X)[0], [state["scale"]] * 3)

    def closing_over(self, w):
        @jax.custom_jvp
        def times_w(x):
            return x * w

        times_w.defjvp(lambda p, t: (p[0] * w, t[0] * w))
        return times_w

    def test_a_rule_that_closes_over_a_watched_tensor_is_refused(self):
        w = jnp.float32(3.0)
        with gt.GradientTape() as tape, pytest.raises(TypeError) as caught:
            tape.watch([X, w])
            self.closing_over(w)(X)
        text = str(caught.value)
        assert "closes over a tensor that the tape follows" in text
        assert "float32[]" in text
        assert "pass it as an argument" in text
        assert f"At: {__file__}:" in text

    def test_a_rule_that_closes_over_what_nobody_watches_is_fine(self):
        w = jnp.float32(3.0)
        with gt.GradientTape() as tape:
            tape.watch([X, w])
            y = self.closing_over(gt.stop_gradient(w))(X)
        np.testing.assert_allclose(tape.gradient(y, X), [3.0] * 3)
