"""Calls whose results are read off TensorFlow: names, argument order, defaults, dtypes.

`describe` evaluates one with any module as ``tf``.
"""

from __future__ import annotations

import numpy as np

EXPRESSIONS = """
tf.constant(1.0)
tf.constant(1)
tf.constant(True)
tf.constant(1j)
tf.constant([1, 2.5])
tf.constant([1, True])
tf.constant((1, 2))
tf.constant(range(3))
tf.constant([])
tf.constant([[]])
tf.constant([], dtype=tf.int32)
tf.constant(2**31)
tf.constant(np.array([1.0]))
tf.constant(np.float64(1))
tf.constant(np.int64(1))
tf.constant(np.float16(1.5))
tf.constant(np.array([1, 2], np.uint16))
tf.constant([np.float32(1.5), 2])
tf.constant([np.int64(1), np.int64(2)])
tf.constant([np.float64(1.5), 2])
tf.constant([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
tf.constant(1, dtype=tf.float32)
tf.constant(1, tf.float64)
tf.constant(1, tf.bfloat16)
tf.constant(True, dtype=tf.float32)
tf.constant([1, 2], dtype='float32')
tf.constant([1, 2], dtype=float)
tf.constant([1, 2], dtype=np.float64)
tf.constant([1, 2], tf.complex64)
tf.constant(300, dtype=tf.uint8)
tf.constant(-1, dtype=tf.uint8)
tf.constant(np.array([1.5]), dtype=tf.int32)
tf.constant(np.array([1]), dtype=tf.bool)
tf.constant(0, shape=[2, 2])
tf.constant([1, 2, 3, 4], shape=[2, 2])
tf.constant([1, 2, 3, 4], tf.float32, [2, 2])
tf.constant([3], shape=(2, 2))
tf.constant(3, shape=())
tf.constant([[1, 2], [3, 4]], shape=[4])
tf.constant(tf.ones([4]), shape=[2, 2])
tf.constant(1.5, dtype=tf.int32)
tf.constant([1.5], dtype=tf.int32)
tf.constant(1, dtype=tf.bool)
tf.constant(1j, dtype=tf.float32)
tf.constant(tf.constant(1.5), dtype=tf.int32)
tf.constant(tf.constant(1), dtype=tf.float32)
tf.constant([1, 2, 3], shape=[2, 2])
tf.constant(None)
tf.constant([None])
tf.constant([[1], [1, 2]])
tf.constant({1: 2})
tf.constant(2**70)
tf.convert_to_tensor(1.0)
tf.convert_to_tensor([1, 2])
tf.convert_to_tensor([tf.constant(1.0), 2])
tf.convert_to_tensor([2, tf.constant(1.0)])
tf.convert_to_tensor([[tf.constant(1), 2], [3, 4]])
tf.convert_to_tensor(tf.Variable([1.0]))
tf.convert_to_tensor(1, dtype_hint=tf.float32)
tf.convert_to_tensor(1.5, dtype_hint=tf.int32)
tf.convert_to_tensor(np.array([1]), tf.float32)
tf.convert_to_tensor(tf.constant(1.5), dtype=tf.int32)
tf.convert_to_tensor(tf.constant(1), dtype=tf.float32)
tf.convert_to_tensor(1.5, dtype=tf.int32)
tf.cast(1.9, tf.int32)
tf.cast(-1.9, tf.int32)
tf.cast([1, 2], tf.float32)
tf.cast([0.5, 0.0, -0.1], tf.bool)
tf.cast(True, tf.float32)
tf.cast(300, tf.uint8)
tf.cast(300.7, tf.uint8)
tf.cast([-1.0, 256.0], tf.uint8)
tf.cast(256.0, tf.int8)
tf.cast(-1, tf.uint8)
tf.cast(70000.0, tf.float16)
tf.cast(1, float)
tf.cast(1, bool)
tf.cast(1, 'half')
tf.cast(1, np.float64)
tf.cast(1.5, tf.bfloat16)
tf.cast(tf.Variable(1.5), dtype=tf.int64)
tf.cast(1, 'foo')
tf.cast(1, None)
tf.cast(1, int)
tf.cast(3e9, tf.int32)
tf.argmax([[1, 5, 2], [7, 0, 3]])
tf.argmax([[1, 5, 2], [7, 0, 3]], 1)
tf.argmax([[1, 5, 2], [7, 0, 3]], axis=-1)
tf.argmax([[1, 5, 2], [7, 0, 3]], -1, tf.int32)
tf.argmax([[1.0, 5.0]], axis=tf.constant(1))
tf.argmax([1.0, 1.0])
tf.argmax([False, True])
tf.argmax(tf.zeros([2, 0]), 0)
tf.argmax(3)
tf.argmax([[1, 2]], axis=5)
tf.argmax([1.0, np.nan, 3.0])
tf.equal([1, 2], [1, 3])
tf.equal([1, 2], 2)
tf.equal(True, [True, False])
tf.equal([[1], [2]], [1, 2])
tf.equal(float('nan'), float('nan'))
tf.equal(tf.constant(0.1, tf.bfloat16), 0.1)
tf.equal(0.1, tf.constant(0.1, tf.float16))
tf.equal(tf.argmax([[1.0, 2.0]], 1), np.array([1]))
tf.equal(tf.constant([1, 2], tf.int64), np.array([1, 2], np.uint8))
tf.equal(tf.constant([1, 2]), 2.0)
tf.equal(1, 1.0)
tf.equal(tf.constant([1, 2]), tf.constant([1.0, 2.0]))
tf.equal(tf.constant([1, 2]), np.array([1.0, 2.5]))
tf.reduce_mean([1.0, 2.0])
tf.reduce_mean(3.0)
tf.reduce_mean([1, 2])
tf.reduce_mean([-1, -2, -4])
tf.reduce_mean([[1, 2], [3, 5]], 0)
tf.reduce_mean([2**31 - 1] * 2)
tf.reduce_mean(tf.constant([200, 101, 3], tf.uint8))
tf.reduce_mean(tf.constant([100, 101, 3], tf.int8))
tf.reduce_mean(tf.constant([60000, 60001], tf.uint16))
tf.reduce_mean(tf.zeros([0], tf.int32))
tf.reduce_mean([])
tf.reduce_mean([[1.0, 2.0], [3.0, 5.0]], 0)
tf.reduce_mean([[1.0, 2.0], [3.0, 5.0]], -1, True)
tf.reduce_mean([[1.0, 2.0], [3.0, 5.0]], axis=[0, 1])
tf.reduce_mean([[1.0, 2.0], [3.0, 5.0]], axis=[])
tf.reduce_mean([[1.0, 2.0], [3.0, 5.0]], axis=())
tf.reduce_mean([[1.0, 2.0], [3.0, 5.0]], axis=tf.constant([0, 1]))
tf.reduce_mean(tf.constant([60000.0, 60000.0], tf.float16))
tf.reduce_mean(tf.Variable([1.0, 2.0]))
tf.reduce_mean(1 + 2j)
tf.reduce_mean([[1.0]], axis=2)
tf.reduce_mean([True, False])
tf.reduce_sum([[1, 2], [3, 4]])
tf.reduce_sum([[1, 2], [3, 4]], 1)
tf.reduce_sum([[1, 2], [3, 4]], keepdims=True)
tf.reduce_sum([2**30] * 4)
tf.reduce_sum(tf.constant([200, 100], tf.uint8))
tf.reduce_sum(tf.constant([100, 100], tf.int8))
tf.reduce_sum(tf.constant([1.0, 2.0], tf.bfloat16))
tf.reduce_sum([])
tf.reduce_sum([True, False])
tf.square([1, 2])
tf.square(2.5)
tf.square(1 + 2j)
tf.square(tf.constant(20, tf.uint8))
tf.square(tf.constant(20, tf.int8))
tf.square(True)
tf.matmul([[1, 2]], [[1], [2]])
tf.matmul([[1.0, 2.0]], [[1, 2]], False, True)
tf.matmul([[1], [2]], [[1], [2]], True)
tf.matmul([[1j]], [[1j]], transpose_a=True)
tf.matmul([[1 + 2j, 3]], [[1j, 2]], adjoint_b=True)
tf.matmul(tf.ones([2, 3, 4]), tf.ones([4, 5]))
tf.matmul(tf.ones([2, 2], tf.float16), np.ones([2, 2]))
tf.matmul(tf.constant([[100]], tf.int8), tf.constant([[2]], tf.int8), output_type=tf.int32)
tf.matmul([1.0, 2.0], [1.0, 2.0])
tf.matmul([[1.0]], [[1.0]], transpose_a=True, adjoint_a=True)
tf.zeros(3)
tf.zeros([2, 3])
tf.zeros([])
tf.zeros((2,), tf.int32)
tf.zeros([2], tf.bool)
tf.zeros(tf.constant([2, 3]))
tf.zeros(tf.constant(2))
tf.zeros([tf.constant(2), 3])
tf.zeros([2], tf.complex64)
tf.zeros([2.0])
tf.zeros([2, None])
tf.ones(3)
tf.ones([2], dtype='int32')
tf.ones([1], tf.bool)
tf.ones([2], tf.float64)
tf.stop_gradient([1.0, 2.0])
tf.stop_gradient(1)
tf.constant([[1, 2], [3, 4]])[:, tf.newaxis]
tf.Variable(1).dtype == tf.int32
tf.Variable(1.5).dtype == tf.float32
tf.Variable(True).dtype == tf.bool
tf.Variable([1, 2.0]).shape
tf.Variable(1, dtype=tf.float32).dtype == tf.float32
tf.Variable(lambda: tf.ones([2])).shape
tf.Variable(1.0).trainable
tf.Variable(1.0, False).trainable
tf.Variable(1.0, trainable=None).trainable
tf.Variable(1.5, dtype=tf.int32)
tf.Variable(tf.constant(1), dtype=tf.float32)
tf.Variable()
tf.random.normal([2, 3]).shape
tf.random.normal([]).shape
tf.random.normal(tf.constant([2, 3])).shape
tf.random.normal([3, 2], tf.constant([0.0, 100.0]), 1.0).shape
tf.random.normal([2], dtype=tf.float16).dtype == tf.float16
tf.random.normal([2], 5.0, 0.0)
tf.random.normal([2], dtype=tf.int32)
tf.random.uniform([2, 3]).shape
tf.random.uniform([2], dtype=tf.bfloat16).dtype == tf.bfloat16
tf.random.uniform([2], 3, 4, tf.int32)
tf.random.uniform([2], -5, -4, dtype=tf.int64)
tf.random.uniform([2], [7.0, 9.0], [7.0, 9.0])
tf.random.uniform([3], dtype=tf.int32)
tf.random.uniform([3], 5, 5, dtype=tf.int32)
tf.random.uniform([3], 0.5, 5.5, dtype=tf.int32)
tf.random.uniform([2], dtype=tf.bool)
tf.as_dtype('half') == tf.float16
tf.as_dtype(float) == tf.float32
tf.as_dtype(tf.int64) == tf.int64
tf.as_dtype(np.float64) == tf.double
tf.as_dtype(None)
tf.as_dtype(int)
tf.as_dtype('string') == tf.float32
tf.float32 == 'float32'
tf.float32 == np.float32
np.dtype('float32') == tf.float32
tf.float32 == tf.float16
tf.float32 == 'foo'
tf.uint8.name
tf.float32.max
tf.float32.min
tf.float16.max
tf.bfloat16.min
str(tf.float64.max)
tf.int32.max
tf.int8.min
tf.uint8.max
tf.int64.max
tf.bool.max
tf.complex64.max
tf.string.max
[d.size for d in (tf.float64, tf.bfloat16, tf.int8, tf.bool, tf.complex64, tf.string)]
[d.is_floating for d in (tf.float16, tf.bfloat16, tf.int32, tf.bool, tf.complex64, tf.string)]
[d.is_integer for d in (tf.float16, tf.uint8, tf.int64, tf.bool, tf.complex64, tf.string)]
[d.is_unsigned for d in (tf.float16, tf.uint8, tf.int64, tf.bool, tf.complex64, tf.string)]
[d.is_complex for d in (tf.float16, tf.uint8, tf.int64, tf.bool, tf.complex64, tf.string)]
[d.is_bool for d in (tf.float16, tf.uint8, tf.int64, tf.bool, tf.complex64, tf.string)]
[d.is_numeric for d in (tf.float16, tf.uint8, tf.int64, tf.bool, tf.complex64, tf.string)]
[d.is_quantized for d in (tf.float16, tf.uint8, tf.int64, tf.bool, tf.complex64, tf.string)]
[d.is_numpy_compatible for d in (tf.float16, tf.bool, tf.string)]
[list(d.limits) for d in (tf.uint8, tf.int16, tf.int64, tf.uint64, tf.float32, tf.float64)]
tf.float16.limits
tf.string.limits
[str(d.real_dtype) for d in (tf.complex64, tf.complex128, tf.float16, tf.string)]
[str(d.base_dtype) for d in (tf.complex64, tf.string)]
[d.as_numpy_dtype.__name__ for d in (tf.float32, tf.bfloat16, tf.int8, tf.bool, tf.string)]
[d.name for d in (tf.half, tf.double, tf.bfloat16, tf.bool, tf.string, tf.complex128)]
[repr(d) for d in (tf.half, tf.bool, tf.string)]
f'{tf.float32}'
tf.float32.is_compatible_with('float32')
tf.float32.is_compatible_with(np.float64)
tf.float32.is_compatible_with('foo')
repr(tf.as_dtype('half'))
repr(tf.as_dtype('string'))
repr(tf.as_dtype(np.str_))
tf.as_dtype(str)
tf.as_dtype(np.float32) is tf.float32
[tf.float32 == other for other in (float, int, None, 'float', np.float64, tf.float32)]
[tf.string == other for other in (str, 'string', object, None, tf.float32)]
[tf.int32 == other for other in (int, 'int32', np.int32)]
'float32' == tf.float32
np.float32 == tf.float32
tf.float32 != np.dtype('float32')
tf.float32 in (None, 'foo', tf.int32)
len({tf.float32, tf.float16, tf.half, tf.as_dtype('float32')})
repr(tf.Variable([1.0]).dtype)
tf.Variable([1]).dtype.is_integer
tf.as_dtype(tf.ones([1]).dtype).max
tf.clip_by_value([-1.0, 2.0], 0.0, tf.float32.max)
tf.fill([2], tf.float32.min)
tf.ones(1).dtype == tf.float32
tf.ones(1).dtype in (tf.float16, tf.float32)
{tf.float32: 1}[tf.ones(1).dtype]
isinstance(tf.ones(1), tf.Tensor)
isinstance(tf.Variable(1.0), tf.Tensor)
isinstance(1.0, tf.Tensor)
isinstance(tf.float32, tf.DType)
tf.newaxis
tf.executing_eagerly()
tf.data.AUTOTUNE
tf.data.experimental.AUTOTUNE
tf.data.INFINITE_CARDINALITY
tf.data.experimental.UNKNOWN_CARDINALITY
tf.UnconnectedGradients.ZERO.value
tf.math.reduce_mean is tf.reduce_mean
tf.linalg.matmul is tf.matmul
tf.dtypes.cast is tf.cast
hasattr(tf, 'no_such_name')
tf.__version__.startswith('2.')
""".strip().splitlines()


def describe(expression, tf):
    """The result of an expression as JSON takes it; the error's type when it raises."""
    try:
        result = eval(expression, {"tf": tf, "np": np})
    except Exception as error:
        return {"error": type(error).__name__}
    if isinstance(result, bool | int | float | str | None):
        return {"value": result}
    if not hasattr(result, "dtype"):
        return {"value": list(result)}
    array = np.asarray(result.numpy() if hasattr(result, "numpy") else result)
    values = array.astype("complex64" if array.dtype.kind == "c" else "float64")
    numbers = np.stack([values.real, values.imag]) if values.dtype.kind == "c" else values
    return {"dtype": array.dtype.name, "shape": list(array.shape), "value": numbers.tolist()}
