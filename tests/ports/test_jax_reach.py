"""Which inputs of an operation a gradient can come back to."""

import jax
import jax.numpy as jnp
import pytest

from glasstape.ports.jax_reach import used_inputs

X, Y, INDICES = jnp.ones(3), jnp.ones(3), jnp.arange(3)


def dead_code(x, y, i):
    jnp.sin(y)
    return x * 2.0


def through_integers(x, y, i):
    return x * jnp.argmax(y)


def stopped(x, y, i):
    return x + jax.lax.stop_gradient(y * 2.0)


def stopped_in_a_call(x, y, i):
    return x + jax.jit(lambda y: jax.lax.stop_gradient(y) * 2.0)(y)


def unused_by_a_call(x, y, i):
    return jax.jit(lambda x, y: x)(x, y)


def used_by_a_call(x, y, i):
    return jax.jit(lambda i, y: y[i])(i, x)


def size_only(x, y, i):
    return x + jnp.zeros_like(y)


def by_a_second_result(x, y, i):
    return jnp.argsort(x), y * 2.0


def in_a_loop(x, y, i):
    return jax.lax.fori_loop(0, 3, lambda _, c: c * x + i, x)


def cut_in_a_loop(x, y, i):
    return jax.lax.fori_loop(0, 3, lambda _, c: c * x + jnp.argmax(y), x)


def cut_in_a_scan(x, y, i):
    def body(carry, inputs):
        x, i = inputs
        return carry + x, (jnp.round(y) > carry) * x + i

    return jax.lax.scan(body, jnp.zeros(3), (x[:, None], i))


def carried_and_never_returned(x, y, i):
    return jax.lax.fori_loop(0, 3, lambda _, c: (c[0] * 2.0, c[1] * y), (x, x))[0]


def in_one_branch(x, y, i):
    return jax.lax.cond(i[0] > 0, lambda x, y: x, lambda x, y: x * jnp.floor(y), x, y)


def in_no_branch(x, y, i):
    return jax.lax.cond(i[0] > 0, lambda x, y: x, lambda x, y: x * jnp.argmin(y), x, y)


def unused_by_a_checkpoint(x, y, i):
    return jax.checkpoint(lambda x, y: jnp.sin(x))(x, y)


def returned(x, y, i):
    return x, i


# function -> the positions that count; no integer input ever does
EXPECTED = {
    dead_code: {0},
    through_integers: {0},
    stopped: {0},
    stopped_in_a_call: {0},
    unused_by_a_call: {0},
    used_by_a_call: {0},
    size_only: {0},
    by_a_second_result: {1},
    in_a_loop: {0},
    cut_in_a_loop: {0},
    cut_in_a_scan: {0},
    carried_and_never_returned: {0, 1},
    in_one_branch: {0, 1},
    in_no_branch: {0},
    unused_by_a_checkpoint: {0},
    returned: {0},
}


@pytest.mark.parametrize("function", EXPECTED, ids=lambda f: f.__name__)
def test_used_inputs(function):
    program = jax.make_jaxpr(function)(X, Y, INDICES)
    assert used_inputs("jit", {"jaxpr": program}) == EXPECTED[function]


@pytest.mark.parametrize("function", EXPECTED, ids=lambda f: f.__name__)
def test_what_is_not_used_has_no_gradient(function):
    """The other way round need not hold: by what operations read, not by value."""
    outs = lambda x, y: sum(jnp.sum(o) for o in jax.tree.leaves(function(x, y, INDICES)))  # noqa: E731
    gradients = jax.grad(lambda x, y: jnp.asarray(outs(x, y), "float32"), (0, 1))(X, Y)
    for position, gradient in enumerate(gradients):
        if position not in EXPECTED[function]:
            assert not gradient.any()
