"""`tape.why`: why a gradient is None, zero or not finite, with the line that is to blame."""

import gc
import re
import warnings

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras import layers, ops

import glasstape as gt
from glasstape import errors


class Case:
    """What one program has: a watched tensor, two variables, one that is not trainable."""

    def __init__(self):
        self.x = jnp.array([1.0, 3.0, 2.0])
        self.v = gt.Variable([1.0, 2.0, 3.0], name="v")
        self.w = gt.Variable([0.5, 0.5, 0.5], name="w")
        self.frozen = gt.Variable([1.0], trainable=False, name="frozen")
        self.steps = gt.Variable(3, dtype="int32", name="steps")
        self.early = self.w * 2.0


CASES = {}


def case(kind, operation, at, *says, numbers=False):
    """A program that returns target and source, and what must be said of it.

    Args:
        kind: Of the explanation.
        operation: Its name, or None.
        at: A part of the line that is named, or None when no line is.
        says: Parts of the text.
        numbers: Told from numbers, which a compiled step does not have.
    """

    def add(build):
        CASES[build.__name__] = build, kind, operation, at, says, numbers
        return build

    return add


# ----- cut -----


@case("cut", "argmax", "ops.argmax(c.x)", "positions have no derivative", "take_along_axis")
def argmax(tape, c):
    tape.watch(c.x)
    best = ops.argmax(c.x)
    return best * 2.0, c.x


@case("cut", "argmax", "ops.argmax", "positions have no derivative")
def accuracy(tape, c):
    tape.watch(c.x)
    scores = ops.stack([c.x, c.x])
    guessed = ops.argmax(scores, -1)
    return ops.mean(ops.cast(guessed == 1, "float32")), c.x


@case("cut", "argsort", "ops.argsort", "positions")
def argsort(tape, c):
    tape.watch(c.x)
    return ops.sum(ops.argsort(c.x) * 1.0), c.x


@case("cut", "convert_element_type", '"int32"', "casts to i32[3]", "keep floating-point numbers")
def integer_cast(tape, c):
    tape.watch(c.x)
    whole = ops.cast(c.x * 2.0, "int32")
    return ops.sum(ops.cast(whole, "float32")), c.x


@case("cut", "convert_element_type", '"int32"', "casts to i32[3]")
def integer_target(tape, c):
    tape.watch(c.x)
    return ops.sum(ops.cast(c.x, "int32")), c.x


@case("cut", "greater", "> 2.5", "yes or no has no derivative", "sigmoid")
def mask(tape, c):
    tape.watch(c.x)
    chosen = c.x > 2.5
    return ops.sum(ops.cast(chosen, "float32") * c.v), c.x


@case("cut", "stop_gradient", "ops.stop_gradient", "on purpose")
def stop_gradient(tape, c):
    tape.watch(c.x)
    fixed = ops.stop_gradient(c.x * 2.0)
    return ops.sum(fixed * 3.0), c.x


@case("cut", "stop_gradient", "gt.stop_gradient", "on purpose")
def stop_gradient_of_the_source_itself(tape, c):
    tape.watch(c.x)
    fixed = gt.stop_gradient(c.x)
    return ops.sum(fixed * 3.0), c.x


@case("cut", "assign", "c.w.assign(c.v", "assigned to the variable 'w'", "the tensor itself")
def assign(tape, c):
    c.w.assign(c.v * 2.0)
    return ops.sum(c.w * 1.0), c.v


@case("cut", "convert_element_type", "jnp.int32", "inside `rounded`")
def inside_a_compiled_function(tape, c):
    tape.watch(c.x)
    return rounded(c.x), c.x


@jax.jit
def rounded(x):
    return jnp.sum(x.astype(jnp.int32) * 2.0)


# ----- nothing recorded leads on -----


@case("not_read", None, None, "variable 'w'", "not read while the tape recorded")
def never_read(tape, c):
    return ops.sum(c.v * 1.0), c.w


@case("not_read", None, None, "before or outside does not count")
def read_before(tape, c):
    return ops.sum(c.v * c.early), c.w


@case("stopped", None, "held = c.w", "stop_recording")
def read_while_stopped(tape, c):
    with tape.stop_recording():
        held = c.w * 2.0
    return ops.sum(c.v * held), c.w


@case("not_trainable", None, "c.frozen *", "not trainable", "layer.trainable = True")
def not_trainable(tape, c):
    return ops.sum(c.frozen * c.v), c.frozen


@case("integer", None, "c.steps", "holds int32 numbers")
def integer_variable(tape, c):
    return ops.sum(c.v * ops.cast(c.steps, "float32")), c.steps


@case("integer", None, None, "whole numbers have no derivative")
def integer_source(tape, c):
    positions = jnp.array([0, 2])
    return ops.sum(ops.take(c.v, positions)), positions


@case("not_watched", None, None, "does not watch this tensor", "tape.watch(tensor)")
def not_watched(tape, c):
    return ops.sum(c.x * c.x), c.x


@case("not_used", None, None, "no operation read it", "slicing before the tape")
def not_used(tape, c):
    tape.watch(c.x)
    return ops.sum(c.v), c.x


@case("target", None, None, "not computed inside the tape")
def target_of_something_else(tape, c):
    tape.watch(c.x)
    return ops.sum(jnp.ones(3) * 2.0), c.x


@case("left", "multiply", "h = c.x", "NumPy", "from nothing that the tape watches", numbers=True)
def numpy(tape, c):
    tape.watch(c.x)
    h = c.x * 2.0
    return ops.sum(ops.convert_to_tensor(np.asarray(h)) * 3.0), c.x


@case("left", "reduce_sum", "total =", "float()", "from other tensors only", numbers=True)
def python_number(tape, c):
    tape.watch(c.x)
    total = ops.sum(c.x)
    return ops.sum(c.v * float(total)), c.x


# ----- zero, and not finite -----


@case("zero", "multiply", "* 0.0", "the other factor is 0 everywhere", numbers=True)
def multiplied_by_zero(tape, c):
    tape.watch(c.x)
    return ops.sum(c.x * 0.0), c.x


@case("zero", "multiply", "* c.mask", "0 wherever a gradient arrives", numbers=True)
def masked(tape, c):
    tape.watch(c.x)
    c.mask = jnp.array([1.0, 0.0, 0.0])
    hidden = c.x * c.mask
    return hidden[1] * 2.0, c.x


@case("zero", "relu", "ops.relu", "0 or less (from -3 to -1)", numbers=True)
def dead_relu(tape, c):
    tape.watch(c.x)
    return ops.sum(ops.relu(-c.x)), c.x


@case("zero", "clip", "ops.clip", "outside of its limits", numbers=True)
def clipped(tape, c):
    tape.watch(c.x)
    return ops.sum(ops.clip(c.x, 5.0, 6.0)), c.x


@case("zero", "sigmoid", "ops.sigmoid", "saturated", numbers=True)
def saturated(tape, c):
    tape.watch(c.x)
    return ops.sum(ops.sigmoid(c.x * 1e4)), c.x


@case("zero", "round", "ops.round", "step function", numbers=True)
def step_function(tape, c):
    tape.watch(c.x)
    return ops.sum(ops.round(c.x)), c.x


@case("zero", "subtract", "c.x - c.x", "adds up to 0", numbers=True)
def cancelled(tape, c):
    tape.watch(c.x)
    return ops.sum(c.x - c.x), c.x


@case("zero", "muted", "muted(c.x)", "the custom gradient of `muted` gives zeros", numbers=True)
def custom_gradient(tape, c):
    @gt.custom_gradient
    def muted(x):
        return x * 2.0, lambda dy: None

    tape.watch(c.x)
    return ops.sum(muted(c.x)), c.x


@case("nonfinite", "sqrt", "ops.sqrt", "arrives at `sqrt` finite", "from 0 to 0", numbers=True)
def nan(tape, c):
    tape.watch(c.x)
    return ops.sum(ops.sqrt(c.x * 0.0)), c.x


@case("alive", None, None, "norm is 7.48331", numbers=True)
def alive(tape, c):
    tape.watch(c.x)
    return ops.sum(c.x**2), c.x


def record(name):
    tape, c = gt.GradientTape(), Case()
    with tape:
        asked = CASES[name][0](tape, c)
    return tape, c, asked


def check(found, name):
    _, kind, operation, at, says, _ = CASES[name]
    assert (found.kind, found.operation) == (kind, operation), found
    for part in says:
        assert part in found.text
    if at is None:
        assert found.source is None
    else:
        assert found.source.file == __file__
        assert at in found.source.text
        assert f"At: {found.source}" in found.text


@pytest.mark.parametrize("name", CASES)
def test_the_explanation(name):
    tape, _, asked = record(name)
    check(tape.why(*asked), name)


@pytest.mark.filterwarnings("ignore:tape.gradient")
@pytest.mark.parametrize("name", CASES)
def test_it_is_true(name):
    """Against the gradient itself; and afterwards the same is said of a None."""
    tape, _, asked = record(name)
    kind, before = CASES[name][1], str(tape.why(*asked))
    gradient = tape.gradient(*asked)
    if kind in ("zero", "nonfinite", "alive"):
        is_kind = {"zero": lambda g: ~g.any(), "nonfinite": lambda g: ~np.isfinite(g).all()}
        assert is_kind.get(kind, lambda g: g.any())(np.asarray(gradient))
        with pytest.raises(errors.TapeUsedUpError, match="whose gradient was not None"):
            tape.why(*asked)
    else:
        assert gradient is None
        assert str(tape.why(*asked)) == before


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if not c[-1]])
def test_in_a_function(name):
    c, told = Case(), []

    @gt.function
    def step(x):
        c.x = x
        with gt.GradientTape() as tape:
            asked = CASES[name][0](tape, c)
        told.append(tape.why(*asked))
        return x

    step(c.x)
    check(told[0], name)


def test_a_cut_inside_a_called_function_is_named_by_its_line():
    @gt.function
    def chosen(x):
        return jnp.argmax(x * 2.0)

    x = jnp.array([1.0, 2.0])
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = 2.0 * chosen(x)
    found = tape.why(y, x)
    assert (found.kind, found.operation) == ("cut", "argmax")
    assert found.source.text == "return jnp.argmax(x * 2.0)"


def in_a_scan(x):
    def body(carry, row):
        return carry + jnp.argmax(row), row  # scan

    return jax.lax.scan(body, 0.0, x)[0]


def in_a_fori_loop(x):
    return jax.lax.fori_loop(0, 3, lambda i, c: c + jnp.argmax(x[i]), 0.0)  # fori


def in_a_while_loop(x):
    def body(c):
        return c + 1.0 + jnp.argmax(x)  # while

    return jax.lax.while_loop(lambda c: c < 10.0, body, 0.0)


def in_a_branch(x):
    def chosen(x):
        return jnp.argmax(x * 2.0) * 1.0  # branch

    return jax.lax.cond(jnp.bool_(True), chosen, lambda x: 0.0, x)


def in_a_checkpoint(x):
    return jax.checkpoint(lambda x: jnp.argmax(x) * 1.0)(x)  # checkpoint


def in_a_loop_of_a_branch(x):
    def body(c, row):
        return jax.lax.cond(c > 0, lambda r: jnp.argmax(r) * 1.0, lambda r: 0.0, row), c  # both

    return jax.lax.scan(body, 0.0, x)[0]


def carried_around(x):
    def body(carry, row):
        a, b, _ = carry
        return (jnp.argmax(row) * 1.0, a, b), None  # around

    return jax.lax.scan(body, (0.0, 0.0, 0.0), x)[0][2]


INNER = {
    in_a_scan: "scan",
    in_a_fori_loop: "fori",
    in_a_while_loop: "while",
    in_a_branch: "branch",
    in_a_checkpoint: "checkpoint",
    in_a_loop_of_a_branch: "both",
    carried_around: "around",
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("function", INNER, ids=lambda f: f.__name__)
def test_a_cut_inside_a_loop_or_branch_is_named_by_its_line(function, when):
    x = jnp.arange(6.0).reshape(3, 2)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = 2.0 * function(x)
    found = tape.why(y, x)
    if when == "after":
        assert tape.gradient(y, x) is None
        found = tape.why(y, x)
    assert (found.kind, found.operation) == ("cut", "argmax")
    assert found.source.text.endswith(f"# {INNER[function]}")


def test_only_the_cut_part_of_a_loop_has_no_gradient():
    x, z = jnp.arange(6.0).reshape(3, 2), jnp.ones((3, 2))

    def body(carry, rows):
        return carry + jnp.argmax(rows[0]) * jnp.sum(rows[1]), None

    with gt.GradientTape() as tape:
        tape.watch([x, z])
        y = jax.lax.scan(body, 0.0, (x, z))[0]
    assert tape.why(y, x).operation == "argmax"
    of_x, of_z = tape.gradient(y, [x, z])
    assert of_x is None
    np.testing.assert_array_equal(of_z, np.ones((3, 2)))


def test_in_a_function_there_are_no_numbers():
    told = []

    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = ops.sum(x * 0.0)
        told.append(tape.why(y, x))
        return y

    step(jnp.ones(3))
    assert told[0].kind == "alive"
    assert "those of a compiled step are known only when it runs" in told[0].text


def test_a_tape_that_watches_nothing_by_itself():
    v = gt.Variable(2.0, name="v")
    with gt.GradientTape(watch_accessed_variables=False) as tape:
        y = v * v
    found = tape.why(y, v)
    assert found.kind == "not_watched"
    assert "watch_accessed_variables=False" in found.text
    assert "tape.watch(variable)" in found.text


def test_it_names_the_layer():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="dense")], name="net")
    head = layers.Activation(lambda t: ops.stop_gradient(t), name="frozen_head")
    with gt.GradientTape() as tape:
        y = ops.sum(head(model(jnp.ones((1, 3)))))
    found = tape.why(y, model.layers[0].kernel)
    assert found.layer == "frozen_head"
    assert "variable 'net/dense/kernel'" in found.text
    assert "Layer: frozen_head" in found.text


def test_a_second_derivative_that_is_nothing():
    x = jnp.array([1.0, 2.0])
    with gt.GradientTape() as outer:
        outer.watch(x)
        with gt.GradientTape() as inner:
            inner.watch(x)
            y = ops.sum(3.0 * x)
        slope = inner.gradient(y, x)
    found = outer.why(slope, x)
    assert (found.kind, found.operation) == ("cut", "tape.gradient")
    assert "as that of a linear function" in found.text
    assert "inner.gradient" in found.source.text
    assert outer.gradient(slope, x) is None


def test_no_target_at_all():
    x = jnp.array([1.0, 2.0])
    with gt.GradientTape() as tape:
        tape.watch(x)
        _ = x * x
    assert tape.why([], x).kind in ("left", "target")


def test_several_ways_that_are_cut():
    x = jnp.array([1.0, 2.0])
    with gt.GradientTape() as tape:
        tape.watch(x)
        a = ops.cast(x > 1.5, "float32")
        b = ops.stop_gradient(x * 2.0)
        y = ops.sum(a + b)
    text = str(tape.why(y, x))
    assert "`stop_gradient`" in text
    assert "`greater`" in text


def test_it_neither_uses_the_tape_up_nor_holds_arrays():
    x = jnp.ones(1000)
    with gt.GradientTape() as tape:
        tape.watch(x)
        h = x * 2.0
        y = ops.sum(ops.stop_gradient(h))
    before = len(jax.live_arrays())
    found = tape.why(y, x)
    assert tape.gradient(y, x) is None
    del h
    gc.collect()
    assert len(jax.live_arrays()) < before
    assert found.kind == tape.why(y, x).kind == "cut"


class TestApplyGradients:
    """An optimizer that is given None points to the reason."""

    def net(self):
        return keras.Sequential(
            [keras.Input((3,)), layers.Dense(4, name="first"), layers.Dense(2, name="second")],
            name="net",
        )

    @pytest.mark.parametrize("wrap", [lambda f: f, gt.function], ids=["eager", "function"])
    def test_of_nones_only(self, wrap):
        model, optimizer = self.net(), keras.optimizers.SGD(0.1)

        @wrap
        def step(x):
            with gt.GradientTape() as tape:
                scores = model(x)
                loss = ops.mean(ops.cast(ops.argmax(scores, -1), "float32"))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

        with pytest.raises(errors.GradientMismatchError) as caught:
            step(jnp.ones((1, 3)))
        text = str(caught.value)
        assert "Every gradient is None; nothing was updated." in text
        assert "cut at `argmax`" in text
        assert re.search(r"At: .*test_why\.py:\d+, in step", text)

    def test_of_some_nones(self):
        model, optimizer = self.net(), keras.optimizers.SGD(0.1)

        def step():
            with gt.GradientTape() as tape:
                hidden = ops.stop_gradient(model.layers[0](jnp.ones((1, 3))))
                loss = ops.sum(model.layers[1](hidden))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

        with pytest.warns(UserWarning, match="cut at `stop_gradient`") as caught:
            step()
        assert "print(tape.why(loss, variable))" in str(caught[0].message)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            step()  # once is enough


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_the_penalty_of_a_gradient_does_not_depend_on_a_bias(compiled):
    net = keras.Sequential([keras.Input((2,)), layers.Dense(3, "tanh"), layers.Dense(1)])
    told = []

    def step(x):
        with gt.GradientTape() as outer:
            with gt.GradientTape() as inner:
                inner.watch(x)
                y = net(x)
            penalty = ops.sum(ops.square(inner.gradient(y, x)))
        told.append(outer.why(penalty, net.layers[-1].bias))
        return penalty

    (gt.function(step) if compiled else step)(jnp.ones((4, 2)))
    assert told[0].kind in ("cut", "left")
    assert "does not depend on" in told[0].text
