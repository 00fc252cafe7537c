"""Names, argument order, defaults and dtypes, against results read off TensorFlow."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import TensorTypeError
from tests.tf import expressions
from tests.tf.golden.read import read

THEIRS = read("expressions")
NARROW = {"int64": "int32", "float64": "float32", "complex128": "complex64"}

# What differs, and how.
OURS = {
    "tf.cast(3e9, tf.int32)": {"dtype": "int32", "shape": [], "value": 2147483647.0},
    "tf.argmax([1.0, np.nan, 3.0])": {"dtype": "int32", "shape": [], "value": 1.0},
    # float16 sums do not overflow on the way to their mean.
    "tf.reduce_mean(tf.constant([60000.0, 60000.0], tf.float16))": {
        "dtype": "float16",
        "shape": [],
        "value": 60000.0,
    },
    # Does not fit into int32.
    "tf.constant(2**31)": {"error": "TensorTypeError"},
}
# With 64 bits switched on: lists of NumPy's float64 numbers count as Python floats.
OURS_IN_64_BITS = OURS | {
    "tf.constant(2**31)": THEIRS["tf.constant(2**31)"],
    "tf.argmax([1.0, np.nan, 3.0])": {"dtype": "int64", "shape": [], "value": 1.0},
    "tf.constant([np.float64(1.5), 2])": {"dtype": "float32", "shape": [2], "value": [1.5, 2.0]},
    "tf.constant([np.array([1.0, 2.0]), np.array([3.0, 4.0])])": {
        "dtype": "float32",
        "shape": [2, 2],
        "value": [[1.0, 2.0], [3.0, 4.0]],
    },
}


def expected(expression, differences):
    theirs = differences.get(expression, THEIRS[expression])
    # Every refusal of ours explains itself, whatever TensorFlow's class is.
    return {"error": "TensorTypeError"} if "error" in theirs else theirs


def narrowed(result):
    """TensorFlow's result with the dtype that JAX has for it."""
    dtype = result.get("dtype")
    return result | {"dtype": NARROW[dtype]} if dtype in NARROW else result


@pytest.mark.filterwarnings("ignore:.*64-bit", "ignore:overflow encountered")
@pytest.mark.parametrize("expression", expressions.EXPRESSIONS)
def test_results_are_tensorflows(expression):
    ours = expressions.describe(expression, tf)
    assert repr(ours) == repr(narrowed(expected(expression, OURS)))  # repr: nan equals nan


@pytest.mark.parametrize("expression", expressions.EXPRESSIONS)
def test_results_are_tensorflows_with_64_bits(expression):
    with jax.enable_x64(True):
        ours = expressions.describe(expression, tf)
    assert repr(ours) == repr(expected(expression, OURS_IN_64_BITS))


def test_the_stored_results_are_of_these_expressions():
    assert list(THEIRS) == expressions.EXPRESSIONS
    assert set(OURS_IN_64_BITS) <= set(THEIRS)


def test_a_wrong_default_would_be_noticed():
    class Wrong:
        argmax = tf.keras.ops.argmax  # flattens when no axis is given

    expression = "tf.argmax([[1, 5, 2], [7, 0, 3]])"
    assert expressions.describe(expression, Wrong) != narrowed(THEIRS[expression])


def test_compiled_results_are_the_eager_ones():
    """In a compiled step the arguments are tracers, not numbers."""
    x = tf.constant([[1.5, -2.0], [0.25, 4.0]])
    calls = (
        lambda x: tf.argmax(x),
        lambda x: tf.reduce_mean(tf.cast(x, tf.int32)),
        lambda x: tf.reduce_mean(tf.cast(x * 100, tf.uint8), axis=1),
        lambda x: tf.reduce_sum(x, [0, 1], keepdims=True),
        lambda x: tf.equal(x, 4.0),
        lambda x: tf.matmul(x, [[1, 2], [3, 4]], transpose_a=True),
        lambda x: tf.convert_to_tensor([x[0, 0], 2]),
        lambda x: tf.constant(x, shape=[4]),
        lambda x: tf.zeros(x.shape, x.dtype) + tf.square(x),
    )
    for call in calls:
        eager, compiled = call(x), tf.function(call)(x)
        assert (eager.dtype, eager.shape) == (compiled.dtype, compiled.shape)
        np.testing.assert_array_equal(eager, compiled)


def test_functions_take_part_in_functional_models():
    inputs = tf.keras.Input((3,))
    hidden = tf.matmul(tf.square(tf.cast(inputs, tf.float32)), tf.ones([3, 2]))
    model = tf.keras.Model(inputs, tf.reduce_mean(hidden, axis=1) + tf.reduce_sum(inputs, 1))
    np.testing.assert_allclose(model(np.array([[1.0, 2.0, 3.0]])), [14.0 + 6.0])


def test_dtypes_are_arguments_of_keras():
    layer = tf.keras.layers.Dense(2, dtype=tf.bfloat16)
    assert layer(tf.ones([1, 2])).dtype == tf.bfloat16
    assert tf.keras.Input((2,), dtype=tf.int32).dtype == tf.int32
    assert tf.keras.ops.cast([1.5], tf.uint8).dtype == tf.uint8
    assert tf.keras.ops.zeros((2,), dtype=tf.bool).dtype == tf.bool
    assert tf.Variable(1.0, dtype=tf.float16).value.dtype == tf.float16
    assert tf.keras.Input((), dtype=tf.string).dtype == tf.string
    config = tf.keras.layers.Dense(2, dtype=tf.float32).get_config()
    assert config == tf.keras.layers.Dense(2, dtype="float32", name=config["name"]).get_config()


def test_dtypes_are_arguments_of_numpy_and_jax():
    for dtype in (tf.float32, tf.bfloat16, tf.int8, tf.bool, tf.complex64):
        assert (
            np.dtype(dtype) == np.zeros(2, dtype).dtype == np.ones(2).astype(dtype).dtype == dtype
        )
        assert jnp.zeros(2, dtype).dtype == jnp.ones(2).astype(dtype).dtype == dtype
        assert jax.jit(lambda x, d=dtype: x.astype(d))(jnp.ones(2)).dtype == dtype
    assert jnp.result_type(tf.float16, tf.float32) == jnp.promote_types(tf.float32, "int8")
    assert np.issubdtype(tf.float32, np.floating)
    assert jnp.finfo(tf.float32).max == tf.float32.max
    assert jax.random.normal(jax.random.key(0), (2,), tf.float16).dtype == tf.float16


def test_a_dtype_equals_its_like_from_either_side():
    names = ("float16", "float32", "bfloat16", "int32", "uint8", "bool", "complex64")
    for name in names:
        ours = getattr(tf, name)
        others = (ours, jnp.dtype(name), getattr(jnp, name if name != "bool" else "bool_"), name)
        assert all((ours == o, o == ours, ours != o) == (True, True, False) for o in others)
        assert {ours: 1}[jnp.dtype(name)] == {jnp.dtype(name): 1}[ours] == 1
        wrong = [n for n in names if n != name]
        assert not any(ours == jnp.dtype(n) or jnp.dtype(n) == ours or ours == n for n in wrong)


def test_a_dtype_is_one_object():
    assert pickle.loads(pickle.dumps(tf.float32)) is copy.deepcopy(tf.float32) is tf.float32
    assert tf.as_dtype("half") is tf.half is tf.float16


def test_a_step_is_traced_for_each_dtype_it_is_called_with():
    @tf.function
    def convert(x, dtype):
        return tf.cast(x, dtype) if dtype.is_integer else x / 2

    dtypes = [convert(tf.ones([2]), d).dtype for d in (tf.int32, tf.float32, tf.uint8, tf.int32)]
    assert dtypes == [tf.int32, tf.float32, tf.uint8, tf.int32]
    assert len(convert.traces) == 3


def test_dtypes_are_saved_with_functional_models(tmp_path):
    inputs = tf.keras.Input((2,))
    outputs = tf.argmax(inputs, 1, output_type=tf.uint16)
    tf.keras.Model(inputs, outputs).save(tmp_path / "model.keras")
    model = tf.keras.models.load_model(tmp_path / "model.keras")
    assert model(np.array([[1.5, 2.0]])).dtype == tf.uint16


def test_a_dtype_without_a_largest_number_says_so():
    with pytest.raises(TensorTypeError, match=r"tf.bool has no maximum number") as error:
        _ = tf.bool.max
    assert "a dtype of real numbers" in str(error.value)
    with pytest.raises(TensorTypeError, match=r"tf.float16 has no limits"):
        _ = tf.float16.limits


def test_a_constraint_is_applied_by_the_optimizer():
    v = tf.Variable([1.0, -1.0], constraint=tf.keras.constraints.NonNeg())
    tf.keras.optimizers.SGD(0.1).apply_gradients([(tf.ones([2]), v)])
    np.testing.assert_allclose(v.value, [0.9, 0.0])


def test_gradients_pass_through_what_is_differentiable():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.reduce_mean(tf.square(tf.cast(tf.matmul(v, [[1, 0], [0, 2]]), tf.float32)))
        z = tf.reduce_sum(tf.convert_to_tensor([v[0, 0] * 2, tf.stop_gradient(v[1, 1]) * v[1, 0]]))
    np.testing.assert_allclose(tape.gradient(y, v), [[0.5, 4.0], [1.5, 8.0]])
    np.testing.assert_allclose(tape.gradient(z, v), [[2.0, 0.0], [4.0, 0.0]])
