"""Updates of eager code run as one program, and do what Keras does operation by operation."""

import gc
import weakref

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
import glasstape.startup  # what the first use of a public name does
from glasstape.compiler.eager import programs as eager_programs
from glasstape.compiler.eager import updates

O = keras.optimizers  # noqa: E741
SHAPES = ((3, 4), (4,), ())
OPTIMIZERS = {
    "sgd": lambda: O.SGD(0.1),
    "momentum": lambda: O.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: O.Adam(0.1),
    "amsgrad": lambda: O.Adam(0.1, amsgrad=True),
    "adamw": lambda: O.AdamW(0.1, weight_decay=0.01),
    "adamax": lambda: O.Adamax(0.1),
    "nadam": lambda: O.Nadam(0.1),
    "adagrad": lambda: O.Adagrad(0.1),
    "adadelta": lambda: O.Adadelta(0.1),
    "rmsprop": lambda: O.RMSprop(0.1, centered=True),
    "ftrl": lambda: O.Ftrl(0.1),
    "lion": lambda: O.Lion(0.1),
    "lamb": lambda: O.Lamb(0.1),
    "muon": lambda: O.Muon(0.1),
    "clipnorm": lambda: O.Adam(0.1, clipnorm=0.1),
    "global_clipnorm": lambda: O.Adam(0.1, global_clipnorm=0.1),
    "clipvalue": lambda: O.Adam(0.1, clipvalue=0.1),
    "ema": lambda: O.Adam(0.1, use_ema=True, ema_overwrite_frequency=2),
    "accumulation": lambda: O.Adam(0.1, gradient_accumulation_steps=2),
    "schedule": lambda: O.Adam(O.schedules.ExponentialDecay(0.1, 1, 0.5)),
}


def gradients(number):
    random = np.random.default_rng(number)
    return [jnp.asarray(random.normal(size=s), "float32") for s in SHAPES]


def variables(constraint=None):
    made = [keras.Variable(g, name=f"v{i}") for i, g in enumerate(gradients(100))]
    made[0].constraint = constraint
    return made


def train(make_optimizer, steps=4, change=lambda optimizer, step: None, constraint=None):
    """Variables and optimizer state after some updates."""
    optimizer, trained = make_optimizer(), variables(constraint)
    for step in range(steps):
        change(optimizer, step)
        optimizer.apply_gradients(zip(gradients(step), trained, strict=True))
    return [np.array(v.value) for v in [*trained, *optimizer.variables]]


def assert_as_keras_does(monkeypatch, *args, **kwargs):
    fused = train(*args, **kwargs)
    with monkeypatch.context() as patch:
        patch.setattr(updates, "_is_plain_eager", lambda *_: False)
        plain = train(*args, **kwargs)
    for a, b in zip(fused, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.fixture
def programs(monkeypatch):
    """The programs made while the test runs."""
    made, original = [], updates._make_program

    def make(*args):
        made.append(original(*args))
        return made[-1]

    monkeypatch.setattr(updates, "_make_program", make)
    return made


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer(name, monkeypatch, programs):
    assert_as_keras_does(monkeypatch, OPTIMIZERS[name])
    assert len(programs) == 1
    assert programs[0].experimental_get_tracing_count() == 1


def test_loss_scaling_works_in_eager_code():
    """Keras by itself cannot do this on JAX: its branches write to variables."""
    scaled = train(lambda: O.LossScaleOptimizer(O.Adam(0.1), initial_scale=1.0))
    for a, b in zip(scaled, train(OPTIMIZERS["adam"])[: len(SHAPES)], strict=False):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


def test_loss_scaling_skips_an_update_that_is_not_finite():
    optimizer, v = O.LossScaleOptimizer(O.SGD(0.1), initial_scale=4.0), gt.Variable(1.0)
    optimizer.apply_gradients([(jnp.float32(np.inf), v)])
    assert float(v.value) == 1.0
    optimizer.apply_gradients([(jnp.float32(4.0), v)])
    assert float(v.value) == pytest.approx(0.8)  # the scale was halved to 2


def test_a_changed_learning_rate_needs_no_new_program(monkeypatch, programs):
    def halve(optimizer, step):
        optimizer.learning_rate = 0.1 / 2**step

    assert_as_keras_does(monkeypatch, OPTIMIZERS["adam"], change=halve)
    assert len(programs) == 1


def test_a_changed_setting_counts(monkeypatch, programs):
    def change(optimizer, step):
        optimizer.beta_1 = 0.5 if step == 3 else 0.9

    assert_as_keras_does(monkeypatch, OPTIMIZERS["adam"], change=change)
    assert len(programs) == 2


def test_a_changed_schedule_counts(monkeypatch):
    def change(optimizer, step):
        optimizer._learning_rate.decay_rate = 0.5 if step < 2 else 0.9

    assert_as_keras_does(monkeypatch, OPTIMIZERS["schedule"], change=change)


def test_constraints(monkeypatch):
    constraint = keras.constraints.NonNeg()
    assert_as_keras_does(monkeypatch, OPTIMIZERS["sgd"], constraint=constraint)
    assert (train(OPTIMIZERS["sgd"], constraint=constraint)[0] >= 0).all()


class Counting(keras.optimizers.SGD):
    """Has Python state of its own."""

    updates = 0

    def update_step(self, gradient, variable, learning_rate):
        self.updates += 1
        super().update_step(gradient, variable, learning_rate)


def test_an_optimizer_of_the_users_runs_as_it_is_written(programs):
    optimizer, trained = Counting(0.1), variables()
    for step in range(3):
        optimizer.apply_gradients(zip(gradients(step), trained, strict=True))
    assert optimizer.updates == 3 * len(SHAPES)
    assert programs == []


def test_some_gradients_are_none():
    v, w = gt.Variable(1.0), gt.Variable(2.0)
    optimizer = keras.optimizers.SGD(0.5)
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        optimizer.apply_gradients([(jnp.float32(1.0), v), (None, w)])
    for _ in range(2):
        optimizer.apply_gradients([(jnp.float32(1.0), v), (None, w)])
    assert (float(v.value), float(w.value)) == (-0.5, 2.0)


def test_what_the_user_holds_keeps_its_numbers():
    optimizer, trained = keras.optimizers.Adam(0.1), variables()
    optimizer.apply_gradients(zip(gradients(0), trained, strict=True))
    held, copy = trained[0].value, np.array(trained[0].value)
    view, gradient = np.asarray(trained[1].value), gradients(1)
    optimizer.apply_gradients(zip(gradient, trained, strict=True))
    np.testing.assert_array_equal(held, copy)
    assert np.isfinite(view).all()
    np.testing.assert_array_equal(gradient[0], gradients(1)[0])


def test_variables_that_change_all_the_time_do_not_fill_memory(programs):
    optimizer, many = keras.optimizers.SGD(0.1), [gt.Variable(float(i)) for i in range(30)]
    optimizer.build(many)
    for v in many:
        optimizer.apply_gradients([(jnp.float32(1.0), v)])
    assert len(programs) == 30
    references = [weakref.ref(p) for p in programs]
    programs.clear()
    gc.collect()
    assert sum(r() is not None for r in references) == eager_programs.MOST_PROGRAMS


def test_an_optimizer_can_be_freed():
    optimizer, trained = keras.optimizers.Adam(0.1), variables()
    for step in range(2):
        optimizer.apply_gradients(zip(gradients(step), trained, strict=True))
    gone = [weakref.ref(optimizer), weakref.ref(trained[0])]
    del optimizer, trained
    gc.collect()
    assert [g() for g in gone] == [None, None]


def test_an_update_inside_an_open_tape_can_be_differentiated():
    """Meta-learning asks how the updated weight depends on the learning rate."""
    v, rate = gt.Variable(1.0), jnp.float32(0.1)
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.build([v])
    with gt.GradientTape() as tape:
        tape.watch(rate)
        optimizer.apply_gradients([(rate * 3.0, v)])
        updated = v * 1.0
    assert float(updated) == pytest.approx(0.7)
    del tape


def test_without_jit():
    with jax.disable_jit():
        assert np.isfinite(train(OPTIMIZERS["adam"], steps=2)[0]).all()
