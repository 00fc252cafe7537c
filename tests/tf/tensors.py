"""What TensorFlow programs do with tensors and variables, and control flow; run under both.

`EAGER` expressions are evaluated as they are, `COMPILED` ones inside ``tf.function`` as well, and
`PROGRAMS` are functions of the module to use as ``tf``. Nothing here imports either.
"""

# ruff: noqa: E501, SIM113

from __future__ import annotations

import warnings

import numpy as np

EAGER = """
tf.Variable(1.0).name
tf.Variable(1.0, name="w").name
f"{tf.constant(1.5):.2f}"
f"{tf.constant([1.5])}"
"%.1f" % tf.constant(1.5)
str(tf.Variable([1.0, 2.0], name="v"))
len(tf.constant([1.0, 2.0]))
float(tf.Variable(1.5))
bool(tf.Variable(1.5))
int(tf.Variable(1.5))
list(tf.Variable([1.0, 2.0]))
list(tf.Variable(1.0))
list(tf.constant([[1.0], [2.0]]))
list(tf.constant(1.0))
bool(tf.constant([1.0]) > 0)
bool(tf.constant([1.0, 2.0]) > 0)
tf.Variable(1.0).value()
tf.Variable(1.0).read_value()
tf.Variable(1.0).assign(2.0)
tf.Variable(1.0).assign(2.0).assign_add(1.0).numpy()
tf.Variable(1.0).assign(2.0, read_value=False)
tf.Variable(1.0).assign_add(2.0, read_value=False)
tf.Variable(1.0).assign_sub(2.0, False, "name")
tf.Variable(1.0).assign(2)
tf.Variable(1).assign(2.5)
tf.Variable(1.0).assign(tf.constant(2))
tf.Variable(1.0).assign([1.0])
tf.Variable([1.0]).assign(1.0)
tf.Variable([1.0]).assign_add(1.0)
tf.Variable([1.0]).assign_add([1.0, 2.0])
tf.Variable(1.0).assign(np.float64(2.5))
tf.Variable([1.0, 2.0]).assign(np.array([3, 4]))
tf.Variable([1.0], shape=tf.TensorShape([None])).shape.rank
tf.Variable([1.0, 2.0], shape=[3])
tf.Variable(1.0) + tf.constant(1)
tf.Variable(1.0) + tf.Variable(1)
tf.Variable(1.0) + tf.constant(1.5)
tf.Variable(1.0) + 1
1 - tf.Variable(1.0)
tf.Variable(1) + 1.5
1.5 + tf.Variable(1)
tf.Variable(1) + True
tf.Variable(1.0) + np.array([1.5])
tf.Variable(1) + np.array([1.5])
np.array([1.5]) + tf.Variable(1.0)
np.array([1.5]) * tf.Variable([2.0])
np.float64(1.5) * tf.Variable([2.0])
tf.Variable(1) / 2
tf.Variable([3], dtype=tf.int8) / tf.constant([2], dtype=tf.int8)
1 / tf.Variable(2)
tf.Variable(7) // 2
tf.Variable(-7) // 2
tf.Variable(-7.0) // 2
tf.Variable(-7) % 3
tf.Variable(-7.0) % 3
tf.Variable(2.0) ** 2
tf.Variable(2) ** 2
2 ** tf.Variable(2)
tf.Variable(1.0) == 1.0
tf.Variable(1.0) == None
tf.Variable(1.0) != tf.Variable(1.0)
tf.Variable(1.0) == tf.constant(1)
tf.Variable([1.0, 2.0]) < 2
tf.Variable([1.0, 2.0]) >= [0.0, 3.0]
tf.Variable([True]) & [False]
tf.Variable([True]) | [False]
tf.Variable([True]) ^ [True]
~tf.Variable([True])
-tf.Variable(1.0)
abs(tf.Variable(-1.0))
tf.Variable([[1.0]]) @ tf.constant([[2.0]])
[[2.0]] @ tf.Variable([[1.0]])
tf.Variable([1.0, 2.0, 3.0])[1]
tf.Variable([1.0, 2.0, 3.0])[tf.constant(1)]
tf.Variable([1.0, 2.0, 3.0])[tf.Variable(1)]
tf.Variable([1.0, 2.0, 3.0])[::-1]
tf.Variable([1.0, 2.0, 3.0])[..., tf.newaxis]
tf.Variable([1.0, 2.0, 3.0])[tf.Variable([1.0, 2.0, 3.0]) > 2]
tf.constant([1.0, 2.0, 3.0])[:tf.constant(2)]
tf.constant([1.0, 2.0, 3.0])[tf.constant(0):]
tf.constant([1.0, 2.0, 3.0])[tf.constant([1.0, 2.0, 3.0]) > 2]
tf.constant([[1.0, 2.0], [3.0, 4.0]])[..., tf.newaxis]
tf.constant([[1.0, 2.0], [3.0, 4.0]])[:, 1]
tf.constant([[1.0, 2.0], [3.0, 4.0]])[tf.constant(1), -1]
tf.Variable([1.0]).shape.as_list()
tf.Variable([1.0]).shape + [2]
tf.Variable([1.0]).shape == [1]
tf.Variable([1.0]).device[-5:]
tf.constant([1.0]).device.endswith('CPU:0')
'device:CPU' in tf.constant([1.0]).device
tf.Variable([1.0]).trainable
tf.Variable([1.0]).dtype == tf.float32
tf.Variable([1.0]).dtype.name
tf.Variable(1.0).ref() == tf.Variable(1.0).ref()
tf.Variable(1.0).ref().deref()
(lambda v: {v.ref(): 1}[v.ref()])(tf.Variable(1.0))
(lambda x: x.ref() in {x.ref()})(tf.constant(1.0))
tf.Variable([1.0, 2.0, 3.0]).scatter_update(tf.IndexedSlices([5.0], [1]))
tf.Variable([1.0, 2.0, 3.0]).scatter_add(tf.IndexedSlices([5.0, 6.0], [1, 1]))
tf.Variable([1.0, 2.0, 3.0]).scatter_sub(tf.IndexedSlices([5.0], [1]))
tf.Variable([1.0, 2.0, 3.0]).scatter_mul(tf.IndexedSlices([5.0], [1]))
tf.Variable([1.0, 2.0, 3.0]).scatter_div(tf.IndexedSlices([5.0], [1]))
tf.Variable([1.0, 2.0, 3.0]).scatter_max(tf.IndexedSlices([5.0], [1]))
tf.Variable([1.0, 2.0, 3.0]).scatter_min(tf.IndexedSlices([0.5], [1]))
tf.Variable([1.0, 2.0, 3.0]).scatter_nd_update([[0]], [9.0])
tf.Variable([[1.0, 2.0], [3.0, 4.0]]).scatter_nd_update([[0, 1], [1, 0]], [9.0, 8.0])
tf.Variable([[1.0, 2.0], [3.0, 4.0]]).scatter_nd_add([[1]], [[9.0, 8.0]])
tf.Variable([1.0, 2.0, 3.0]).scatter_nd_sub([[0], [0]], [9.0, 1.0])
tf.Variable([1.0, 2.0, 3.0]).scatter_nd_max([[0]], [9.0])
tf.Variable([1.0, 2.0, 3.0]).scatter_nd_min([[0]], [-9.0])
tf.Variable([[1.0, 2.0], [3.0, 4.0]]).batch_scatter_update(tf.IndexedSlices([[9.0], [8.0]], [[0], [1]]))
tf.Variable([1.0, 2.0, 3.0]).sparse_read([0, 2])
tf.Variable([[1.0, 2.0], [3.0, 4.0]]).gather_nd([[0], [1]])
tf.Variable([[1.0, 2.0], [3.0, 4.0]]).gather_nd([[0, 1], [1, 1]])
tf.Variable([1.0, 2.0, 3.0])[1].assign(9.0)
tf.Variable([1.0, 2.0, 3.0])[1:].assign([9.0, 8.0])
tf.Variable([[1.0, 2.0], [3.0, 4.0]])[:, 0].assign([9.0, 8.0])
tf.constant([1.0]).assign([2.0])
tf.constant(1.0).numpy()
type(tf.constant(1.0).numpy()).__name__
type(tf.constant([1.0]).numpy()).__name__
tf.constant([1.0]).numpy().flags.writeable
tf.constant([[1, 2]]).numpy().tolist()
tf.Variable([[1, 2]]).numpy().tolist()
tf.constant(1.0).cpu()
tf.constant(1.0).ndim
tf.constant(1.0).get_shape()
tf.constant([1.0]).get_shape().rank
tf.constant([1.0]).set_shape([1])
tf.constant([1.0]).set_shape([None])
tf.constant([1.0]).set_shape([2])
tf.get_static_value(tf.constant([1.0]))
tf.get_static_value(1.0)
tf.get_static_value(tf.Variable(1.0))
tf.is_tensor(tf.Variable(1.0))
tf.is_tensor(tf.constant(1.0))
tf.is_tensor(1.0)
tf.is_tensor(np.ones(1))
tf.is_tensor(tf.TensorArray(tf.float32, 1))
tf.TensorShape([2, None])
tf.TensorShape(None).rank
tf.TensorShape(3)
tf.TensorShape([2, 3]) == [2, 3]
tf.TensorShape([2, 3]) == (2, 3)
tf.TensorShape([2, 3]) != [2, 4]
tf.TensorShape([2, None]) == [2, None]
tf.TensorShape([2, 3]).num_elements()
tf.TensorShape([2, None]).num_elements()
tf.TensorShape([2, 3]).concatenate([4])
tf.TensorShape([2, 3]) + [4]
[4] + tf.TensorShape([2, 3])
tf.TensorShape([2, 3])[1:]
tf.TensorShape([2, 3])[-1]
tf.TensorShape([2, 3]).is_compatible_with([None, 3])
tf.TensorShape([2, 3]).is_compatible_with([None, 4])
tf.TensorShape([2, None]).merge_with([None, 3])
tf.TensorShape([2, 3]).merge_with([3, 3])
tf.TensorShape([2, None]).is_fully_defined()
tf.TensorShape([2, None]).assert_is_fully_defined()
tf.TensorShape([2, 3]).ndims
tf.TensorShape([2, 3]).with_rank(3)
tf.TensorShape([2, 3]).with_rank(2)
tf.TensorShape([2, 3]).with_rank_at_least(2)
tf.TensorShape([2, 3]).with_rank_at_least(3)
tf.TensorShape([2, 3]).with_rank_at_most(2)
tf.TensorShape([2, 3]).with_rank_at_most(1)
tf.TensorShape([2, 3]).assert_has_rank(1)
tf.TensorShape(None).assert_has_rank(1)
tf.TensorShape([2, 3]).assert_same_rank([1, 2])
tf.TensorShape([2, 3]).assert_same_rank([1])
tf.TensorShape([2, 3]).most_specific_compatible_shape([2, 4])
tf.TensorShape([2, 3]).most_specific_compatible_shape([2]).rank is None
tf.TensorShape([2, 3]).most_specific_common_supertype([tf.TensorShape([2, 4])])
tf.TensorShape([2, 3]).is_subtype_of(tf.TensorShape([None, 3]))
tf.TensorShape([None, 3]).is_subtype_of(tf.TensorShape([2, 3]))
tf.TensorShape(None).is_subtype_of(tf.TensorShape([2]))
tf.compat.dimension_value(tf.TensorShape([2, None])[1])
tf.compat.v1.dimension_value(tf.TensorShape([2, None])[0])
tf.TensorShape([2.5])
tf.TensorShape(None).as_list()
len(tf.TensorShape(None))
bool(tf.TensorShape(None))
bool(tf.TensorShape([]))
str(tf.TensorShape([2, None]))
str(tf.TensorShape(None))
repr(tf.TensorShape([2, None]))
hash(tf.TensorShape([2])) == hash((2,))
tf.cond(True, 1, 2)
tf.case([(tf.constant(False), lambda: 1)])
tf.while_loop(lambda i: i < 3, lambda i: i + 1, [])
tf.map_fn(lambda x: x * 2, [1, 2, 3])
tf.map_fn(lambda x: x, tf.constant(1))
tf.map_fn(lambda x: (x, x * 2), tf.constant([1, 2, 3]))
tf.map_fn(lambda x: tf.cast(x, tf.float32), tf.constant([1, 2, 3]))
tf.TensorArray(tf.float32, 2).write(2, 5.0)
tf.TensorArray(tf.float32, 2).write(-1, 5.0)
tf.TensorArray(tf.float32).write(0, 5.0)
tf.TensorArray(tf.float32, 2).write(0, tf.constant(5))
tf.TensorArray(tf.float32, 2).write(0, [1.0, 2.0]).write(1, [3.0]).stack()
tf.TensorArray(tf.float32, 2).unstack([1.0, 2.0, 3.0]).size()
tf.TensorArray(tf.float32, 3).stack()
tf.TensorArray(tf.float32, 2).element_shape.rank
tf.TensorArray(tf.float32, 2).dtype == tf.float32
tf.py_function(lambda x: x * 2, [1.0], tf.float32)
tf.py_function(lambda x: float(x.numpy()) * 2, [1.0], tf.float32)
tf.py_function(lambda x: (x * 2, x), [1.0], [tf.float32, tf.float32])
tf.py_function(lambda x: x * 2, [1.0], [tf.float32])
tf.py_function(lambda x: x * 2, [1.0], tf.int32)
tf.py_function(lambda x: None, [1.0], [])
tf.numpy_function(lambda x: x * 2, [[1.0, 2.0]], tf.float32)
tf.numpy_function(lambda x: (x.sum(), x), [[1.0, 2.0]], [tf.float32, tf.float32])
tf.Assert(tf.constant(False), [1])
tf.Assert(True, [1])
tf.group(tf.constant(1))
tf.no_op()
tf.debugging.assert_equal(1, 2)
tf.debugging.assert_equal(1, 1)
tf.debugging.assert_equal(1, 1.0)
tf.debugging.assert_equal([1, 1], 1)
tf.debugging.assert_none_equal(1, 1)
tf.debugging.assert_less(1, 1)
tf.debugging.assert_less_equal(1, 1)
tf.debugging.assert_greater(2, [1, 2])
tf.debugging.assert_greater_equal(2, [1, 2])
tf.debugging.assert_rank([1], 2)
tf.debugging.assert_rank([1], 1)
tf.debugging.assert_rank_at_least([1], 2)
tf.debugging.assert_rank_in([1], [1, 2])
tf.debugging.assert_rank_in([[[1]]], [1, 2])
tf.debugging.assert_shapes([(tf.ones([2, 3]), ("N", "M")), (tf.ones([3]), ("N",))])
tf.debugging.assert_shapes([(tf.ones([2, 3]), ("N", "M")), (tf.ones([3]), ("M",))])
tf.debugging.assert_shapes([(tf.ones([2, 3]), (2, None)), (tf.ones([4, 3]), ("*", 3))])
tf.debugging.assert_shapes([(tf.ones([2, 3]), (2, None, 1))])
tf.debugging.assert_type(tf.constant(1), tf.float32)
tf.debugging.assert_type(tf.constant(1), tf.int32)
tf.debugging.assert_near(1.0, 1.1)
tf.debugging.assert_near(1.0, 1.1, atol=0.2)
tf.debugging.assert_near(1.0, 1.000001)
tf.debugging.assert_positive([1, 0])
tf.debugging.assert_non_negative([1, 0])
tf.debugging.assert_negative([-1, 0])
tf.debugging.assert_non_positive([-1, 0])
tf.debugging.assert_integer(1.5)
tf.debugging.assert_integer(1)
tf.debugging.assert_scalar([1])
tf.debugging.assert_scalar(1)
tf.debugging.assert_proper_iterable(1)
tf.debugging.assert_proper_iterable([1])
tf.debugging.assert_proper_iterable("text")
tf.debugging.assert_same_float_dtype([tf.constant(1.0)]) == tf.float32
tf.debugging.assert_same_float_dtype([tf.constant(1)])
tf.debugging.check_numerics(np.nan, "m")
tf.debugging.check_numerics(1.0, "m")
tf.debugging.check_numerics(1, "m")
tf.debugging.is_numeric_tensor(1.0)
tf.debugging.is_numeric_tensor(tf.constant(1.0))
tf.debugging.is_numeric_tensor(tf.constant(True))
tf.debugging.assert_all_finite([1.0, np.inf], "bad")
issubclass(tf.errors.OutOfRangeError, tf.errors.OpError)
tf.errors.OutOfRangeError(None, None, "end").message
tf.config.list_physical_devices("FOO")
[d.name for d in tf.config.list_physical_devices("CPU")]
[d.name for d in tf.config.list_logical_devices("CPU")]
tf.name_scope("a").name
(lambda s: (s.__enter__(), s.__exit__(None, None, None))[0])(tf.name_scope("a"))
tf.Module(name="net").name_scope.name
tf.Module(name="a b")
tf.Module().name
type("MyNet", (tf.Module,), {})().name
type("GRUCell2D", (tf.Module,), {})().name
""".strip().splitlines()

COMPILED = """
tf.cond(tf.constant(1) > 2, lambda: (1, 2.0), lambda: (3, 4.0))
tf.cond(tf.constant(True), lambda: None, lambda: None)
tf.cond(tf.constant(1), lambda: 1, lambda: 2)
tf.cond(tf.constant([1.0, 2.0])[1] > 1, true_fn=lambda: tf.ones([2]), false_fn=lambda: tf.zeros([2]))
tf.case([(tf.constant(True), lambda: 1)], default=lambda: 2)
tf.case([(tf.constant(False), lambda: 1), (tf.constant(True), lambda: 3)])
tf.case([(tf.constant(False), lambda: 1), (tf.constant(False), lambda: 3)], lambda: 7)
tf.switch_case(tf.constant(1), [lambda: 1, lambda: 2])
tf.switch_case(tf.constant(7), [lambda: 1, lambda: 2])
tf.switch_case(tf.constant(-1), [lambda: 1, lambda: 2])
tf.switch_case(tf.constant(5), {0: lambda: 1, 5: lambda: 3})
tf.switch_case(tf.constant(5), {0: lambda: 1, 7: lambda: 3}, default=lambda: 9)
tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [0])
tf.while_loop(lambda i: i < 3, lambda i: (i + 1,), (0,))
tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s + 2.0), (0, 1.0))
tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s + 2.0), (0, 1.0), maximum_iterations=2)
tf.while_loop(lambda i, d: i < 3, lambda i, d: (i + 1, {"a": d["a"] * 2.0}), (0, {"a": tf.ones([2])}))
tf.while_loop(lambda i: i < 0, lambda i: [i + 1], [0])
tf.while_loop(lambda i, s: i < 3, lambda i, s: i + 1, (0, 1.0))
tf.map_fn(lambda x: x * 2, tf.constant([1, 2, 3]))
tf.map_fn(lambda x: x[::-1], tf.constant([[1, 2], [3, 4]]))
tf.map_fn(lambda x: (x, x * 2), tf.constant([1, 2, 3]), fn_output_signature=(tf.int32, tf.int32))
tf.map_fn(lambda x: tf.cast(x, tf.float32), tf.constant([1, 2, 3]), dtype=tf.float32)
tf.map_fn(lambda x: x[0] + x[1], (tf.constant([1, 2]), tf.constant([4, 5])), fn_output_signature=tf.int32)
tf.map_fn(lambda d: d["a"], {"a": tf.constant([1, 2])}, fn_output_signature=tf.int32)
tf.map_fn(lambda x: tf.cond(x > 1, lambda: x * 10, lambda: x), tf.constant([1, 2, 3]))
tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3]))
tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3]), initializer=10)
tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3]), reverse=True)
tf.scan(lambda a, x: (a[0] + x, a[1] - x), tf.constant([1, 2, 3]), (0, 0))
tf.scan(lambda a, x: a @ x, tf.ones([3, 2, 2]))
tf.foldl(lambda a, x: a + x, tf.constant([1, 2, 3]))
tf.foldl(lambda a, x: a - x, tf.constant([1, 2, 3]), initializer=10)
tf.foldr(lambda a, x: a - x, tf.constant([1, 2, 3]))
tf.foldr(lambda a, x: a * 10 + x, tf.constant([1, 2, 3]), initializer=7)
tf.vectorized_map(lambda x: x * 2, tf.constant([1, 2, 3]))
tf.vectorized_map(lambda x: x[0] + x[1], (tf.ones([3, 2]), tf.ones([3, 2])))
tf.vectorized_map(lambda x: (tf.reduce_sum(x), x), tf.ones([3, 2]))
tf.vectorized_map(lambda x: 7.0, tf.ones([3, 2]))
tf.TensorArray(tf.float32, 3).unstack([1.0, 2.0, 3.0]).stack()
tf.TensorArray(tf.float32, 3, element_shape=[2]).stack()
tf.TensorArray(tf.float32, 2).write(1, 5.0).stack()
tf.TensorArray(tf.float32, 0, True).write(2, 5.0).stack()
tf.TensorArray(tf.float32, 2).write(0, 5.0).read(0)
tf.TensorArray(tf.float32, 2, element_shape=[]).write(0, 5.0).read(1)
tf.TensorArray(tf.float32, 2).size()
tf.TensorArray(tf.float32, 0, dynamic_size=True).write(0, 5.0).size()
tf.TensorArray(tf.float32, 2, infer_shape=False).write(0, [1.0, 2.0]).write(1, [3.0]).concat()
tf.TensorArray(tf.float32, 2).write(0, [1.0, 2.0]).write(1, [3.0, 4.0]).concat()
tf.TensorArray(tf.float32, 2).unstack([1.0, 2.0]).gather([1, 0])
tf.TensorArray(tf.float32, 3, element_shape=[1]).scatter([2, 0], [[5.0], [6.0]]).stack()
tf.TensorArray(tf.float32, 2, infer_shape=False).split([1.0, 2.0, 3.0], [1, 2]).read(1)
tf.numpy_function(lambda x: x.sum(), [[1.0, 2.0]], tf.TensorSpec([], tf.float32).dtype)
tf.get_static_value(tf.constant([1.0])[0] + 1)
tf.executing_eagerly()
tf.constant([1.0, 2.0])[tf.constant(1)]
list(tf.unstack(tf.constant([1.0, 2.0]))) if hasattr(tf, "unstack") else list(tf.constant([1.0, 2.0]))
tf.constant([[1.0]]).get_shape().as_list()
""".strip().splitlines()


def _variable(tf):
    return tf.Variable([1.0, 2.0], name="w")


def cumulative_sums(tf):
    """A TensorArray of known size in a loop over a tensor."""
    w = _variable(tf)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            sums = tf.TensorArray(tf.float32, size=3)
            total, i = tf.zeros([2]), 0
            for row in x:
                total = total * w + row
                sums = sums.write(i, total)
                i += 1
            loss = tf.reduce_sum(sums.stack() * tf.constant([[1.0], [2.0], [3.0]]))
        return loss, tape.gradient(loss, w)

    return step(tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))


def growing_array(tf):
    """A TensorArray that grows in a loop over a tensor."""
    w = _variable(tf)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
            i = tf.constant(0)
            for row in x:
                rows = rows.write(i, row * w * w)
                i += 1
            loss = tf.reduce_sum(rows.stack()[1:])
        return rows.stack(), tape.gradient(loss, w)

    return step(tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))


def left_early(tf):
    """A growing TensorArray in a loop that a tensor ends, as in actor-critic programs."""
    w = _variable(tf)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
            i = 0
            for row in x:
                rows = rows.write(i, tf.reduce_sum(row * w))
                if row[0] > 2.0:
                    break
                i += 1
            result = rows.stack()
            loss = tf.reduce_sum(result)
        return result, tape.gradient(loss, w)

    return step(tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))


def written_in_a_branch(tf):
    """Elements that are written in some rounds only."""

    @tf.function
    def step(x):
        rows = tf.TensorArray(tf.float32, size=3)
        i = 0
        for row in x:
            if row > 1.5:
                rows = rows.write(i, row * 10.0)
            i += 1
        return rows.stack(), rows.size()

    return step(tf.constant([1.0, 2.0, 3.0]))


def while_with_array(tf):
    """`while_loop` with a TensorArray among its variables."""

    @tf.function
    def step(n):
        rows = tf.TensorArray(tf.int32, size=5, element_shape=[])
        _, rows = tf.while_loop(
            lambda i, rows: i < n, lambda i, rows: (i + 1, rows.write(i, i * i)), (0, rows)
        )
        return rows.stack()

    return step(tf.constant(3))


def while_gradient(tf):
    """The gradient of a `while_loop` whose rounds a tensor decides about."""
    w = _variable(tf)

    @tf.function
    def step(n):
        with tf.GradientTape() as tape:
            _, y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * w), (0, tf.ones([2])))
            loss = tf.reduce_sum(y)
        return loss, tape.gradient(loss, w)

    return step(tf.constant(3))


def _differentiated(function, compiled=True):
    def program(tf):
        w = _variable(tf)

        def step():
            with tf.GradientTape() as tape:
                y = function(tf, w)
                loss = tf.reduce_sum(y * y)
            return y, tape.gradient(loss, w)

        return step(), tf.function(step)() if compiled else None

    return program


def per_example_gradients(tf):
    """A tape inside `vectorized_map`."""
    w = _variable(tf)

    def gradient(row):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(row * w))
        return tape.gradient(loss, w)

    return tf.vectorized_map(gradient, tf.constant([[1.0, 2.0], [3.0, 4.0]]))


def branches_assign(tf):
    """Variables that are assigned by the functions of `cond` and `switch_case`."""
    w = _variable(tf)

    @tf.function
    def step(x):
        tf.cond(x > 0.0, lambda: tf.group(w.assign_add([x, x])), lambda: tf.no_op())
        return tf.switch_case(tf.cast(x, tf.int32), [lambda: w[0], lambda: w[1] * 10.0])

    return step(tf.constant(1.0)), step(tf.constant(-1.0)), w


def python_function_gradient(tf):
    """Python code in a compiled step, differentiated."""
    w = _variable(tf)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            y = tf.py_function(lambda a: a * a, [w], tf.float32)
            loss = tf.reduce_sum(y)
        return tape.gradient(loss, w)

    return step()


def module(tf):
    """A `tf.Module` with variables in lists, dicts and modules inside it."""

    class Line(tf.Module):
        def __init__(self, name=None):
            super().__init__(name)
            self.w = tf.Variable(2.0, name="w")
            self.others = [tf.Variable(3.0), {"b": tf.Variable(1.0, trainable=False)}]

        @tf.function
        def __call__(self, x):
            return self.w * x + self.others[0]

        @tf.Module.with_name_scope
        def scoped(self):
            return tf.Variable(1.0, name="late").name

    class Two(tf.Module):
        def __init__(self):
            super().__init__()
            self.second, self.first = Line("line_2"), Line()
            self.again = self.first

    two = Two()
    with tf.GradientTape() as tape:
        y = two.first(tf.constant(5.0)) * two.second.w
    gradients = tape.gradient(y, two.trainable_variables, unconnected_gradients="zero")
    names = [m.name for m in two.submodules]
    numbers = [v.numpy() for v in two.variables]
    return names, two.first.scoped(), two.name_scope.name, numbers, gradients


def dtypes_of_gradients(tf):
    """Steps with variables of several kinds, by hand."""
    v, n = tf.Variable([1.0, 2.0]), tf.Variable(0)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(v * x - 1.0))
        gradient = tape.gradient(loss, v)
        v.assign_sub(0.1 * gradient)
        n.assign_add(1)
        return loss

    losses = [step(tf.constant([1.0, 3.0])) for _ in range(3)]
    return losses, v, n


PROGRAMS = {
    f.__name__: f
    for f in (
        cumulative_sums,
        growing_array,
        left_early,
        written_in_a_branch,
        while_with_array,
        while_gradient,
        per_example_gradients,
        branches_assign,
        python_function_gradient,
        module,
        dtypes_of_gradients,
    )
} | {
    # In a graph TensorFlow does not iterate over tensors; here that is unrolled.
    f"gradient_of_{name}": _differentiated(function, compiled=name != "iteration")
    for name, function in {
        "map_fn": lambda tf, w: tf.map_fn(lambda x: x * w, tf.constant([[1.0, 2.0], [3.0, 4.0]])),
        "scan": lambda tf, w: tf.scan(lambda a, x: a * w + x, tf.ones([3, 2]), tf.zeros([2])),
        "foldl": lambda tf, w: tf.foldl(lambda a, x: a * w + x, tf.ones([3, 2])),
        "foldr": lambda tf, w: tf.foldr(lambda a, x: a * w + x, tf.ones([3, 2])),
        "vectorized_map": lambda tf, w: tf.vectorized_map(lambda x: x * w, tf.ones([3, 2])),
        "cond": lambda tf, w: tf.cond(w[0] > 0.0, lambda: w * w, lambda: w),
        "iteration": lambda tf, w: [row * 2.0 for row in w][1],
        "rows": lambda tf, w: (w * 3.0)[tf.constant(1)] * w[..., tf.newaxis],
        "operators": lambda tf, w: (2.0 - w) ** 2 / (w + 1) - w % 0.7 + abs(-w) // 1,
    }.items()
}


def describe(result):
    """A result as JSON takes it, structures included."""
    if isinstance(result, bool | int | float | str | None):
        return result
    if type(result).__name__ in ("TensorShape", "ListWrapper", "_TupleWrapper"):
        return ["shape", *(int(d) if d is not None else None for d in result)]
    if isinstance(result, dict):
        return {k: describe(v) for k, v in result.items()}
    if not hasattr(result, "dtype"):
        return [describe(r) for r in result]
    array = np.asarray(result.numpy() if hasattr(result, "numpy") else result)
    numbers = " ".join(f"{n:.6g}" for n in array.astype("float64").ravel())
    return f"{array.dtype.name}{list(array.shape)} {numbers}"


def evaluate(expression, tf, compiled=False):
    """The result of an expression; the error's type when it raises."""
    run = eval(f"lambda: {expression}", {"tf": tf, "np": np})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return describe((tf.function(run, autograph=False) if compiled else run)())
    except Exception as error:
        return {"error": type(error).__name__}


def evaluate_all(tf):
    """Every result, by the key that tests look it up with."""
    return {
        "eager": {e: evaluate(e, tf) for e in [*EAGER, *COMPILED]},
        "compiled": {e: evaluate(e, tf, compiled=True) for e in COMPILED},
        "programs": {name: describe(program(tf)) for name, program in PROGRAMS.items()},
    }
