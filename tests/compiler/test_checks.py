"""The verdict of a step: one number that says which check failed first, and what it saw."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glasstape as gt
from glasstape import errors
from glasstape.compiler import checks, verdicts

SEEN = st.integers(-checks._MOST_SEEN, checks._MOST_SEEN)
CHECKS = st.lists(st.tuples(st.booleans(), SEEN), min_size=1, max_size=5)


def verdict(before, failures, decided_after=()):
    """The verdict of a program with these checks."""

    @jax.jit
    def program(before, failed, seen):
        found = checks.Verdict(before)
        for i in range(len(failures)):
            found.add(checks.Check(failed[i], seen[i], ValueError))
            if i in decided_after:
                found.after()
        return found.after()

    failed, seen = zip(*failures, strict=True)
    return int(program(jnp.int32(before), jnp.array(failed), jnp.array(seen, jnp.int32)))


@given(CHECKS, st.sets(st.integers(0, 4)))
def test_the_first_failure_is_named(failures, decided_after):
    got = verdict(checks.PASSED, failures, decided_after)
    expected = [(i, seen) for i, (failed, seen) in enumerate(failures) if failed]
    assert (checks.read(got) == expected[0]) if expected else (got == checks.PASSED)


@given(CHECKS, CHECKS)
def test_the_first_failure_of_all_calls_stays(first, then):
    before = verdict(checks.PASSED, first)
    got = verdict(before, then)
    assert got == (before if before != checks.PASSED else verdict(checks.PASSED, then))


@pytest.mark.parametrize("number", [0, 1, checks._LAST_CHECK, checks._LAST_CHECK + 5])
def test_more_checks_than_there_are_numbers(number):
    check = checks.Check(jnp.bool_(True), jnp.int32(7), ValueError)
    got = int(checks._failure(jnp.bool_(True), number, check))
    assert checks.read(got) == (min(number, checks._LAST_CHECK), 7)
    assert 0 <= got < checks.PASSED


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (1_048_574, "label 1048574\n"),
        (2_000_000_000, "label 1048575 or more\n"),
        (-2_000_000_000, "label -1048575 or less\n"),
    ],
)
def test_labels_further_off_than_the_verdict_can_tell(label, text):
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy()
    step = gt.function(lambda labels, predictions: loss(labels, predictions))
    predictions = np.full((2, 3), 1 / 3, "float32")
    with pytest.raises(errors.LabelRangeError) as caught:
        step(np.array([0, label], "int32"), predictions)
    assert text in str(caught.value)


def training():
    """A weight of 1, and a step that trains it; its loss is the weight times what it is given."""
    weight = gt.Variable(1.0)

    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            loss = weight * x
        weight.assign_sub(0.1 * tape.gradient(loss, weight))
        return loss

    return weight, step


def test_after_a_first_call_that_failed_later_failures_are_seen_too():
    """Also where the call after it comes when the verdict is due again."""
    weight, step = training()

    for _ in range(2):
        with pytest.raises(errors.NonFiniteLossError):
            step(jnp.float32(np.nan))
            weight.value  # noqa: B018 - the second error shows here at the latest
        time.sleep(2 * verdicts.VERDICT_PATIENCE)
        step(jnp.float32(1.0))
        time.sleep(2 * verdicts.VERDICT_PATIENCE)
    np.testing.assert_allclose(weight.value, 0.8, rtol=1e-6)


def test_the_verdict_is_overwritten_in_place():
    """Where it moved at each call, a GPU would have to be told of every update that reads it."""
    weight, step = training()

    assert step.cost(jnp.float32(1.0)).in_place_bytes == weight.value.nbytes + 4


@pytest.mark.parametrize("size", [1, 7, checks._FEW, checks._FEW + 1])
@pytest.mark.parametrize("label", [-1, 3])
def test_one_wrong_label_among_few_and_many(size, label):
    """Many are looked at by a kernel of their own."""
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy()
    step = gt.function(lambda labels, predictions: loss(labels, predictions))
    labels = np.zeros(size, "int32")
    predictions = np.full((size, 3), 1 / 3, "float32")
    assert float(step(labels, predictions)) == pytest.approx(np.log(3))
    labels[-1] = label
    with pytest.raises(errors.LabelRangeError, match=f"label {label}\n"):
        step(labels, predictions)
        step(labels, predictions)
        keras.Variable(0.0).value  # noqa: B018 - the verdict shows here at the latest
