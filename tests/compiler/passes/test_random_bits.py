"""Random numbers of several dimensions are those that JAX draws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape as gt
from glasstape.compiler.passes import random_bits
from glasstape.ports.jax_program import rewritten

DRAWN = {
    "bits": lambda key, shape: jax.random.bits(key, shape),
    "bytes": lambda key, shape: jax.random.bits(key, shape, "uint8"),
    "uniform": lambda key, shape: jax.random.uniform(key, shape),
    "bfloat16": lambda key, shape: jax.random.normal(key, shape, "bfloat16"),
    "normal": lambda key, shape: jax.random.normal(key, shape),
    "truncated normal": lambda key, shape: jax.random.truncated_normal(key, -2.0, 2.0, shape),
    "bernoulli": lambda key, shape: jax.random.bernoulli(key, 0.3, shape),
    "randint": lambda key, shape: jax.random.randint(key, shape, -5, 7),
    "gumbel": lambda key, shape: jax.random.gumbel(key, shape),
}


def ways(function, *args):
    program = jax.make_jaxpr(function)(*args)
    new = rewritten(program, random_bits.rewrite)
    run = (jax.jit(jax.extend.core.jaxpr_as_fun(p)) for p in (program, new))
    return new is not program, [np.asarray(r(*args)[0]) for r in run]


@pytest.mark.parametrize("partitionable", [True, False])
@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 4), (7, 5, 3, 11), (2, 1, 1, 1, 9)])
@pytest.mark.parametrize("name", DRAWN)
def test_the_same_numbers(name, shape, partitionable):
    with jax.threefry_partitionable(partitionable):
        is_new, (theirs, ours) = ways(lambda k: DRAWN[name](k, shape), jax.random.key(5))
    assert is_new
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("key", "draw"),
    [
        (jax.random.key(0), lambda k: jax.random.normal(k, (5,))),
        (jax.random.key(0), lambda k: jax.random.normal(k)),
        (jax.random.key(0, impl="rbg"), lambda k: jax.random.normal(k, (5, 3))),
        (jax.random.split(jax.random.key(0)), jax.vmap(lambda k: jax.random.normal(k, (5, 3)))),
    ],
    ids=["a row", "one number", "another generator", "several keys"],
)
def test_left_as_it_is(key, draw):
    is_new, _ = ways(draw, key)
    assert not is_new


def test_a_dropout_in_a_step():
    import keras

    layer = keras.layers.Dropout(0.5)
    x = jnp.ones((4, 6, 5))
    results = []
    for on in (False, True):
        gt.passes(random_bits_in_a_row=on)
        keras.utils.set_random_seed(1)
        layer = keras.layers.Dropout(0.5)
        step = gt.function(lambda x, layer=layer: layer(x, training=True))
        results.append([np.asarray(step(x)) for _ in range(3)])
        assert ("random_bits_in_a_row" in str(step.program(x))) == on
    np.testing.assert_array_equal(*results)
    assert 0 < results[0][0].mean() < 2
