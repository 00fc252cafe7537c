"""Every differentiable function and layer of Keras: the tape's gradients are `jax.grad`'s.

With ``--thorough`` all but the slowest are compiled, with second derivatives; the ordinary run
takes a third of them, and some in plain Python. With GLASSTAPE_FULL=1 everything is done in every
way.
"""

import functools

import numpy as np
import pytest

from tests.keras import exclusions, programs, ways
from tests.keras.conftest import FULL
from tests.thorough import all_but

GROUP = 16
NAMES = programs.names()
ONLY_EAGER = [n for n in NAMES if programs.ENTRIES[programs.entry_of(n)].only_eager]
COMPILED = [n for n in NAMES if n not in ONLY_EAGER]
SLOW = [n for n in NAMES if {n, programs.entry_of(n)} & programs.SLOW]


def _groups(names):
    """Slow programs stay together, so that nobody else waits for them."""
    parts = [[n for n in names if (n in SLOW) is slow] for slow in (False, True)]
    groups = [part[i : i + GROUP] for part in parts for i in range(0, len(part), GROUP)]
    return {name: tuple(group) for group in groups for name in group}


GROUPS = _groups(COMPILED) | {n: (n,) for n in ONLY_EAGER}
# Whole groups, since each is one program.
ORDINARY = {n for group in sorted({*GROUPS.values()})[::3] for n in group}
EAGER = [n for n in COMPILED if n in ORDINARY and n not in SLOW][::4]


@functools.cache
def _run(way, group):
    return ways.run(way, [programs.make(name) for name in group])


def _result(way, name, groups=GROUPS):
    found = _run(way, groups[name])[name]
    if isinstance(found, Exception):
        raise found
    return found


def assert_close(got, expected):
    """Lists of gradients agree in shape, dtype and numbers."""
    got, expected = [np.asarray(g) for g in got], [np.asarray(e) for e in expected]
    assert len(got) == len(expected)
    # Of all gradients of the program: one that ought to be zero is the rounding of the others.
    largest = max([1.0, *(np.max(np.abs(e), initial=0.0) for e in expected)])
    for g, e in zip(got, expected, strict=True):
        assert g.shape == e.shape
        assert g.dtype == e.dtype
        np.testing.assert_allclose(g, e, rtol=2e-4, atol=2e-5 * largest)


def _expected(name):
    return _result(ways.plain, name) if name in ONLY_EAGER else _result(ways.compiled, name)[0]


def _marked(names):
    fast = all_but(ORDINARY, [n for n in names if n not in SLOW])
    return [*fast, *(pytest.param(n, marks=FULL) for n in names if n in SLOW)]


@pytest.mark.parametrize("name", _marked(COMPILED))
def test_compiled(name):
    expected, got = _result(ways.compiled, name)
    assert_close(got.first, expected.first)


@pytest.mark.parametrize("name", _marked(COMPILED))
def test_compiled_and_nested(name):
    expected, got = _result(ways.compiled, name)
    assert_close(got.second, expected.second)


@pytest.mark.parametrize("name", EAGER)
def test_some_eager(name):
    assert_close(_result(ways.eager, name, _groups(EAGER)), _expected(name).first)


@FULL
@pytest.mark.parametrize("name", NAMES)
def test_eager(name):
    assert_close(_result(ways.eager, name), _expected(name).first)


@FULL
@pytest.mark.parametrize("name", NAMES)
def test_eager_and_nested(name):
    assert_close(_result(ways.nested, name).second, _expected(name).second)


@pytest.mark.parametrize("name", _marked(NAMES))
def test_there_is_something_to_compare(name):
    """The comparison would pass where both sides are zero."""
    first = [np.asarray(g) for g in _expected(name).first]
    assert all(np.isfinite(g).all() for g in first)
    assert any(g.any() for g in first) is (name not in exclusions.FLAT)
