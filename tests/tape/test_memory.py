"""What a tape holds, for how long, and how many programs it compiles."""

import gc
import random
import weakref

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.tape import reverse


class Compilations:
    """Counts what XLA compiles while it is open."""

    def __enter__(self):
        self.count = 0
        self._open = True
        jax.monitoring.register_event_duration_secs_listener(self._on_event)
        return self

    def _on_event(self, name, seconds, **options):
        self.count += self._open and name.endswith("backend_compile_duration")

    def __exit__(self, *exc_info):
        self._open = False


def test_unwatched_tensors_are_not_kept():
    x = jnp.float32(2.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        big = jnp.ones(1000) * 2.0
        gone = weakref.ref(big)
        del big
        gc.collect()
        assert gone() is None
        y = x * x
    assert len(tape.records) == 1
    assert float(tape.gradient(y, x)) == 4.0


def test_what_the_gradient_needs_is_kept():
    x = jnp.float32(2.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = x * jnp.float32(5.0)
        z = y * y
        del y
    gc.collect()
    assert float(tape.gradient(z, x)) == 100.0


def test_gradient_frees_the_record():
    x = jnp.float32(2.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = x * jnp.ones(10)
        z = jnp.sum(y * y)
    middle = weakref.ref(y)
    del y
    assert middle() is not None
    tape.gradient(z, x)
    gc.collect()
    assert middle() is None
    assert tape.records == ()


def test_a_persistent_tape_frees_its_record_when_it_goes():
    x = jnp.float32(2.0)
    with gt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * jnp.ones(10)
        z = jnp.sum(y * y)
    middle = weakref.ref(y)
    del y
    tape.gradient(z, x)
    assert middle() is not None
    del tape
    gc.collect()
    assert middle() is None


def test_nothing_of_a_step_survives_it():
    """Neither the guards nor the cached program may hold a step's arrays."""
    v = gt.Variable([1.0, 2.0])
    optimizer = keras.optimizers.SGD(0.1)
    with gt.GradientTape() as tape:
        loss = keras.ops.sum(v * v)
    gradient = tape.gradient(loss, v)
    optimizer.apply_gradients([(gradient, v)])
    held = [weakref.ref(loss), weakref.ref(gradient)]
    del loss, gradient, tape
    gc.collect()
    assert [r() for r in held] == [None, None]


def test_a_large_target_is_not_kept_for_the_guard_of_its_update():
    v = gt.Variable(jnp.ones(2000))
    with gt.GradientTape() as tape:
        squares = v * v
    gradient = tape.gradient(squares, v)
    held = [weakref.ref(squares), weakref.ref(gradient)]
    del squares, gradient, tape
    gc.collect()
    assert [r() for r in held] == [None, None]


def test_a_model_can_be_freed_after_its_step():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with gt.GradientTape() as tape:
        loss = keras.ops.sum(model(jnp.ones((3, 2))))
    tape.gradient(loss, model.trainable_variables)
    kernel = weakref.ref(model.trainable_variables[0])
    keras.backend.clear_session()
    del model, tape, loss
    gc.collect()
    assert kernel() is None


def alive():
    """How many arrays live, and their bytes."""
    gc.collect()
    arrays = jax.live_arrays()
    return len(arrays), sum(a.nbytes for a in arrays)


@pytest.mark.parametrize("persistent", [False, True])
def test_a_long_loop_holds_memory_flat(persistent):
    """As `docs/measure_memory.py` measures over 10,000 steps."""
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.5)]
    )
    optimizer = keras.optimizers.Adam()
    data = np.random.default_rng(0)

    def step():
        x = jnp.asarray(data.normal(size=(16, 4)), "float32")
        with gt.GradientTape(persistent=persistent) as tape:
            loss = keras.ops.mean(model(x, training=True) ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    for _ in range(3):
        step()
    start = alive()
    for _ in range(60):
        step()
    assert alive() == start


def test_a_loop_that_looks_at_its_tape_holds_memory_flat(tmp_path):
    x = jnp.ones(3)

    def step():
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum(jnp.sin(x) * keras.ops.stop_gradient(x))
        str(tape)
        tape.graph()
        tape.cotangents(y)
        tape.why(y, x)
        tape.show(tmp_path / "tape.html", target=y)
        tape.gradient(jnp.float32(1.0), x)  # None, so a reason is kept

    for _ in range(3):
        step()
    start = alive()
    for _ in range(10):
        step()
    assert alive() == start


def test_arrays_alive_are_counted():
    """The test above can fail."""
    start = alive()
    kept = jnp.ones(7) * 2
    assert alive() == (start[0] + 1, start[1] + 28)
    del kept


@pytest.mark.thorough
def test_a_loop_of_changing_structure_stays_right_and_bounded(monkeypatch):
    """Random depth and random activations: another tape at every step."""
    monkeypatch.setattr(reverse, "CACHE_SIZE", 5)
    reverse.PROGRAMS.clear()
    draw = random.Random(0)
    activations = [jnp.tanh, jnp.sin, jax.nn.relu, jax.nn.sigmoid]
    weights = [gt.Variable(np.eye(3) * (i + 1) / 3 + 0.1) for i in range(4)]
    x = jnp.array([[0.3, -0.7, 1.1]])

    def loss(weights, chosen):
        h = x
        for w, activation in zip(weights, chosen, strict=False):
            h = activation(h @ w)
        return jnp.mean(h**2)

    sizes = []
    for _ in range(12):
        chosen = [draw.choice(activations) for _ in range(draw.randint(1, 4))]
        with gt.GradientTape() as tape:
            y = loss([w.value for w in weights[: len(chosen)]], chosen)
        got = tape.gradient(y, weights, unconnected_gradients="zero")
        expected = jax.grad(loss)([w.value for w in weights], chosen)
        for g, e in zip(got, expected, strict=True):
            np.testing.assert_allclose(g, e, rtol=1e-5, atol=1e-7)
        del tape, y, got, expected
        assert len(reverse.PROGRAMS) <= 5
        sizes.append(alive())
    assert sizes[-1] == sizes[2]


def _step(x, w):
    with gt.GradientTape() as tape:
        tape.watch(w)
        y = jnp.sum(jnp.tanh(x @ w) ** 2)
    return tape.gradient(y, w)


def test_the_second_step_compiles_nothing():
    reverse.PROGRAMS.clear()
    x, w = jnp.ones((2, 3)), jnp.full((3, 2), 0.1)
    others = x + 1, w * 2
    _step(x, w)
    with Compilations() as compiled:
        _step(*others)
    assert compiled.count == 0
    assert len(reverse.PROGRAMS) == 1


def test_the_counter_counts():
    with Compilations() as compiled:
        jax.jit(lambda x: x * 3 + 1)(jnp.ones(7))
    assert compiled.count > 0


def test_the_second_step_of_a_keras_model_compiles_nothing():
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dropout(0.5)]
    )

    def step(x):
        with gt.GradientTape() as tape:
            loss = keras.ops.sum(model(x, training=True) ** 2)
        return tape.gradient(loss, model.trainable_variables)

    first, second = jnp.ones((5, 4)), jnp.zeros((5, 4))
    step(first)
    with Compilations() as compiled:
        step(second)
    assert compiled.count == 0


def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(reverse, "CACHE_SIZE", 4)
    reverse.PROGRAMS.clear()
    x = jnp.float32(1.0)
    for length in range(1, 9):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(length):
                y = y * x
        assert float(tape.gradient(y, x)) == length + 1
    assert len(reverse.PROGRAMS) == 4


def test_the_cache_keeps_what_was_used_last(monkeypatch):
    monkeypatch.setattr(reverse, "CACHE_SIZE", 2)
    reverse.PROGRAMS.clear()
    _step(jnp.ones((2, 3)), jnp.ones((3, 2)))
    x = jnp.float32(1.0)
    for function in (jnp.sin, jnp.cos):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        tape.gradient(y, x)
        _step(jnp.ones((2, 3)), jnp.ones((3, 2)))
    with Compilations() as compiled:
        _step(jnp.ones((2, 3)), jnp.ones((3, 2)))
    assert compiled.count == 0


def test_parameters_that_compare_equal_are_not_confused():
    """1, 1.0 and True are equal and hash alike; a program made for one must not serve another."""
    x = jnp.arange(-1.0, 3.0)
    for low in (0, 0.0, -0.0, False, 1, 1.0, True):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.clip(x, low, None) * jnp.copysign(1.0, low)
        expected = jax.grad(lambda x, c=low: jnp.sum(jnp.clip(x, c) * jnp.copysign(1.0, c)))(x)
        assert jnp.array_equal(tape.gradient(y, x), expected)


def test_programs_depend_on_structure_and_not_on_values():
    reverse.PROGRAMS.clear()
    for value in (1.0, 2.0, 3.0):
        x = jnp.float32(value)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        assert float(tape.gradient(y, x)) == 2 * value
    assert len(reverse.PROGRAMS) == 1


def test_the_same_operations_connected_otherwise_are_another_program():
    x, y = jnp.float32(2.0), jnp.float32(3.0)

    def gradients(function):
        with gt.GradientTape() as tape:
            tape.watch([x, y])
            z = function(x, y)
        return [float(g) for g in tape.gradient(z, [x, y])]

    assert gradients(lambda x, y: (x * y) - y) == [3.0, 1.0]
    assert gradients(lambda x, y: y - (x * y)) == [-3.0, -1.0]
    assert gradients(lambda x, y: (y * x) - x) == [2.0, 2.0]


def test_tapes_do_not_fill_the_cache_of_jitted_functions():
    """JAX keeps an entry for each trace and searches them one by one."""
    function, x = jax.jit(lambda x: x * 2), jnp.ones(3)

    def step():
        with gt.GradientTape() as tape:
            tape.watch(x)
            function(x)

    step()
    size = function._cache_size()
    for _ in range(5):
        step()
    assert function._cache_size() == size
