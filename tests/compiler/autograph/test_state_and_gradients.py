"""Variables, optimizers, metrics, random layers, prints and guards inside branches and loops.

Compared with the same Python run eagerly, and gradients with `jax.grad`.
"""

import io

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras import layers, ops

import glasstape as gt
from glasstape.errors import (
    AssertionFailedError,
    ControlFlowTypeError,
    ControlFlowValueError,
    NonFiniteLossError,
)

XS = jnp.array([1.0, 2.0, 3.0], "float32")
ROWS = jnp.arange(12.0).reshape(6, 2) / 10


class Fit:
    """Everything a training loop changes."""

    def __init__(self):
        keras.utils.set_random_seed(0)
        self.model = keras.Sequential(
            [layers.Dense(4, activation="relu"), layers.BatchNormalization(),
             layers.Dropout(0.3), layers.Dense(1)]
        )  # fmt: skip
        self.model.build((None, 2))
        self.optimizer = keras.optimizers.Adam(0.05)
        self.mean = keras.metrics.Mean()

    def step(self, x):
        with gt.GradientTape() as tape:
            y = self.model(x, training=True)
            loss = ops.mean((y - ops.sum(x, axis=-1, keepdims=True)) ** 2)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables, strict=True))
        self.mean.update_state(loss)
        return loss

    def loop(self, batches):
        last = 0.0
        for x in batches:
            last = self.step(x)
        return last

    def until(self, x):
        loss, rounds = self.step(x), 0
        while loss > 0.05 and rounds < 20:
            loss = self.step(x)
            rounds += 1
        return loss, rounds

    def every_second(self, batches):
        for i, x in enumerate(batches):
            if i % 2 == 0:
                self.step(x)
            else:
                self.mean.reset_state()
        return self.mean.result()

    def snapshot(self):
        parts = self.model.variables, self.optimizer.variables, self.mean.variables
        seeds = [v for v in self.model.non_trainable_variables if "seed" in v.path]
        return [np.array(v.value) for part in (*parts, seeds) for v in part]


@pytest.mark.parametrize("method", ["loop", "until", "every_second"])
def test_a_whole_training_loop_in_one_program(method):
    batches = jnp.stack([ROWS, ROWS[::-1], ROWS * 2])
    given = ROWS if method == "until" else batches
    eager, compiled = Fit(), Fit()
    expected = getattr(eager, method)(given)
    result = gt.function(getattr(compiled, method))(given)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4), result, expected)
    pairs = zip(compiled.snapshot(), eager.snapshot(), strict=True)
    for value, wanted in pairs:
        np.testing.assert_allclose(value, wanted, rtol=2e-4, atol=1e-6)
    assert int(compiled.optimizer.iterations.value) == int(eager.optimizer.iterations.value) > 0


def test_a_loop_that_a_variable_decides_about():
    v, flag = gt.Variable(0, dtype="int32"), gt.Variable(True, trainable=False, dtype="bool")

    @gt.function
    def step():
        while v < 10:
            v.assign_add(3)
        if flag:
            flag.assign(False)
        return v.value

    assert int(step()) == 12
    assert not bool(flag.value)


def test_a_branch_that_is_not_taken_changes_nothing():
    net = Fit()

    @gt.function
    def step(x, go):
        if go > 0:
            net.step(x)

    net.step(ROWS)
    before = net.snapshot()
    step(ROWS, jnp.float32(-1))
    for value, wanted in zip(net.snapshot(), before, strict=True):
        np.testing.assert_array_equal(value, wanted)
    step(ROWS, jnp.float32(1))
    assert int(net.optimizer.iterations.value) == 2


def test_what_a_failed_trace_leaves():
    v = gt.Variable(1.0)

    @gt.function
    def step(x):
        if x > 0:
            v.assign_add(x)
            y = x
        return y

    with pytest.raises(ControlFlowValueError, match="'y' must also be initialized in the else"):
        step(jnp.float32(1))
    assert float(v.value) == 1.0


def printed(function, *args):
    stream = io.StringIO()

    @gt.function
    def step(*args):
        return function(lambda *inputs: gt.print(*inputs, output_stream=stream), *args)

    step(*args)
    jax.effects_barrier()
    return stream.getvalue().split("\n")[:-1]


def test_prints_keep_their_order():
    def step(write, xs):
        write("start")
        for x in xs:
            if x > 1:
                write("large", x)
            else:
                write("small", x)
        write("end")

    assert printed(step, XS) == ["start", "small 1", "large 2", "large 3", "end"]


def test_prints_in_a_loop_that_is_differentiated():
    def step(write, xs):
        with gt.GradientTape() as tape:
            tape.watch(xs)
            y = 1.0
            for x in xs:
                y = y * x
                write(y)
        write(tape.gradient(y, xs))

    assert printed(step, XS) == ["1", "2", "6", "[6 3 2]"]


# ----- gradients -----

V = gt.Variable(2.0)


def branch(x):
    return V * V * x if x > 0 else V * x


def loop(x):
    y = x
    for z in XS:
        if z > 1:  # noqa: SIM108 - statements are what is tested
            y = y * V * z
        else:
            y = y + V * x
    return y


def loop_with_break(x):
    y = x
    for z in XS:
        if y > 5:
            break
        y = y * V + z
    return y


def while_loop(x):
    y = x
    while y < 100.0:
        y = y * V + 1.0
    return y


def early(x):
    for z in XS:
        if z * x > 2:
            return z * x * V
    return x


def written(x):
    V.assign(2.0)
    y = x
    for z in XS:
        V.assign(V * 1.5)
        y = y * V * z
    return y


def written_in_a_branch(x):
    V.assign(2.0)
    if x > 0:
        V.assign(V * x)
    return V * V * x


FUNCTIONS = [branch, loop, loop_with_break, while_loop, early, written, written_in_a_branch]


def gradients(function, x, persistent=False):
    with gt.GradientTape(persistent=persistent) as tape:
        tape.watch(x)
        y = function(x)
    return y, tape.gradient(y, [x, V], unconnected_gradients="zero")


@pytest.mark.parametrize("x", [1.5, 0.75])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_gradients_of_a_tape_around_it(function, x):
    V.assign(2.0)
    expected = gradients(function, jnp.float32(x))
    V.assign(2.0)
    step = gt.function(lambda x: gradients(function, x))
    jax.tree.map(np.testing.assert_allclose, step(jnp.float32(x)), expected)


@pytest.mark.parametrize("x", [1.5, -1.5])
@pytest.mark.parametrize("function", [branch, loop])
def test_gradients_against_jax(function, x):
    V.assign(2.0)
    step = gt.function(lambda x: gradients(function, x))

    def pure(x, v):
        with keras.StatelessScope(state_mapping=[(V, v)]):
            return function(x)

    expected = jax.value_and_grad(pure, (0, 1))(jnp.float32(x), jnp.float32(2.0))
    result = step(jnp.float32(x))
    np.testing.assert_allclose(result[0], expected[0], rtol=1e-6)
    np.testing.assert_allclose(result[1], expected[1], rtol=1e-6)


def test_second_derivatives():
    def second(x):
        with gt.GradientTape() as outer:
            outer.watch(x)
            with gt.GradientTape() as inner:
                inner.watch(x)
                y = x
                for z in XS:
                    y = y * x if z > 1 else y + z * x * x
            first = inner.gradient(y, x)
        return first, outer.gradient(first, x)

    expected = second(jnp.float32(1.5))
    result = gt.function(second)(jnp.float32(1.5))
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_a_gradient_taken_inside_a_branch():
    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x**3
        if y > 0:
            return tape.gradient(y, x)
        return x * 0

    assert float(step(jnp.float32(2))) == 12.0
    assert float(step(jnp.float32(-2))) == 0.0


# ----- guards -----


def test_a_program_that_looks_itself_whether_its_loss_is_finite():
    w, optimizer = gt.Variable(1.0), keras.optimizers.SGD(0.1)

    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            loss = ops.log(x) * w
        gradients = tape.gradient(loss, [w])
        if ops.isfinite(loss):
            optimizer.apply_gradients(zip(gradients, [w], strict=True))
        return loss

    step(jnp.float32(2.0))
    after = float(w.value)
    assert after != 1.0
    assert np.isnan(step(jnp.float32(-2.0)))
    assert float(w.value) == after


def test_the_guard_of_the_step_itself_still_watches():
    w, optimizer = gt.Variable(1.0), keras.optimizers.SGD(0.1)

    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            loss = ops.log(x) * w
        gradients = tape.gradient(loss, [w])
        if x > 100:
            gt.print("large")
        optimizer.apply_gradients(zip(gradients, [w], strict=True))

    with pytest.raises(NonFiniteLossError):
        step(jnp.float32(-2.0))
    assert float(w.value) == 1.0


def test_asserting_a_tensor():
    v = gt.Variable(1.0)

    @gt.function
    def step(x):
        v.assign_add(x)
        assert x > 0, "x must be positive"
        assert len(XS) == 3
        return x

    step(jnp.float32(1))
    assert float(v.value) == 2.0
    with pytest.raises(AssertionFailedError, match="x must be positive") as caught:
        step(jnp.float32(-1))
        v.value  # noqa: B018 - the next read tells
    assert 'Expected: assert x > 0, "x must be positive"' in str(caught.value)
    assert float(v.value) == 2.0


def test_asserting_a_tensor_in_a_loop():
    @gt.function
    def step(xs):
        for x in xs:
            assert x > 0

    with pytest.raises(ControlFlowTypeError, match="asserted inside a loop or branch"):
        step(XS)


def test_asserting_what_python_knows():
    step = gt.function(_asserts_length)
    step(XS)
    with pytest.raises(AssertionError) as caught:
        step(XS[:2])
    assert caught.value.args == (("length", 2),)


def _asserts_length(xs):
    assert len(xs) == 3, ("length", len(xs))
    if xs[0] > 0:
        xs = xs + 1
    return xs
