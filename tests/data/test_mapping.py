"""Mapped functions: compiled or as Python, they give the same; what is never compiled."""

import functools
import math
import subprocess
import sys

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
import glasstape.tf as tf
from glasstape.data import Dataset, mapping, purity

ROWS = 100
IMAGES = np.random.default_rng(0).integers(0, 255, (ROWS, 4, 4), np.uint8)
LABELS = np.arange(ROWS)


def pairs():
    return Dataset.from_tensor_slices((IMAGES, LABELS))


def programs(dataset):
    return [p for p in dataset._items.source.chain._programs.values() if p is not None]


def eagerly(monkeypatch):
    monkeypatch.setattr(mapping, "COMPILE_AFTER", float("inf"))


SCALE = 255.0
OFFSET = np.array([0.5], np.float32)
rescale = keras.layers.Rescaling(1 / 127.5, offset=-1)


def helper(x):
    return tf.cast(x, tf.float32) / SCALE - OFFSET


FUNCTIONS = {
    "normalise": lambda x, y: (tf.cast(x, tf.float32) / 255.0, y),
    "axis": lambda x, y: (tf.cast(x, tf.float32)[..., tf.newaxis] / SCALE, y),
    "helper": lambda x, y: (helper(x), y),
    "dict": lambda x, y: {"image": jnp.mean(x), "label": y, "one": 1},
    "list": lambda x, y: [x[:2], y + 1],
    "layer": lambda x, y: (rescale(x), y),
    "uint8": lambda x, y: x + 200,
    "ops": lambda x, y: keras.ops.one_hot(y, 3),
    "partial": functools.partial(lambda k, x, y: (x * k, y), 3),
    "random": lambda x, y: (tf.random.uniform([3]) + tf.random.normal([]), y),
    "random of a seed": lambda x, y: tf.random.uniform([], 0, 9, tf.int32, seed=4),
    "constant": lambda x, y: 2.5,
}


@pytest.mark.parametrize("shuffled", [False, True], ids=["in order", "shuffled"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiled_and_one_by_one_give_the_same(name, shuffled, monkeypatch):
    """Over batches with a ragged end, in two passes."""

    def run(steps):
        tf.random.set_seed(3)
        dataset = pairs().map(FUNCTIONS[name])
        dataset = (dataset.shuffle(ROWS) if shuffled else dataset).batch(30)
        found = [[*dataset.as_numpy_iterator()] for _ in range(steps)]
        return found, programs(dataset)

    compiled, found = run(2)
    assert found
    eagerly(monkeypatch)
    plain, none = run(2)
    assert not none
    for a, b in zip(jax.tree.leaves(compiled), jax.tree.leaves(plain), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_one_by_one_is_compiled_too(monkeypatch):
    dataset = pairs().map(FUNCTIONS["normalise"])
    found = [x for x, _ in dataset.as_numpy_iterator()]
    assert any(dataset._chain._programs.values())
    np.testing.assert_allclose(found, IMAGES.astype(np.float32) / 255, rtol=1e-6)


def test_images_of_many_sizes_are_not_compiled_each():
    rows = [np.ones((n % 9 + 1, 2), np.float32) for n in range(60)]
    dataset = Dataset.from_generator(
        lambda: iter(rows), output_signature=tf.TensorSpec([None, 2])
    ).map(lambda x: x.sum())
    assert [float(x) for x in dataset] == [2.0 * (n % 9 + 1) for n in range(60)]
    assert len(dataset._chain._programs) <= mapping.MOST_PROGRAMS


# ----- random numbers -----


class TestRandom:
    def draw(self, seed=None, passes=1, batch=10):
        if seed is not None:
            tf.random.set_seed(seed)
        dataset = Dataset.range(ROWS).map(lambda n: tf.random.uniform([])).batch(batch)
        return [np.concatenate([*dataset.as_numpy_iterator()]) for _ in range(passes)]

    def test_each_element_has_its_own(self):
        (numbers,) = self.draw(1)
        assert len(set(numbers.tolist())) == ROWS

    def test_each_pass_has_its_own(self):
        one, other = self.draw(1, passes=2)
        assert not np.isin(one, other).any()

    def test_set_seed_repeats_them(self):
        first = self.draw(1, passes=2)
        np.testing.assert_array_equal(first, self.draw(1, passes=2))
        assert not np.isin(first, self.draw(2, passes=2)).any()

    def test_they_do_not_depend_on_the_batch(self):
        np.testing.assert_array_equal(self.draw(1, batch=10), self.draw(1, batch=33))

    def test_two_views_of_one_image_differ(self):
        """As in SimCLR: one dataset zipped with itself."""
        noisy = Dataset.range(5).map(lambda n: tf.random.uniform([]))
        for a, b in Dataset.zip(noisy, noisy):
            assert a != b

    def test_threads_give_the_same(self):
        seen = []

        def noisy(n):
            seen.append(n)  # not compiled
            return tf.random.uniform([])

        def draw(**options):
            tf.random.set_seed(5)
            return [float(x) for x in Dataset.range(20).map(noisy, **options)]

        assert draw() == draw(num_parallel_calls=4)
        assert len(seen) == 40

    def test_the_loops_own_numbers_are_left_alone(self):
        def after(passes):
            tf.random.set_seed(1)
            dataset = Dataset.range(50).map(lambda n: tf.random.uniform([]) + 0 * n)
            for _ in range(passes):
                list(dataset)
            return float(tf.random.uniform([]))

        assert after(0) == after(2)


# ----- what is never compiled -----


LARGE = np.zeros(10_000)


def impure():
    counter, state = [], {"n": 0}

    class Scaler:
        by = 2

        def __call__(self, x):
            return x * self.by

        def method(self, x):
            return x * self.by

    def stores(x):
        state["n"] += 1
        return x

    def changes(x):
        nonlocal counter
        counter = [*counter, 1]
        return x

    variable = gt.Variable(1.0)
    return {
        "append": lambda x: counter.append(1) or x,
        "print": lambda x: print(end="") or x,
        "dict": stores,
        "nonlocal": changes,
        "object": Scaler(),
        "method": Scaler().method,
        "numpy random": lambda x: x + np.random.rand(),
        "variable": lambda x: x + variable,
        "callback": lambda x: jax.pure_callback(lambda v: v, x, x),
        "unknown name": lambda x: no_such_name(x),  # noqa: F821
        "import": lambda x: __import__("math").floor(x),
        "large array": lambda x, table=LARGE: x + table[0],
        "compiled step": gt.function(lambda x: x + 1),
    }


@pytest.mark.parametrize("name", impure())
def test_what_has_effects_is_not_compiled(name):
    assert purity.captured(impure()[name]) is None


def test_python_runs_for_every_element_when_it_shows():
    seen = []
    dataset = Dataset.range(100).map(lambda n: seen.append(int(n)) or n).shuffle(100).batch(10)
    list(dataset)
    assert seen == list(range(100))  # in the order as written: before the shuffle


def branches(x):
    return x * 2 if x > 50 else x


@pytest.mark.parametrize(
    "function",
    [branches, lambda x: np.asarray(x) + 1, lambda x: math.sqrt(x), lambda x: int(x) * 2],
    ids=["branch", "numpy", "math", "int"],
)
def test_what_needs_numbers_runs_as_python(function):
    found = [x.tolist() for x in Dataset.range(100).map(function).batch(100).as_numpy_iterator()]
    expected = np.array([function(np.int32(n)) for n in range(100)], np.float32)
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)


def test_a_variable_is_read_each_time():
    variable = gt.Variable(1.0)
    dataset = Dataset.range(100).map(lambda n: tf.cast(n, tf.float32) * 0 + variable).batch(50)
    assert [float(b[0]) for b in dataset] == [1.0, 1.0]
    variable.assign(2.0)
    assert [float(b[0]) for b in dataset] == [2.0, 2.0]


def test_a_layer_with_random_numbers_draws_new_ones():
    layer = keras.layers.GaussianNoise(1.0, seed=0)
    dataset = Dataset.range(100).map(
        lambda n: layer(tf.cast(n, tf.float32) * tf.zeros([2]), training=True)
    )
    (batch,) = dataset.batch(100)
    assert len(np.unique(np.asarray(batch))) > 190


def test_what_is_taken_from_outside_may_change_between_passes(monkeypatch):
    dataset = Dataset.range(100).map(lambda n: n * FACTOR).batch(50)
    monkeypatch.setitem(globals(), "FACTOR", 2)
    assert int([*dataset, *dataset][-1][-1]) == 198
    monkeypatch.setitem(globals(), "FACTOR", 3)
    assert int([*dataset][-1][-1]) == 297


FACTOR = 1


def test_a_program_that_computed_something_else_would_be_left(monkeypatch):
    from glasstape.data import program

    monkeypatch.setattr(program.Program, "__call__", lambda self, e, n, p: (e[0] * 0, e[1]))
    dataset = pairs().map(lambda x, y: (x + 1, y)).batch(50)
    found = [*dataset]
    assert not programs(dataset)
    np.testing.assert_array_equal(found[1][0], IMAGES[50:] + 1)


# ----- errors -----


def test_an_error_beyond_the_first_batch_names_its_element():
    def check(x):
        if x == 77:
            raise ValueError("not this one")
        return x

    for dataset in (
        Dataset.range(100).map(check).batch(10),
        Dataset.range(100).map(check, num_parallel_calls=3).batch(10),
        Dataset.range(100).map(check, num_parallel_calls=3),
        Dataset.range(100).map(check).batch(10).prefetch(2),
    ):
        with pytest.raises(ValueError, match="not this one") as caught:
            list(dataset)
        (note,) = caught.value.__notes__
        assert "Dataset.map, at element 77 (counted from 0)" in note
        assert f"{__file__}:{check.__code__.co_firstlineno + 2}, in check" in note


def test_a_wrong_function_says_so_at_its_first_element():
    with pytest.raises(TypeError, match="positional argument") as caught:
        list(pairs().map(lambda x: x))
    assert "at element 0" in caught.value.__notes__[0]


# ----- in a training loop -----


def test_a_step_is_traced_once_for_all_batches():
    dataset = pairs().shuffle(ROWS).map(FUNCTIONS["normalise"]).batch(25).prefetch(tf.data.AUTOTUNE)

    @tf.function
    def step(images, labels):
        return tf.reduce_sum(images) + tf.cast(tf.reduce_sum(labels), tf.float32)

    for _ in range(3):
        for images, labels in dataset:
            step(images, labels)
    assert len(step.traces) == 1


def test_elements_can_be_watched():
    for x in Dataset.from_tensor_slices([[1.0, 2.0]]).batch(1):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        np.testing.assert_array_equal(tape.gradient(y, x), [[2.0, 4.0]])


def test_a_tape_around_the_loop_records_nothing_of_the_pipeline():
    x = tf.constant(3.0)
    total = tf.constant(0.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        for batch in pairs().map(FUNCTIONS["normalise"]).batch(50):
            total = total + x * batch[0][0, 0, 0]
    expected = IMAGES[[0, 50], 0, 0].astype(np.float32).sum() / 255
    np.testing.assert_allclose(tape.gradient(total, x), expected, rtol=1e-6)


def test_a_step_that_goes_over_a_dataset_runs_as_plain_python():
    dataset = Dataset.range(3)
    iterator = iter(dataset)

    @tf.function
    def loop(factor):
        total = 0
        for number in dataset:
            total += factor * number
        return total

    @tf.function
    def draw():
        return next(iterator)

    with pytest.warns(UserWarning, match="A dataset was iterated over") as caught:
        assert int(loop(tf.constant(2))) == 6
    assert "loop is not compiled and runs as plain Python" in str(caught[0].message)
    assert f"At: {__file__}:" in str(caught[0].message)
    with pytest.warns(UserWarning, match="inside of a step"):
        assert int(draw()) == 0
    assert [int(draw()), int(draw())] == [1, 2]


def test_a_dataset_inside_of_jit_is_refused():
    with pytest.raises(ValueError, match="inside of a step") as caught:
        jax.jit(lambda: list(Dataset.range(3)))()
    assert f"At: {__file__}:" in str(caught.value)


def test_keras_need_not_be_there_before():
    """Compiling a function imports it, which imports parts of GlassTape in turn."""
    program = "import glasstape as gt; d = gt.data.Dataset.range(99).map(lambda n: n % 2)"
    program += "; print(sum(map(int, d.as_numpy_iterator())))"
    ran = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert ran.stdout == "49\n", ran.stderr
