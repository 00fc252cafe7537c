"""`tf.function`, `tf.print` and `tf.Variable` inside compiled steps."""

import inspect

import numpy as np
import pytest

import glasstape as gt
import glasstape.tf as tf
from glasstape.errors import StepTypeError

# inspect.signature(tf.function) of TensorFlow 2.21.0
ARGUMENTS = (
    "func=None, input_signature=None, autograph=True, jit_compile=None, reduce_retracing=False, "
    "experimental_implements=None, experimental_autograph_options=None, "
    "experimental_attributes=None, experimental_relax_shapes=None, experimental_compile=None, "
    "experimental_follow_type_hints=None"
)


def test_arguments_have_tensorflows_order_and_defaults():
    parameters = inspect.signature(tf.function).parameters.values()
    assert ", ".join(f"{p.name}={p.default}" for p in parameters) == ARGUMENTS


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"experimental_relax_shapes": True},
        {"reduce_retracing": True},
        {"jit_compile": True},
        {"experimental_compile": True},
        {"autograph": False, "experimental_implements": "name"},
        {"experimental_follow_type_hints": True, "experimental_attributes": {}},
    ],
)
def test_options_are_taken(options):
    @tf.function(**options)
    def double(x):
        return 2 * x

    assert isinstance(double, gt.Function)
    assert float(double(tf.constant(1.5))) == 3.0
    assert float(tf.function(lambda x: x + 1, **options)(tf.constant(1.5))) == 2.5


def test_options_reach_the_compiler(monkeypatch):
    seen = {}
    monkeypatch.setattr(gt, "function", lambda func, **options: seen.update(options))
    tf.function(len, ["signature"], False, None, True, experimental_compile=True)
    assert seen == {
        "input_signature": ["signature"],
        "autograph": False,
        "jit_compile": True,
        "reduce_retracing": True,
        "experimental_relax_shapes": None,
    }


def test_what_cannot_be_compiled_names_the_users_line():
    with pytest.raises(StepTypeError) as caught:
        tf.function(3)
    assert f"At: {__file__}:" in str(caught.value)


def test_print_prints_at_every_call_and_pythons_while_tracing(capfd):
    @tf.function
    def step(x):
        print("traced")
        tf.print("loss:", tf.reduce_mean(x), x)
        return x

    for number in (1.0, 2.0, 3.0):
        step(tf.constant([number, number]))
    out, err = capfd.readouterr()
    assert out.splitlines() == ["traced"]
    assert err.splitlines() == ["loss: 1 [1 1]", "loss: 2 [2 2]", "loss: 3 [3 3]"]


def test_variables_created_on_the_first_call():
    class Counter:
        def __init__(self):
            self.count = None
            self.dense = tf.keras.layers.Dense(1, kernel_initializer="ones")

        @tf.function
        def __call__(self, x):
            if self.count is None:
                self.count = tf.Variable(0, trainable=False)
            self.count.assign_add(1)
            return self.dense(x) * tf.cast(self.count, tf.float32)

    counter = Counter()
    x = tf.ones([1, 2])
    assert [float(counter(x)[0, 0]) for _ in range(3)] == [2.0, 4.0, 6.0]
    assert int(counter.count) == 3


def test_a_variable_with_a_callable_value_draws_it_once():
    class Layer:
        w = None

        @tf.function
        def __call__(self):
            if self.w is None:
                self.w = tf.Variable(lambda: tf.random.normal([3]))
            return tf.reduce_sum(self.w)

    layer = Layer()
    assert float(layer()) == float(layer()) != 0.0


def test_executing_eagerly():
    seen = []

    @tf.function
    def step(x):
        seen.append(tf.executing_eagerly())
        with tf.GradientTape():
            seen.append(tf.executing_eagerly())
        return x

    step(tf.constant(1.0))
    with tf.GradientTape():
        seen.append(tf.executing_eagerly())
    assert seen == [False, False, True]


def test_a_tape_and_its_options():
    x, unused = tf.constant(2.0), tf.constant(1.0)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch([x, unused])
        y = x * x
    zero = tape.gradient(y, unused, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert (float(tape.gradient(y, x)), float(zero)) == (4.0, 0.0)
    assert tape.gradient(y, unused) is None
    assert tf.GradientTape is gt.GradientTape


@pytest.mark.parametrize("compiled", [False, True])
def test_custom_gradients(compiled):
    @tf.custom_gradient
    def clipped(x):
        return tf.square(x), lambda dy: dy * 0.5

    def slopes(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y, z = clipped(x), tf.recompute_grad(tf.square)(x)
        return tape.gradient(y, x), tape.gradient(z, x)

    run = tf.function(slopes) if compiled else slopes
    assert [float(g) for g in run(tf.constant(3.0))] == [0.5, 6.0]


def test_python_values_of_dtypes_choose_the_program():
    @tf.function
    def convert(x, dtype):
        return tf.cast(x, dtype)

    x = tf.constant([1.5])
    assert convert(x, tf.int32).dtype == tf.int32
    assert convert(x, tf.float16).dtype == tf.float16
    np.testing.assert_array_equal(convert(x, tf.int32), [1])
    assert convert.experimental_get_tracing_count() == 2


def test_functions_run_eagerly():
    seen = []

    @tf.function
    def step(x):
        seen.append(tf.executing_eagerly())
        return x

    assert not tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        assert tf.config.functions_run_eagerly()
        step(tf.constant(1.0))
    finally:
        tf.config.run_functions_eagerly(False)
    step(tf.constant(1.0))
    assert seen == [True, False]


def test_an_input_signature_of_specs():
    assert tf.TensorSpec is gt.TensorSpec
    spec = tf.TensorSpec(shape=[2], dtype=tf.int32, name="x")

    @tf.function(input_signature=[spec])
    def double(x):
        return 2 * x

    assert double([1, 2]).dtype == tf.int32
    assert double.input_signature == [spec]
    with pytest.raises(StepTypeError, match="input_signature"):
        double(tf.constant([1.0, 2.0]))
