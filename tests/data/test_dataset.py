"""Datasets against plain lists; what is refused, and how."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glasstape as gt
from glasstape.data import Dataset
from glasstape.errors import DatasetError, GlassTapeError, NotCoveredError


def numbers(count):
    return Dataset.from_tensor_slices(np.arange(count))


# ----- a slow twin: the same on lists -----


def twin_batch(items, size, drop):
    groups = [items[i : i + size] for i in range(0, len(items), size)]
    return [g for g in groups if len(g) == size or not drop]


STEPS = {
    "take": lambda d, k: (d.take(k), lambda items: items[:k]),
    "repeat": lambda d, k: (d.repeat(k % 3), lambda items: items * (k % 3)),
    "prefetch": lambda d, k: (d.prefetch(k), lambda items: items),
    "map": lambda d, k: (d.map(lambda x: x + k), lambda items: [i + k for i in items]),
}
steps = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9)), max_size=5)


@given(st.integers(0, 12), steps, st.integers(1, 5), st.booleans())
def test_a_chain_does_what_lists_do(count, chain, size, drop):
    dataset, items = numbers(count), list(range(count))
    for name, k in chain:
        dataset, twin = STEPS[name](dataset, k)
        items = twin(items)
    assert [int(x) for x in dataset] == items
    assert len(dataset) == len(items)
    batched = dataset.batch(size, drop)
    expected = twin_batch(items, size, drop)
    assert [b.tolist() for b in batched] == expected
    assert len(batched) == batched.cardinality() == len(expected)


@given(st.integers(0, 30), st.integers(1, 40), st.integers(0, 2**40), st.integers(0, 12))
def test_a_shuffle_keeps_every_element_and_its_buffer(count, size, seed, taken):
    order = [int(x) for x in numbers(count).shuffle(size, seed=seed)]
    assert sorted(order) == list(range(count))
    # An element cannot come out before it has come into the buffer.
    assert all(item < position + size for position, item in enumerate(order))
    cut = [int(x) for x in numbers(count).shuffle(size, seed=seed).take(taken)]
    assert cut == order[:taken]


# ----- shuffling -----


class TestShuffle:
    def orders(self, seed=None, passes=3, count=50, **options):
        dataset = numbers(count).shuffle(count, seed=seed, **options)
        return [[int(x) for x in dataset] for _ in range(passes)]

    def test_the_same_seed_gives_the_same_passes(self):
        first = self.orders(seed=7)
        assert first == self.orders(seed=7)
        assert first != self.orders(seed=8)

    def test_each_pass_has_its_order(self):
        a, b, c = self.orders(seed=7)
        assert a != b != c != a

    def test_one_order_for_all_passes(self):
        a, b, c = self.orders(seed=7, reshuffle_each_iteration=False)
        assert a == b == c != sorted(a)

    def test_repeat_is_many_passes(self):
        passes = self.orders(seed=7)
        repeated = [int(x) for x in numbers(50).shuffle(50, seed=7).repeat(3)]
        assert repeated == [x for order in passes for x in order]

    def test_without_a_seed_keras_seed_counts(self):
        import keras

        keras.utils.set_random_seed(3)
        first = self.orders()
        np.random.random(5)
        other = self.orders()
        keras.utils.set_random_seed(3)
        again = numbers(50).shuffle(50)
        np.random.random(5)  # what is drawn later does not change the order
        assert [int(x) for x in again] == first[0] != other[0]

    @pytest.mark.parametrize("seed", [-1, 0, 2**63, 2**70])
    def test_seeds_of_any_size(self, seed):
        assert sorted(self.orders(seed=seed)[0]) == list(range(50))

    @pytest.mark.parametrize(("size", "orders"), [(3, 6), (2, 4)], ids=["whole", "buffer of 2"])
    def test_orders_are_equally_likely(self, size, orders):
        """A buffer of two holds back one: 2 * 2 * 1 orders; chi-squared at 1 in 10,000."""
        dataset = numbers(3).shuffle(size, seed=1)
        counts = {}
        for _ in range(3000):
            order = tuple(map(int, dataset))
            counts[order] = counts.get(order, 0) + 1
        assert len(counts) == orders
        expected = 3000 / orders
        squares = sum((c - expected) ** 2 / expected for c in counts.values())
        assert squares < {6: 25.7, 4: 21.1}[orders]

    def test_a_large_shuffle_moves_rows_evenly(self):
        """Where a row lands does not depend on where it was: no correlation over 2000 rows."""
        order = [int(x) for x in numbers(2000).shuffle(5000, seed=0)]
        assert abs(np.corrcoef(order, range(2000))[0, 1]) < 5 / np.sqrt(2000)

    def test_pairs_stay_together(self):
        x = np.arange(100.0)
        for a, b in Dataset.from_tensor_slices((x, -x)).shuffle(30, seed=0).batch(7):
            np.testing.assert_array_equal(a, -b)


# ----- what a batch is -----


def test_batches_are_arrays_of_their_own():
    source = np.arange(12).reshape(6, 2)
    (first, *_) = Dataset.from_tensor_slices(source).batch(4).as_numpy_iterator()
    first[:] = -1
    (row, *_) = Dataset.from_tensor_slices(source).as_numpy_iterator()
    row[:] = -1
    np.testing.assert_array_equal(source, np.arange(12).reshape(6, 2))


@pytest.mark.parametrize("dtype", ["float64", "float16", "int64", "uint8", "bool", "bfloat16"])
def test_dtypes_are_kept_for_rows_and_batches(dtype):
    source = np.asarray(jnp.ones((3, 2), dtype)) if dtype == "bfloat16" else np.ones((3, 2), dtype)
    dataset = Dataset.from_tensor_slices(source)
    for of in (dataset, dataset.batch(2), dataset.map(lambda x: x).batch(2)):
        for tensor in of:
            assert isinstance(tensor, jax.Array)
            assert tensor.dtype == jax.dtypes.canonicalize_dtype(dtype)
    for element in (*dataset.as_numpy_iterator(), *dataset.batch(2).as_numpy_iterator()):
        assert type(element) is np.ndarray
        assert element.dtype == dtype


def test_jax_arrays_and_keras_variables_are_sources():
    variable = gt.Variable(jnp.ones((3, 2)))
    (element,) = Dataset.from_tensor_slices((jnp.arange(3), variable)).batch(5)
    assert [(a.dtype, a.shape) for a in element] == [("int32", (3,)), ("float32", (3, 2))]


def test_a_table_keeps_its_dtype():
    """A pandas table has `dtypes` and no `dtype`."""

    class Table:
        dtypes = ("float64", "float64")

        def __array__(self, dtype=None, copy=None):
            return np.ones((2, 2))

    table = Dataset.from_tensor_slices(Table())
    assert next(table.as_numpy_iterator()).dtype == np.float64


def test_iterators_are_independent():
    dataset = numbers(4).shuffle(4, seed=0, reshuffle_each_iteration=False).batch(1)
    one, other = iter(dataset), iter(dataset)
    next(one)
    next(one)
    assert [b.tolist() for b in other] == [b.tolist() for b in dataset]
    assert len(list(one)) == 2


def test_map_runs_as_ordinary_python():
    seen = []
    dataset = numbers(3).map(lambda x: seen.append(int(x)) or jnp.float32(x))
    assert seen == []
    list(dataset)
    (batch,) = dataset.batch(5)
    assert seen == [0, 1, 2, 0, 1, 2]
    assert isinstance(next(iter(dataset)), jax.Array)  # tensors pass as they are
    assert batch.dtype == np.float32


def test_an_error_of_a_mapped_function_is_the_users_own():
    with pytest.raises(ZeroDivisionError) as caught:
        list(numbers(9).map(lambda x: 1 // (int(x) - 5)))
    (note,) = caught.value.__notes__
    line = sys._getframe().f_lineno - 2
    assert note == (
        f"In the function of Dataset.map, at element 5 (counted from 0) ({__file__}:{line}, "
        "in <lambda>)"
    )


def test_length():
    assert len(numbers(3)) == 3
    assert bool(numbers(0))
    with pytest.raises(TypeError, match="never ends"):
        len(numbers(3).repeat())
    assert list(numbers(0).repeat()) == []
    assert repr(numbers(3).batch(2)) == "<glasstape Dataset, elements: 2>"
    assert repr(numbers(3).repeat()) == "<glasstape Dataset, elements: endless>"
    assert numbers(3).repeat().take(5).cardinality() == 5


def test_importing_datasets_imports_neither_jax_nor_keras():
    program = (
        "import sys, glasstape.data as d; len(d.Dataset.from_tensor_slices([1]).batch(1));"
        "d.load_digits(); print([m for m in ('jax', 'keras', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


# ----- refusals -----


def refused(action, error=DatasetError):
    with pytest.raises(error) as caught:
        action()
    assert isinstance(caught.value, GlassTapeError)
    text = str(caught.value)
    assert f"At: {__file__}:" in text
    assert "Do this: " in text
    return text


def slices(value):
    return lambda: Dataset.from_tensor_slices(value)


def mapped(*values):
    """Batch what a function returns for the rows 0, 1, ..."""
    return lambda: list(numbers(len(values)).map(lambda x: values[int(x)]).batch(9))


REFUSALS = {
    "no arrays": (slices(()), "The structure holds no arrays", "Received: ()"),
    "a number": (slices(3), "A single number has no rows", "Received: 3"),
    "a number inside": (slices(({"a": 3},)), "A single number", "a single number at [0]['a']"),
    "unequal rows": (
        slices({"x": np.ones(2), "y": np.ones((3, 1))}),
        "The arrays have different numbers of rows",
        "['x']: 2 rows, ['y']: 3 rows",
    ),
    "ragged": (slices([[1], [1, 2]]), "something that does not make an array", "inhomogeneous"),
    "objects": (slices([object()]), "does not make an array", "Python objects from list"),
    "None": (slices(None), "does not make an array", "Python objects from NoneType"),
    "batch size": (lambda: numbers(3).batch(0), "Dataset.batch was given a wrong batch_size", "0"),
    "fraction": (lambda: numbers(3).batch(2.5), "a whole number that is 1 or more", "2.5"),
    "buffer size": (lambda: numbers(3).shuffle(0), "wrong buffer_size", "Received: 0"),
    "seed": (lambda: numbers(3).shuffle(3, seed="x"), "wrong seed", "'x'"),
    "take": (lambda: numbers(3).take(-2), "wrong count", "a whole number that is -1 or more"),
    "repeat": (lambda: numbers(3).repeat(1.0), "Dataset.repeat was given a wrong count", "1.0"),
    "map": (lambda: numbers(3).map(3), "cannot be called", "Received: int"),
    "map result": (mapped(None), "does not make an array", "NoneType"),
    "structures": (mapped([1, 2], np.ones(2)), "different structures", "(array, array) and array"),
    "shapes": (mapped(np.ones(2), np.ones(3)), "different shapes", "(2,) and (3,)"),
    "last batch": (
        lambda: list(numbers(3).batch(2).batch(2)),
        "different shapes",
        "drop_remainder=True",
    ),
    "dtypes": (mapped(1, 2.5), "different dtypes", "int32 and float32"),
    "keys": (
        mapped({"a": 1}, {"a": 1, "b": 2}),
        "different structures",
        "{'a': array} and {'a': array, 'b': array}",
    ),
    "tuple lengths": (mapped((1, 2), (1, 2, 3)), "different structures", "(array, array, array)"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case):
    action, *parts = REFUSALS[case]
    text = refused(action)
    for part in parts:
        assert part in text


def test_names_that_are_not_there():
    text = refused(lambda: Dataset.sparse_batch, NotCoveredError)
    assert "Dataset.sparse_batch is not there" in text
    assert "from_tensor_slices, from_tensors, from_generator" in text
    assert "Dataset.ragged_batch is not there" in refused(
        lambda: numbers(3).ragged_batch, NotCoveredError
    )
    assert not hasattr(numbers(3), "make_one_shot_iterator")
    assert not hasattr(Dataset, "_private")
