"""Datasets drawn from at random, grouped, and with elements that fail."""

import math
import threading

import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.data import INFINITE, Dataset
from tests.data.test_methods import numbers, refused

SHARES = np.array([0.7, 0.2, 0.1])


def counted(dataset, classes=3):
    return np.bincount([int(n) for n in dataset.as_numpy_iterator()], minlength=classes)


# ----- drawn at random -----


def test_samples_have_their_weights():
    endless = [Dataset.from_tensors(n).repeat() for n in range(3)]
    for weights in (SHARES, Dataset.from_tensors(SHARES).repeat()):
        drawn = Dataset.sample_from_datasets(endless, weights, seed=1).take(4000)
        # Five standard deviations.
        np.testing.assert_allclose(counted(drawn) / 4000, SHARES, atol=5 * math.sqrt(0.25 / 4000))


def test_nothing_is_lost_unless_it_stops():
    three = [Dataset.range(n, n + 5) for n in (0, 10, 20)]
    drawn = numbers(Dataset.sample_from_datasets(three, seed=2))
    assert sorted(drawn) == [n + i for n in (0, 10, 20) for i in range(5)]
    assert [n for n in drawn if n < 10] == list(range(5))  # each keeps its order
    stopped = numbers(Dataset.sample_from_datasets(three, seed=2, stop_on_empty_dataset=True))
    assert 5 <= len(stopped) < 15


def test_draws_repeat_with_a_seed():
    def drawn(**arguments):
        pair = [Dataset.from_tensors(n).repeat(50) for n in range(2)]
        dataset = Dataset.sample_from_datasets(pair, **arguments)
        return numbers(dataset), numbers(dataset)

    one, other = drawn(seed=3)
    assert one == other
    assert (one, other) == drawn(seed=3)
    assert one != drawn(seed=4)[0]
    one, other = drawn(seed=3, rerandomize_each_iteration=True)
    assert one != other
    one, other = drawn()
    assert one != other
    assert drawn(seed=3, rerandomize_each_iteration=True) == drawn(
        seed=3, rerandomize_each_iteration=True
    )


def test_random_numbers():
    dataset = Dataset.random(seed=4).take(2000)
    values = np.array(numbers(dataset))
    assert numbers(dataset) == values.tolist()
    assert values.min() >= 0
    assert values.max() < 2**32
    np.testing.assert_allclose(values.mean() / 2**32, 0.5, atol=5 * math.sqrt(1 / 12 / 2000))
    assert Dataset.random().cardinality() == INFINITE


@pytest.mark.parametrize("known", [True, False])
def test_classes_get_their_shares(known):
    rare = Dataset.from_tensor_slices(np.repeat([0, 1, 2], [2100, 600, 300])).shuffle(3000, seed=1)
    target = [0.2, 0.3, 0.5]
    even = rare.rejection_resample(lambda n: n, target, SHARES if known else None, seed=5)
    pairs = list(even.as_numpy_iterator())
    assert all(label == element for label, element in pairs)
    found = np.bincount([label for label, _ in pairs]) / len(pairs)
    # What is learnt on the way begins with equal shares.
    np.testing.assert_allclose(found, target, atol=0.06 if known else 0.09)


def test_shares_that_are_right_already_leave_nothing_out():
    elements = np.repeat([0, 1], [30, 10])
    even = Dataset.from_tensor_slices((elements, np.arange(40)))
    even = even.rejection_resample(lambda n, _: n, [0.75, 0.25], [0.75, 0.25], seed=1)
    assert [int(number) for _, (_, number) in even] == list(range(40))


def test_the_same_elements_are_left_out_with_a_seed():
    def drawn(seed):
        even = Dataset.range(300).rejection_resample(lambda n: n // 150, [0.9, 0.1], seed=seed)
        return numbers(even.map(lambda _, n: n))

    assert drawn(1) == drawn(1) != drawn(2)


def test_what_cannot_be_drawn_from():
    two = [Dataset.range(2), Dataset.range(2)]
    assert "no datasets" in refused(lambda: Dataset.sample_from_datasets([]))
    assert "none below 0" in refused(lambda: Dataset.sample_from_datasets(two, [-1.0, 2.0]))
    assert "not all 0" in refused(lambda: Dataset.sample_from_datasets(two, [0.0, 0.0]))
    assert "is no dataset" in refused(lambda: Dataset.sample_from_datasets([1, 2]))
    choices = Dataset.choose_from_datasets(two, Dataset.range(3))
    assert "a whole number below 2" in refused(lambda: list(choices))
    shares = lambda: two[0].rejection_resample(lambda n: n, [0.5, 0.5], [1.0])  # noqa: E731
    assert "different classes" in refused(shares)
    beyond = Dataset.range(9).rejection_resample(lambda n: n, [0.5, 0.5])
    assert "a whole number below 2" in refused(lambda: list(beyond))


# ----- grouped -----


def test_what_cannot_be_grouped():
    ten = Dataset.range(10)
    with_size = lambda n: list(ten.group_by_window(lambda n: n, lambda k, w: w, n))  # noqa: E731
    assert "1 or more" in refused(lambda: with_size(0))
    key = ten.group_by_window(lambda n: n / 2, lambda k, w: w, 2)
    assert "an element's key" in refused(lambda: list(key))
    assert "rebatch" in refused(lambda: ten.batch(2).rebatch(0))
    lengths = lambda: ten.bucket_by_sequence_length(lambda n: n, [3], [2])  # noqa: E731
    assert "2 bucket_batch_sizes for 1 bucket_boundaries" in refused(lengths)


def test_padding_to_a_boundary_needs_to_know_the_open_sizes():
    rows = Dataset.range(1, 5).map(lambda n: np.arange(int(n)))
    bucketed = rows.bucket_by_sequence_length(len, [5], [2, 2], pad_to_bucket_boundary=True)
    assert "pass padded_shapes" in refused(lambda: list(bucketed))
    bucketed = rows.bucket_by_sequence_length(
        len, [5], [2, 2], padded_shapes=[None], pad_to_bucket_boundary=True
    )
    assert [batch.shape for batch in bucketed] == [(2, 4), (2, 4)]


# ----- with errors -----


def load(n):
    """Python, so that it runs in threads."""
    if int(n) % 4 == 2:
        raise ValueError("a damaged record")
    return np.int64(n)


GOOD = [n for n in range(12) if n % 4 != 2]


@pytest.mark.parametrize("workers", [None, 3])
def test_elements_that_fail_are_left_out(workers):
    loaded = Dataset.range(12).map(load, num_parallel_calls=workers)
    assert numbers(loaded.ignore_errors()) == GOOD
    assert numbers(loaded.ignore_errors().repeat(2)) == GOOD * 2
    assert numbers(loaded.take(7).ignore_errors()) == [0, 1, 3, 4, 5]
    assert numbers(loaded.skip(1).shard(2, 0).ignore_errors()) == [1, 3, 5, 7, 9, 11]
    assert numbers(loaded.batch(3).ignore_errors()) == [[3, 4, 5]]
    again = loaded.batch(3).map(lambda n: n + 1).prefetch(1).ignore_errors()
    assert numbers(again) == [[4, 5, 6]]
    assert sorted(numbers(loaded.shuffle(5, seed=1).repeat(2).ignore_errors())) == sorted(GOOD * 2)


def test_an_order_is_kept_or_not_in_threads():
    loaded = Dataset.range(12).map(load, 3, deterministic=False).ignore_errors()
    assert sorted(numbers(loaded)) == GOOD
    assert threading.active_count() < 50


def test_compiled_functions_are_checked():
    """Where something must hold, a mapped function runs element by element."""
    inverse = lambda n: tf.debugging.check_numerics(1 / tf.cast(n - 60, tf.float32), "no")  # noqa: E731
    dataset = Dataset.range(100).map(inverse)
    for batched in (dataset, dataset.batch(10)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="no"):
            list(batched)
    assert len(list(dataset.ignore_errors())) == 99
    assert len(list(dataset.batch(10).ignore_errors())) == 9


def test_a_warning_names_the_element():
    loaded = Dataset.range(4).map(load).ignore_errors(log_warning=True)
    with pytest.warns(UserWarning, match="ValueError: a damaged record.*at element 2"):
        assert numbers(loaded) == [0, 1, 3]


def test_errors_that_are_not_an_elements():
    def misspelt(n):
        return unknown_name + n  # noqa: F821

    with pytest.raises(NameError):
        list(Dataset.range(3).map(misspelt).ignore_errors())

    def always(n):
        raise ValueError("never works")

    with pytest.raises(ValueError, match="never works") as caught:
        list(Dataset.range(3).map(always).ignore_errors())
    assert "no element of this pass" in caught.value.__notes__[-1]

    def generate():
        yield 1
        raise ValueError("the end of the file is missing")

    given = Dataset.from_generator(generate, "int32", []).map(lambda n: n).ignore_errors()
    with pytest.raises(ValueError, match="is missing") as caught:
        list(given)
    assert "right after map" in caught.value.__notes__[-1]
