"""Gradients of the user's own in eager code: what lies between them stays compiled."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glasstape as gt
from glasstape.tape import pullbacks, reverse


@gt.custom_gradient
def tripled(x):
    return jnp.sin(x), lambda dy: 3.0 * dy * jnp.cos(x)


@jax.custom_jvp
def tripled_in_jax(x):
    return jnp.sin(x)


@tripled_in_jax.defjvp
def _(primals, tangents):
    (x,), (t,) = primals, tangents
    return jnp.sin(x), 3.0 * jnp.cos(x) * t


@pytest.fixture
def linearized(monkeypatch):
    """The operations whose pullback is made, which a compiled walk does once."""
    names = []
    original = pullbacks.linearize

    def noting(operation, args, wrt):
        names.append(operation.title)
        return original(operation, args, wrt)

    monkeypatch.setattr(pullbacks, "linearize", noting)
    return names


def test_only_the_users_own_is_made_anew(linearized):
    w = gt.Variable(jnp.ones((3, 3)))
    x = jnp.arange(3.0)

    def step():
        with gt.GradientTape() as tape:
            y = jnp.tanh(w @ x)
            y = tripled(y) * jnp.exp(y)
            y = jnp.sum(jnp.tanh(w @ y))
        return tape.gradient(y, w)

    first = step()
    linearized.clear()
    programs = len(reverse.PROGRAMS)
    np.testing.assert_array_equal(step(), first)
    assert linearized == ["tripled"]
    assert len(reverse.PROGRAMS) == programs

    def loss(w):
        y = jnp.tanh(w @ x)
        y = tripled_in_jax(y) * jnp.exp(y)
        return jnp.sum(jnp.tanh(w @ y))

    np.testing.assert_allclose(first, jax.grad(loss)(w.value), rtol=1e-5)


def test_a_gradient_that_changes_from_call_to_call_is_the_one_of_the_call():
    x = jnp.float32(2.0)
    for factor in (1.0, 5.0, 7.0):

        @gt.custom_gradient
        def scaled(x, factor=factor):
            return x * 1.0, lambda dy: dy * factor

        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.square(scaled(jnp.square(x)))
        assert float(tape.gradient(y, x)) == 2 * 4.0 * factor * 4.0


# A net: each entry is (operation, two earlier values it reads).
OPERATIONS = {
    "mul": (lambda a, b: a * b, lambda a, b: a * b),
    "tanh": (lambda a, b: jnp.tanh(a) + b, lambda a, b: jnp.tanh(a) + b),
    "own": (lambda a, b: tripled(a) - b, lambda a, b: tripled_in_jax(a) - b),
    "own only": (lambda a, b: tripled(a), lambda a, b: tripled_in_jax(a)),
}
NETS = st.lists(
    st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=8,
)


def run(net, sources, number):
    values = list(sources)
    for name, first, second in net:
        own = OPERATIONS[name][number]
        values.append(own(values[first % len(values)], values[second % len(values)]))
    return values


@settings(max_examples=40)
@given(NETS, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_random_nets_against_jax(net, first, second, between):
    sources = jnp.float32(0.7), jnp.float32(-0.4)

    def total(values):
        return values[first % len(values)], values[second % len(values)]

    with gt.GradientTape() as tape:
        tape.watch(sources)
        values = run(net, sources, 0)
        targets = list(total(values))
    middle = values[between % len(values)]
    got = tape.gradient(targets, [*sources, middle], unconnected_gradients="zero")

    def loss(sources, nudge):
        values = list(sources)
        values = [v + nudge if i == between % len(net_values) else v for i, v in enumerate(values)]
        for name, a, b in net:
            value = OPERATIONS[name][1](values[a % len(values)], values[b % len(values)])
            values.append(value + nudge if len(values) == between % len(net_values) else value)
        return sum(total(values))

    net_values = values
    of_sources, of_middle = jax.grad(loss, (0, 1))(sources, jnp.float32(0.0))
    np.testing.assert_allclose(got[:2], of_sources, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got[2], of_middle, rtol=1e-4, atol=1e-5)


def test_a_keras_model_with_an_activation_of_its_own(linearized):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(8, activation=tripled),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(1, activation=tripled),
        ]
    )
    optimizer = keras.optimizers.Adam()
    x = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")

    def step():
        with gt.GradientTape() as tape:
            loss = keras.ops.mean(keras.ops.square(model(x)))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return float(loss)

    losses = [step()]
    linearized.clear()
    losses += [step() for _ in range(5)]
    assert linearized == ["tripled"] * 10
    assert losses[-1] < losses[0]
