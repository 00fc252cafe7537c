"""What is transposed and read backwards several times in a row is one such operation, or none."""

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from jax import lax

from glasstape.compiler.passes import reversals
from tests.compiler.passes.comparison import trained


def counts(program):
    names = [e.primitive.name for e in program.jaxpr.eqns]
    return names.count("transpose"), names.count("rev")


def rewritten(function, *arrays):
    """The program as the pass makes it; its results must be the same to the last bit."""
    program = jax.make_jaxpr(function)(*arrays)
    new = reversals.rewrite(program)
    for one, other in zip(
        jax.tree.leaves(function(*arrays)),
        jax.jit(jax.extend.core.jaxpr_as_fun(new))(*arrays),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    return new, program


@st.composite
def turns(draw):
    """A row of reversals and transpositions of three dimensions."""
    one = st.one_of(
        st.permutations(range(3)).map(lambda p: ("transpose", tuple(p))),
        st.lists(st.integers(0, 2), unique=True, min_size=1).map(lambda d: ("rev", tuple(d))),
    )
    return draw(st.lists(one, max_size=6))


def turned(x, row):
    for name, what in row:
        x = lax.transpose(x, what) if name == "transpose" else lax.rev(x, what)
    return x


X = jnp.arange(2 * 2 * 2.0).reshape(2, 2, 2)
LONG = jnp.arange(2 * 3 * 4.0).reshape(2, 3, 4)


@given(turns(), st.sampled_from([X, LONG]), st.booleans())
def test_any_row_of_them(row, x, used):
    new, _ = rewritten(lambda x: jnp.sin(turned(x, row)) if used else turned(x, row), x)
    transposed, backwards = counts(new)
    assert transposed <= 1 or len(row) == 1
    assert backwards <= 1


def test_two_reversals_around_a_transposition_are_none():
    new, _ = rewritten(lambda x: lax.rev(lax.rev(x, (0,)).transpose(1, 0, 2), (1,)), LONG)
    assert counts(new) == (1, 0)
    new, _ = rewritten(lambda x: lax.rev(lax.rev(x, (0,)), (0,)) + 1, LONG)
    assert counts(new) == (0, 0)
    new, _ = rewritten(lambda x: x.transpose(2, 0, 1).transpose(1, 2, 0), LONG)
    assert counts(new) == (0, 0)


def test_what_others_read_stays():
    def function(x):
        y = lax.rev(x, (0,))
        return jnp.sin(y), lax.rev(y, (0,))

    new, _ = rewritten(function, LONG)
    assert counts(new) == (0, 1)


def test_in_loops():
    def function(x):
        step = lambda c, _: (jnp.sin(lax.rev(lax.rev(c, (1,)), (1,))), None)  # noqa: E731
        return lax.scan(step, x, length=3)[0]

    new, program = rewritten(function, LONG)
    assert "rev[" in str(program)
    assert "rev[" not in str(new)


@pytest.mark.parametrize(
    "function", [jnp.sin, lambda x: jnp.sin(lax.rev(x, (0,))), lambda x: (x.T, jnp.sin(x.T))]
)
def test_a_program_without_such_rows_is_the_same_object(function):
    program = jax.make_jaxpr(function)(LONG)
    assert reversals.rewrite(program) is program


def test_transposed_convolutions_train_as_without():
    losses, found = {}, {}
    for on in (False, True):
        keras.utils.set_random_seed(0)
        layers = keras.layers
        body = [
            layers.Conv2DTranspose(16, 4, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(16, 3, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
        ]
        model = keras.Sequential([keras.Input((6, 6, 8)), *body])
        rng = np.random.default_rng(0)
        x, y = rng.standard_normal((8, 6, 6, 8)).astype("float32"), np.arange(8) % 3
        losses[on], program = trained(model, x, y, cancelled_reversals=on)
        found[on] = program.count("rev[")
    assert found[True] < found[False]
    np.testing.assert_allclose(losses[True], losses[False], rtol=1e-3)
