"""Laws of differentiation on random programs."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
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
    "gather": lambda x: x[jnp.array([2, 0, 2])],
    "scan": lambda x: jax.lax.scan(lambda c, a: (jnp.tanh(c + a), c * a), x[0], x)[1],
    "cond": lambda x: jax.lax.cond(x[0] > 0, jnp.sin, lambda x: x * x, x),
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
# Where an example compiles several programs.
FEW = settings(max_examples=min(8, settings.default.max_examples))


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


@FEW
@given(st.lists(PROGRAM, min_size=2, max_size=3), VECTOR)
def test_targets_add_up(programs, x):
    together = gradients(lambda x: [run(p, x) for p in programs], [x])
    each = [gradients(lambda x, p=p: run(p, x), [x])[0] for p in programs]
    close(together, [sum(each)])


@given(PROGRAM, VECTOR, VECTOR, VECTOR, st.floats(-2, 2, width=16))
def test_linearity_in_the_output_gradients(f, x, u, w, a):
    with gt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = run(f, x)
    of_u, of_w, of_both = (tape.gradient(y, x, output_gradients=seed) for seed in (u, w, a * u + w))
    close([of_both], [a * of_u + of_w])


@given(PROGRAM, VECTOR)
def test_a_stopped_argument_leaves_the_partial_derivative(f, x):
    (got,) = gradients(lambda x: run(f, x, gt.stop_gradient(x)), [x])
    close([got], [jax.grad(lambda x, y: jnp.sum(run(f, x, y)))(x, x)])


@given(PROGRAM, VECTOR, VECTOR)
def test_variables_are_as_good_as_tensors(f, x, y):
    tensors = gradients(lambda x, y: run(f, x, y), [x, y])
    variables = [gt.Variable(x), gt.Variable(y)]
    with gt.GradientTape() as tape:
        z = run(f, *[v.value for v in variables])
    got = tape.gradient(z, variables, unconnected_gradients="zero")
    for a, b in zip(got, tensors, strict=True):
        np.testing.assert_array_equal(a, b)


@FEW
@given(PROGRAM, VECTOR, VECTOR)
def test_compiled_is_as_eager(f, x, y):
    def step(x, y):
        return gradients(lambda x, y: run(f, x, y), [x, y])

    close(gt.function(step)(x, y), step(x, y))


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


@FEW
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


@FEW
@given(PROGRAM, VECTOR)
def test_nested_tapes_are_the_hessian(f, x):
    with gt.GradientTape() as outer:
        outer.watch(x)
        with gt.GradientTape() as inner:
            inner.watch(x)
            y = jnp.sum(run(f, x))
        gradient = inner.gradient(y, x, unconnected_gradients="zero")
    got = outer.jacobian(gradient, x, unconnected_gradients="zero")
    close([got], [jax.hessian(lambda x: jnp.sum(run(f, x)))(x)], rtol=1e-3, atol=1e-4)


@given(PROGRAM, VECTOR)
def test_rows_of_the_jacobian_are_gradients(f, x):
    with gt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = run(f, x)
        entries = [y[i] for i in range(SIZE)]
    rows = [tape.gradient(e, x, unconnected_gradients="zero") for e in entries]
    close([tape.jacobian(y, x, unconnected_gradients="zero")], [jnp.stack(rows)])


@given(PROGRAM, VECTOR)
def test_a_cotangent_is_the_gradient_by_that_value(f, x):
    with gt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = jnp.sum(run(f, x))
    for record, arriving in zip(tape.records, tape.cotangents(y), strict=True):
        for value, cotangent in zip(record.outputs, arriving, strict=True):
            gradient = tape.gradient(y, value)
            assert (gradient is None) == (cotangent is None)
            if gradient is not None:
                close([cotangent], [gradient])


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
