"""How often a step is traced: `experimental_get_tracing_count` after a few calls."""

import collections
import dataclasses
import enum
import functools

import numpy as np

from .registry import INSIDE, program

Point = collections.namedtuple("Point", "x y")


def counts(step, calls):
    """The number of traces after each call, a tuple of arguments."""
    found = []
    for call in calls:
        step(*call)
        found.append(step.experimental_get_tracing_count())
    return found


def nothing(*args, **kwargs):
    return 0


def _add(name, calls, **options):
    @program(name=name, **options)
    def run(tf):
        return counts(tf.function(nothing), calls(tf))


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass(frozen=True)
class Setting:
    rate: float


CALLS = {
    "no_arguments": lambda tf: [(), ()],
    "values_of_one_shape": lambda tf: [(tf.constant(1.0),), (tf.constant(2.0),)],
    "shapes": lambda tf: [(tf.ones([2]),), (tf.ones([3]),), (tf.ones([2]),), (tf.ones([2, 1]),)],
    "dtypes": lambda tf: [(tf.constant(1.0),), (tf.constant(1),), (tf.constant(True),)],
    "half_precision": lambda tf: [(tf.ones([1], t),) for t in ("float16", "bfloat16", "float32")],
    "python_ints": lambda tf: [(1,), (2,), (1,), (2,)],
    "python_floats": lambda tf: [(0.5,), (0.25,), (0.5,)],
    "python_bools": lambda tf: [(True,), (False,), (True,)],
    "number_and_tensor": lambda tf: [(1,), (tf.constant(1),), (2,), (tf.constant(2),)],
    "strings": lambda tf: [("a",), ("b",), ("a",)],
    "bytes_and_string": lambda tf: [("a",), (b"a",), ("a",)],
    "none_and_number": lambda tf: [(None,), (0,), (None,)],
    "none_and_tensor": lambda tf: [(None,), (tf.constant(0),), (None,), (tf.constant(1),)],
    "numpy_array_and_tensor": lambda tf: [
        (np.ones(2, "float32"),), (np.zeros(2, "float32"),), (tf.ones([2]),),
    ],
    "numpy_scalar_and_tensor": lambda tf: [
        (np.float32(1),), (np.float32(2),), (tf.constant(3.0),), (3.0,),
    ],
    "numpy_shapes": lambda tf: [(np.ones(2, "int32"),), (np.ones(3, "int32"),)],
    "lists_of_tensors": lambda tf: [
        ([tf.constant(1.0)],), ([tf.constant(2.0)],), ([tf.constant(1.0), tf.constant(2.0)],),
    ],
    "lists_of_numbers": lambda tf: [([1, 2],), ([1, 2],), ([1, 3],), ([1],)],
    "list_and_tuple": lambda tf: [([1, 2],), ((1, 2),), ([1, 2],), ((1, 2),)],
    "empty_list_and_tuple": lambda tf: [([],), ((),), ({},), ([],), ((),), ({},)],
    "dicts": lambda tf: [
        ({"a": tf.constant(1.0)},), ({"b": tf.constant(1.0)},), ({"a": tf.constant(2.0)},),
    ],
    "order_in_a_dict": lambda tf: [({"a": 1, "b": 2},), ({"b": 2, "a": 1},)],
    "number_in_a_dict": lambda tf: [({"a": 1},), ({"a": 2},), ({"a": 1},)],
    "nested": lambda tf: [
        ({"a": [tf.ones([2]), (1, None)]},),
        ({"a": [tf.zeros([2]), (1, None)]},),
        ({"a": [tf.zeros([2]), (2, None)]},),
        ({"a": [tf.zeros([3]), (2, None)]},),
    ],
    "namedtuple": lambda tf: [
        (Point(tf.constant(1.0), 2),), (Point(tf.constant(3.0), 2),), (Point(tf.constant(3.0), 4),),
    ],
    "namedtuple_and_tuple": lambda tf: [(Point(1, 2),), ((1, 2),), (Point(1, 2),)],
    "functions_as_arguments": lambda tf: [(len,), (max,), (len,), (nothing,)],
    "types_as_arguments": lambda tf: [(int,), (float,), (int,)],
    "dtypes_as_arguments": lambda tf: [(tf.float32,), (tf.int32,), (tf.float32,)],
    "enumerations": lambda tf: [(Colour.RED,), (Colour.BLUE,), (Colour.RED,)],
    "objects_with_equality": lambda tf: [(frozenset([1]),), (frozenset([1]),), (frozenset([2]),)],
    "ranges": lambda tf: [(range(3),), (range(3),), (range(4),)],
    "ellipsis": lambda tf: [(...,), (...,)],
    "sizes_zero": lambda tf: [(tf.ones([0]),), (tf.ones([0, 2]),), (tf.ones([0]),)],
    "count_of_arguments": lambda tf: [(tf.ones([]),), (tf.ones([]), tf.ones([])), (tf.ones([]),)],
    "not_a_number": lambda tf: [(float("nan"),), (float("nan"),)],
    "complex_numbers": lambda tf: [(1j,), (2j,), (1j,)],
    "large_ints": lambda tf: [(2**40,), (2**40,), (2**40 + 1,)],
}  # fmt: skip

for _name, _calls in CALLS.items():
    _add(_name, _calls)

EQUAL = "TensorFlow runs the trace of another number that is equal; ours has one for each type"
_add(
    "int_and_float_of_one_value",
    lambda tf: [(1,), (1.0,), (1,), (1.0,)],
    differs=EQUAL,
    ours=[1, 2, 2, 2],
)
_add(
    "int_and_bool_of_one_value",
    lambda tf: [(1,), (True,), (1,), (0,), (False,)],
    differs=EQUAL,
    ours=[1, 2, 2, 3, 4],
)
_add("minus_zero", lambda tf: [(0.0,), (-0.0,), (0.0,)], differs=EQUAL, ours=[1, 2, 2])
_add(
    "slices",
    lambda tf: [(slice(1, 2),), (slice(1, 2),), (slice(1, 3),)],
    differs="TensorFlow refuses slices; ours go by their numbers",
    ours=[1, 1, 2],
)
_add(
    "sixty_four_bits_of_numpy",
    lambda tf: [(np.ones(2),), (np.ones(2, "float32"),)],
    differs="64-bit numbers are 32-bit ones unless jax_enable_x64 is set",
    ours=[1, 1],
)


@program
def frozen_dataclasses(tf):
    return counts(tf.function(nothing), [(Setting(0.5),), (Setting(0.5),), (Setting(0.25),)])


@program
def object_of_an_ordinary_class(tf):
    class Thing:
        pass

    a, b = Thing(), Thing()
    return counts(tf.function(nothing), [(a,), (b,), (a,)])


@program
def position_and_keyword_are_the_same(tf):
    step = tf.function(lambda x, y: x + y)
    x = tf.constant(1.0)
    step(x, x)
    step(x, y=x)
    step(y=x, x=x)
    return step.experimental_get_tracing_count()


@program
def default_given_and_left_out_are_the_same(tf):
    step = tf.function(lambda x, y=2: x + y)
    x = tf.constant(1)
    results = [step(x), step(x, 2), step(x, y=2), step(x, 3)]
    return results, step.experimental_get_tracing_count()


@program
def order_of_keywords(tf):
    step = tf.function(nothing)
    x = tf.constant(1)
    step(a=x, b=1)
    step(b=1, a=x)
    return step.experimental_get_tracing_count()


@program
def names_of_keywords(tf):
    step = tf.function(nothing)
    step(a=1)
    step(b=1)
    step(a=1)
    return step.experimental_get_tracing_count()


@program(
    differs="a variable chooses the program by identity; TensorFlow shares one trace between "
    "variables of one shape and dtype",
    ours=[1, 2, 2, 3],
)
def variables_as_arguments(tf):
    a, b, c = (tf.Variable(v) for v in (1.0, 2.0, [1.0, 2.0]))
    return counts(tf.function(nothing), [(a,), (b,), (a,), (c,)])


@program
def one_variable_twice(tf):
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    return counts(tf.function(nothing), [(a, a), (a, b), (a, a)])


@program
def a_variable_and_a_tensor(tf):
    return counts(tf.function(nothing), [(tf.Variable(1.0),), (tf.constant(1.0),)])


@program
def two_functions_of_one_python_function(tf):
    first, second = tf.function(nothing), tf.function(nothing)
    first(1)
    first(2)
    second(1)
    return first.experimental_get_tracing_count(), second.experimental_get_tracing_count()


@program
def a_new_function_traces_again(tf):
    seen = []
    for _ in range(3):
        tf.function(lambda: seen.append(1))()
    return len(seen)


@program(differs=INSIDE, ours={"tuple": [{"int32[]": [4]}, ["inner", "inner"], 0]})
def inner_function_is_traced_once_for_two_calls(tf):
    seen = []

    @tf.function
    def inner(x):
        seen.append("inner")
        return x + 1

    @tf.function
    def outer(x):
        return inner(x) + inner(x)

    result = outer(tf.constant(1))
    return result, seen, inner.experimental_get_tracing_count()


@program(
    differs=INSIDE,
    ours={"tuple": [[{"int32[]": [n]} for n in (2, 4, 6)], ["inner", "inner"]]},
)
def inner_function_after_a_call_of_its_own(tf):
    seen = []

    @tf.function
    def inner(x):
        seen.append("inner")
        return x + 1

    outer = tf.function(lambda x: inner(x) * 2)
    results = [inner(tf.constant(1)), outer(tf.constant(1)), outer(tf.constant(2))]
    return results, seen


@program
def partial_has_its_own(tf):
    step = tf.function(lambda x, n: x * n)
    double = functools.partial(step, n=2)
    results = [double(tf.constant(1)), double(tf.constant(2)), step(tf.constant(3), 2)]
    return results, step.experimental_get_tracing_count()


@program(
    differs="TensorFlow traces a step that makes variables a second time; ours is traced once",
    ours={"tuple": [["run"], 1]},
)
def count_after_making_variables(tf):
    seen, made = [], []

    @tf.function
    def step(x):
        seen.append("run")
        if not made:
            made.append(tf.Variable(1.0))
        return made[0] * x

    step(tf.constant(1.0))
    step(tf.constant(2.0))
    return seen, step.experimental_get_tracing_count()


@program
def count_before_the_first_call(tf):
    return tf.function(nothing).experimental_get_tracing_count()


@program
def count_after_an_error(tf):
    @tf.function
    def step(x):
        if x.shape[0] > 2:
            raise ValueError("the user's own")
        return x

    results = [tf.caught(step, tf.ones([n])) for n in (1, 3, 2, 1)]
    return results, step.experimental_get_tracing_count()


@program
def concrete_functions_count(tf):
    step = tf.function(lambda x: x + 1)
    step.get_concrete_function(tf.TensorSpec([2], tf.float32))
    step(tf.ones([2]))
    step.get_concrete_function(tf.ones([2]))
    return step.experimental_get_tracing_count()


@program
def global_numbers_are_frozen_in(tf):
    numbers = {"n": 1}
    step = tf.function(lambda x: x * numbers["n"])
    before = step(tf.constant(3))
    numbers["n"] = 10
    return before, step(tf.constant(3)), step(tf.constant([3]))


@program
def results_are_passed_on(tf):
    """Tensors are known by shape and dtype, wherever they come from."""
    whole = tf.function(lambda x: x * 2)
    v = tf.Variable(3.0)
    step = tf.function(lambda x: x + 1.0)
    for x in (tf.constant(1.0), whole(tf.constant(1.0)), step(tf.constant(2.0)), v * 2.0,
              tf.convert_to_tensor(v), tf.convert_to_tensor(2.0), tf.reduce_sum([1.0, 2.0]),
              tf.cast(3, tf.float32), np.float32(1.0)):  # fmt: skip
        step(x)
    return step.experimental_get_tracing_count()


@program
def a_returned_number_is_passed_on(tf):
    half, step = tf.function(lambda: 0.5), tf.function(lambda x: x + 1.0)
    step(tf.constant(0.5))
    step(half())
    return step.experimental_get_tracing_count()


@program
def a_result_goes_round(tf):
    """As a state that is handed from call to call."""
    step = tf.function(lambda state, x: (state + x, {"loss": state * 0.5}))
    state = tf.constant(0.0)
    for n in range(3):
        state, _ = step(state, tf.constant(float(n)))
    return state, step.experimental_get_tracing_count()
