"""How often a step is traced for which sequence of shapes."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glasstape as gt
from glasstape.testing import max_traces

# Shapes of the calls, and the number of traces after each of them under TensorFlow 2.21.
AS_TENSORFLOW = {
    "batch": ([(32, 3), (16, 3), (8, 3), (32, 3), (9, 3)], [1, 2, 2, 2, 2]),
    "one after the other": (
        [(32, 3), (16, 3), (16, 4), (7, 9), (5, 3)],
        [1, 2, 3, 3, 3],
    ),
    "two at once": ([(32, 3), (16, 4), (16, 5), (16, 3)], [1, 2, 2, 2]),
    "square": ([(2, 2), (3, 3), (4, 5), (6, 6)], [1, 2, 2, 2]),
    "one first": ([(1, 3), (16, 3), (8, 3)], [1, 2, 2]),
    "the other one": ([(32, 3), (32, 4), (16, 3), (16, 4), (16, 5)], [1, 2, 3, 3, 3]),
}
# Where ours differs: 0 and 1 have traces of their own, and so has each number of dimensions.
OURS = {
    "sizes 0 and 1": ([(32, 3), (16, 3), (1, 3), (0, 3), (1, 3), (8, 3)], [1, 2, 3, 4, 4, 4]),
    "ranks": ([(32, 3), (16,), (8,), (5, 5), (4,)], [1, 2, 3, 4, 4]),
}


def counts(step, shapes):
    found = []
    for shape in shapes:
        step(jnp.ones(shape))
        found.append(step.experimental_get_tracing_count())
    return found


@pytest.mark.parametrize("name", [*AS_TENSORFLOW, *OURS])
@pytest.mark.parametrize("option", ["reduce_retracing", "experimental_relax_shapes"])
def test_traces(name, option):
    shapes, expected = (AS_TENSORFLOW | OURS)[name]
    step = gt.function(lambda x: jnp.sum(x) * 2, **{option: True})
    assert counts(step, shapes) == expected


def test_without_the_option_each_shape_is_traced():
    assert counts(gt.function(lambda x: x * 2), [(4, 3), (3, 3), (2, 3)]) == [1, 2, 3]


def test_other_arguments_and_dtypes_have_their_own():
    """As TensorFlow: 1, 2, 3, 4, 4, 4 and 1, 2, 3, 4, 5."""
    step = gt.function(lambda x: x * 2, reduce_retracing=True)
    found = []
    for size, dtype in [(2, "f"), (3, "f"), (2, "i"), (3, "i"), (4, "i"), (4, "f")]:
        step(jnp.ones(size, dtype))
        found.append(len(step.traces))
    assert found == [1, 2, 3, 4, 4, 4]
    step = gt.function(lambda x, n: x * n, reduce_retracing=True)
    found = []
    for size, n in [(2, 1), (2, 2), (3, 2), (4, 3), (4, 4)]:
        step(jnp.ones(size), n)
        found.append(len(step.traces))
    assert found == [1, 2, 3, 4, 5]


def test_each_object_has_its_own():
    class Scale:
        def __init__(self, factor):
            self.factor = factor

        @gt.function(reduce_retracing=True)
        def step(self, x):
            return x * self.factor

    a, b = Scale(2.0), Scale(3.0)
    for size in (4, 3, 5, 6):
        assert float(a.step(jnp.ones(size))[0]) == 2
        assert float(b.step(jnp.ones(size))[0]) == 3
    assert len(a.step.traces) == len(b.step.traces) == 2


def test_sizes_that_were_always_equal_are_one():
    step = gt.function(lambda x, y: x + y, reduce_retracing=True)
    for size in (4, 3, 6):
        step(jnp.ones(size), jnp.ones(size))
    assert len(step.traces) == 2
    square = gt.function(lambda x, y: x @ y, reduce_retracing=True)
    for size in (4, 3, 6):
        square(jnp.ones((size, size)), jnp.ones((size, 2)))
    assert len(square.traces) == 2


def test_sizes_that_are_equal_no_more():
    step = gt.function(lambda x, y: (jnp.sum(x), jnp.sum(y)), reduce_retracing=True)
    for a, b in [(4, 4), (3, 3), (6, 5), (2, 9), (7, 7)]:
        found = step(jnp.ones(a), jnp.ones(b))
        assert [float(v) for v in found] == [a, b]
    assert len(step.traces) == 3
    assert step.traces[2].why == "two sizes that were equal in all calls so far are 6 and 5 now"


def test_a_repeated_call_takes_the_short_way():
    step = gt.function(lambda x: x * 2, reduce_retracing=True)
    for size in (4, 3, 5, 6):
        step(jnp.ones(size))
    entries = list(step._repeated.values())
    assert len(entries) == 4
    assert entries[1] is entries[2] is entries[3]
    with max_traces(step, 0):
        step(jnp.ones(5))


def test_a_frozen_variable_is_traced_again():
    v = gt.Variable(2.0)

    def run(x):
        with gt.GradientTape() as tape:
            y = jnp.sum(x) * v
        gradient = tape.gradient(y, v) if v.trainable else None
        return y if gradient is None else gradient

    step = gt.function(run, reduce_retracing=True)
    for size in (4, 3, 5):
        assert float(step(jnp.ones(size))) == size
    v.trainable = False
    for size in (5, 6, 3):
        assert float(step(jnp.ones(size))) == 2 * size
    assert len(step.traces) == 3
    assert "was trainable and is frozen now" in step.traces[2].why
    v.trainable = True
    assert float(step(jnp.ones(7))) == 7
    assert len(step.traces) == 3


def expected_count(shapes):
    """What the rules say: the first is exact, then one for each set of sizes that have varied."""
    seen, exact, relaxed = [], set(), []
    for shape in shapes:
        served = shape in exact or any(serves(pattern, shape) for pattern in relaxed)
        seen.append(shape)
        if served:
            continue
        varied = [len({s[i] for s in seen}) > 1 for i in range(2)]
        pattern = tuple(None if v and n > 1 else n for v, n in zip(varied, shape, strict=True))
        if None in pattern:
            relaxed.append(pattern)
        else:
            exact.add(shape)
    return len(exact) + len(relaxed)


def serves(pattern, shape):
    pairs = zip(pattern, shape, strict=True)
    return all(n > 1 if p is None else p == n for p, n in pairs)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8))
def test_any_sequence(shapes):
    # What a call that is known says nothing of is not learned from.
    step = gt.function(lambda x: (jnp.sum(x, 1), x * x.shape[0]), reduce_retracing=True)
    for shape in shapes:
        x = np.random.default_rng(0).normal(size=shape).astype("float32")
        sums, product = step(x)
        np.testing.assert_array_equal(np.asarray(product), x * np.float32(shape[0]))
        np.testing.assert_allclose(sums, x.sum(1), rtol=1e-5, atol=1e-6)
    assert len(step.traces) == expected_count(shapes)
