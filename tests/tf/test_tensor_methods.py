"""What tensors and variables can do that JAX' and Keras' cannot, in eager and compiled code."""

import sys
import warnings

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
import glasstape.tf as tf
from glasstape.errors import InvalidArgumentError, TensorTypeError, TracedValueError
from glasstape.ports import jax_methods
from glasstape.tf import _methods


def lines(call, kind):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value).splitlines()


@pytest.mark.parametrize("name", _methods.METHODS)
def test_jax_has_no_method_of_that_name_yet(name):
    """When this fails, JAX has got one: see whether it does what TensorFlow's does."""
    assert name not in jax_methods.taken
    assert getattr(jax.Array, name) is _methods.METHODS[name]
    assert not hasattr(np.zeros(2), name)  # what JAX is likeliest to take over
    assert name not in vars(type(jnp.zeros(2)))


def test_methods_are_not_put_over_jaxs_own():
    before = jax.Array.sum
    jax_methods.add("sum", lambda self: 0)
    assert jax.Array.sum is before
    assert jax_methods.taken.pop() == "sum"
    jax_methods.taken.clear()


def test_numpy_in_a_compiled_step_says_what_to_do():
    @tf.function
    def step(x):
        return x.numpy()

    assert lines(lambda: step(tf.ones([2])), TracedValueError)[:4] == [
        "`.numpy()` was called inside a compiled step.",
        "  Expected: a tensor with values; inside tf.function there are none yet, since the step "
        "is being turned into a program",
        "  Received: a float32[2] tensor of the program",
        "  Do this: return the tensor and call .numpy() on what the step returns; to see it from "
        "inside use tf.print, to run NumPy code on it tf.numpy_function",
    ]
    with pytest.raises(AttributeError):
        step(tf.ones([3]))


def test_numpy_copies():
    x = tf.constant([1.0, 2.0])
    array = x.numpy()
    array[0] = 5.0
    assert x.numpy().tolist() == [1.0, 2.0]


def test_numpy_of_what_is_still_in_a_queue():
    v = tf.Variable(0.0)

    @gt.function(steps_per_call=4)
    def step(x):
        return v.assign_add(x)

    results = [step(tf.constant(2.0)) for _ in range(3)]
    assert results[1].numpy() == 4.0
    assert v.numpy() == 6.0


def test_numpy_under_a_tape_and_of_half_precision():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        assert y.numpy() == 9.0
    assert tape.gradient(y, x).numpy() == 6.0
    assert tf.constant([1.5], tf.bfloat16).numpy().dtype == tf.bfloat16


def test_what_has_no_values_yet_says_so_in_vectorized_map():
    with pytest.raises(TracedValueError):
        tf.vectorized_map(lambda x: x.numpy(), tf.ones([2]))


# ----- v.value and v.value() -----


def test_value_is_a_property_and_a_method():
    v = tf.Variable([1.0, 2.0])
    for _ in range(100):  # until the interpreter has specialised the instructions
        assert v.value().tolist() == [1.0, 2.0]
        assert v.value.tolist() == [1.0, 2.0]
        assert (v.value + v.value()).tolist() == [2.0, 4.0]
        assert next(w.value() for w in (v,)).shape == (2,)
    called = v.value()
    assert called.shape == (2,)
    held = v.value
    assert isinstance(held, jax.Array)
    assert isinstance(v.value, jax.Array)


def test_value_is_a_method_in_translated_code():
    v = tf.Variable(2.0)

    @tf.function
    def step(x):
        if x > 0.0:
            return v.value() * x
        else:
            return v.value

    assert float(step(tf.constant(3.0))) == 6.0
    assert float(step(tf.constant(-3.0))) == 2.0


def test_value_is_recorded_either_way():
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = v.value() * v.value
    assert float(tape.gradient(y, v)) == 4.0


def test_keras_variables_end_and_have_tensorflows_methods():
    v = keras.Variable([1.0, 2.0])
    assert [float(x) for x in v] == [1.0, 2.0]
    assert v.read_value().tolist() == [1.0, 2.0]
    assert v.get_shape().as_list() == [2]
    assert v.ref() == v.ref()


# ----- tf.Variable -----


def test_variables_are_arrays_for_numpy_and_keras():
    v = tf.Variable([1.0, 3.0])
    assert np.mean(v) == 2.0
    assert np.asarray(v).tolist() == [1.0, 3.0]
    assert float(keras.ops.mean(v)) == 2.0
    assert float(tf.reduce_sum(v)) == 4.0
    assert (jnp.ones(2) + v).tolist() == [2.0, 4.0]


@pytest.mark.parametrize("compiled", [False, True])
def test_optimizers_and_metrics_take_named_variables(compiled):
    v = tf.Variable([1.0, 2.0], name="scope/v")
    optimizer = keras.optimizers.Adam(0.1)
    mean = keras.metrics.Mean()

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(v * v)
        optimizer.apply_gradients([(tape.gradient(loss, v), v)])
        mean.update_state(loss)
        return loss

    step = tf.function(step) if compiled else step
    losses = [float(step()) for _ in range(3)]
    assert losses[0] == 5.0
    assert losses == sorted(losses, reverse=True)
    assert float(mean.result()) == pytest.approx(np.mean(losses))
    assert v.name == "scope/v:0"


@pytest.mark.parametrize("compiled", [False, True])
def test_assigning_a_part(compiled):
    v = tf.Variable([1.0, 2.0, 3.0])

    def step(x):
        v[1:].assign([x, x])
        v[0].assign(v[1] + 1.0)
        return v

    result = (tf.function(step) if compiled else step)(tf.constant(5.0))
    assert np.asarray(result).tolist() == [6.0, 5.0, 5.0]
    assert v.numpy().tolist() == [6.0, 5.0, 5.0]


def test_refusals_of_variables():
    v = tf.Variable([1.0, 2.0], name="w")
    here = sys._getframe().f_lineno + 1
    assert lines(lambda: v + tf.constant([1, 2]), TensorTypeError) == [
        "`+` was given two dtypes.",
        "  Expected: tensors of one dtype",
        "  Received: float32 and int32",
        "  Do this: use tf.cast on one of them",
        f"  At: {__file__}:{here}, in <lambda>",
    ]
    assert lines(lambda: v.assign_add(1.0), InvalidArgumentError)[:4] == [
        "assign_add was given another shape than the variable 'w:0' has.",
        "  Expected: shape (2,)",
        "  Received: shape ()",
        "  Do this: use tf.broadcast_to or tf.reshape; a variable keeps its shape",
    ]
    assert lines(lambda: tf.ones([2]).assign([1.0, 2.0]), TensorTypeError)[:3] == [
        "A tensor was assigned.",
        "  Expected: a tf.Variable, or a part of one: v[1:].assign(...)",
        "  Received: a float32[2] tensor, which never changes",
    ]


def test_variables_show_no_numbers_while_a_step_is_traced():
    v, seen = tf.Variable(1.0, name="w"), []
    tf.function(lambda: seen.append(repr(v)))()
    assert seen == ["<tf.Variable 'w:0' shape=() dtype=float32>"]


def test_gradients_pass_through_rows_and_parts():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        first, second = v
        y = first * 2.0 + second[tf.constant(1)]
        z = tf.reduce_sum(v[..., tf.newaxis][:, 1])
    assert tape.gradient(y, v).tolist() == [[2.0, 2.0], [0.0, 2.0]]
    assert tape.gradient(z, v).tolist() == [[0.0, 1.0], [0.0, 1.0]]


# ----- shapes -----


def test_a_tensor_shape_is_a_shape_for_jax_keras_and_numpy():
    shape = tf.TensorShape([2, 3])
    assert jnp.zeros(shape).shape == keras.ops.zeros(shape).shape == np.zeros(shape).shape == (2, 3)
    assert jax.tree.leaves(shape) == [shape]
    assert tf.function(lambda x: tf.zeros(x.get_shape()))(tf.ones([2, 3])).shape == (2, 3)
    assert tf.keras.layers.Dense(4)(tf.ones(shape)).shape == (2, 4)


def test_a_shape_is_copied_and_pickled():
    import copy
    import pickle

    for shape in (tf.TensorShape([2, None]), tf.TensorShape(None)):
        for other in (copy.deepcopy(shape), pickle.loads(pickle.dumps(shape))):
            assert other == shape
            assert other.rank == shape.rank
    assert tf.TensorShape([]) != tf.TensorShape(None)


# ----- importing has no other effect -----


def test_nothing_is_added_before_the_import():
    import subprocess

    program = (
        "import glasstape, jax\n"
        "assert not hasattr(jax.Array, 'numpy') and not hasattr(jax.Array, 'get_shape')\n"
        "import glasstape.tf\n"
        "assert hasattr(jax.Array, 'numpy')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_libraries_do_not_mind():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert keras.ops.convert_to_numpy(tf.ones([2])).tolist() == [1.0, 1.0]
        assert keras.utils.to_categorical(tf.constant([0, 1]), 2).shape == (2, 2)
