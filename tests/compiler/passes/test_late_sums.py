"""Products that a loop adds up are made after it, and nothing else is changed."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from glasstape.compiler.passes import late_sums
from glasstape.ports import jax_scan
from glasstape.ports.jax_program import rewritten
from tests.compiler.passes.comparison import replaced

TIME, BATCH, SEEN, UNITS = 7, 3, 5, 8
equal = functools.partial(replaced, late_sums.rewrite, "sums_after_the_loop")


def arrays(*shapes):
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.standard_normal(s), "float32") for s in shapes]


def unrolled_in_time(w, u, xs, reverse=False):
    """A simple recurrent layer."""

    def round_(h, x):
        h = jnp.tanh(x @ w + h @ u)
        return h, h

    h = jnp.zeros((BATCH, UNITS))
    return lax.scan(round_, h, xs, reverse=reverse)


def loss(w, u, xs, reverse=False):
    last, all_ = unrolled_in_time(w, u, xs, reverse)
    return jnp.sum(last**2) + jnp.sum(jnp.sin(all_))


GIVEN = arrays((SEEN, UNITS), (UNITS, UNITS), (TIME, BATCH, SEEN))


@pytest.mark.parametrize("reverse", [False, True])
def test_the_gradient_by_a_recurrent_layers_weights(reverse):
    gradients = jax.grad(functools.partial(loss, reverse=reverse), (0, 1, 2))
    assert equal(gradients, *GIVEN) == 1
    program = rewritten(jax.make_jaxpr(gradients)(*GIVEN), late_sums.rewrite)
    (late,) = (e for e in program.eqns if e.params.get("name") == "sums_after_the_loop")
    # Only the state goes from round to round.
    assert [c.carried for c in loops(late)] == [1]


def loops(equation):
    """What is told about each ``scan`` in the program of an equation."""
    found = []

    def look(inner):
        if inner.name == "scan":
            found.append(jax_scan.counts(inner))

    rewritten(equation.params["jaxpr"], look)
    return found


def test_a_layer_in_a_layer_and_second_derivatives():
    def deep(w, u, xs):
        return jnp.sum(unrolled_in_time(jnp.eye(UNITS), u, unrolled_in_time(w, u, xs)[1])[1] ** 2)

    assert equal(jax.grad(deep, (0, 1)), *GIVEN) == 2
    penalty = lambda w, u, xs: jnp.sum(jax.grad(loss, 2)(w, u, xs) ** 2)  # noqa: E731
    assert equal(jax.grad(penalty, (0, 1)), *GIVEN) >= 1


def test_a_batch_of_gradients():
    batch = jnp.stack([GIVEN[2], jnp.sin(GIVEN[2])])
    assert equal(jax.vmap(jax.grad(loss, (0, 1)), (None, None, 0)), *GIVEN[:2], batch) == 1


def summed(update, start=None):
    """The sum at the end of a loop over two stacks of matrices, and what it handed out."""
    a, b = arrays((TIME, BATCH, UNITS), (TIME, BATCH, UNITS))
    start = jnp.ones((UNITS, UNITS)) if start is None else start
    return lambda: lax.scan(update, start, (a, b))


def test_what_it_starts_with_is_part_of_it():
    assert equal(summed(lambda s, x: (s + x[0].T @ x[1], None))) == 1
    assert equal(summed(lambda s, x: (x[0].T @ x[1] + s, None))) == 1


@pytest.mark.parametrize(
    "update",
    [
        lambda s, x: (s + x[0].T @ x[1], s),  # handed out every round
        lambda s, x: (s + x[0].T @ x[1] * jnp.sum(s), None),  # read in the loop
        lambda s, x: (s * 0.9 + x[0].T @ x[1], None),  # fades
        lambda s, x: (s + jnp.tanh(x[0].T @ x[1]), None),
        lambda s, x: (s - x[0].T @ x[1], None),
        lambda s, x: (s + s, None),
        lambda s, x: (s + 1.0, None),
        lambda s, x: (s, None),
    ],
)
def test_what_is_no_plain_sum_of_products_is_left(update):
    assert equal(summed(update)) == 0


def test_a_product_that_is_handed_out_too_is_left():
    def update(s, x):
        made = x[0].T @ x[1]
        return s + made, made

    assert equal(summed(update)) == 0


def test_what_the_loop_knows_beforehand_is_left():
    (w,) = arrays((BATCH, UNITS))
    assert equal(summed(lambda s, x: (s + x[0].T @ w, None))) == 0


def test_where_handing_out_costs_more_than_carrying_it_is_left():
    def update(s, x):
        tall = jnp.tile(jnp.sin(x[0]), (50, 1))
        return s + tall.T @ jnp.cos(tall), None

    assert equal(summed(update)) == 0
