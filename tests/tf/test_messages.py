"""What `TensorTypeError` says, and the warning about 64 bits."""

import sys
import warnings

import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import TensorTypeError


def refusal(call):
    with pytest.raises(TensorTypeError) as caught:
        call()
    return str(caught.value).splitlines()


def here(line):
    return f"  At: {__file__}:{line}, in <lambda>"


def test_a_python_float_for_an_integer():
    line = sys._getframe().f_lineno + 1
    assert refusal(lambda: tf.constant([1.5], tf.int32)) == [
        "This value cannot become the tensor that is asked for.",
        "  Expected: numbers of dtype int32",
        "  Received: 1.5 of dtype float32",
        "  Do this: use tf.cast",
        here(line),
    ]


def test_a_tensor_of_another_dtype():
    message = refusal(lambda: tf.convert_to_tensor(tf.ones([2]), tf.int32))
    assert message[1:4] == [
        "  Expected: a tensor of dtype int32",
        "  Received: one of float32",
        "  Do this: use tf.cast",
    ]


def test_whole_numbers_that_do_not_fit():
    numbers = np.array([0, 2**40])
    assert refusal(lambda: tf.constant(numbers))[1:4] == [
        "  Expected: whole numbers that fit into int32: JAX has 64-bit numbers switched off",
        "  Received: numbers from 0 to 1099511627776",
        '  Do this: call jax.config.update("jax_enable_x64", True) at the start of the program',
    ]
    assert tf.constant(np.array([2**31 - 1])).dtype == tf.int32


def test_strings_and_ragged_rows():
    assert refusal(lambda: tf.square("text"))[1:4] == [
        "  Expected: numbers or booleans",
        "  Received: str 'text'",
        "  Do this: JAX arrays hold numbers and booleans only; keep other things in Python",
    ]
    assert refusal(lambda: tf.constant([[1], [2, 3]]))[1:4] == [
        "  Expected: rows of equal length",
        "  Received: [[1], [2, 3]]",
        "  Do this: pad the rows",
    ]


def test_dtypes_shapes_and_axes():
    assert refusal(lambda: tf.cast(1, "float33"))[:4] == [
        "This is not a dtype.",
        "  Expected: a dtype such as tf.float32, or its name",
        "  Received: 'float33'",
        "  Do this: use one of dir(tf.dtypes); JAX arrays hold numbers and booleans only",
    ]
    assert refusal(lambda: tf.zeros([None, 2]))[:4] == [
        "This is not a shape.",
        "  Expected: whole numbers",
        "  Received: [None, 2]",
        "  Do this: pass whole numbers; x.shape has them, also while a step is traced",
    ]
    assert refusal(lambda: tf.reduce_sum([[1.0]], axis=[0, 2]))[:4] == [
        "There is no such axis.",
        "  Expected: an axis of a tensor of shape (1, 1)",
        "  Received: axis [0, 2]",
        "  Do this: count axes from 0",
    ]


def test_constants_and_variables_of_the_wrong_shape():
    assert refusal(lambda: tf.constant([1, 2, 3], shape=[2, 2]))[:4] == [
        "tf.constant was given a shape its value does not fill.",
        "  Expected: one number, or as many as shape (2, 2) has",
        "  Received: 3 numbers",
        "  Do this: give as many numbers, or leave out the shape",
    ]
    assert refusal(lambda: tf.Variable([1.0, 2.0], shape=[3]))[:3] == [
        "tf.Variable was given a shape its value does not have.",
        "  Expected: shape [3]",
        "  Received: shape (2,)",
    ]


def test_booleans_and_vectors():
    assert refusal(lambda: tf.reduce_mean([True, False]))[:4] == [
        "tf.reduce_mean was given booleans.",
        "  Expected: numbers",
        "  Received: a tensor of dtype bool and shape (2,)",
        "  Do this: use tf.cast(x, tf.float32) first",
    ]
    assert refusal(lambda: tf.matmul(tf.ones([2, 2]), tf.ones([2])))[:4] == [
        "tf.matmul cannot use its argument b.",
        "  Expected: a matrix or a batch of them",
        "  Received: shape (2,)",
        "  Do this: add an axis (x[:, tf.newaxis]), or use tf.linalg.matvec",
    ]


def test_random_arguments():
    assert refusal(lambda: tf.random.uniform([2], dtype=tf.int32))[:4] == [
        "tf.random.uniform cannot draw whole numbers from these bounds.",
        "  Expected: maxval > minval",
        "  Received: minval=0, maxval=None",
        "  Do this: pass maxval, the first number that is not drawn any more",
    ]
    assert refusal(lambda: tf.random.set_seed("seed"))[:4] == [
        "This is not a seed.",
        "  Expected: a whole number",
        "  Received: 'seed'",
        "  Do this: pass an int",
    ]


def test_float64_warns_once_a_line():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        warnings.simplefilter("ignore", ResourceWarning)  # of earlier tests
        line = sys._getframe().f_lineno + 2
        for _ in range(3):
            assert tf.cast(1, tf.float64).dtype == tf.float32
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, line)]
    assert str(caught[0].message) == (
        "float64 was asked for and float32 is used, because JAX has 64-bit numbers switched off; "
        'jax.config.update("jax_enable_x64", True) at the start of the program switches them on'
    )


def test_int64_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tf.argmax([1, 2]).dtype == tf.int32
        assert tf.cast([1.5], tf.int64).dtype == tf.int32
        assert tf.constant(np.arange(3)).dtype == tf.int32
