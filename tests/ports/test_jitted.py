"""Jitted functions that a tape runs by a program of its own."""

import gc
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape as gt
from glasstape.ports import jax_program


def params_of(function, *args):
    return jax.make_jaxpr(function)(*args).eqns[0].params


def test_it_computes_the_same_constants_included():
    constant = jnp.arange(3.0)
    params = params_of(jax.jit(lambda x, y: (x * constant, y + 1)), jnp.ones(3), 2)
    function = jax_program.jitted(params)
    assert function is jax_program.jitted(params)
    product, number = function(jnp.full(3, 2.0), jnp.int32(4))
    np.testing.assert_array_equal(product, 2 * constant)
    assert int(number) == 5


def test_what_asks_for_more_than_the_program_is_left_to_jax():
    device = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    for options in ({"donate_argnums": 0}, {"in_shardings": device}, {"out_shardings": device}):
        (call,) = jax.make_jaxpr(jax.jit(lambda x: x + 1, **options))(1.0).eqns
        assert jax_program.jitted(call.params) is None
        assert jax_program.few_operations(call.primitive, call.params) is None


def test_a_few_operations_can_be_had_one_by_one():
    (call,) = jax.make_jaxpr(jax.jit(lambda x: jnp.sin(x) + 1))(1.0).eqns
    (result,) = jax_program.few_operations(call.primitive, call.params)(0.5)
    np.testing.assert_allclose(result, np.sin(0.5) + 1, rtol=1e-6)
    for many in (lambda x: sum([x] * 20), lambda x: jax.lax.cond(x > 0, jnp.sin, jnp.cos, x)):
        (call,) = jax.make_jaxpr(jax.jit(many))(1.0).eqns
        assert jax_program.few_operations(call.primitive, call.params) is None


def test_donation_under_a_tape():
    add = jax.jit(lambda x: x + 1, donate_argnums=0)
    x = jnp.ones(3)
    with gt.GradientTape():
        y = add(x)
    np.testing.assert_array_equal(y, 2.0)
    assert x.is_deleted()


@pytest.mark.parametrize("followed", [True, False])
def test_a_function_that_is_made_anew_each_time_can_be_freed(followed):
    x, gone = jnp.ones(3), []

    def step():
        function = jax.jit(lambda x: x * 2)
        gone.append(weakref.ref(params_of(function, x)["jaxpr"]))
        with gt.GradientTape() as tape:
            if followed:
                tape.watch(x)
            function(x)

    for _ in range(3):
        step()
    jax.clear_caches()
    gc.collect()
    assert [g() for g in gone] == [None] * 3
