"""Variables that wait for a value: whoever reads one first lets it have it, on any thread."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import glasstape as gt
from glasstape.ports import keras_state

THREADS = 8


@pytest.fixture
def wait_with():
    """Have a function wait for new variables while the test runs."""
    waiting = []

    def add(wait):
        waiting.append(wait)
        keras_state.awaiting.append(wait)

    yield add
    for wait in waiting:
        keras_state.awaiting.remove(wait)


def test_threads_that_read_at_once_all_see_the_value(wait_with):
    asked = []

    def give(variable):
        asked.append(variable)
        time.sleep(0.05)  # the other threads come meanwhile
        variable.assign(7.0)
        return True

    wait_with(give)
    v = gt.Variable(0.0)
    barrier = threading.Barrier(THREADS)

    def read(_):
        barrier.wait(timeout=30)
        return float(np.asarray(v.value))

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(read, range(THREADS))) == [7.0] * THREADS
    assert len(asked) == 1


def test_one_that_finds_no_value_is_asked_about_three_times(wait_with):
    asked = []
    wait_with(lambda variable: asked.append(variable))
    v = gt.Variable(3.0)
    assert [float(v.value) for _ in range(5)] == [3.0] * 5
    assert len(asked) == 3


def test_an_error_of_the_one_that_waits_leaves_the_variable_readable(wait_with):
    def refuse(variable):
        raise ValueError("another shape")

    wait_with(refuse)
    v = gt.Variable(3.0)
    for _ in range(3):
        with pytest.raises(ValueError, match="another shape"):
            v.value  # noqa: B018
    assert float(v.value) == 3.0
