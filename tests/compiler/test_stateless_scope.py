"""A compiled function inside a `keras.StatelessScope` reads and writes the scope's values."""

import subprocess
import sys
import threading

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.ports import keras_scopes


def counter():
    total = gt.Variable(1.0)

    @gt.function
    def add(x):
        total.assign_add(x)
        return total * 2

    return total, add


@pytest.mark.parametrize("compiled_before", [False, True])
def test_values_come_from_the_scope_and_go_to_it(compiled_before):
    total, add = counter()
    if compiled_before:
        add(jnp.float32(0.0))
    with keras.StatelessScope([(total, jnp.float32(10.0))]) as scope:
        assert float(add(jnp.float32(3.0))) == 26.0
        assert float(add(jnp.float32(4.0))) == 34.0
    assert float(scope.get_current_value(total)) == 17.0
    assert float(total.value) == 1.0


def test_a_variable_the_scope_does_not_know_has_its_own_value():
    total, add = counter()
    with keras.StatelessScope() as scope:
        assert float(add(jnp.float32(3.0))) == 8.0
    assert float(scope.get_current_value(total)) == 4.0
    assert float(total.value) == 1.0


def test_after_the_scope_it_is_compiled():
    total, add = counter()
    with keras.StatelessScope():
        add(jnp.float32(3.0))
    assert add.experimental_get_tracing_count() == 0
    assert float(add(jnp.float32(3.0))) == 8.0
    assert add.experimental_get_tracing_count() == 1
    assert float(total.value) == 4.0


def test_a_layer_whose_call_is_compiled():
    """`stateless_call` gives the new state back, as it does for a layer that is not."""

    class Compiled(keras.layers.BatchNormalization):
        @gt.function
        def call(self, x, training=False):
            return super().call(x, training=training)

    x = jnp.arange(6.0).reshape(3, 2)
    results = []
    for kind in (keras.layers.BatchNormalization, Compiled):
        layer = kind()
        layer.build(x.shape)
        weights = [v.value * 2 + 1 for v in layer.trainable_variables]
        state = [v.value for v in layer.non_trainable_variables]
        results.append(layer.stateless_call(weights, state, x, training=True))
        np.testing.assert_array_equal(layer.moving_mean.value, [0.0, 0.0])
    for ours, theirs in zip(*map(jax.tree.leaves, results), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_gradients_by_the_scopes_values():
    v = gt.Variable(2.0)
    cube = gt.function(lambda: v**3)
    inside = jnp.float32(5.0)
    with gt.GradientTape() as tape:
        tape.watch(inside)
        with keras.StatelessScope([(v, inside)]):
            y = cube()
    assert float(tape.gradient(y, inside)) == 75.0


# ----- which scope is the innermost -----


class Own(keras.StatelessScope):
    def __enter__(self):
        return super().__enter__()


def test_the_innermost_scope():
    assert keras_scopes.active_scope() is None
    with keras.StatelessScope() as outer:
        assert keras_scopes.active_scope() is outer
        with Own() as inner:
            assert keras_scopes.active_scope() is inner
        assert keras_scopes.active_scope() is outer
    assert keras_scopes.active_scope() is None


def test_a_scope_left_by_an_error():
    with pytest.raises(ZeroDivisionError), keras.StatelessScope():
        1 / 0  # noqa: B018
    assert keras_scopes.active_scope() is None


def test_a_scope_belongs_to_its_thread():
    seen = []
    with keras.StatelessScope():
        thread = threading.Thread(target=lambda: seen.append(keras_scopes.active_scope()))
        thread.start()
        thread.join()
    assert seen == [None]


IMPORTED_INSIDE = """
import os, sys
os.environ["KERAS_BACKEND"] = "jax"
import keras
v = keras.Variable(1.0)
with keras.StatelessScope([(v, 5.0)]):
    import glasstape as gt
    assert float(gt.function(lambda: v * 2)()) == 10
assert float(gt.function(lambda: v * 2)()) == 2
"""


@pytest.mark.thorough
def test_glasstape_imported_inside_a_scope():
    subprocess.run([sys.executable, "-c", IMPORTED_INSIDE], check=True, timeout=120)
