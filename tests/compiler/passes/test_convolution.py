"""A convolution is told to oneDNN as what it is; what oneDNN computes is what XLA computes."""

import functools
import itertools
import threading
from math import prod

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from jax import lax

import glasstape as gt
from glasstape.compiler.passes import convolution
from glasstape.kernels import library
from glasstape.ports.jax_program import rewritten
from tests.compiler.passes.comparison import replaced, trained

LAYOUTS = {
    1: [("NHC", "HIO", "NHC"), ("NCH", "OIH", "NCH"), ("HNC", "IOH", "CNH")],
    2: [("NHWC", "HWIO", "NHWC"), ("NCHW", "OIHW", "NCHW"), ("HWNC", "OHWI", "CHNW")],
    3: [("NHWDC", "HWDIO", "NHWDC"), ("NCHWD", "OIHWD", "NCHWD"), ("HNWCD", "HOWDI", "NCDWH")],
}


def defined(problem, source, weights, result):
    """A problem by its definition, place of the kernel by place; two of the arrays are given.

    In the order of the problem's terms: images, groups, channels, space.
    """
    reach = [
        max(s + b, (r - 1) * step + (k - 1) * d + 1)
        for s, b, r, step, k, d in zip(
            problem.source,
            problem.before,
            problem.result,
            problem.stride,
            problem.kernel,
            problem.dilation,
            strict=True,
        )
    ]
    own = tuple(slice(b, b + s) for b, s in zip(problem.before, problem.source, strict=True))
    n, groups, (seen, made) = problem.n, problem.groups, problem.channels
    padded = np.zeros((n, groups, seen, *reach))
    if source is not None:
        padded[(..., *own)] = source
    made_result = np.zeros((n, groups, made, *problem.result))
    made_weights = np.zeros((groups, made, seen, *problem.kernel))
    for place in itertools.product(*map(range, problem.kernel)):
        ways = zip(place, problem.dilation, problem.stride, problem.result, strict=True)
        looked = (..., *(slice(p * d, p * d + (r - 1) * s + 1, s) for p, d, s, r in ways))
        if result is None:
            made_result += np.einsum("ngi...,goi->ngo...", padded[looked], weights[(..., *place)])
        elif source is None:
            padded[looked] += np.einsum("ngo...,goi->ngi...", result, weights[(..., *place)])
        else:
            flat = (x.reshape(*x.shape[:3], -1) for x in (padded[looked], result))
            made_weights[(..., *place)] = np.einsum("ngix,ngox->goi", *flat)
    if result is None:
        return made_result
    return padded[(..., *own)] if source is None else made_weights


def in_terms_of(problem, name, array):
    """A view of an array in the order of the problem's terms."""
    channels = dict(zip(("source", "result"), problem.channels, strict=True))
    strides = [s * array.itemsize for s in getattr(problem, f"{name}_strides")]
    if name == "weights":
        shape = (problem.groups, *reversed(problem.channels), *problem.kernel)
    else:
        own = channels[name]
        shape = (problem.n, problem.groups, own, *getattr(problem, name))
        images, channel, *space = strides
        strides = [images, channel * own, channel, *space]
    return np.lib.stride_tricks.as_strided(array, shape, strides)


def by_definition(problem, lhs, rhs, out):
    """What the equation gives, computed by `defined` from what the problem says of it."""
    lhs, rhs, made = (np.ascontiguousarray(a, "float64") for a in (lhs, rhs, np.zeros(out.shape)))
    view = functools.partial(in_terms_of, problem)
    if problem.kind == "forward":
        view("result", made)[:] = defined(problem, view("source", lhs), view("weights", rhs), None)
    elif problem.kind == "by source":
        view("source", made)[:] = defined(problem, None, view("weights", rhs), view("result", lhs))
    else:
        view("weights", made)[:] = defined(problem, view("source", lhs), None, view("result", rhs))
    return made


@st.composite
def convolutions(draw):
    """Arguments of a convolution, small, of any kind there is."""
    rank = draw(st.sampled_from([1, 2, 2, 2, 3]))
    each = lambda low, high: draw(  # noqa: E731
        st.lists(st.integers(low, high), min_size=rank, max_size=rank)
    )
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    seen, made = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    kernel, dilation = each(1, 3), each(1, 2)
    padding = [(draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(rank)]
    space = [(k - 1) * d + 1 + n for k, d, n in zip(kernel, dilation, each(0, 4), strict=True)]
    return {
        "n": draw(st.integers(1, 3)),
        "groups": groups,
        "channels": (seen, made),
        "space": space,
        "kernel": kernel,
        "layout": draw(st.sampled_from(LAYOUTS[rank])),
        "stride": each(1, 3),
        "dilation": dilation,
        "input_step": draw(st.sampled_from([[1] * rank, [1] * rank, each(1, 3)])),
        "padding": padding,
    }


def arrays_and_function(case, seed=0):
    """Input, kernel, and the convolution of both."""
    rng = np.random.default_rng(seed)
    lhs, rhs, _ = case["layout"]
    space = iter(case["space"])
    sizes = {"N": case["n"], "C": case["groups"] * case["channels"][0]}
    x = rng.standard_normal([sizes[d] if d in sizes else next(space) for d in lhs])
    # The names of the space's dimensions stand in another order in each layout.
    order = [d for d in lhs if d not in "NC"]
    kernels = dict(zip(order, case["kernel"], strict=True))
    sizes = {"I": case["channels"][0], "O": case["groups"] * case["channels"][1], **kernels}
    w = rng.standard_normal([sizes[d] for d in rhs])
    numbers = lax.conv_dimension_numbers(x.shape, w.shape, case["layout"])

    def by_name(values):
        named = dict(zip(order, values, strict=True))
        return [named[lhs[i]] for i in numbers.lhs_spec[2:]]

    def convolve(x, w):
        return lax.conv_general_dilated(
            x,
            w,
            by_name(case["stride"]),
            by_name(case["padding"]),
            lhs_dilation=by_name(case["input_step"]),
            rhs_dilation=by_name(case["dilation"]),
            dimension_numbers=numbers,
            feature_group_count=case["groups"],
        )

    return jnp.asarray(x, "float32"), jnp.asarray(w, "float32"), convolve


def programs(case):
    """The convolution and its two gradients, each with its arguments."""
    x, w, convolve = arrays_and_function(case)
    y = convolve(x, w)
    dy = jnp.asarray(np.random.default_rng(1).standard_normal(y.shape), "float32")
    by_x = lambda dy, w: jax.linear_transpose(lambda x: convolve(x, w), x)(dy)[0]  # noqa: E731
    by_w = lambda x, dy: jax.linear_transpose(lambda w: convolve(x, w), w)(dy)[0]  # noqa: E731
    for function, args in ((convolve, (x, w)), (by_x, (dy, w)), (by_w, (x, dy))):
        yield jax.make_jaxpr(function)(*args), args


def problems(program):
    found = []

    def look(equation):
        if equation.name == "conv_general_dilated":
            found.append((equation, convolution.problem_of(equation)))

    rewritten(program, look)
    return found


@given(convolutions())
def test_each_is_what_it_is_said_to_be(case):
    for program, args in programs(case):
        for equation, problem in problems(program):
            if problem is None:
                continue
            rng = np.random.default_rng(2)
            lhs, rhs = (rng.standard_normal(a.shape).astype("float32") for a in equation.inputs)
            theirs = lax.conv_general_dilated_p.bind(lhs, rhs, **equation.params)
            if problem.kind == "by source":
                rhs = np.flip(rhs, equation.params["dimension_numbers"][1][2:])
            ours = by_definition(problem, lhs, rhs, theirs)
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
        del args


def kinds(stride=1, groups=1, size=12, kernel=3):
    case = {
        "n": 2,
        "groups": groups,
        "channels": (4, 4),
        "space": [size, size],
        "kernel": [kernel, kernel],
        "layout": LAYOUTS[2][0],
        "stride": [stride, stride],
        "dilation": [1, 1],
        "input_step": [1, 1],
        "padding": [(1, 1), (1, 1)],
    }
    return [p and p.kind for program, _ in programs(case) for _, p in problems(program)]


def test_the_three_kinds():
    # With a step of 1 the gradient by the input is a convolution like any other.
    assert kinds() == ["forward", "forward", "by weights"]
    assert kinds(stride=2) == ["forward", "by source", "by weights"]
    assert kinds(stride=2, groups=2) == ["forward", "by source", "by weights"]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_other_types_stay_with_xla(dtype):
    x, w = jnp.ones((1, 8, 8, 3), dtype), jnp.ones((3, 3, 3, 4), dtype)
    program = jax.make_jaxpr(lambda x, w: lax.conv(x, w, (1, 1), "SAME"))(
        x.transpose(0, 3, 1, 2), w.transpose(3, 2, 0, 1)
    )
    assert [p for _, p in problems(program)] == [None]


def test_an_empty_batch_stays_with_xla():
    x, w = jnp.ones((0, 8, 8, 3)), jnp.ones((3, 3, 3, 4))
    numbers = lax.conv_dimension_numbers(x.shape, w.shape, LAYOUTS[2][0])
    convolve = functools.partial(
        lax.conv_general_dilated, window_strides=(1, 1), padding="SAME", dimension_numbers=numbers
    )
    assert [p for _, p in problems(jax.make_jaxpr(convolve)(x, w))] == [None]


def test_operations_are_counted_as_xla_counts_them():
    x, w = jnp.ones((2, 9, 9, 3)), jnp.ones((3, 3, 3, 4))
    numbers = lax.conv_dimension_numbers(x.shape, w.shape, LAYOUTS[2][0])
    convolve = functools.partial(
        lax.conv_general_dilated, window_strides=(1, 1), padding="VALID", dimension_numbers=numbers
    )
    (problem,) = [p for _, p in problems(jax.make_jaxpr(convolve)(x, w))]
    assert problem.operations == 2 * prod((2, 7, 7, 4)) * prod((3, 3, 3))


needs_kernels = pytest.mark.skipif(
    library.state().library is None, reason=f"kernels {library.state().reason}"
)


@st.composite
def single_images(draw):
    """`convolutions` of one image, most of them worth the work of several threads."""
    case = draw(convolutions())
    more = draw(st.integers(8, 16)) if len(case["space"]) < 3 else 4
    channels = tuple(8 * c for c in case["channels"])
    return case | {"n": 1, "channels": channels, "space": [n + more for n in case["space"]]}


def same_as_xlas(case):
    """To 1e-5 of the largest number, as the order of additions differs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "LEAST", 0)
        patch.setattr(convolution, "_is_better_left", lambda problem: False)
        for program, args in programs(case):
            new = rewritten(program, convolution.rewrite)
            theirs, ours = (
                np.asarray(jax.jit(jax.extend.core.jaxpr_as_fun(p))(*args)[0])
                for p in (program, new)
            )
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * np.abs(theirs).max())


@needs_kernels
@given(convolutions())
def test_onednn_gives_xlas_numbers(case):
    same_as_xlas(case)


@needs_kernels
@given(single_images())
def test_the_rows_of_a_single_image_are_shared_out(case):
    same_as_xlas(case)


@needs_kernels
@given(convolutions(), st.data())
def test_arrays_that_were_transposed_are_read_and_written_as_they_lie(case, data):
    """Of what goes in and what comes out, and what is read backwards, too."""
    x, w, convolve = arrays_and_function(case)
    y = convolve(x, w)
    orders = [data.draw(st.permutations(range(x.ndim))) for _ in range(3)]
    backwards = data.draw(st.sampled_from([(), (0,), (1, 2)]))
    back = [[order.index(i) for i in range(x.ndim)] for order in orders[:2]]

    def turned(x, w):
        x, w = x.transpose(orders[0]), lax.rev(w.transpose(orders[1]), backwards)
        return convolve(x, w).transpose(orders[2])

    x, w = x.transpose(back[0]), w.transpose(back[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "LEAST", 0)
        patch.setattr(convolution, "_is_better_left", lambda problem: False)
        replaced(convolution.rewrite, "onednn_convolution", turned, x, w)
    assert turned(x, w).shape == tuple(y.shape[i] for i in orders[2])


def small_net(**switches):
    """See `trained`; with strides and groups."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((16, 16, 8)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(16, 4, strides=2, padding="same", groups=4, activation="relu"),
            layers.DepthwiseConv2D(3, padding="same", activation="relu"),
            layers.Conv2DTranspose(8, 4, strides=2, padding="same"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
        ]
    )
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 16, 16, 8)).astype("float32")
    y = rng.integers(0, 3, 8)
    return trained(model, x, y, **switches)


@needs_kernels
def test_a_hundred_steps_take_the_same_way():
    theirs, without = small_net(onednn_convolution=False)
    ours, program = small_net(onednn_convolution=True)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)
    assert theirs[-1] < theirs[0]
    assert "ffi_call" in str(program)
    assert "conv_general_dilated" not in str(program)
    assert "ffi_call" not in str(without)


def convolve(x, w):
    numbers = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=numbers)


X = np.random.default_rng(0).standard_normal((2, 12, 12, 16)).astype("float32")
W = np.random.default_rng(1).standard_normal((3, 3, 16, 16)).astype("float32") / 12


def penalty(x, w):
    """A gradient of a gradient."""
    with gt.GradientTape() as outer:
        outer.watch(w)
        with gt.GradientTape() as inner:
            inner.watch(x)
            y = jnp.sum(jnp.tanh(convolve(x, w)))
        size = jnp.sum(inner.gradient(y, x) ** 2)
    return outer.gradient(size, w)


def jacobian(x, w):
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = jnp.sum(jnp.tanh(convolve(x, w)), axis=(1, 2))
    return tape.batch_jacobian(y, x)


def in_a_loop(x, w):
    return lax.scan(lambda x, _: (jnp.tanh(convolve(x, w)), None), x, length=3)[0]


@needs_kernels
@pytest.mark.parametrize("function", [penalty, jacobian, in_a_loop])
def test_also_in(function):
    results = []
    for on in (False, True):
        gt.passes(onednn_convolution=on)
        step = gt.function(lambda x, w: function(x, w))
        results.append(np.asarray(step(X, W)))
        assert ("ffi_call" in str(step.program(X, W))) == on
    np.testing.assert_allclose(*results, rtol=0, atol=1e-4 * np.abs(results[0]).max())


@needs_kernels
def test_threads_call_it_at_once():
    step = gt.function(convolve)
    expected = np.asarray(step(X, W))
    found = [None] * 8

    def call(number):
        found[number] = [np.asarray(step(X, W)) for _ in range(20)]

    threads = [threading.Thread(target=call, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for results in found:
        for result in results:
            np.testing.assert_array_equal(result, expected)


def of_a_batch(n, groups, numbers):
    """A convolution of so many images and both gradients, with millions of operations an image."""
    rng = np.random.default_rng(n)
    convolve = functools.partial(
        lax.conv_general_dilated,
        window_strides=(1, 1),
        padding="SAME",
        dimension_numbers=numbers,
        feature_group_count=groups,
    )
    axes = {"N": n, "H": 24, "W": 24, "C": 32, "O": 32, "I": 32 // groups}
    x = rng.standard_normal([axes[a] for a in numbers[0]]).astype("float32")
    axes |= {"H": 3, "W": 3}
    w = rng.standard_normal([axes[a] for a in numbers[1]]).astype("float32")
    dy = rng.standard_normal(convolve(x, w).shape).astype("float32")

    def all_three(x, w, dy):
        y, back = jax.vjp(convolve, x, w)
        return y, *back(dy)

    return jax.make_jaxpr(all_three)(x, w, dy), (x, w, dy)


@needs_kernels
@pytest.mark.parametrize("numbers", LAYOUTS[2])
@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8])
def test_the_images_of_a_batch_are_shared_out(n, groups, numbers):
    """Whatever their number is; the same numbers each time, whichever thread computes what."""
    program, args = of_a_batch(n, groups, numbers)
    theirs, ours = (
        jax.jit(jax.extend.core.jaxpr_as_fun(p))
        for p in (program, rewritten(program, convolution.rewrite))
    )
    first = [np.asarray(y) for y in ours(*args)]
    for expected, found in zip(theirs(*args), first, strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    for _ in range(10):
        for again, found in zip(ours(*args), first, strict=True):
            np.testing.assert_array_equal(again, found)
