"""Tensors of a step that somebody keeps: harmless until they are used, then explained."""

import collections
import copy

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.compiler import leaks
from glasstape.errors import TracerLeakError

X = jnp.ones((2, 3))
kept_globally = None
Pair = collections.namedtuple("Pair", "first second")


class Keeper:
    def __init__(self):
        self.value = None
        self.values = []
        self.by_name = {}
        self.queue = collections.deque()


class Slotted:
    __slots__ = ("value",)


values = []
keeper = Keeper()


def leak(function):
    """Run a step that keeps something."""
    return gt.function(function)(X)


USES = {
    "add": lambda t: t + 1,
    "radd": lambda t: 1 + t,
    "float": float,
    "bool": bool,
    "shape": lambda t: t.shape,
    "index": lambda t: t[0],
    "iterate": list,
    "numpy": np.asarray,
    "jnp": jnp.mean,
    "keras": keras.ops.sum,
    "format": lambda t: f"{t:.3f}",
    "assign": lambda t: gt.Variable(X).assign(t),
    "an argument": gt.function(lambda t: t),
    "compare": lambda t: t > 0,
    "method": lambda t: t.sum(),
}


def in_attribute(x):
    keeper.value = x * 2
    return x


@pytest.mark.parametrize("name", USES)
def test_every_use_is_refused_with_the_line_that_stored_it(name):
    leak(in_attribute)
    with pytest.raises(TracerLeakError) as raised:
        USES[name](keeper.value)
    text = str(raised.value)
    assert "A tensor of the compiled step in_attribute was used outside it." in text
    assert "a float32[2,3] tensor kept in the attribute `value` of a Keeper object" in text
    assert f"{__file__}:" in text
    assert "in in_attribute: `keeper.value = x * 2`" in text
    assert "return the tensor from the step" in text


def test_looking_and_copying_are_allowed():
    leak(in_attribute)
    assert "it has no value" in repr(keeper.value)
    assert "it has no value" in repr(copy.copy(keeper.value))


def in_list(x):
    values.append(x * 2)
    return x


def in_list_of_object(x):
    keeper.values.insert(0, x * 2)
    return x


def in_dict(x):
    keeper.by_name["loss"] = x * 2
    return x


def in_deque(x):
    keeper.queue.append(x * 2)
    return x


def in_tuple(x):
    keeper.value = (1, (x * 2, "b"))
    return x


def in_named_tuple(x):
    keeper.value = Pair("a", x * 2)
    return x


def globally(x):
    global kept_globally
    kept_globally = x * 2
    return x


def in_slots(x):
    keeper.value = Slotted()
    keeper.value.value = x * 2
    return x


def by_another_function(x):
    return in_dict(x)


# step -> (what is used later, where it is kept, the line)
PLACES = {
    in_list: (lambda: values[0], "the list `values`", "values.append(x * 2)"),
    in_list_of_object: (
        lambda: keeper.values[0], "the list `values`", "keeper.values.insert(0, x * 2)",
    ),
    in_dict: (
        lambda: keeper.by_name["loss"],
        "the dict `by_name` under 'loss'",
        'in in_dict: `keeper.by_name["loss"] = x * 2`',
    ),
    by_another_function: (
        lambda: keeper.by_name["loss"],
        "the dict `by_name` under 'loss'",
        'in in_dict: `keeper.by_name["loss"] = x * 2`',
    ),
    in_deque: (lambda: keeper.queue[0], "the list `queue`", "keeper.queue.append(x * 2)"),
    in_tuple: (
        lambda: keeper.value[1][0],
        "the attribute `value` of a Keeper",
        'keeper.value = (1, (x * 2, "b"))',
    ),
    in_named_tuple: (
        lambda: keeper.value.second,
        "the attribute `value` of a Keeper",
        'keeper.value = Pair("a", x * 2)',
    ),
    globally: (
        lambda: kept_globally, "the global name `kept_globally`", "kept_globally = x * 2",
    ),
    in_slots: (
        lambda: keeper.value.value,
        "the attribute `value` of a Slotted",
        "keeper.value.value = x * 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", PLACES, ids=lambda step: step.__name__)
def test_where_it_is_kept(step):
    used, place, line = PLACES[step]
    vars(keeper).update(vars(Keeper()))
    values.clear()
    leak(step)
    with pytest.raises(TracerLeakError) as raised:
        used() + 1
    assert place in str(raised.value)
    assert line in str(raised.value)


def test_a_variable_of_the_function_around_it():
    last = None

    @gt.function
    def step(x):
        nonlocal last
        last = x * 2
        return x

    step(X)
    with pytest.raises(TracerLeakError, match=r"variable `last` of a function[^`]*`last = x \* 2`"):
        last + 1


def test_a_layer_that_keeps_what_it_computed_goes_on_working():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, x):
            self.features = self.dense(x)
            return self.features

    net = Net()
    net(X)
    step = gt.function(net)
    first = step(X)
    with pytest.raises(TracerLeakError, match=r"in call: `self.features = self.dense\(x\)`"):
        keras.ops.mean(net.features)
    np.testing.assert_array_equal(step(X), first)
    net(X)
    np.testing.assert_array_equal(net.features, first)


def test_a_tensor_of_an_earlier_step_is_not_a_program_input():
    keeper = Keeper()

    @gt.function
    def first(x):
        keeper.value = x * 2
        return x

    @gt.function
    def second(x):
        return x + keeper.value

    first(X)
    with pytest.raises(TracerLeakError, match="the compiled step first was used outside it"):
        second(X)


def test_nothing_is_searched_when_nothing_is_kept(monkeypatch):
    monkeypatch.setattr("gc.get_referrers", lambda *_: pytest.fail("searched"))
    monkeypatch.setattr("gc.collect", lambda *_: pytest.fail("collected"))
    layers = keras.layers.Dense(2, activation="relu"), keras.layers.Dropout(0.5)
    net = keras.Sequential([keras.Input((3,)), *layers])
    optimizer = keras.optimizers.Adam()

    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            loss = keras.ops.mean(net(x, training=True))
        optimizer.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
        return loss

    step(X)


def test_a_persistent_tape_goes_when_the_step_ends(monkeypatch):
    # JAX keeps the trace that the inner function was traced in, for ReLU's own rule for
    # derivatives, and with it what the tape had recorded.
    monkeypatch.setattr(leaks, "_Keepers", None)  # there is nothing to look for
    v = gt.Variable(2.0)
    inner = jax.jit(lambda x: jax.nn.relu(x) * 1.0)

    @gt.function
    def step(x):
        with gt.GradientTape(persistent=True) as tape:
            y = inner(inner(x * v) * v)
            z = jnp.sin(y)
        return tape.gradient(y, v) + tape.gradient(z, v)

    assert float(step(jnp.float32(3.0))) == pytest.approx(12 + 12 * np.cos(12), abs=1e-4)
