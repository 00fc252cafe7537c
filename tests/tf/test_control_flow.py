"""Loops, arrays of tensors, host functions, modules, contexts and assertions beside the oracle."""

import warnings

import numpy as np
import pytest

import glasstape as gt
import glasstape.tf as tf
from glasstape.errors import (
    AssertionFailedError,
    ControlFlowTypeError,
    HostFunctionError,
    ShapeError,
    TensorArrayError,
    UncompiledError,
)

X = tf.constant([1.0, 2.0, 3.0])


def lines(call, kind):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value).splitlines()


# ----- steps that no program can do -----


@tf.function
def count_up(n):
    rows, i = tf.TensorArray(tf.float32, size=0, dynamic_size=True), 0
    while i < n:
        rows = rows.write(i, 1.0)
        i += 1
    return rows.stack()


def test_a_step_that_cannot_be_compiled_runs_as_python_and_says_so_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        assert count_up(tf.constant(3)).shape == (3,)
        assert count_up(tf.constant(5)).shape == (5,)
    # Not what other tests left behind, such as a file that the collector closes now.
    (warning,) = [w for w in caught if w.category is UserWarning]
    text = str(warning.message).splitlines()
    assert text[0] == "count_up is not compiled and runs as plain Python, which is slower:"
    assert text[1] == "  The size of a tf.TensorArray depends on numbers that the step computes."
    assert warning.filename == __file__
    assert count_up.experimental_get_tracing_count() == 0


def test_such_a_step_is_given_what_its_signature_promises():
    given = []

    @tf.function(input_signature=[tf.TensorSpec([], tf.string), tf.TensorSpec([], tf.int32)])
    def count_up(text, n):
        given.append((text, n))
        array = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
        i = 0
        while i < n:
            array = array.write(i, i)
            i += 1
        return array.stack()

    with pytest.warns(UserWarning, match="count_up is not compiled"):
        first = count_up("three", 3)
    second = count_up("two", n=2)
    assert [first.numpy().tolist(), second.numpy().tolist()] == [[0, 1, 2], [0, 1]]
    as_python = [given[1], given[-1]]  # each after it was tried to trace the call
    assert [text.numpy() for text, _ in as_python] == [b"three", b"two"]
    assert all(isinstance(value, tf.Tensor) for pair in as_python for value in pair)


def test_such_a_step_inside_another_makes_that_one_plain_python():
    v = tf.Variable(0.0)

    @tf.function
    def inner(n):
        rows, i = tf.TensorArray(tf.float32, size=0, dynamic_size=True), 0
        while i < n:
            rows = rows.write(i, v)
            i += 1
        return rows.stack()

    @tf.function
    def outer(n):
        v.assign_add(1.0)
        return inner(n)

    with pytest.warns(UserWarning, match="outer is not compiled"):
        assert outer(tf.constant(2)).tolist() == [1.0, 1.0]
    assert outer(tf.constant(3)).tolist() == [2.0, 2.0, 2.0]


def test_what_needs_a_program_refuses():
    with pytest.raises(UncompiledError):
        count_up.get_concrete_function(tf.constant(9))


# ----- tf.TensorArray -----


def test_an_index_beyond_the_end_is_an_error_and_changes_nothing():
    v = tf.Variable(0.0)

    @tf.function
    def step(n):
        v.assign(1.0)
        rows = tf.TensorArray(tf.float32, size=3)
        _, rows = tf.while_loop(
            lambda i, rows: i < n, lambda i, rows: (i + 1, rows.write(i, 1.0)), (0, rows)
        )
        return rows.stack()

    assert lines(lambda: step(tf.constant(4)), TensorArrayError)[:4] == [
        "A tf.TensorArray in a compiled step did not get the elements that were foreseen.",
        "  Expected: at most 3 elements, so many places it has in the program",
        "  Received: an index beyond the end",
        "  Do this: write every element: in a round that has none, zeros, and a mask that says so",
    ]
    assert v.numpy() == 0.0
    assert step(tf.constant(3)).tolist() == [1.0, 1.0, 1.0]


def test_a_growing_array_must_be_written_in_every_round():
    @tf.function
    def step(x, least):
        rows, i = tf.TensorArray(tf.float32, size=0, dynamic_size=True), 0
        for row in x:
            if row > least:
                rows = rows.write(i, row)
                i += 1
        return rows.stack()

    assert step(X, tf.constant(0.0)).tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(tf.errors.OutOfRangeError):
        step(X, tf.constant(1.5))


def test_arrays_go_through_steps_as_arguments_and_results():
    @tf.function
    def fill(rows):
        for i in range(3):
            rows = rows.write(i, X[i])
        return rows

    rows = fill(tf.TensorArray(tf.float32, size=3))
    assert rows.stack().tolist() == [1.0, 2.0, 3.0]
    assert fill(rows).read(2).numpy() == 3.0


def test_in_eager_code_an_array_changes_and_in_a_step_there_is_a_new_one():
    rows = tf.TensorArray(tf.float32, size=1)
    rows.write(0, 5.0)
    assert rows.read(0).numpy() == 5.0

    @tf.function
    def step():
        rows = tf.TensorArray(tf.float32, size=1, element_shape=[])
        rows.write(0, 5.0)
        return rows.stack()

    assert step().tolist() == [0.0]  # as in TensorFlow


def test_nested_loops_and_two_arrays():
    @tf.function
    def step(x):
        products, sums = tf.TensorArray(tf.float32, size=9), tf.TensorArray(tf.float32, 3)
        k, i = 0, 0
        for a in x:
            total = 0.0
            for b in x:
                products = products.write(k, a * b)
                total += a * b
                k += 1
            sums = sums.write(i, total)
            i += 1  # noqa: SIM113
        return products.stack(), sums.stack()

    products, sums = step(X)
    assert products.tolist() == np.outer(X, X).ravel().tolist()
    assert sums.tolist() == [6.0, 12.0, 18.0]


def test_an_array_in_a_structure_of_loop_variables():
    @tf.function
    def step(n):
        state = {"rows": tf.TensorArray(tf.float32, size=4), "i": tf.constant(0)}

        def body(state):
            i = state["i"]
            return [{"rows": state["rows"].write(i, tf.cast(i, tf.float32)), "i": i + 1}]

        (state,) = tf.while_loop(lambda state: state["i"] < n, body, [state])
        return state["rows"].stack()

    assert step(tf.constant(3)).tolist() == [0.0, 1.0, 2.0, 0.0]


def test_reading_at_an_index_of_the_program():
    @tf.function
    def step(x, n):
        rows, total, i = tf.TensorArray(tf.float32, size=3).unstack(x), 0.0, tf.constant(0)
        while i < n:
            total += rows.read(i)
            i += 1
        return total

    assert step(X, tf.constant(2)).numpy() == 3.0


# ----- map_fn and others -----


def test_variables_are_written_in_the_functions():
    v = tf.Variable(0.0)
    step = tf.function(lambda: tf.map_fn(lambda x: v.assign_add(x) * 1.0, X))
    assert step().tolist() == [1.0, 3.0, 6.0]
    assert v.numpy() == 6.0


def test_functions_are_translated_where_the_code_around_is():
    @tf.function
    def step(x):
        def flip(row):
            if row > 1.5:
                return row
            else:
                return -row

        if tf.reduce_sum(x) > 0.0:
            x = x * 1.0
        return tf.map_fn(flip, x), tf.cond(x[0] > 0.0, lambda: flip(x[0]), lambda: x[1])

    mapped, chosen = step(X)
    assert mapped.tolist() == [-1.0, 2.0, 3.0]
    assert chosen.numpy() == -1.0


def test_refusals_name_what_differs():
    assert lines(lambda: tf.map_fn(lambda x: (x, x), X), ControlFlowTypeError)[:4] == [
        "The function given to tf.map_fn returns another structure than was expected.",
        "  Expected: *",
        "  Received: (*, *)",
        "  Do this: pass fn_output_signature, a dtype for each tensor that the function returns, "
        "in the same structure",
    ]
    both = (tf.ones([2]), tf.ones([3]))
    assert lines(lambda: tf.map_fn(lambda x: x, both), ShapeError)[1:3] == [
        "  Expected: tensors with equally many rows along their first axis",
        "  Received: shapes (2,), (3,)",
    ]
    step = tf.function(lambda x: tf.cond(x[0] > 0.0, lambda: x, lambda: x[0]))
    assert lines(lambda: step(X), ValueError)[0] == (
        "'the result of tf.cond' has shape (3,) in the main branch, but shape () in the else "
        "branch."
    )


# ----- Python in a step -----


def test_numpy_functions_run_in_order_in_compiled_loops():
    seen = []

    def host(x):
        seen.append(float(x))
        return x * 2

    @tf.function
    def step(x):
        total = 0.0
        for row in x:
            total += tf.numpy_function(host, [row], tf.TensorSpec([], tf.float32))
        return total

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert step(X).numpy() == 12.0
    assert seen == [1.0, 2.0, 3.0]
    assert step.experimental_get_tracing_count() == 1


def test_numpy_functions_have_no_gradient_and_python_functions_have():
    w = tf.Variable(3.0)

    def gradient(call, out):
        with tf.GradientTape() as tape:
            y = call(lambda a: a * a, [w], out) * w
        return float(tape.gradient(y, w))

    spec = tf.TensorSpec([], tf.float32)
    assert gradient(tf.numpy_function, tf.float32) == 9.0
    assert tf.function(lambda: gradient_tensor(tf.numpy_function, w, spec))().numpy() == 9.0
    assert gradient(tf.py_function, tf.float32) == 27.0


def gradient_tensor(call, w, out):
    with tf.GradientTape() as tape:
        y = call(lambda a: a * a, [w], out) * w
    return tape.gradient(y, w)


def test_another_number_of_results():
    call = lambda: tf.numpy_function(lambda x: (x, x), [1.0], [tf.float32] * 3)  # noqa: E731
    assert lines(call, HostFunctionError)[1:3] == ["  Expected: 3, as Tout says", "  Received: 2"]


# ----- modules -----


class Net(tf.Module):
    def __init__(self):
        super().__init__()
        self.layer = tf.keras.layers.Dense(2)
        self.scale = tf.Variable(2.0)
        self.norm = tf.keras.layers.BatchNormalization()

    @tf.function
    def __call__(self, x):
        return self.norm(self.layer(x), training=True) * self.scale


def test_a_module_has_the_variables_of_the_keras_layers_in_it():
    net = Net()
    net(tf.ones([2, 3]))
    assert len(net.variables) == 7
    assert len(net.trainable_variables) == 5
    assert len(net.non_trainable_variables) == 2
    assert set(map(id, net.submodules)) == {id(net.layer), id(net.norm)}


@pytest.mark.parametrize("compiled", [False, True])
def test_tapes_and_steps_see_a_modules_variables(compiled):
    net = Net()
    net(tf.ones([2, 3]))

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(net(tf.constant([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])) ** 2)
        assert len(tape.watched_variables()) >= 5
        return tape.gradient(loss, net.trainable_variables)

    gradients = (tf.function(step) if compiled else step)()
    assert all(g is not None for g in gradients)
    assert [g.shape for g in gradients] == [v.shape for v in net.trainable_variables]


def test_a_module_without_init():
    class Bare(tf.Module):
        def __init__(self):
            self.v = tf.Variable(1.0)

    assert Bare().name == "bare"
    assert len(Bare().variables) == 1


# ----- contexts -----


def test_name_scopes_nest_and_may_stand_alone():
    with tf.name_scope("a") as outer:
        assert outer == "a/"
        with tf.name_scope("b") as inner:
            assert inner == "a/b/"
            assert tf.Variable(1.0, name="v").name == "a/b/v:0"
        with tf.name_scope("c/") as alone:
            assert alone == "c/"
    assert tf.Variable(1.0, name="v").name == "v:0"

    @tf.name_scope("d")
    def make():
        return tf.Variable(1.0, name="v").name

    assert make() == "d/v:0"


def test_contexts_do_no_harm_in_a_step():
    v = tf.Variable(1.0)

    @tf.function
    def step(x):
        with tf.device("/GPU:0"), tf.name_scope("step"), tf.control_dependencies([x]):
            update = v.assign_add(x)
            with tf.control_dependencies([update]):
                tf.group(update, tf.no_op())
                y = v * 2.0
        with tf.init_scope():
            assert tf.executing_eagerly()
        return y

    assert step(tf.constant(2.0)).numpy() == 6.0


def test_devices():
    with tf.device("CPU"), tf.device("/device:GPU:7"), tf.device(None):
        assert tf.constant(1.0).numpy() == 1.0
    assert tf.config.get_visible_devices() == tf.config.list_physical_devices()
    with pytest.warns(UserWarning, match="CUDA_VISIBLE_DEVICES"):
        tf.config.set_visible_devices([], "CPU")
    with pytest.warns(UserWarning, match="XLA_PYTHON_CLIENT_MEM_FRACTION"):
        tf.config.set_logical_device_configuration(None, [tf.config.LogicalDeviceConfiguration(9)])
    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.optimizer.set_jit(True)
    assert tf.__version__ == tf.version.VERSION


# ----- assertions -----


def test_assertions_are_checked_when_the_program_runs():
    v = tf.Variable(0.0)

    @tf.function
    def step(x):
        v.assign(1.0)
        tf.debugging.assert_positive(x, "not positive")
        return x

    assert step(X).shape == (3,)
    v.assign(0.0)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        step(-X)
    assert str(caught.value).splitlines()[:3] == [
        "x > 0 does not hold: not positive",
        '  Expected: tf.debugging.assert_positive(x, "not positive")',
        "  Received: a float32[3] tensor",
    ]
    assert isinstance(caught.value, AssertionError)
    assert v.numpy() == 0.0


def test_in_a_compiled_loop_an_assertion_warns_that_it_is_not_checked():
    def check(row):
        tf.debugging.assert_positive(row)
        return row

    with pytest.warns(UserWarning, match="is not checked there"):
        tf.function(lambda: tf.map_fn(check, -X))()
    with pytest.raises(AssertionFailedError):
        tf.map_fn(check, -X)


def test_errors_show_the_numbers():
    assert lines(lambda: tf.debugging.assert_equal(X, [1.0, 2.0, 4.0]), AssertionFailedError)[
        2
    ] == ("  Received: [1.0, 2.0, 3.0] of shape (3,); [1.0, 2.0, 4.0] of shape (3,)")
    check = lambda: tf.debugging.assert_less(np.arange(9.0), 5.0, summarize=2)  # noqa: E731
    assert lines(check, AssertionFailedError)[2].startswith("  Received: [0.0, 1.0, ...] of shape")


def test_programs_catch_and_raise_tensorflows_errors():
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.cast(1, "no dtype")
    with pytest.raises(tf.errors.OpError) as caught:
        raise tf.errors.NotFoundError(None, None, "no such file")
    assert caught.value.message == str(caught.value) == "no such file"
    assert isinstance(caught.value, gt.errors.GlassTapeError)


def test_enable_check_numerics_says_what_there_is_instead():
    with pytest.warns(UserWarning, match="is refused in any case"):
        tf.debugging.enable_check_numerics()


@pytest.mark.parametrize("in_loop", [False, True])
def test_a_mask_holds_where_an_array_is_filled(in_loop):
    """`MultiHeadAttention` takes the mask off its inputs: a body run on trial must not."""
    embed = tf.keras.layers.Embedding(5, 4, mask_zero=True)
    attend = tf.keras.layers.MultiHeadAttention(1, 4)
    ids, query = tf.constant([[1, 2, 0, 0]]), tf.ones([1, 1, 4])
    attend(query, embed(ids))  # builds it

    @tf.function
    def scores(rounds):
        context, found = embed(ids), tf.TensorArray(tf.float32, 2)
        if in_loop:
            for i in tf.range(rounds):
                found = found.write(i, attend(query, context, return_attention_scores=True)[1])
        elif rounds > 1:
            found = found.write(0, attend(query, context, return_attention_scores=True)[1])
            found = found.write(1, found.read(0))
        return found.stack()

    found = scores(tf.constant(2)).numpy()
    assert scores.experimental_get_tracing_count() == 1
    assert found.shape == (2, 1, 1, 1, 4)
    assert (found[..., 2:] == 0).all()
    assert (found[..., :2] > 0).all()
