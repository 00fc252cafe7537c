"""What comes back: values, dtypes, structures, numbers, None."""

import collections
import dataclasses

from .registry import program

Pair = collections.namedtuple("Pair", "first second")


def _add(name, body, **options):
    @program(name=name, **options)
    def run(tf):
        step = tf.function(lambda x: body(tf, x))
        return [step(tf.constant([1.0, 2.0])), step(tf.constant([3.0, 4.0]))]


RESULTS = {
    "nothing": lambda tf, x: None,
    "a_tensor": lambda tf, x: x * 2,
    "the_argument": lambda tf, x: x,
    "the_argument_twice": lambda tf, x: (x, x),
    "a_tuple": lambda tf, x: (x, x + 1),
    "a_tuple_of_one": lambda tf, x: (x,),
    "a_list": lambda tf, x: [x, [x + 1]],
    "a_dict": lambda tf, x: {"a": x, "b": {"c": x + 1}},
    "an_empty_list": lambda tf, x: [],
    "an_empty_dict": lambda tf, x: {},
    "an_empty_tuple": lambda tf, x: (),
    "none_in_a_structure": lambda tf, x: {"a": None, "b": [None, x]},
    "a_named_tuple": lambda tf, x: Pair(x, [x + 1]),
    "an_ordered_dict": lambda tf, x: collections.OrderedDict(b=x, a=x + 1),
    "an_int": lambda tf, x: 3,
    "a_float": lambda tf, x: 0.5,
    "a_bool": lambda tf, x: True,
    "numbers_in_a_structure": lambda tf, x: {"n": 3, "f": [0.5, True]},
    "a_size": lambda tf, x: x.shape[0],
    "half_precision": lambda tf, x: (tf.cast(x, tf.float16), tf.cast(x, tf.bfloat16)),
    "ints_and_bools": lambda tf, x: (tf.cast(x, tf.int32), tf.equal(x, 1.0)),
    "small_ints": lambda tf, x: (tf.cast(x, tf.int8), tf.cast(x, tf.uint8)),
    "complex": lambda tf, x: tf.cast(x, tf.complex64) * tf.constant(2j, tf.complex64),
    "a_constant": lambda tf, x: tf.constant([1, 2]),
    "a_zero_sized_tensor": lambda tf, x: x[:0],
    "not_a_number": lambda tf, x: (x - x) / (x - x),
    "infinity": lambda tf, x: [x / (x - x), -x / (x - x)],
    "indexing": lambda tf, x: (x[0], x[-1], x[::-1], x[None], x[..., tf.newaxis]),
}  # fmt: skip

for _name, _body in RESULTS.items():
    _add(_name, _body)


@program(
    differs="TensorFlow makes strings tensors, of which JAX has none: they stay Python strings",
    ours="done",
)
def a_string(tf):
    result = tf.function(lambda: "done")()
    return result if isinstance(result, str) else result.dtype.name


@program(
    differs="TensorFlow refuses dataclasses as results; ours are opened like tuples",
    ours={"Result": {"loss": {"float32[]": [2]}, "steps": {"float32[]": [2]}}},
)
def a_dataclass(tf):
    @dataclasses.dataclass
    class Result:
        loss: object
        steps: object

    return tf.caught(tf.function(lambda x: Result(x * 2, x + 1)), tf.constant(1.0))


@program(
    differs="TensorFlow refuses results that are not tensors; ours come back as they are",
    ours={"tuple": [True, True]},
)
def an_object(tf):
    marker = object()
    step = tf.function(lambda: marker)
    return tf.caught(lambda: step() is marker), tf.caught(lambda: step() is marker)


@program(
    differs="TensorFlow refuses results that are not tensors; ours come back as they are",
    ours=[1, 2],
)
def a_set(tf):
    result = tf.caught(tf.function(lambda: {1, 2}))
    return result if isinstance(result, dict) else sorted(result)


@program
def a_variable(tf):
    v = tf.Variable([1.0, 2.0])
    step = tf.function(lambda: v)
    before = step()
    v.assign([5.0, 6.0])
    return before, step(), before is v


@program
def what_assign_returns(tf):
    v = tf.Variable(1.0)
    step = tf.function(lambda: (v.assign(2.0), v.assign_add(3.0), v.assign_sub(1.0)))
    first = step()
    return first, float(v), [float(step()[0]), float(v)]


@program
def results_are_kept_when_the_state_moves_on(tf):
    v = tf.Variable([1.0, 2.0])
    step = tf.function(lambda: v.assign_add([1.0, 1.0]) * 1.0)
    kept = [step() for _ in range(3)]
    return kept


@program
def the_structure_may_depend_on_python(tf):
    @tf.function
    def step(x, wanted):
        return {name: x * i for i, name in enumerate(wanted)}

    x = tf.constant(2.0)
    return step(x, ("a",)), step(x, ("a", "b")), step(x, ("b",))


@program
def early_return_in_python(tf):
    @tf.function
    def step(x, quick):
        if quick:
            return x
        x = x * 10
        return x, x

    return step(tf.constant(1), True), step(tf.constant(1), False)


@program
def matrix_products(tf):
    step = tf.function(lambda a, b: tf.matmul(a, b))
    return step(tf.ones([2, 3]), tf.ones([3, 1]) * 2.0)


@program
def reductions(tf):
    @tf.function
    def step(x):
        return tf.reduce_sum(x), tf.reduce_mean(x, axis=0), tf.reduce_sum(x, 1, keepdims=True)

    return step(tf.constant([[1.0, 2.0], [3.0, 4.0]]))


@program
def python_arithmetic(tf):
    @tf.function
    def step(x, y):
        return x + y, x - y, x * y, x / y, x // y, x % y, x**y, -x, abs(-x)

    return step(tf.constant([7.0, -7.0]), tf.constant(2.0))


@program
def comparisons(tf):
    step = tf.function(lambda x, y: (x < y, x <= y, x > y, x >= y))
    return step(tf.constant([1, 2, 3]), tf.constant(2))


@program
def logic(tf):
    step = tf.function(lambda a, b: (a & b, a | b, a ^ b, ~a))
    return step(tf.constant([True, True, False]), tf.constant([True, False, False]))


@program(
    differs="64-bit numbers are 32-bit ones unless jax_enable_x64 is set",
    ours={"tuple": [{"int32[2]": [3, -4]}, {"int32[2]": [1, 1]}, {"float32[2]": [3.5, -3.5]}]},
)
def integer_division(tf):
    step = tf.function(lambda x, y: (x // y, x % y, x / y))
    return step(tf.constant([7, -7]), tf.constant([2, 2]))


@program
def a_compiled_result_goes_on_in_eager_code(tf):
    y = tf.function(lambda x: x * 2)(tf.constant([1.0, 2.0]))
    return y + 1, float(y[0]), [float(v) for v in y], len(y), y.shape[0]
