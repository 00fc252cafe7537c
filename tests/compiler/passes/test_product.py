"""A product is told to oneDNN as what it is; what oneDNN computes is what XLA computes."""

import threading

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from jax import lax

import glasstape as gt
from glasstape.compiler.passes import product
from glasstape.kernels import library
from glasstape.ports.jax_program import rewritten
from tests.compiler.passes.comparison import replaced, trained

BY_WEIGHTS = (((0,), (0,)), ((), ()))
ATTENTION = (((3,), (3,)), ((0, 2), (0, 2)))  # of queries and keys as [batch, time, heads, depth]


def as_said(problem, left, right, result_size):
    """What a problem gives by its numbers: an einsum of views of the arrays as they lie."""
    rank, m, k, n, *rest = problem.numbers.tolist()
    sizes, strides = rest[:rank], iter(rest[rank:])

    def view(array, *matrix):
        own = [next(strides) * array.itemsize for _ in range(rank + 2)]
        return np.lib.stride_tricks.as_strided(array, [*sizes, *matrix], own)

    made = np.full(result_size, np.nan)
    a, b = view(left, m, k), view(right, k, n)
    view(made, m, n)[:] = np.einsum("...mk,...kn->...mn", a, b)
    return made


@st.composite
def products(draw):
    """Two arrays, dimension numbers, and the order in which the result is wanted."""
    sizes = {d: draw(st.integers(1, 5)) for d in "bcmpknqr"}
    stacks = draw(st.sampled_from(["", "b", "bc"]))
    rows, columns = draw(st.sampled_from(["m", "mp"])), draw(st.sampled_from(["n", "nq"]))
    summed = draw(st.sampled_from(["k", "kr"]))
    left = "".join(draw(st.permutations(stacks + rows + summed)))
    right = "".join(draw(st.permutations(stacks + summed + columns)))
    numbers = (
        tuple(tuple(side.index(d) for d in summed) for side in (left, right)),
        tuple(tuple(side.index(d) for d in stacks) for side in (left, right)),
    )
    shapes = [[sizes[d] for d in side] for side in (left, right)]
    order = draw(st.permutations(range(len(stacks + rows + columns))))
    return shapes, numbers, draw(st.sampled_from([None, tuple(order)]))


def made(case):
    """The program, its arguments, and the problem in it."""
    shapes, numbers, order = case
    rng = np.random.default_rng(0)
    left, right = (rng.standard_normal(s).astype("float32") for s in shapes)

    def multiply(left, right):
        result = lax.dot_general(left, right, numbers)
        return result if order is None else jnp.transpose(result, order)

    found = []

    def look(equation):
        if equation.name == "dot_general":
            plain = tuple(range(len(equation.outputs[0].shape)))
            wanted = equation.wanted_order or plain
            found.append(product.problem_of(equation, wanted))

    program = jax.make_jaxpr(multiply)(left, right)
    rewritten(program, look)
    return program, (left, right), found[0]


@given(products())
def test_each_is_what_it_is_said_to_be(case):
    program, (left, right), problem = made(case)
    if problem is None:
        return
    theirs = np.asarray(jax.extend.core.jaxpr_as_fun(program)(left, right)[0])
    for one, arrays in ((problem, (left, right)), (problem.turned(), (right, left))):
        ours = as_said(one, *arrays, theirs.size).reshape(theirs.shape)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_heads_are_stacks_as_they_lie():
    _, _, problem = made(([(2, 6, 4, 8), (2, 5, 4, 8)], ATTENTION, None))
    assert problem is not None
    assert [d.size for d in problem.stacks] == [2, 4]
    assert (problem.m.size, problem.k.size, problem.n.size) == (6, 8, 5)
    assert problem.m.left == problem.n.right == 4 * 8


def test_dimensions_behind_one_another_are_one():
    by_weights = (((0, 1), (0, 1)), ((), ()))
    _, _, problem = made(([(8, 6, 4), (8, 6, 5)], by_weights, (1, 0)))
    assert problem is not None
    assert (problem.stacks, problem.k.size, problem.operations) == ((), 48, 2 * 48 * 4 * 5)
    assert problem.m.result == 1  # written as the transposition wants it


@pytest.mark.parametrize(
    ("left", "right", "numbers"),
    [
        ((4, 5), (5,), (((1,), (0,)), ((), ()))),  # a vector
        ((4, 1), (1, 6), (((1,), (0,)), ((), ()))),  # nothing to add up
        ((4, 3, 5, 2), (3, 2, 6), (((1, 3), (0, 1)), ((), ()))),  # no one stride
        ((2, 4, 3, 2), (2, 4, 2, 5), (((3, 0), (2, 0)), ((1,), (1,)))),
    ],
)
def test_what_has_no_matrices_stays_with_xla(left, right, numbers):
    assert made(([left, right], numbers, None))[2] is None


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_other_types_stay_with_xla(dtype):
    x = jnp.ones((64, 512, 64), dtype)
    assert replaced(product.rewrite, "onednn_product", lambda x: x @ x.mT, x) == 0


needs_kernels = pytest.mark.skipif(
    library.state().library is None, reason=f"kernels {library.state().reason}"
)


@pytest.fixture
def everything(monkeypatch):
    """However small, and whether or not it is quicker."""
    monkeypatch.setattr(product, "LEAST", 0)
    monkeypatch.setattr(product, "_is_behind", lambda problem, is_nested: True)


@needs_kernels
@given(products())
def test_onednn_gives_xlas_numbers(case):
    """To 1e-5 of the largest number, as the order of additions differs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(product, "LEAST", 0)
        patch.setattr(product, "_is_behind", lambda problem, is_nested: True)
        program, arguments, _ = made(case)
        new = rewritten(program, product.rewrite)
    theirs, ours = (
        np.asarray(jax.jit(jax.extend.core.jaxpr_as_fun(p))(*arguments)[0]) for p in (program, new)
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * np.abs(theirs).max())


def arrays(*shapes):
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.standard_normal(s), "float32") for s in shapes]


@needs_kernels
@pytest.mark.parametrize(
    ("left", "right", "numbers"),
    [
        ((70, 300), (300, 500), (((1,), (0,)), ((), ()))),  # by columns
        ((500, 300), (300, 70), (((1,), (0,)), ((), ()))),  # by rows, with a rest
        ((70, 300), (500, 300), (((1,), (1,)), ((), ()))),  # the right in columns
        ((20, 300), (500, 300), (((1,), (1,)), ((), ()))),
        ((300, 70), (300, 500), BY_WEIGHTS),  # the left in columns
        ((7, 90, 3, 40), (7, 80, 3, 40), ATTENTION),  # stacks that the threads do not share evenly
        ((1, 190, 1, 40), (1, 180, 1, 40), ATTENTION),
    ],
)
def test_in_pieces(everything, left, right, numbers):
    found = replaced(
        product.rewrite,
        "onednn_product",
        lambda a, b: lax.dot_general(a, b, numbers),
        *arrays(left, right),
    )
    assert found == 1


@needs_kernels
def test_where_xla_is_behind_and_nowhere_else():
    x, w = arrays((512, 256), (256, 256))
    count = lambda f, *a: replaced(product.rewrite, "onednn_product", f, *a)  # noqa: E731
    assert count(jnp.matmul, x, w) == 0
    by_weights = lambda x, y: lax.dot_general(x, y, BY_WEIGHTS)  # noqa: E731
    assert count(by_weights, x, x) == 1
    assert count(lambda x, w: lax.fori_loop(0, 2, lambda _, x: jnp.sin(x @ w), x), x, w) == 1
    heads = arrays((8, 128, 4, 32))[0]
    assert count(lambda q: lax.dot_general(q, q, ATTENTION), heads) == 1
    assert count(by_weights, *arrays((8, 4), (8, 4))) == 0  # too little


def attention_and_lstm(**switches):
    """See `trained`."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((32, 32))
    y = layers.MultiHeadAttention(4, 16)(inputs, inputs)
    y = layers.LayerNormalization()(inputs + y)
    outputs = layers.Dense(3)(layers.LSTM(64)(y))
    model = keras.Model(inputs, outputs)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 32, 32)).astype("float32")
    y = rng.integers(0, 3, 64)
    return trained(model, x, y, **switches)


@needs_kernels
def test_a_hundred_steps_take_the_same_way(monkeypatch):
    monkeypatch.setattr(product, "LEAST", 100_000)
    theirs, without = attention_and_lstm(onednn_product=False, sums_after_loop=False)
    ours, program = attention_and_lstm(onednn_product=True, sums_after_loop=True)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)
    assert theirs[-1] < 0.9 * theirs[0]
    assert program.count("onednn_product") >= 6
    assert "ffi_call" not in without


@needs_kernels
def test_second_derivatives_and_jacobians(everything):
    q, w = arrays((2, 6, 4, 8), (8, 8))

    def score(w):
        return jnp.sum(jnp.tanh(lax.dot_general(q @ w, q, ATTENTION)))

    @gt.function
    def both(w):
        with gt.GradientTape() as outer:
            outer.watch(w)
            with gt.GradientTape() as inner:
                inner.watch(w)
                value = score(w)
            slope = inner.gradient(value, w)
        return slope, outer.jacobian(slope, w)

    slope, curvature = both(w)
    np.testing.assert_allclose(slope, jax.grad(score)(w), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(curvature, jax.hessian(score)(w), rtol=1e-3, atol=1e-3)
    assert "onednn_product" in str(both.program(w))


@needs_kernels
def test_several_threads_at_once(everything):
    a, b = arrays((16, 64, 4, 32), (16, 64, 4, 32))
    new = rewritten(
        jax.make_jaxpr(lambda a, b: lax.dot_general(a, b, ATTENTION))(a, b), product.rewrite
    )
    run = jax.jit(jax.extend.core.jaxpr_as_fun(new))
    expected = np.asarray(run(a, b)[0])
    wrong = []

    def work():
        for _ in range(20):
            if not np.array_equal(np.asarray(run(a, b)[0]), expected):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
