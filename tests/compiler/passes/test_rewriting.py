"""Which passes are on, where they reach, and that a step gives the numbers it gives without."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from jax import lax
from keras import layers

import glasstape as gt
from glasstape.compiler.passes import rewriting
from glasstape.errors import PassError
from glasstape.ports.jax_program import rewritten


def as_double(equation):
    """A pass for tests: twice the sine."""
    if equation.name != "sin":
        return None

    def twice_the_sine(x):
        return 2 * lax.sin(x)

    return twice_the_sine


def run(program, *args):
    return jax.jit(jax.extend.core.jaxpr_as_fun(program))(*args)


NESTED = {
    "jit": jax.jit(jnp.sin),
    "scan": lambda x: lax.scan(lambda c, _: (jnp.sin(c), None), x, length=1)[0],
    "cond": lambda x: lax.cond(x > 0, jnp.sin, jnp.sin, x),
    "while": lambda x: lax.while_loop(
        lambda s: s[1] < 1, lambda s: (jnp.sin(s[0]), s[1] + 1), (x, 0)
    )[0],
    "checkpoint": jax.checkpoint(jnp.sin),
    "custom_jvp": jax.custom_jvp(jnp.sin),
    "in a jit in a scan": lambda x: lax.scan(lambda c, _: (jax.jit(jnp.sin)(c), None), x, length=1)[
        0
    ],
}


@pytest.mark.parametrize("name", NESTED)
def test_it_reaches_into(name):
    if name == "custom_jvp":
        NESTED[name].defjvp(lambda p, t: (jnp.sin(*p), jnp.cos(*p) * t[0]))
    program = jax.make_jaxpr(NESTED[name])(0.5)
    np.testing.assert_allclose(run(rewritten(program, as_double), 0.5)[0], 2 * np.sin(0.5), 1e-6)
    np.testing.assert_allclose(run(program, 0.5)[0], np.sin(0.5), 1e-6)  # itself as it was


def test_a_program_with_nothing_to_replace_is_the_same_object():
    program = jax.make_jaxpr(NESTED["scan"])(0.5)
    assert rewritten(program, lambda equation: None) is program


def net():
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((9, 9, 2)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.MaxPooling2D(3, 2, padding="same"),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )


X = jnp.asarray(np.random.default_rng(0).standard_normal((8, 9, 9, 2)), "float32")
Y = jnp.arange(8) % 3


def training(way=gt.function):
    model = net()
    optimizer = keras.optimizers.Adam(0.01)
    loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @way
    def step(x, y):
        with gt.GradientTape() as tape:
            loss = loss_function(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return model, step


def trained(count=30, **options):
    model, step = training(gt.function(**options)) if options else training()
    losses = [float(loss) for loss in [step(X, Y) for _ in range(count)]]
    return losses, [np.asarray(w) for w in model.get_weights()]


@pytest.mark.parametrize("options", [{}, {"steps_per_call": 5}, {"reduce_retracing": True}])
def test_a_training_gives_the_numbers_it_gives_without(options):
    losses, weights = trained(**options)
    gt.passes(max_pool_gradient=False)
    others, theirs = trained(**options)
    np.testing.assert_allclose(losses, others, rtol=1e-4)
    for ours, other in zip(weights, theirs, strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-3, atol=1e-5)


def test_a_trace_for_any_size_goes_through_them():
    def gradients():
        model = net()

        @gt.function(reduce_retracing=True)
        def step(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = jnp.sum(model(x) ** 2)
            return tape.gradient(y, x)

        found = [np.asarray(step(X[:size])) for size in (8, 5, 4)]
        assert ("max_pool" in step.program(X[:3]).stablehlo) is gt.passes()["max_pool_gradient"]
        assert len(step.traces) == 2
        return found

    ours = gradients()
    gt.passes(max_pool_gradient=False)
    for one, other in zip(ours, gradients(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def operations(step):
    return step.program(X, Y).jaxpr


def test_the_program_shows_what_a_pass_did():
    assert operations(training()[1]).count("name=max_pool_gradient") == 2
    gt.passes(max_pool_gradient=False)
    without = operations(training()[1])
    assert "max_pool_gradient" not in without
    assert without.count("select_and_scatter_add") == 2


def test_a_program_that_is_there_stays_as_it_is():
    _, step = training()
    step(X, Y)
    gt.passes(max_pool_gradient=False)
    assert "max_pool_gradient" in operations(step)


def test_second_derivatives_and_jacobians():
    model = net()

    @gt.function
    def curvature(x):
        with gt.GradientTape() as outer:
            outer.watch(x)
            with gt.GradientTape() as inner:
                inner.watch(x)
                y = jnp.sum(model(x) ** 3)
            gradient = inner.gradient(y, x)
        return outer.gradient(gradient, x)

    @gt.function
    def jacobian(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = model(x)
        return tape.batch_jacobian(y, x)

    def found():
        return [np.asarray(gt.function(f.python_function)(X)) for f in (curvature, jacobian)]

    ours = found()
    gt.passes(max_pool_gradient=False)
    for one, other in zip(ours, found(), strict=True):
        assert np.abs(other).max() > 1e-3
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_other_devices_have_xlas_own(monkeypatch):
    _, step = training()
    step(X, Y)
    (trace,) = [entry.traced for entry in step._repeated.values()]
    assert rewriting.applied(trace.staged) is not trace.staged
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert rewriting.applied(trace.staged) is trace.staged


class TestSwitches:
    def test_all_are_on(self):
        assert all(gt.passes().values())

    @pytest.mark.parametrize(
        ("said", "on"),
        [("off", False), ("0", False), ("on", True), ("-max_pool_gradient", False), (" ", True)],
    )
    def test_the_environment(self, monkeypatch, said, on):
        monkeypatch.setenv("GLASSTAPE_PASSES", said)
        assert gt.passes()["max_pool_gradient"] is on

    def test_the_program_has_the_last_word(self, monkeypatch):
        monkeypatch.setenv("GLASSTAPE_PASSES", "off")
        assert gt.passes(max_pool_gradient=True)["max_pool_gradient"] is True

    def test_an_unknown_name(self):
        with pytest.raises(PassError) as caught:
            gt.passes(max_pol=False)
        said = str(caught.value)
        assert "There is no pass 'max_pol'" in said
        assert "max_pool_gradient" in said
        assert "test_rewriting.py" in said

    def test_an_unknown_name_in_the_environment(self, monkeypatch):
        monkeypatch.setenv("GLASSTAPE_PASSES", "-max_pol")
        with pytest.raises(PassError, match="GLASSTAPE_PASSES=-max_pol"):
            gt.passes()

    def test_something_else_than_a_bool(self):
        with pytest.raises(PassError, match="neither True nor False for max_pool_gradient"):
            gt.passes(max_pool_gradient="no")
        assert gt.passes()["max_pool_gradient"] is True
