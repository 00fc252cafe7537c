"""What the ordinary run leaves out of tests with many cases."""

import itertools
from types import SimpleNamespace

import hypothesis.strategies as st
from hypothesis import given

from tests.thorough import MOST_CASES, left_out


def _cases(test, count):
    return [SimpleNamespace(parent="module", originalname=test, at=i) for i in range(count)]


@given(st.integers(1, 500), st.integers(1, 500))
def test_each_test_keeps_as_many_cases_as_it_may(one, other):
    cases = [*_cases("one", one), *_cases("other", other)]
    out = left_out(cases)
    kept = [case for case in cases if case not in out]
    for test, count in [("one", one), ("other", other)]:
        own = [case for case in kept if case.originalname == test]
        assert len(own) == min(count, MOST_CASES)
        assert own[0].at == 0
        gaps = [b.at - a.at for a, b in itertools.pairwise(own)]
        assert max(gaps, default=1) <= -(-count // MOST_CASES)
