"""Laws of differentiation on random programs."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import glasstape as gt

UNARY = {
    "sin": jnp.sin,
    "tanh": jnp.tanh,
    "square": jnp.square,
    "jit exp": jax.jit(lambda x: jnp.exp(0.3 * x)),
    "softplus": jax.nn.softplus,
    "relu": jax.nn.relu,
    "cumsum": jnp.cumsum,
    "reverse": lambda x: x[::-1] * 1.0,
    "remat": jax.checkpoint(lambda x: jnp.cos(x) * x),
}
BINARY = {
    "add": jnp.add,
    "multiply": jnp.multiply,
    "subtract": jnp.subtract,
    "maximum": jnp.maximum,
    "dot": lambda a, b: a * jnp.dot(a, b),
}
SIZE = 3
VECTOR = st.lists(st.floats(-1.0, 1.0, width=16), min_size=SIZE, max_size=SIZE).map(
    # Off the kinks of relu and maximum, where the derivative is a convention.
    lambda v: jnp.asarray(v, "float32") + jnp.array([0.013, 0.029, 0.041])
)
STEP = st.tuples(
    st.sampled_from(sorted(UNARY) + sorted(BINARY)), st.integers(0, 5), st.integers(0, 5)
)
PROGRAM = st.lists(STEP, min_size=1, max_size=6)


def run(program, *inputs):
    """Each step reads earlier values and adds one; the last one is the result."""
    values = list(inputs)
    for name, i, j in program:
        a, b = values[i % len(values)], values[j % len(values)]
        out = UNARY[name](a) if name in UNARY else BINARY[name](a, b)
        values.append(jnp.tanh(out))
    return values[-1]


def gradients(function, inputs, order=None, persistent=False):
    with gt.GradientTape(persistent=persistent) as tape:
        for i in order or range(len(inputs)):
            tape.watch(inputs[i])
        y = function(*inputs)
    return tape.gradient(y, inputs, unconnected_gradients="zero")


def close(got, expected, **tolerance):
    for g, e in zip(got, expected, strict=True):
        np.testing.assert_allclose(g, e, **{"rtol": 1e-4, "atol": 1e-5, **tolerance})


@given(PROGRAM, VECTOR, VECTOR)
def test_any_program_has_jax_gradients(program, x, y):
    expected = jax.grad(lambda x, y: jnp.sum(run(program, x, y)), (0, 1))(x, y)
    close(gradients(lambda x, y: run(program, x, y), [x, y]), expected)


@given(PROGRAM, VECTOR, VECTOR)
def test_finite_differences(program, x, direction):
    def total(x):
        return jnp.sum(run(program, x))

    (got,) = gradients(total, [x])
    step = 1e-2
    difference = (total(x + step * direction) - total(x - step * direction)) / (2 * step)
    np.testing.assert_allclose(jnp.vdot(got, direction), difference, rtol=0.05, atol=0.02)


@given(PROGRAM, PROGRAM, VECTOR, st.floats(-2, 2, width=16), st.floats(-2, 2, width=16))
def test_linearity(f, g, x, a, b):
    (both,) = gradients(lambda x: a * run(f, x) + b * run(g, x), [x])
    (of_f,), (of_g,) = (gradients(lambda x, p=p: run(p, x), [x]) for p in (f, g))
    close([both], [a * of_f + b * of_g])


@given(PROGRAM, PROGRAM, VECTOR)
def test_chain_rule(f, g, x):
    with gt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = run(f, x)
        z = run(g, y)
    whole = tape.gradient(z, x)
    outer = tape.gradient(z, y)
    chained = tape.gradient(y, x, output_gradients=outer)
    close([whole], [chained], rtol=1e-4)


@given(PROGRAM, VECTOR)
def test_uses_add_up(f, x):
    twins = [x, x + 0.0]
    (once,) = gradients(lambda x: run(f, x) * run(f, x), [x])
    first, second = gradients(lambda x, y: run(f, x) * run(f, y), twins)
    close([once], [first + second])


@given(PROGRAM, VECTOR, VECTOR, st.permutations([0, 1]))
def test_the_order_of_watching_does_not_matter(f, x, y, order):
    straight = gradients(lambda x, y: run(f, x, y), [x, y])
    turned = gradients(lambda x, y: run(f, x, y), [x, y], order)
    for a, b in zip(straight, turned, strict=True):
        np.testing.assert_array_equal(a, b)


@given(PROGRAM, VECTOR, VECTOR)
def test_persistent_or_not_is_the_same(f, x, y):
    once = gradients(lambda x, y: run(f, x, y), [x, y])
    kept = gradients(lambda x, y: run(f, x, y), [x, y], persistent=True)
    for a, b in zip(once, kept, strict=True):
        np.testing.assert_array_equal(a, b)


@given(PROGRAM, VECTOR, VECTOR)
def test_nested_tapes_are_hessian_vector_products(f, x, direction):
    def total(x):
        return jnp.sum(run(f, x))

    def product(x):
        with gt.GradientTape() as inner:
            inner.watch(x)
            y = total(x)
        return jnp.vdot(inner.gradient(y, x), direction)

    (got,) = gradients(product, [x])
    close([got], [jax.hessian(total)(x) @ direction], rtol=1e-3, atol=1e-4)


def test_three_tapes_deep():
    x = jnp.float32(0.7)
    with gt.GradientTape() as third, gt.GradientTape() as second, gt.GradientTape() as first:
        for tape in (first, second, third):
            tape.watch(x)
        y = jnp.sin(2 * x)
        d1 = first.gradient(y, x)
        d2 = second.gradient(d1, x)
        d3 = third.gradient(d2, x)
    expected = [2 * np.cos(1.4), -4 * np.sin(1.4), -8 * np.cos(1.4)]
    np.testing.assert_allclose([d1, d2, d3], expected, rtol=1e-5)


def test_three_tapes_deep_each_in_its_own_block():
    v = gt.Variable(0.7)
    with gt.GradientTape() as third:
        with gt.GradientTape() as second:
            with gt.GradientTape() as first:
                y = jnp.exp(3 * v.value)
            d1 = first.gradient(y, v)
        d2 = second.gradient(d1, v)
    d3 = third.gradient(d2, v)
    e = np.exp(2.1)
    np.testing.assert_allclose([d1, d2, d3], [3 * e, 9 * e, 27 * e], rtol=1e-5)


def test_a_wrong_rule_is_noticed():
    """The comparison with finite differences can fail: a rule 1 % off is caught."""

    @jax.custom_jvp
    def almost_sin(x):
        return jnp.sin(x)

    almost_sin.defjvp(lambda p, t: (jnp.sin(p[0]), 1.01 * jnp.cos(p[0]) * t[0]))
    x = jnp.float32(0.3)
    (got,) = gradients(almost_sin, [x])
    step = 1e-2
    difference = (jnp.sin(x + step) - jnp.sin(x - step)) / (2 * step)
    assert abs(float(got / difference) - 1.01) < 1e-3
