"""XLA's matrix library is set up while a model is built, and in no process twice."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from glasstape.compiler import warming

WHEN = """
import {first}
import {second}
from glasstape.compiler import warming
before = warming.start.cache_info().currsize
keras.layers.Dense(2).build((1, 2))
print(before, warming.start.cache_info().currsize)
"""


@pytest.mark.parametrize("names", [("glasstape", "keras"), ("keras", "glasstape")])
def test_it_begins_with_the_first_program_and_not_before(names):
    code = WHEN.format(first=names[0], second=names[1])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1"]


def test_other_events_do_not_begin_with_it(monkeypatch):
    monkeypatch.setattr(warming, "start", lambda: 1 / 0)
    warming._heard("/jax/core/compile/jaxpr_trace_duration", 0.1)


def test_it_runs_beside_the_rest_and_once(monkeypatch):
    ran = []
    monkeypatch.setattr(warming, "_warm_up", lambda: ran.append(threading.current_thread().name))
    monkeypatch.setattr(warming.os, "cpu_count", lambda: 2)
    warming.start.cache_clear()
    for _ in range(3):
        warming.start()
    for thread in threading.enumerate():
        if thread.name == "glasstape-warm-up":
            thread.join()
    assert ran == ["glasstape-warm-up"]


def test_one_core_has_nothing_beside(monkeypatch):
    monkeypatch.setattr(warming, "_warm_up", lambda: 1 / 0)
    monkeypatch.setattr(warming.os, "cpu_count", lambda: 1)
    warming.start.cache_clear()
    before = threading.active_count()
    warming.start()
    assert threading.active_count() == before


def test_what_goes_wrong_there_stays_there(monkeypatch):
    monkeypatch.setattr(warming, "warm_up", lambda left, right: 1 / 0)
    warming._warm_up()


def test_the_product():
    left, right = np.arange(6.0).reshape(2, 3), np.arange(4.0).reshape(2, 2)
    np.testing.assert_array_equal(warming.warm_up(left, right), left.T @ right)
