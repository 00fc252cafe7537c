"""`tf.autograph`: loops with a limit, and functions that are left as they are.

The numbers are what TensorFlow 2.21 gives for the same programs.
"""

import inspect

import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import GlassTapeError


def test_the_namespaces_are_modules():
    """Malt finds the directive by looking through modules."""
    assert inspect.ismodule(tf.autograph)
    assert inspect.ismodule(tf.autograph.experimental)
    assert dir(tf.autograph.experimental) == ["do_not_convert", "set_loop_options"]


@pytest.mark.parametrize(("most", "expected"), [(0, 0), (3, 3), (100, 10)])
def test_a_while_loop_of_so_many_rounds(most, expected):
    @tf.function
    def count(limit):
        i = tf.constant(0)
        while i < limit:
            tf.autograph.experimental.set_loop_options(maximum_iterations=most)
            i = i + 1
        return i

    assert int(count(tf.constant(10))) == expected


@pytest.mark.parametrize(("most", "expected"), [(0, 0.0), (2, 3.0), (100, 10.0)])
def test_a_for_loop_of_so_many_rounds(most, expected):
    @tf.function
    def add(values):
        total = 0.0
        for value in values:
            tf.autograph.experimental.set_loop_options(maximum_iterations=most)
            total = total + value
        return total

    assert float(add(tf.constant([1.0, 2.0, 3.0, 4.0]))) == expected


def test_the_gradient_is_that_of_the_rounds_made():
    @tf.function
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            while tf.reduce_sum(y) < 1000.0:
                tf.autograph.experimental.set_loop_options(maximum_iterations=2)
                y = y * x
        return tape.gradient(y, x)

    assert float(gradient(tf.constant(3.0))) == 27.0


def test_the_other_options_are_accepted():
    @tf.function
    def count(limit):
        i = tf.constant(0)
        while i < limit:
            tf.autograph.experimental.set_loop_options(
                parallel_iterations=1, swap_memory=True, shape_invariants=[(i, ())]
            )
            i = i + 1
        return i

    assert int(count(tf.constant(4))) == 4


def test_in_python_loops_it_does_nothing():
    @tf.function
    def add(x):
        for i in range(5):
            tf.autograph.experimental.set_loop_options(maximum_iterations=2)
            x = x + i
        return x

    assert int(add(tf.constant(0))) == 10
    assert tf.autograph.experimental.set_loop_options(maximum_iterations=2) is None


def test_do_not_convert():
    @tf.autograph.experimental.do_not_convert
    def size(x):
        return x if x > 0 else -x

    with pytest.raises(GlassTapeError):
        tf.function(lambda x: size(x))(tf.constant(-1.0))


def sign(x):
    if x > 0:
        return 1
    return -1


@pytest.mark.parametrize("entity", [sign, tf.function(sign)])
def test_code_of_a_function(entity):
    code = tf.autograph.to_code(entity)
    assert code.startswith("def ag__sign(x):")
    assert "ag__.if_stmt(" in code
    compile(code, "code", "exec")


def test_code_that_is_not_at_hand():
    with pytest.raises(GlassTapeError, match="cannot be shown as translated code"):
        tf.autograph.to_code(len)


def test_what_is_not_there():
    with pytest.raises(GlassTapeError, match=r"tf\.autograph\.to_graph is not there"):
        tf.autograph.to_graph  # noqa: B018


def test_signatures_of_the_traces():
    double = tf.function(lambda a: a + a)
    double(tf.constant(1))
    double(tf.constant([1.5]))
    double(3)
    assert double.pretty_printed_concrete_signatures() == (
        "<lambda>(int32[])\n<lambda>(float32[1])\n<lambda>(3)"
    )


def counting(steps, x):
    total = x
    for i in tf.range(steps):
        total = total * 2.0 + tf.cast(i, tf.float32)
    return total


def test_a_range_of_a_tensor_is_gone_over_in_the_program():
    """Its length is found out when the program runs; one trace for all lengths."""
    step = tf.function(counting)
    for n in (3, 0, 5):
        assert float(step(tf.constant(n), tf.constant(1.0))) == float(counting(n, 1.0))
    assert step.experimental_get_tracing_count() == 1


def test_gradient_ascent_in_a_range_of_a_tensor():
    """DeepDream's shape: a tape in a loop of a method with a signature."""

    class Ascent(tf.Module):
        @tf.function(
            input_signature=[tf.TensorSpec([None, None]), tf.TensorSpec([], dtype=tf.int32)]
        )
        def __call__(self, image, steps):
            loss = tf.constant(0.0)
            for _ in tf.range(steps):
                with tf.GradientTape() as tape:
                    tape.watch(image)
                    loss = tf.reduce_sum(image**2)
                image = image + 0.25 * tape.gradient(loss, image)
            return loss, image

    loss, image = Ascent()(tf.ones([2, 3]), tf.constant(2))
    assert float(loss) == 6 * 1.5**2
    np.testing.assert_array_equal(image, np.full([2, 3], 2.25, np.float32))


@pytest.mark.parametrize(
    "use",
    [
        lambda n: tf.range(n)[:-1] * 2,
        lambda n: tf.reduce_sum(tf.range(n)),
        lambda n: tf.range(tf.cast(n, tf.float32)) + 1.0,
        lambda n: [i + 1 for i in tf.range(n)],
    ],
)
def test_a_range_of_a_tensor_used_otherwise_runs_as_python(use):
    step = tf.function(use)
    with pytest.warns(UserWarning, match="The size of a tf.range depends on numbers"):
        got = step(tf.constant(4))
    np.testing.assert_array_equal(got, use(4))
