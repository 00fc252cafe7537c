"""Loops that a tensor ends are one program for all lengths, with TensorFlow's numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import TensorArrayError
from glasstape.tape import loops
from tests.tf import episodes
from tests.tf.golden.read import read

THEIRS = read("episodes")


def assert_close(ours, theirs, **tolerances):
    ours, theirs = (np.array(x, "float64") for x in (ours, theirs))  # None is not a number
    np.testing.assert_allclose(ours, theirs, **tolerances)


@pytest.mark.filterwarnings("error:.*runs as plain Python")
@pytest.mark.parametrize("expression", episodes.EXPRESSIONS)
def test_what_is_computed_of_what_a_loop_collected_is_tensorflows(expression):
    call = episodes.collected(tf, expression)
    for length, theirs in zip(episodes.LENGTHS, THEIRS[expression], strict=True):
        ours = call(length)
        assert ours["calls"] == theirs["calls"]
        assert_close(ours["result"], theirs["result"], rtol=3e-5, atol=1e-6)
        assert (ours["gradient"] is None) == (theirs["gradient"] is None)
        if theirs["gradient"] is not None:
            assert_close(ours["gradient"], theirs["gradient"], rtol=1e-4, atol=2e-5)
    assert call.step.experimental_get_tracing_count() == 1


@pytest.mark.filterwarnings("error:.*runs as plain Python")
def test_actor_and_critic_learn_as_in_tensorflow():
    ours, step = episodes.actor_critic(tf)
    theirs = read("actor_critic")
    assert_close(ours["rows"], theirs["rows"], rtol=2e-5)
    for a, b in zip(ours["weights"], theirs["weights"], strict=True):
        assert_close(a, b, rtol=1e-4, atol=1e-5)
    assert len({row[2] for row in ours["rows"]}) > 3  # episodes of several lengths
    assert step.experimental_get_tracing_count() == 1


# ----- what has another size, or none that is known -----


def collect(host, use, most=4):
    """A step that collects what the host gives until that is negative."""

    @tf.function
    def step(x):
        rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for i in tf.range(most):
            row = tf.numpy_function(host, [x, i], tf.float32)
            rows = rows.write(i, row)
            if row < 0.0:
                break
        return use(rows)

    return step


def falling(x, i):
    return np.float32(x - i)


def eagerly(use, x, most=4):
    rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in range(most):
        rows = rows.write(i, tf.constant(x - i))
        if x - i < 0:
            break
    return use(rows).numpy().tolist()


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (lambda rows: rows.stack(), "a result, or something that is printed"),
        (lambda rows: tf.constant(float(rows.stack().shape[0] > 2)), "in a comparison"),
        (lambda rows: tf.reduce_sum(jnp.squeeze(rows.stack())), "squeeze"),
        (lambda rows: tf.reduce_sum(jnp.stack([rows.stack()] * 2).reshape(-1)), "joins or parts"),
        (lambda rows: tf.reduce_sum(rows.stack() * tf.ones([2])), "TypeError"),
    ],
    ids=["result", "comparison", "squeeze", "reshape", "shapes"],
)
def test_what_needs_the_size_itself_runs_as_python(use, reason):
    step = collect(falling, use)
    lengths = (0.5, 0.25) if reason == "TypeError" else (0.5, 2.5, -1.0)
    with pytest.warns(UserWarning, match="step is not compiled") as caught:
        results = [step(tf.constant(x)).numpy().tolist() for x in lengths]
    assert reason in str(caught[0].message)
    assert results == [eagerly(use, x) for x in lengths]
    assert step.experimental_get_tracing_count() == 0


@pytest.mark.filterwarnings("error:.*runs as plain Python")
def test_what_is_added_after_the_loop_has_room():
    def use(rows):
        return tf.reduce_sum(rows.write(rows.size(), 10.0).stack() ** 2)

    step = collect(falling, use)
    for x in (0.5, 9.0, -1.0):  # two rows, four without an end, one
        assert step(tf.constant(x)).numpy() == pytest.approx(eagerly(use, x))
    assert step.experimental_get_tracing_count() == 1


def test_a_second_loop_adds_to_what_the_first_has_collected():
    @tf.function
    def step(n):
        rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for i in tf.range(3):
            rows = rows.write(i, tf.cast(i, tf.float32))
            if i >= n:
                break
        for i in tf.range(3):
            rows = rows.write(rows.size(), tf.cast(i, tf.float32))
            if i >= n:
                break
        rows = rows.write(rows.size(), 7.0)
        return tf.reduce_sum(rows.stack()), tf.shape(rows.stack())[0]

    for n, expected in ((0, [7.0, 3]), (1, [9.0, 5]), (5, [13.0, 7])):
        assert [x.numpy() for x in step(tf.constant(n))] == expected


def test_a_loop_that_collects_nothing_is_an_error_and_changes_nothing():
    v = tf.Variable(0.0)

    @tf.function
    def step(over):
        v.assign(1.0)
        rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for i in tf.range(3):
            if over:
                break
            rows = rows.write(i, 1.0)
        return tf.reduce_sum(rows.stack())

    with pytest.raises(TensorArrayError, match="Expected: 1 to 3 elements"):
        step(tf.constant(True))
    assert v.numpy() == 0.0
    assert step(tf.constant(False)).numpy() == 3.0


# ----- the host -----


@pytest.mark.filterwarnings("error:.*runs as plain Python")
def test_the_first_call_tells_what_a_function_returns():
    step = tf.function(lambda x: tf.numpy_function(lambda a: a[:2] * 2, [x], tf.float32) + 1.0)
    counts = []
    for _ in range(3):
        assert step(tf.constant([1.0, 2.0, 3.0])).numpy().tolist() == [3.0, 5.0]
        counts.append(step.experimental_get_tracing_count())
    assert counts == [0, 1, 1]


def test_another_shape_later_is_an_error_that_says_so():
    size, v = [2], tf.Variable(0.0)

    @tf.function
    def step():
        v.assign_add(1.0)
        return tf.numpy_function(lambda: np.ones(size[0], np.float32), [], tf.float32)

    assert [step().numpy().tolist() for _ in range(2)] == [[1.0, 1.0]] * 2
    size[0] = 3
    with pytest.raises(
        Exception, match="returned another shape than in its calls before"
    ) as caught:
        step()
    assert "shape (2,)" in str(caught.value)
    assert "shape (3,)" in str(caught.value)
    assert v.numpy() == 2.0
    size[0] = 2
    assert step().numpy().tolist() == [1.0, 1.0]


def test_a_function_whose_results_differ_is_called_from_plain_python():
    @tf.function
    def step():
        shapes = [tf.numpy_function(host, [], tf.float32) for _ in range(2)]
        return tf.reduce_sum(tf.concat(shapes, 0))

    sizes = []

    def host():
        sizes.append(len(sizes) % 3)
        return np.ones(sizes[-1], np.float32)

    with pytest.warns(UserWarning, match="tf.numpy_function is called in a compiled step"):
        totals = [step().numpy().item() for _ in range(3)]
    assert totals == [1.0, 2.0, 3.0]
    assert step.experimental_get_tracing_count() == 0


def test_an_error_on_the_host_ends_the_loop_and_changes_nothing():
    v, broken = tf.Variable(0.0), [False]

    def host(x, i):
        if broken[0] and i == 2:
            raise RuntimeError("the pole is broken")
        return np.float32(x - i)

    def use(rows):
        v.assign_add(1.0)
        return tf.reduce_sum(rows.stack())

    step = collect(host, use)
    for _ in range(2):
        assert step(tf.constant(5.0)).numpy() == 14.0
    broken[0] = True
    with pytest.raises(Exception, match="the pole is broken"):
        step(tf.constant(5.0))
    assert v.numpy() == 2.0
    broken[0] = False
    assert step(tf.constant(5.0)).numpy() == 14.0
    assert v.numpy() == 3.0


# ----- gradients of such loops -----


@pytest.mark.parametrize("little", [0, 2**28], ids=["computed again", "kept"])
def test_gradients_of_a_loop_that_is_left(little, monkeypatch):
    monkeypatch.setattr(loops, "LITTLE", little)

    @tf.function
    def left(x, w, limit):
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = x
            for _ in tf.range(20):
                y = jnp.sin(y * w) + x
                if tf.reduce_sum(y) > limit:
                    break
            y = tf.reduce_sum(y**2)
        return tape.gradient(y, [x, w])

    def unrolled(x, w, rounds):
        y = x
        for _ in range(rounds):
            y = jnp.sin(y * w) + x
        return jnp.sum(y**2)

    x, w = jnp.array([0.1, 0.2]), jnp.float32(0.9)
    for limit, rounds in ((0.5, 1), (1.2, None), (99.0, 20)):
        y, count = x, 0
        while count < 20 and (count == 0 or jnp.sum(y) <= limit):
            y, count = jnp.sin(y * w) + x, count + 1
        assert rounds in (None, count)
        expected = jax.grad(unrolled, (0, 1))(x, w, count)
        for found, right in zip(left(x, w, tf.constant(limit)), expected, strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-5)
