"""What can be passed: positions, keywords, defaults, structures, numbers, arrays, None."""

import collections
import dataclasses

import numpy as np

from .registry import program

Point = collections.namedtuple("Point", "x y")


@program
def defaults(tf):
    step = tf.function(lambda x, scale=2.0, shift=1.0: x * scale + shift)
    x = tf.constant([1.0, 2.0])
    return step(x), step(x, 3.0), step(x, shift=0.0), step(shift=0.5, x=x)


@program
def keyword_only(tf):
    def step(x, *, scale=2.0):
        return x * scale

    step = tf.function(step)
    return step(tf.constant(3.0)), step(tf.constant(3.0), scale=4.0)


@program
def positional_only(tf):
    def step(x, /, y):
        return x - y

    step = tf.function(step)
    return step(tf.constant(3.0), tf.constant(1.0)), step(tf.constant(3.0), y=tf.constant(1.0))


@program
def any_number_of_arguments(tf):
    @tf.function
    def step(*numbers):
        return sum(numbers), len(numbers)

    one = tf.constant(1)
    return step(one), step(one, one, one), step(one), step.experimental_get_tracing_count()


@program
def any_keywords(tf):
    @tf.function
    def step(**options):
        return {name: value * 2 for name, value in options.items()}

    return step(a=tf.constant(1)), step(b=tf.constant(2), a=tf.constant(1)), step()


@program
def both_kinds(tf):
    @tf.function
    def step(x, *others, y=1, **options):
        return x + sum(others) + y + sum(options.values())

    one = tf.constant(1)
    return step(one), step(one, one, 2), step(one, y=3), step(one, one, z=one, y=5)


@program
def lists_and_dicts(tf):
    @tf.function
    def step(batch):
        return batch["x"][0] + batch["x"][1] * batch["scale"]

    return step({"x": [tf.constant(1.0), tf.constant(2.0)], "scale": 10.0})


@program
def named_tuples(tf):
    step = tf.function(lambda p: p.x - p.y)
    return step(Point(tf.constant(3.0), tf.constant(1.0))), step(Point(x=tf.constant(1.0), y=5.0))


@program
def ordered_dicts(tf):
    step = tf.function(lambda d: d["b"] - d["a"])
    return step(collections.OrderedDict(b=tf.constant(3), a=tf.constant(1)))


@program
def a_frozen_dataclass_of_numbers(tf):
    @dataclasses.dataclass(frozen=True)
    class Setting:
        scale: float
        shift: float = 0.0

    step = tf.function(lambda x, setting: x * setting.scale + setting.shift)
    return step(tf.constant(2.0), Setting(3.0)), step(tf.constant(2.0), Setting(3.0, 1.0))


@program(
    differs="TensorFlow refuses dataclasses that have no hash; ours are opened like tuples",
    ours={"float32[]": [2]},
)
def a_dataclass_of_tensors(tf):
    @dataclasses.dataclass
    class Batch:
        x: object
        y: object

    step = tf.function(lambda batch: batch.x - batch.y)
    return step(Batch(tf.constant(3.0), tf.constant(1.0)))


@program
def numbers(tf):
    step = tf.function(lambda x, n: x * n)
    return step(tf.constant(2.0), 3), step(tf.constant(2.0), 0.5), step(tf.constant(2), 3)


@program
def a_number_stays_a_number(tf):
    seen = []

    @tf.function
    def step(n):
        seen.append(type(n).__name__)
        return [n] * n

    return step(2), step(3), seen


@program
def a_bool_stays_a_bool(tf):
    @tf.function
    def step(x, training):
        return x * 2.0 if training else x

    return step(tf.constant(1.0), True), step(tf.constant(1.0), training=False)


@program
def a_string_chooses(tf):
    @tf.function
    def step(x, mode="double"):
        return x * 2 if mode == "double" else x * 3

    return step(tf.constant(1)), step(tf.constant(1), "triple"), step(tf.constant(1), mode="double")


@program
def none_chooses(tf):
    @tf.function
    def step(x, mask=None):
        return x if mask is None else x * mask

    x = tf.constant([1.0, 2.0])
    return step(x), step(x, tf.constant([0.0, 1.0])), step(x, None)


@program
def numpy_arrays(tf):
    step = tf.function(lambda x: x + 1)
    return step(np.arange(3, dtype="float32")), step(np.ones((2, 1), "int32"))


@program
def a_numpy_array_is_a_tensor_inside(tf):
    seen = []

    @tf.function
    def step(x):
        seen.append(isinstance(x, np.ndarray))
        return x * 2

    return step(np.ones(2, "float32")), seen


@program
def numpy_scalars(tf):
    step = tf.function(lambda x: x * 2)
    return step(np.float32(1.5)), step(np.int32(3)), step(np.float16(0.5))


@program(
    differs="64-bit numbers are 32-bit ones unless jax_enable_x64 is set",
    ours={"tuple": [{"float32[2]": [1, 1]}, {"int32[]": [3]}]},
)
def numpy_in_64_bits(tf):
    step = tf.function(lambda x: x)
    return step(np.ones(2)), step(np.int64(3))


@program
def numpy_arrays_changed_between_calls(tf):
    step = tf.function(lambda x: x * 2)
    x = np.ones(2, "float32")
    first = step(x)
    x[0] = 5.0
    return first, step(x)


@program
def lists_of_numbers(tf):
    step = tf.function(lambda numbers: tf.constant(1.0) * sum(numbers))
    return step([1.0, 2.0]), step([1.0, 2.0, 3.0]), step((1.0, 2.0))


@program
def a_list_of_numbers_made_a_tensor(tf):
    step = tf.function(lambda numbers: tf.convert_to_tensor(numbers) * 2)
    return step([1, 2]), step([0.5]), step([[1.0], [2.0]])


@program
def functions_as_arguments(tf):
    step = tf.function(lambda f, x: f(x))
    return step(tf.square, tf.constant(3.0)), step(lambda x: x + 1, tf.constant(3.0))


@program
def a_compiled_function_as_argument(tf):
    inner = tf.function(lambda x: x * 3)
    outer = tf.function(lambda f, x: f(x) + 1)
    return outer(inner, tf.constant(2)), outer(inner, tf.constant(3))


@program
def a_model_as_argument(tf):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
    model.build((None, 2))
    step = tf.function(lambda net, x: net(x))
    return step(model, tf.ones([2, 2])), step(model, tf.zeros([2, 2]))


@program
def one_tensor_twice(tf):
    step = tf.function(lambda x, y: (x + y, x * y))
    x = tf.constant(3.0)
    return step(x, x), step(x, tf.constant(2.0))


@program
def bool_and_empty_tensors(tf):
    step = tf.function(lambda x, y: (x, y))
    return step(tf.constant([True, False]), tf.ones([0, 2]))


@program
def dtype_by_name(tf):
    step = tf.function(lambda x, dtype: tf.cast(x, dtype))
    return step(tf.constant([1.5, -1.5]), "int32"), step(tf.constant([1, 0]), "bool")


@program
def changed_in_the_step(tf):
    @tf.function
    def step(numbers):
        numbers = [*numbers, tf.constant(1.0)]
        return len(numbers), numbers

    given = [tf.constant(2.0)]
    return step(given), len(given)


@program
def a_generator_made_a_list(tf):
    step = tf.function(lambda parts: sum(parts))
    return step([tf.constant(n) for n in range(3)])


@program
def a_tensor_from_inside_is_no_argument_outside(tf):
    """The default is a tensor made when the step was defined."""

    @tf.function
    def step(x, scale=tf.constant(2.0)):  # noqa: B008 - that is the point
        return x * scale

    return step(tf.constant(1.0)), step(tf.constant(1.0), tf.constant(5.0))
