"""Which calls are looked at, with a clock of our own."""

import math
import random
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasstape.monitor import schedule as module
from glasstape.monitor.schedule import BUDGET, LARGEST_INTERVAL, Schedule


class Loop:
    """A loop whose steps take the time we say."""

    def __init__(self, every, plain=0.001, cost=0.0, pause=lambda number: 0.0):
        self.now = 100.0
        self.settled = 0
        self.plain, self.cost, self.pause = plain, cost, pause
        self.schedule = Schedule("step", every)

    def settle(self):
        self.settled += 1

    def run(self, calls):
        """For each call whether it was looked at."""
        original, module.time = module.time, SimpleNamespace(perf_counter=lambda: self.now)
        looked = []
        try:
            for number in range(calls):
                looked.append(self.schedule.due(self.settle))
                self.now += self.plain + self.cost * looked[-1] + self.pause(number)
        finally:
            module.time = original
        return looked


@pytest.mark.parametrize("every", [1, 2, 7])
def test_every_kth_call_from_the_first_on(every):
    loop = Loop(every)
    assert loop.run(30) == [n % every == 0 for n in range(30)]
    assert loop.schedule.interval == every
    assert loop.schedule.calls == 30
    assert loop.settled == 0


@given(st.floats(1e-5, 1.0), st.floats(0.0, 3.0))
def test_looking_costs_no_more_than_its_budget(plain, relative_cost):
    loop = Loop(None, plain, plain * relative_cost)
    loop.run(70)
    interval = loop.schedule.interval
    assert interval is not None
    looked = loop.run(3 * LARGEST_INTERVAL)
    assert looked.count(True) >= 3
    spent = sum(looked) * loop.cost
    # The calls do not divide evenly: one look more or less.
    allowed = BUDGET * plain * len(looked) + loop.cost
    assert spent <= allowed * 1.001 or interval == LARGEST_INTERVAL


@pytest.mark.parametrize(
    ("relative_cost", "interval"),
    [(0.0, 5), (0.01, 5), (0.05, 5), (0.0501, 6), (0.3, 30), (1.0, 100), (1.99, 199), (50.0, 200)],
)
def test_the_interval(relative_cost, interval):
    """Cost over 1 % of a step, and at least what timing can tell from noise."""
    loop = Loop(None, 0.01, 0.01 * relative_cost)
    loop.run(30)
    assert loop.schedule.interval == interval
    expected = math.ceil(round(max(relative_cost, 0.05) / BUDGET, 6))
    assert interval == min(expected, LARGEST_INTERVAL)


def test_while_timing_every_second_call_is_looked_at():
    loop = Loop(None, plain=0.01)
    looked = loop.run(9)
    assert looked == [True, False] * 4 + [True]
    assert loop.schedule.interval is None
    # The two calls that compile are neither timed nor waited for.
    assert loop.settled == 7


def test_slow_steps_are_timed_a_few_times_and_quick_ones_more_often():
    for plain, calls in ((1.0, 11), (1e-5, 53)):
        loop = Loop(None, plain)
        loop.run(calls - 1)
        assert loop.schedule.interval is None
        loop.run(1)
        assert loop.schedule.interval is not None
        settled = loop.settled
        loop.run(100)
        assert loop.settled == settled  # no waiting once the interval is known


def test_compiling_is_not_timed():
    slow_start = Loop(None, 0.01, 0.003, pause=lambda number: 5.0 if number < 2 else 0.0)
    slow_start.run(30)
    assert slow_start.schedule.interval == 30


def test_pauses_do_not_mislead():
    """An evaluation, a checkpoint or a busy machine now and then."""
    noise = random.Random(0)
    loop = Loop(None, 0.01, 0.003, pause=lambda number: noise.choice([0, 0, 0, 0.5]))
    loop.run(40)
    assert loop.schedule.interval == 30
