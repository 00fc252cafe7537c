"""`tf.print`: the text, and when it is written."""

import sys
import tempfile
from pathlib import Path

import numpy as np

from .registry import program


def both(tf, inputs, **options):
    """What is printed of these eagerly, and by two calls of a step that is given them."""
    with tf.printed() as eager:
        tf.print(*inputs, **options)

    @tf.function
    def step(values):
        tf.print(*values, **options)

    with tf.printed() as compiled:
        step(list(inputs))
        step(list(inputs))
    return eager[0], compiled[0]


def _add(name, make, text_options=None, **options):
    @program(name=name, **options)
    def run(tf):
        return both(tf, make(tf), **(text_options or {}))


def count(tf, *shape):
    return tf.constant(np.arange(np.prod(shape)).reshape(shape).astype("float32"))


TEXTS = {
    "words_and_a_number": (lambda tf: ["loss:", tf.constant(0.25)], {}),
    "floats": (
        lambda tf: [tf.constant([0.1, 1 / 3, 1e-8, 1e20, 123456.789, 1e6, 16777216.0, 1e-5, 3.0])],
        {"summarize": -1},
    ),
    "halves": (lambda tf: [tf.constant([0.1, 1000.5], tf.float16)], {}),
    "brain_floats": (lambda tf: [tf.constant([0.1, 1000.5], tf.bfloat16)], {}),
    "ints": (lambda tf: [tf.constant([1, -2, 2**31 - 1])], {}),
    "small_ints": (lambda tf: [tf.constant([1, -2], tf.int8), tf.constant([255], tf.uint8)], {}),
    "bools": (lambda tf: [tf.constant(True), tf.constant([True, False])], {}),
    "not_finite": (lambda tf: [tf.constant([float("nan"), float("inf"), -float("inf"), -0.0])], {}),
    "six_elements": (lambda tf: [count(tf, 6)], {}),
    "seven_elements": (lambda tf: [count(tf, 7)], {}),
    "a_matrix": (lambda tf: [count(tf, 2, 3)], {}),
    "a_large_matrix": (lambda tf: [count(tf, 8, 9)], {}),
    "four_dimensions": (lambda tf: [count(tf, 2, 1, 2, 2)], {}),
    "empty": (lambda tf: [tf.ones([0])], {}),
    "no_rows": (lambda tf: [tf.ones([0, 3])], {}),
    "one_element": (lambda tf: [tf.ones([1, 1])], {}),
    "summarize_one": (lambda tf: [count(tf, 5)], {"summarize": 1}),
    "summarize_two_of_a_matrix": (lambda tf: [count(tf, 5, 5)], {"summarize": 2}),
    "summarize_all": (lambda tf: [count(tf, 4, 8)], {"summarize": -1}),
    "separator": (lambda tf: ["a", tf.constant(1), "b"], {"sep": ", "}),
    "no_separator": (lambda tf: ["a", tf.constant(1), "b"], {"sep": ""}),
    "no_end": (lambda tf: [tf.constant(1)], {"end": ""}),
    "another_end": (lambda tf: ["a", tf.constant(1)], {"end": "!\n\n"}),
    "a_list_of_tensors": (lambda tf: [[tf.constant(1), tf.constant([1.5, 2.5])]], {}),
    "a_tuple": (lambda tf: [(tf.constant(1), "text", 2.5, None)], {}),
    "a_dict": (lambda tf: [{"loss": tf.constant(0.5), "name": "x"}], {}),
    "a_dict_out_of_order": (lambda tf: [{"b": tf.constant(1), "a": tf.constant(2)}], {}),
    "nested": (lambda tf: [{"a": [tf.constant(1), (tf.constant(2), {"b": tf.ones([2])})]}], {}),
    "python_values": (lambda tf: [1, 2.5, True, None, "text", 1e10, 0.1], {}),
    "python_lists": (lambda tf: [[1, 2.5, "text", None], (1,), []], {}),
    "quotes": (lambda tf: ["it's", ["it's", 'say "x"']], {}),
    "letters": (lambda tf: ["손실: é", tf.constant(1)], {}),
    "new_lines_and_percent": (lambda tf: ["a\nb\t%d {} {x} \\", tf.constant(1)], {}),
    "dtypes_and_types": (lambda tf: ["dtype", tf.float32 == "float32"], {}),
    "an_empty_string": (lambda tf: ["", tf.constant(1), ""], {}),
}

for _name, (_make, _options) in TEXTS.items():
    _add(_name, _make, _options)

_add(
    "a_complex_number",
    lambda tf: [tf.constant(1.5 - 2j, tf.complex64)],
    differs="TensorFlow prints a question mark for complex numbers",
    ours={"tuple": ["(1.5,-2)\n", "(1.5,-2)\n" * 2]},
)
_add(
    "empty_rows",
    lambda tf: [tf.ones([2, 0])],
    differs="TensorFlow prints dots for rows without elements, whatever their number",
    ours={"tuple": ["[[]\n []]\n", "[[]\n []]\n" * 2]},
)
NUMPY = "TensorFlow prints Python's repr of NumPy arrays in eager code; ours prints as compiled"
_add(
    "numpy_arrays",
    lambda tf: [np.ones(2, "float32"), np.float32(0.5), np.arange(3)],
    differs=NUMPY,
    ours={"tuple": ["[1 1] 0.5 [0 1 2]\n", "[1 1] 0.5 [0 1 2]\n" * 2]},
)
_add(
    "numpy_in_a_list",
    lambda tf: [[np.ones(2, "float32"), 1]],
    differs=NUMPY,
    ours={"tuple": ["[[1 1], 1]\n", "[[1 1], 1]\n" * 2]},
)


@program
def nothing(tf):
    @tf.function
    def step():
        tf.print()
        tf.print(end=".")

    with tf.printed() as text:
        tf.print()
        step()
    return text[0]


@program
def words_alone_at_every_call(tf):
    @tf.function
    def step():
        tf.print("a call")

    with tf.printed() as text:
        for _ in range(3):
            step()
    return text[0]


@program
def a_formatted_string_is_frozen_in(tf):
    calls = []

    @tf.function
    def step(x):
        calls.append(1)
        tf.print(f"call {len(calls)}:", x)

    with tf.printed() as text:
        step(tf.constant(1))
        step(tf.constant(2))
    return text[0]


@program
def variables(tf):
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def step():
        tf.print("before", v, [v])
        v.assign_add([1.0, 1.0])
        tf.print("after", v)

    with tf.printed() as text:
        tf.print("eager", v)
        step()
        step()
    return text[0]


@program
def order_with_pythons_print(tf):
    @tf.function
    def step(x):
        print("tracing", file=sys.stderr, flush=True)
        tf.print("running", x)

    with tf.printed() as text:
        step(tf.constant(1))
        step(tf.constant(2))
    return text[0]


@program
def to_standard_output(tf):
    @tf.function
    def step(x):
        tf.print("x", x, output_stream=sys.stdout)

    with tf.printed("stdout") as text:
        tf.print("eager", output_stream=sys.stdout)
        step(tf.constant(1))
    return text[0]


@program
def to_standard_error(tf):
    @tf.function
    def step(x):
        tf.print("x", x, output_stream=sys.stderr)

    with tf.printed() as text:
        step(tf.constant(1))
    return text[0]


@program
def to_a_file(tf):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lines.txt")

        @tf.function
        def step(x):
            tf.print("x", x, output_stream=f"file://{path}")

        step(tf.constant(1))
        tf.print("eager", output_stream=f"file://{path}")
        step(tf.constant(2))
        return path.read_text()


@program(
    differs="a stream of a type that cannot be written to is a TypeError",
    ours={"raises": "TypeError"},
)
def to_a_stream_of_no_use(tf):
    return tf.caught(lambda: tf.print("x", output_stream="nonsense"))


@program
def in_a_nested_function(tf):
    @tf.function
    def inner(x):
        tf.print("inner", x)
        return x + 1

    @tf.function
    def outer(x):
        tf.print("outer", x)
        y = inner(x)
        tf.print("again", y)
        return inner(y)

    with tf.printed() as text:
        outer(tf.constant(1))
        outer(tf.constant(5))
    return text[0]


@program
def under_a_tape(tf):
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            tf.print("y", y)
        tf.print("dy", tape.gradient(y, x))

    with tf.printed() as text:
        step(tf.constant(3.0))
        step(tf.constant(1.0))
    return text[0]


@program
def in_a_python_loop(tf):
    @tf.function
    def step(x):
        for i in range(3):
            tf.print("round", i, x)
            x = x * 2

    with tf.printed() as text:
        step(tf.constant(1))
    return text[0]


@program
def in_a_while_loop(tf):
    def body(i, x):
        tf.print("round", i, x)
        return i + 1, x * 2

    @tf.function
    def step(x):
        tf.print("first", x)
        _, x = tf.keras.ops.while_loop(lambda i, x: i < 3, body, (tf.constant(0), x))
        tf.print("last", x)
        return x

    with tf.printed() as text:
        step(tf.constant(1))
        step(tf.constant(3))
    return text[0]


@program
def in_a_branch(tf):
    def yes(x):
        tf.print("positive", x)
        return x

    def no(x):
        tf.print("negative", x)
        return -x

    @tf.function
    def step(x):
        y = tf.keras.ops.cond(x > 0, lambda: yes(x), lambda: no(x))
        tf.print("then", y)
        return y

    with tf.printed() as text:
        for value in (1.0, -2.0, 3.0):
            step(tf.constant(value))
    return text[0]


@program
def of_a_result_used_again(tf):
    @tf.function
    def step(x):
        y = x * 2
        tf.print(y)
        return y

    with tf.printed() as text:
        y = step(step(tf.constant([1, 2])))
    return text[0], y


@program
def what_print_returns(tf):
    with tf.printed():
        return tf.print("x") is None


@program
def from_a_run_that_is_eager(tf):
    step = tf.function(lambda x: tf.print("x", x))
    tf.config.run_functions_eagerly(True)
    try:
        with tf.printed() as text:
            step(tf.constant(1))
    finally:
        tf.config.run_functions_eagerly(False)
    return text[0]
