"""Jacobians against `jax.jacrev`, `jax.hessian` and finite differences."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt

X = jnp.array([[0.3, -1.2, 2.0], [1.1, 0.4, -0.7]])
W = jnp.array([[1.0, -0.5], [0.25, 2.0], [-1.5, 0.75]])


def eager(f):
    return f


WAYS = pytest.mark.parametrize("way", [eager, gt.function], ids=["eager", "compiled"])
PFOR = pytest.mark.parametrize("pfor", [True, False], ids=["vmap", "loop"])


def f(x, w=W):
    return jnp.tanh(x @ w) * jnp.sum(x)


def g(x):
    """Examples do not depend on each other."""
    return jnp.tanh(x @ W) * jnp.sum(x, axis=1, keepdims=True)


@WAYS
@PFOR
class TestJacobian:
    def test_like_jax(self, way, pfor):
        @way
        def run(x, w):
            with gt.GradientTape() as tape:
                tape.watch([x, w])
                y = f(x, w)
            return tape.jacobian(y, {"x": x, "w": w}, experimental_use_pfor=pfor)

        found = run(X, W)
        for name, expected in zip("xw", jax.jacrev(f, (0, 1))(X, W), strict=True):
            assert found[name].shape == expected.shape
            np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-6)

    def test_scalar_target_is_the_gradient(self, way, pfor):
        @way
        def run(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = jnp.sum(f(x))
            return tape.jacobian(y, x, experimental_use_pfor=pfor)

        np.testing.assert_allclose(
            run(X), jax.grad(lambda x: jnp.sum(f(x)))(X), rtol=1e-5, atol=1e-6
        )

    def test_hessian(self, way, pfor):
        @way
        def run(x):
            with gt.GradientTape() as outer:
                outer.watch(x)
                with gt.GradientTape() as inner:
                    inner.watch(x)
                    y = jnp.sum(f(x))
                first = inner.gradient(y, x)
            return outer.jacobian(first, x, experimental_use_pfor=pfor)

        expected = jax.hessian(lambda x: jnp.sum(f(x)))(X)
        np.testing.assert_allclose(run(X), expected, rtol=1e-4, atol=1e-5)

    def test_a_tape_around_a_jacobian(self, way, pfor):
        @way
        def run(x):
            with gt.GradientTape() as outer:
                outer.watch(x)
                with gt.GradientTape() as inner:
                    inner.watch(x)
                    y = f(x)
                norm = jnp.sum(inner.jacobian(y, x, experimental_use_pfor=pfor) ** 2)
            return outer.gradient(norm, x)

        expected = jax.grad(lambda x: jnp.sum(jax.jacrev(f)(x) ** 2))(X)
        np.testing.assert_allclose(run(X), expected, rtol=1e-4, atol=1e-4)

    def test_variables_of_a_layer(self, way, pfor):
        layer = keras.layers.Dense(2, activation="tanh")
        layer.build((None, 3))

        @way
        def run():
            with gt.GradientTape() as tape:
                y = layer(X)
            return tape.jacobian(y, layer.trainable_variables, experimental_use_pfor=pfor)

        values = [v.value for v in layer.trainable_variables]

        def forward(values):
            return layer.stateless_call(values, [], X)[0]

        for found, expected in zip(run(), jax.jacrev(forward)(values), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)

    def test_batch_jacobian(self, way, pfor):
        @way
        def run(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = g(x)
            return tape.batch_jacobian(y, x, experimental_use_pfor=pfor)

        expected = jax.vmap(jax.jacrev(lambda row: g(row[None])[0]))(X)
        np.testing.assert_allclose(run(X), expected, rtol=1e-5, atol=1e-6)

    def test_batch_jacobian_of_a_row_of_scalars(self, way, pfor):
        @way
        def run(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = jnp.sum(x**2, axis=1)
            return tape.batch_jacobian(y, x, experimental_use_pfor=pfor)

        np.testing.assert_allclose(run(X), 2 * X, rtol=1e-6)

    def test_through_a_loop_and_a_custom_rule(self, way, pfor):
        def h(x):
            return jax.lax.scan(lambda c, w: (jax.nn.relu(c * w), None), x, jnp.arange(1.0, 4.0))[0]

        @way
        def run(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = h(x)
            return tape.jacobian(y, x, experimental_use_pfor=pfor)

        np.testing.assert_allclose(run(X), jax.jacrev(h)(X), rtol=1e-5, atol=1e-6)


class TestUnconnected:
    def test_none_and_zeros(self):
        with gt.GradientTape(persistent=True) as tape:
            tape.watch([X, W])
            y = X * 2
        assert tape.jacobian(y, W) is None
        assert tape.jacobian(y, W, unconnected_gradients="zero").shape == (2, 3, 3, 2)
        assert tape.batch_jacobian(y, W[:2]) is None
        zeros = tape.batch_jacobian(y, W[:2], unconnected_gradients="zero")
        np.testing.assert_array_equal(zeros, np.zeros((2, 3, 2)))

    def test_an_integer_target(self):
        with gt.GradientTape() as tape:
            tape.watch(X)
            y = jnp.argmax(X, axis=1)
        with pytest.warns(UserWarning, match="has no gradient"):
            assert tape.jacobian(y, X) is None


class TestRefusals:
    def test_used_up(self):
        with gt.GradientTape() as tape:
            tape.watch(X)
            y = f(X)
        tape.jacobian(y, X)
        for ask in (tape.gradient, tape.jacobian, tape.batch_jacobian):
            with pytest.raises(RuntimeError, match="A non-persistent GradientTape can only"):
                ask(y, X)

    def test_no_structure_as_target(self):
        with gt.GradientTape() as tape:
            tape.watch(X)
            y = f(X)
        with pytest.raises(TypeError, match=r"tape.jacobian \(target\)"):
            tape.jacobian([y], X)

    @pytest.mark.parametrize("target", [lambda x: jnp.sum(x), lambda x: x[:1]])
    def test_batches_that_do_not_fit(self, target):
        with gt.GradientTape() as tape:
            tape.watch(X)
            y = target(X)
        with pytest.raises(ValueError, match="not batches of one size") as caught:
            tape.batch_jacobian(y, X)
        assert "source (2, 3)" in str(caught.value)
        assert f"At: {__file__}:" in str(caught.value)

    def test_a_tape_that_never_recorded(self):
        with pytest.raises(RuntimeError, match=r"tape\.batch_jacobian was called on"):
            gt.GradientTape().batch_jacobian(X, X)


def test_the_loop_needs_less_memory():
    def temporary_bytes(pfor):
        def run(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = jnp.sin(jnp.sin(jnp.sin(x) @ big) @ big)[:, :64]
            return tape.jacobian(y, x, experimental_use_pfor=pfor)

        big = jnp.ones((512, 512))
        compiled = jax.jit(run).lower(jnp.ones((8, 512))).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    assert temporary_bytes(False) < 0.8 * temporary_bytes(True)


def test_a_repeated_jacobian_compiles_once():
    from glasstape.tape import reverse

    reverse.PROGRAMS.clear()
    for _ in range(3):
        with gt.GradientTape() as tape:
            tape.watch(X)
            y = f(X)
        tape.jacobian(y, X)
    assert len(reverse.PROGRAMS) == 1
