"""What a loop hands to its derivative is recomputed there, and nothing else is changed."""

import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from glasstape.compiler.passes import residuals
from glasstape.ports import jax_scan
from glasstape.ports.jax_program import rewritten
from tests.compiler.passes.comparison import check_same, trained

UNITS = 4
# So many arrays a round an LSTM leaves less, at least.
FEWER = 3


def stacks(program):
    """How many arrays each loop stacks up, from the first one on."""
    found = []

    def look(equation):
        if equation.name == "scan":
            found.append(len(equation.outputs) - jax_scan.counts(equation).carried)

    rewritten(program, look)
    return found


def fewer(function, *arguments):
    """The stacks before and after the pass, whose results must stay the same."""
    program = jax.make_jaxpr(function)(*arguments)
    new = residuals.rewrite(program)
    check_same(function, new, *arguments)
    return stacks(program), stacks(new)


def lstm(w, u, xs, reverse=False, start=0.0):
    """The state at the end and in between."""

    def round_(carry, x):
        h, c = carry
        i, f, g, o = jnp.split(x @ w + h @ u, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zero = jnp.full((xs.shape[1], UNITS), start)
    (h, _), all_ = lax.scan(round_, (zero, zero), xs, reverse=reverse)
    return h, all_


def loss(w, u, xs, **how):
    h, all_ = lstm(w, u, xs, **how)
    return jnp.sum(h**2) + jnp.sum(jnp.sin(all_))


def arrays(time=5, batch=3, seen=2):
    rng = np.random.default_rng(0)
    shapes = (seen, 4 * UNITS), (UNITS, 4 * UNITS), (time, batch, seen)
    return [jnp.asarray(rng.standard_normal(s), "float32") for s in shapes]


@settings(max_examples=6, deadline=None)
@given(
    st.integers(0, 6),
    st.integers(1, 4),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from([0, 0.5]),
)
def test_an_lstm_leaves_what_cannot_be_computed_from_the_rest(time, batch, seen, reverse, start):
    gradients = jax.grad(functools.partial(loss, reverse=reverse, start=start), (0, 1, 2))
    before, after = fewer(gradients, *arrays(time, batch, seen))
    # JAX 0.10 leaves 12 residuals, of which four gates, tanh(c), h and c remain; 0.12 leaves fewer.
    assert before[0] - after[0] >= FEWER


def test_layers_on_one_another_second_derivatives_and_batches():
    def deep(w, u, xs):
        return loss(w[:1].repeat(UNITS, 0), u, lstm(w, u, xs)[1])

    before, after = fewer(jax.grad(deep, (0, 1, 2)), *arrays())
    assert all(new <= old - FEWER for old, new in zip(before[:2], after[:2], strict=True))
    penalty = lambda w, u, xs: jnp.sum(jax.grad(loss, 2)(w, u, xs) ** 2)  # noqa: E731
    before, after = fewer(jax.grad(penalty, (0, 1)), *arrays())
    assert sum(after) < sum(before)
    w, u, xs = arrays()
    both = jnp.stack([xs, jnp.sin(xs)])
    before, after = fewer(jax.vmap(jax.grad(loss, (0, 1)), (None, None, 0)), w, u, both)
    assert after[0] < before[0]


def test_a_loop_within_a_jitted_function_and_one_within_a_loop():
    gradients = jax.grad(loss)
    before, after = fewer(jax.jit(gradients), *arrays())
    assert after[0] < before[0]

    def steps(w, u, xs):
        return lax.fori_loop(0, 3, lambda _, w: w - 0.1 * gradients(w, u, xs), w)

    before, after = fewer(steps, *arrays())
    assert sum(after) <= sum(before) - FEWER


def two_loops(make, read, others=lambda made: ()):
    """A loop that stacks up what `make` gives, and one that reads it."""

    def function(xs):
        _, made = lax.scan(lambda c, x: (c, make(x)), 0.0, xs)
        back = lax.scan(lambda c, row: (c + read(*row), None), jnp.zeros(UNITS), made)[0]
        return back, others(made)

    return fewer(function, jnp.asarray(np.random.default_rng(0).standard_normal((5, UNITS)), "f4"))


def test_what_needs_a_row_that_the_reader_has_not_had_is_read_instead():
    def make(x):
        y = jnp.tanh(x)
        return y * 2, y

    assert two_loops(make, lambda a, b: a * b) == ([2, 0], [1, 0])
    # What it is made of are the first loop's own rows: one is read instead of the other.
    assert two_loops(lambda x: (x * 2,), lambda a: a) == ([1, 0], [0, 0])


@pytest.mark.parametrize(
    ("make", "read", "others"),
    [
        (lambda x: (jnp.tanh(x), x), lambda a, b: a * b, lambda made: made),  # a result, too
        (lambda x: (jnp.tanh(x),), lambda a: a, lambda made: ()),  # costs more than reading it
        (lambda x: (jnp.sum(x) * jnp.ones(UNITS),), lambda a: a, lambda made: ()),
        (lambda x: (x * 2,), lambda a: a, lambda made: made[0][::-1]),  # read whole
        (lambda x: ((x > 0).astype("int32"),), lambda a: 1.0 * a, lambda made: ()),
    ],
)
def test_what_is_not_cheap_or_read_otherwise_stays(make, read, others):
    before, after = two_loops(make, read, others)
    assert before == after


def test_a_long_chain_stays():
    def chain(x, links):
        y = jnp.tanh(x)
        made = y
        for _ in range(links):
            made = made * 0.5 + 1.0
        return y, made

    read = lambda a, b: a * b  # noqa: E731
    assert two_loops(lambda x: chain(x, residuals.MOST // 2), read)[1] == [1, 0]
    assert two_loops(lambda x: chain(x, residuals.MOST), read)[1] == [2, 0]


def test_a_program_without_such_loops_is_the_same_object():
    program = jax.make_jaxpr(lambda xs: lax.scan(lambda c, x: (c + x, x * 2), 0.0, xs))(jnp.ones(3))
    assert residuals.rewrite(program) is program


@pytest.mark.parametrize("cell", ["LSTM", "GRU", "SimpleRNN"])
def test_a_recurrent_layer_trains_as_without(cell):
    losses = {}
    for on in (False, True):
        keras.utils.set_random_seed(0)
        layer = getattr(keras.layers, cell)
        model = keras.Sequential([layer(6, return_sequences=True), layer(5), keras.layers.Dense(3)])
        rng = np.random.default_rng(0)
        x, y = rng.standard_normal((8, 7, 4)).astype("float32"), np.arange(8) % 3
        losses[on], program = trained(model, x, y, recomputed_residuals=on)
        # JAX 0.12 has a SimpleRNN leave nothing that could be computed.
        if not on or cell != "SimpleRNN":
            assert ("recomputed_residuals" in program) == on
    np.testing.assert_allclose(losses[True], losses[False], rtol=1e-3)
