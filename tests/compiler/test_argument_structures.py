"""Any structure of arguments goes through a compiled step as through the Python one.

Equal structures run one trace, and one that differs in anything that matters runs another, whose
reason names the argument.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import glasstape as gt

Pair = namedtuple("Pair", "first second")


@dataclass
class Plain:
    first: Any
    second: Any


@dataclass(frozen=True)
class Frozen:
    first: Any
    second: Any


@jax.tree_util.register_dataclass
@dataclass
class Registered:
    first: Any
    second: Any


class Field(NamedTuple):
    name: str


class LikeAttrs:
    """As the attrs library marks its classes."""

    __attrs_attrs__ = (Field("first"), Field("second"))

    def __init__(self, first, second):
        self.first, self.second = first, second


RECORDS = (Pair, Plain, Frozen, Registered, LikeAttrs)


class Thing:
    """Told apart by identity."""


THINGS = (Thing(), Thing())
DTYPES = ("float32", "int32", "bool", "float16", "int8", "uint8")


class Array(NamedTuple):
    """Stands for an array whose numbers do not matter."""

    make: Any
    dtype: str
    shape: tuple[int, ...]


class Node(NamedTuple):
    """Stands for a container."""

    kind: Any
    names: tuple
    children: tuple


arrays = st.builds(
    Array,
    st.sampled_from([np.asarray, jnp.asarray]),
    st.sampled_from(DTYPES),
    st.sampled_from([(), (1,), (2,), (2, 1), (0,)]),
)
values = st.one_of(
    st.integers(-3, 3),
    st.booleans(),
    st.floats(-2, 2, width=16),
    st.text("ab", max_size=2),
    st.none(),
    st.sampled_from(THINGS),
)
leaves = arrays | values


def containers(inner):
    few = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(lambda kind, c: Node(kind, (), c), st.sampled_from([list, tuple]), few),
        st.dictionaries(st.sampled_from("xyz"), inner, max_size=3).map(
            lambda d: Node(dict, tuple(d), tuple(d.values()))
        ),
        st.builds(
            lambda kind, a, b: Node(kind, ("first", "second"), (a, b)),
            st.sampled_from(RECORDS),
            inner,
            inner,
        ),
    )


plans = st.recursive(leaves, containers, max_leaves=6)


def build(plan, seed=0):
    """What a plan stands for; other numbers in its arrays for another seed."""
    if isinstance(plan, Array):
        numbers = np.random.default_rng(seed).integers(0, 5, plan.shape)
        return plan.make(numbers.astype(plan.dtype))
    if not isinstance(plan, Node):
        return plan
    children = [build(child, seed + i) for i, child in enumerate(plan.children)]
    if plan.kind is dict:
        items = list(zip(plan.names, children, strict=True))
        return dict(items if seed % 2 else reversed(items))  # in any order
    return plan.kind(children) if plan.kind in (list, tuple) else plan.kind(*children)


def doubled(value):
    """All numbers times two, in the same structure."""
    if isinstance(value, dict):
        return {k: doubled(v) for k, v in value.items()}
    if isinstance(value, Pair):
        return Pair(*map(doubled, value))
    if isinstance(value, list | tuple):
        return type(value)(map(doubled, value))
    if isinstance(value, RECORDS):
        return type(value)(doubled(value.first), doubled(value.second))
    is_number = isinstance(value, int | float | jax.Array | np.ndarray | np.generic)
    return value * 2 if is_number and not isinstance(value, bool) else value


def assert_same(got, want):
    """The same structure; numbers come back as arrays."""
    if isinstance(want, bool | int | float | np.ndarray | np.generic | jax.Array):
        assert isinstance(got, jax.Array)
        assert got.dtype == jnp.asarray(want).dtype
        np.testing.assert_array_equal(got, want)
        return
    assert type(got) is type(want)
    if isinstance(want, dict):
        assert got.keys() == want.keys()
        for key in want:
            assert_same(got[key], want[key])
    elif isinstance(want, list | tuple):
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            assert_same(g, w)
    elif isinstance(want, RECORDS):
        assert_same(got.first, want.first)
        assert_same(got.second, want.second)
    else:
        assert got == want


def python_step(one, two=None):
    return doubled(one), doubled(two)


@given(plans, plans)
def test_the_result_is_pythons_and_equal_structures_run_one_trace(one, two):
    step = gt.function(python_step)
    for seed in range(3):
        a, b = build(one, seed), build(two, seed)
        assert_same(step(a, b), python_step(a, b))
        assert_same(step(a, two=b), python_step(a, b))
        assert_same(step(two=b, one=a), python_step(a, b))
    assert step.experimental_get_tracing_count() == 1


@given(st.lists(plans, max_size=3), st.dictionaries(st.sampled_from("abc"), plans, max_size=3))
def test_any_number_of_arguments(positions, names):
    step = gt.function(lambda *args, **kwargs: (doubled(args), doubled(kwargs)))
    for seed in range(2):
        args = [build(plan, seed) for plan in positions]
        kwargs = {name: build(plan, seed) for name, plan in names.items()}
        assert_same(step(*args, **kwargs), step.python_function(*args, **kwargs))
    assert step.experimental_get_tracing_count() == 1


def nodes(plan, kind, path=()):
    """The paths of all leaves, or of all containers."""
    inside = [
        found
        for i, child in enumerate(getattr(plan, "children", ()))
        for found in nodes(child, kind, (*path, i))
    ]
    return [path, *inside] if isinstance(plan, Node) is (kind is Node) else inside


def at(plan, path):
    return at(plan.children[path[0]], path[1:]) if path else plan


def replaced(plan, path, new):
    if not path:
        return new
    children = list(plan.children)
    children[path[0]] = replaced(children[path[0]], path[1:], new)
    return plan._replace(children=tuple(children))


def key(leaf):
    """What matters of a leaf."""
    if isinstance(leaf, Array):
        return leaf.dtype, leaf.shape
    return type(leaf), str(leaf) if isinstance(leaf, float) else leaf


def calls_of_two(first, second):
    """A step after a call with each, and how often it was traced."""
    step = gt.function(python_step)
    for one in (first, second, first, second):
        value = build(one)
        assert_same(step(value, 1), python_step(value, 1))
    return step


@given(plans, leaves, st.data())
def test_another_leaf_is_another_trace_that_names_it(plan, new, data):
    paths = nodes(plan, Array)
    assume(paths)
    path = data.draw(st.sampled_from(paths))
    assume(key(at(plan, path)) != key(new))
    step = calls_of_two(plan, replaced(plan, path, new))
    assert step.experimental_get_tracing_count() == 2
    assert step.traces[-1].why.startswith("argument `one")
    assert "`two`" not in step.traces[-1].why


@st.composite
def changed_containers(draw):
    """A plan, and the same plan with one container more, less or otherwise."""
    plan = draw(plans)
    paths = nodes(plan, Node)
    assume(paths)
    path = draw(st.sampled_from(paths))
    node = at(plan, path)
    ways = []
    if node.kind in (list, tuple):
        ways.append(node._replace(kind=list if node.kind is tuple else tuple))
        ways.append(node._replace(children=(*node.children, 1)))
        ways += [node._replace(children=node.children[1:])] if node.children else []
    elif node.kind is dict:
        ways.append(Node(dict, (*node.names, "w"), (*node.children, 1)))
        ways += [Node(dict, ("v", *node.names[1:]), node.children)] if node.children else []
    else:
        ways += [node._replace(kind=kind) for kind in RECORDS if kind is not node.kind]
    return plan, replaced(plan, path, draw(st.sampled_from(ways)))


@given(changed_containers())
def test_another_container_is_another_trace(change):
    step = calls_of_two(*change)
    assert step.experimental_get_tracing_count() == 2


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ([1], [1, 1]),
        ({"a": 1}, {"b": 1}),
        (Pair(1, 2), (1, 2)),
        ([1], (1,)),
        ([], ()),
        ([], {}),
        (Plain(1, 2), Frozen(1, 2)),
        (Pair(1, 2), Frozen(1, 2)),
        ({"x": []}, {"x": {}}),
    ],
    ids=repr,
)
def test_another_container_is_named(was, now):
    step = gt.function(python_step)
    step(was)
    step(now)
    assert step.traces[-1].why.startswith("argument `one")
