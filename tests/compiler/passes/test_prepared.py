"""Products by a loop's constants: turned, or joined, once before it."""

import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from glasstape.compiler.passes import joined, turned
from tests.compiler.passes.comparison import replaced, trained

both = functools.partial(replaced, joined.rewrite, "joined_products")
once = functools.partial(replaced, turned.rewrite, "turned_before_the_loop")


@pytest.fixture(autouse=True, scope="module")
def _small_ones_too():
    """Most tests are about the numbers, which small matrices show as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joined, "LEAST_WEIGHTS", 0)
        patch.setattr(turned, "LEAST_WEIGHTS", 0)
        yield


def arrays(time, batch, seen, units, results):
    rng = np.random.default_rng(0)
    shapes = (seen, results), (units, results), (time, batch, seen)
    return [jnp.asarray(rng.standard_normal(s) / units, "float32") for s in shapes]


def layer(w, u, xs, reverse=False, unroll=1):
    """A recurrent layer whose state is the first part of what it computes."""

    def round_(h, x):
        made = jnp.tanh(x @ w + h @ u)
        return made[:, : u.shape[0]], made

    start = jnp.full((xs.shape[1], u.shape[0]), 0.5)
    return lax.scan(round_, start, xs, reverse=reverse, unroll=unroll)


def loss(w, u, xs, **how):
    last, all_ = layer(w, u, xs, **how)
    return jnp.sum(last**2) + jnp.sum(jnp.sin(all_))


@settings(max_examples=4, deadline=None)
@given(
    time=st.integers(0, 8),
    batch=st.integers(1, 4),
    seen=st.integers(1, 5),
    units=st.integers(1, 6),
    more=st.integers(0, 3),
    reverse=st.booleans(),
    unroll=st.integers(1, 3),
)
def test_any_recurrent_layer(time, batch, seen, units, more, reverse, unroll):
    given = arrays(time, batch, seen, units, seen + units + more)
    run = functools.partial(layer, reverse=reverse, unroll=unroll)
    assert both(run, *given) == (time >= joined.LEAST_ROUNDS)
    assert once(run, *given) == 0  # the weights lie in rows there
    gradients = jax.grad(functools.partial(loss, reverse=reverse, unroll=unroll), (0, 1, 2))
    # By the rows and by the state, in the loop that goes back.
    assert once(gradients, *given) == (time >= turned.LEAST_ROUNDS)


GIVEN = arrays(5, 3, 2, 4, 8)


def test_layers_on_one_another_and_second_derivatives():
    def deep(w, u, xs):
        return loss(jnp.eye(8)[:, :8] * 0.5, u, layer(w, u, xs)[1])

    assert both(deep, *GIVEN) == 1  # the second one's rows are longer than the sum
    assert once(jax.grad(deep, (0, 1)), *GIVEN) == 2
    penalty = lambda w, u, xs: jnp.sum(jax.grad(loss, 2)(w, u, xs) ** 2)  # noqa: E731
    assert both(jax.grad(penalty, (0, 1)), *GIVEN) >= 1
    assert once(jax.grad(penalty, (0, 1)), *GIVEN) >= 1


def test_small_ones_are_left(monkeypatch):
    monkeypatch.setattr(joined, "LEAST_WEIGHTS", 17)  # the smaller one has 16
    monkeypatch.setattr(turned, "LEAST_WEIGHTS", 33)  # the larger one has 32
    assert both(layer, *GIVEN) == 0
    assert once(jax.grad(loss, (0, 1, 2)), *GIVEN) == 0


def test_products_of_stacks_are_left():
    batch = jnp.stack([GIVEN[2], jnp.sin(GIVEN[2])])
    assert both(jax.vmap(layer, (None, None, 0)), *GIVEN[:2], batch) == 0
    gradients = jax.vmap(jax.grad(loss, 2), (None, None, 0))
    assert once(gradients, *GIVEN[:2], batch) == 0


def loop(round_):
    w, u, xs = arrays(5, 3, 4, 4, 8)
    return both(lambda: lax.scan(lambda h, x: (round_(h, x, w, u), None), jnp.ones((3, 4)), xs))


@pytest.mark.parametrize(
    ("count", "round_"),
    [
        (1, lambda h, x, w, u: (x @ w + h @ u)[:, :4]),
        (0, lambda h, x, w, u: (x @ w - h @ u)[:, :4]),
        (0, lambda h, x, w, u: (x @ w + jnp.tanh(h @ u))[:, :4]),
        (0, lambda h, x, w, u: (x @ (w * h[0, 0]) + h @ u)[:, :4]),  # no constant
        (0, lambda h, x, w, u: x @ w[:, :4] + h @ u[:, :4]),  # joining costs more
        (0, lambda h, x, w, u: ((a := x @ w) + h @ u)[:, :4] * a[:, :4]),  # read elsewhere
        (0, lambda h, x, w, u: ((a := x @ w) + a)[:, :4] + h),
        (0, lambda h, x, w, u: (x @ w)[:, :4] + h),
    ],
)
def test_only_sums_of_two_products_by_constants_are_joined(count, round_):
    assert loop(round_) == count


def test_other_types_are_left():
    low = [a.astype("bfloat16") for a in GIVEN]

    def run(w, u, xs):
        start = jnp.ones((3, 4), "bfloat16")
        return lax.scan(lambda h, x: ((x @ w + h @ u)[:, :4], None), start, xs)

    assert both(run, *low) == 0


def test_an_lstm_trains_as_without():
    losses = {}
    for on in (False, True):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.layers.LSTM(6), keras.layers.Dense(3)])
        rng = np.random.default_rng(0)
        x, y = rng.standard_normal((8, 7, 4)).astype("float32"), np.arange(8) % 3
        switches = {"joined_products": on, "turned_before_loop": on}
        losses[on], program = trained(model, x, y, **switches)
        assert ("joined_products" in program) == ("turned_before_the_loop" in program) == on
    np.testing.assert_allclose(losses[True], losses[False], rtol=1e-3)
