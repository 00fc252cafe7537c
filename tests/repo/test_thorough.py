"""What the ordinary run leaves out of tests with many cases."""

import itertools
from types import SimpleNamespace

import hypothesis.strategies as st
from hypothesis import given

from tests.thorough import MOST_CASES, left_out, some_of_many, unlike_in_thorough


def _cases(test, count):
    return [SimpleNamespace(parent="module", originalname=test, at=i) for i in range(count)]


@given(st.integers(1, 500), st.integers(1, 500))
def test_each_test_keeps_as_many_cases_as_it_may(one, other):
    cases = [*_cases("one", one), *_cases("other", other)]
    out = some_of_many(cases)
    kept = [case for case in cases if case not in out]
    for test, count in [("one", one), ("other", other)]:
        own = [case for case in kept if case.originalname == test]
        assert len(own) == min(count, MOST_CASES)
        assert own[0].at == 0
        gaps = [b.at - a.at for a, b in itertools.pairwise(own)]
        assert max(gaps, default=1) <= -(-count // MOST_CASES)


def test_what_is_marked_is_left_out():
    cases = [SimpleNamespace(parent="m", originalname="f", keywords=k) for k in ({}, {"thorough"})]
    assert left_out(cases) == cases[1:]


def test_what_does_more_when_thorough():
    def plain():
        pass

    drawn = given(st.integers())(lambda n: None)
    tests = [(plain, []), (plain, ["thorough"]), (drawn, [])]
    items = [SimpleNamespace(function=f, fixturenames=names) for f, names in tests]
    assert [*map(unlike_in_thorough, items)] == [False, True, True]
