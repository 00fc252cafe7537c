"""Gradients of the user's own, and recomputation; oracles: the rules themselves, `jax.grad`."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape import errors

X = jnp.array([0.5, -1.0, 2.0])


def eager(f):
    return f


BOTH = pytest.mark.parametrize("way", [eager, gt.function], ids=["eager", "compiled"])


def gradient_of(f, *sources, way=eager):
    @way
    def run(*sources):
        with gt.GradientTape() as tape:
            tape.watch(sources)
            y = f(*sources)
        return tape.gradient(y, list(sources))

    return run(*sources)


@gt.custom_gradient
def triple_but_says_ten(x):
    return 3 * x, lambda dy: 10 * dy


@BOTH
class TestCustomGradient:
    def test_the_users_rule_is_used(self, way):
        (g,) = gradient_of(triple_but_says_ten, X, way=way)
        np.testing.assert_array_equal(g, [10.0] * 3)

    def test_the_value_is_the_functions(self, way):
        np.testing.assert_array_equal(way(triple_but_says_ten)(X), 3 * X)

    def test_forward_values_are_kept(self, way):
        @gt.custom_gradient
        def log1pexp(x):
            e = jnp.exp(x)
            return jnp.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))

        (g,) = gradient_of(log1pexp, jnp.array([100.0, 0.0]), way=way)
        np.testing.assert_allclose(g, [1.0, 0.5])

    def test_second_order_goes_through_the_rule(self, way):
        @gt.custom_gradient
        def square(x):
            return x * x, lambda dy: dy * 3 * x * x  # says the derivative is 3x²

        @way
        def run(x):
            with gt.GradientTape() as outer:
                outer.watch(x)
                with gt.GradientTape() as inner:
                    inner.watch(x)
                    y = square(x)
                first = inner.gradient(y, x)
            return first, outer.gradient(first, x)

        first, second = run(X)
        np.testing.assert_allclose(first, 3 * X * X, rtol=1e-6)
        np.testing.assert_allclose(second, 6 * X, rtol=1e-6)

    def test_nested(self, way):
        @gt.custom_gradient
        def outer(x):
            y = triple_but_says_ten(x) * 2

            def grad(dy):
                with gt.GradientTape() as tape:
                    tape.watch(x)
                    z = triple_but_says_ten(x)
                return dy * tape.gradient(z, x)

            return y, grad

        (g,) = gradient_of(outer, X, way=way)
        np.testing.assert_array_equal(g, [10.0] * 3)

    def test_several_inputs_and_outputs(self, way):
        @gt.custom_gradient
        def f(a, b):
            return (a + b, a * b), lambda da, db: (da + 7 * db, None)

        @way
        def run(a, b):
            with gt.GradientTape() as tape:
                tape.watch([a, b])
                s, p = f(a, b)
                y = s + 2 * p
            return tape.gradient(y, [a, b])

        a, b = run(X, X + 1)
        np.testing.assert_array_equal(a, [15.0] * 3)
        np.testing.assert_array_equal(b, [0.0] * 3)

    def test_structures_numbers_and_keywords(self, way):
        @gt.custom_gradient
        def f(pair, scale, mode="sum", weight=None):
            a, b = pair["a"], pair["b"]
            y = (a + b) * scale * (1 if weight is None else weight)
            return {"y": y, "mode": y * 0}, lambda _, dy: (dy, 2 * dy, jnp.sum(dy))

        def call(a, b):
            return f({"a": a, "b": b}, 2.0, mode="mean", weight=jnp.float32(5.0))["y"]

        np.testing.assert_array_equal(call(X, X), 20 * X)
        a, b = gradient_of(call, X, X + 1, way=way)
        np.testing.assert_array_equal(a, [1.0] * 3)
        np.testing.assert_array_equal(b, [2.0] * 3)

    def test_integer_arguments(self, way):
        @gt.custom_gradient
        def pick(x, index):
            return x[index], lambda dy: (jnp.full_like(x, 4.0) * dy, None)

        (g,) = gradient_of(lambda x: pick(x, jnp.int32(1)), X, way=way)
        np.testing.assert_array_equal(g, [4.0] * 3)

    def test_with_variables(self, way):
        v = gt.Variable(2.0)

        @gt.custom_gradient
        def times_v(x):
            def grad(dy, variables=None):
                assert [w is v for w in variables] == [True]
                return dy * 100, [jnp.sum(dy) * 1000]

            return x * v, grad

        @way
        def run(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = times_v(x)
            return tape.gradient(y, [x, v])

        gx, gv = run(X)
        np.testing.assert_array_equal(gx, [100.0] * 3)
        assert float(gv) == 3000.0

    def test_a_layer_inside(self, way):
        layer = keras.layers.Dense(2)
        layer.build((None, 3))

        @gt.custom_gradient
        def doubled(x):
            y = layer(x)

            def grad(dy, variables):
                with gt.GradientTape() as tape:
                    tape.watch(x)
                    again = layer(x)
                gx, gv = tape.gradient(again, (x, list(variables)), output_gradients=dy)
                return gx * 2, [g * 2 for g in gv]

            return y, grad

        @way
        def run(x):
            with gt.GradientTape(persistent=True) as tape:
                tape.watch(x)
                y, plain = doubled(x), layer(x)
            sources = [x, *layer.trainable_variables]
            return tape.gradient(y, sources), tape.gradient(plain, sources)

        for g, h in zip(*run(jnp.ones((4, 3))), strict=True):
            np.testing.assert_allclose(g, 2 * h, rtol=1e-6)

    def test_state_it_writes_is_written(self, way):
        count = gt.Variable(0.0, trainable=False)

        @gt.custom_gradient
        def counted(x):
            count.assign_add(1.0)
            return x * 2, lambda dy: dy * 5

        (g,) = gradient_of(counted, X, way=way)
        np.testing.assert_array_equal(g, [5.0] * 3)
        assert float(count.value) == 1.0

    def test_inside_a_loop(self, way):
        def f(x):
            step = lambda c, _: (triple_but_says_ten(c), None)  # noqa: E731
            return jax.lax.scan(step, x, None, length=2)[0]

        (g,) = gradient_of(f, X, way=way)
        np.testing.assert_array_equal(g, [100.0] * 3)

    def test_complex_numbers_follow_tensorflow(self, way):
        """The rule gets and gives TensorFlow's cotangents: dy·conj(derivative)."""

        @gt.custom_gradient
        def square(z):
            return z * z, lambda dy: dy * jnp.conj(2 * z)

        z = jnp.array([1.0 + 2.0j])
        (ours,) = gradient_of(lambda z: jnp.real(square(z)), z, way=way)
        (automatic,) = gradient_of(lambda z: jnp.real(z * z), z, way=way)
        np.testing.assert_allclose(ours, automatic)


class TestRefusals:
    def test_no_pair(self):
        with gt.GradientTape(), pytest.raises(TypeError, match="did not return a pair") as caught:
            gt.custom_gradient(lambda x: x)(X)
        assert "return y, grad" in str(caught.value)
        with pytest.raises(errors.TapeTypeError):
            gt.custom_gradient(lambda x: x)(X)

    def test_no_place_for_variables(self):
        v = gt.Variable(2.0)
        f = gt.custom_gradient(lambda x: (x * v, lambda dy: dy))
        with gt.GradientTape() as tape, pytest.raises(TypeError, match="no place for") as caught:
            tape.watch(X)
            f(X)
        assert "grad(dy)" in str(caught.value)
        assert f"At: {__file__}:" in str(caught.value)

    def test_wrong_number_of_gradients(self):
        f = gt.custom_gradient(lambda a, b: (a * b, lambda dy: dy))
        with gt.GradientTape() as tape, pytest.raises(ValueError, match="wrong number") as caught:
            tape.watch(X)
            f(X, X)
        assert "2, one for each of the tensor arguments" in str(caught.value)


def block(layers):
    return lambda x: layers[1](layers[0](x))


@BOTH
class TestRecompute:
    def test_same_gradients(self, way):
        layers = [keras.layers.Dense(8, activation="tanh") for _ in range(2)]
        x = jnp.ones((4, 8))
        block(layers)(x)
        variables = [v for layer in layers for v in layer.trainable_variables]

        def run(f):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = f(x)
            return tape.gradient(y, [x, *variables])

        recomputed = way(lambda: run(gt.recompute_grad(block(layers))))()
        for g, h in zip(recomputed, run(block(layers)), strict=True):
            np.testing.assert_allclose(g, h, rtol=1e-5, atol=1e-7)

    def test_random_layers_draw_once(self, way):
        dropout = keras.layers.Dropout(0.5, seed=1)
        x = jnp.ones((100,))

        @way
        def run():
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = gt.recompute_grad(lambda x: dropout(x, training=True))(x)
            return y, tape.gradient(y, x)

        y, g = run()
        np.testing.assert_array_equal(y, g)
        again, _ = run()
        assert (np.asarray(again) != np.asarray(y)).any()

    def test_state_is_written(self, way):
        norm = keras.layers.BatchNormalization()
        norm.build((None, 3))
        before = np.array(norm.moving_mean.value)

        @way
        def run(x):
            with gt.GradientTape() as tape:
                y = gt.recompute_grad(lambda x: norm(x, training=True))(x)
            return tape.gradient(y, norm.trainable_variables)

        run(jnp.arange(12.0).reshape(4, 3))
        assert (np.asarray(norm.moving_mean.value) != before).all()

    def test_structures(self, way):
        f = gt.recompute_grad(lambda pair, power: {"y": pair[0] ** power + pair[1]})
        (a, b) = gradient_of(lambda a, b: f((a, b), 2)["y"], X, X + 1, way=way)
        np.testing.assert_allclose(a, 2 * X)
        np.testing.assert_allclose(b, [1.0] * 3)


def test_recomputation_lowers_peak_memory():
    """What the compiled program needs besides its arguments, as XLA plans it."""

    def temporary_bytes(wrap):
        layers = [keras.layers.Dense(256, activation="tanh") for _ in range(16)]
        for layer in layers:
            layer.build((None, 256))
        blocks = [wrap(block(layers[i : i + 2])) for i in range(0, 16, 2)]
        variables = [v for layer in layers for v in layer.trainable_variables]

        def gradients(x, *values):
            for variable, value in zip(variables, values, strict=True):
                variable._value = value
            with gt.GradientTape() as tape:
                y = x
                for each in blocks:
                    y = each(y)
                loss = jnp.sum(y * y)
            return tape.gradient(loss, variables)

        values = [v._value for v in variables]
        compiled = jax.jit(gradients).lower(jnp.ones((4096, 256)), *values).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    assert temporary_bytes(gt.recompute_grad) < 0.75 * temporary_bytes(lambda f: f)
