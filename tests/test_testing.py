"""`check_gradients`: right rules pass, one wrong by 0.1 % does not, and the report says where."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glasstape as gt
from glasstape.errors import GlassTapeError, GradientCheckError, TapeTypeError, TapeValueError

RIGHT = {
    "sin": jnp.sin,
    "exp": jnp.exp,
    "tanh": jax.nn.tanh,
    "cube": lambda x: x**3,
    "linear": lambda x: 3 * x[..., ::-1] if x.ndim else 3 * x,
    "norm": lambda x: jnp.sqrt(1 + jnp.sum(x * x)),
    "logsumexp": jax.nn.logsumexp,
    "outer": lambda x: jnp.outer(x, jnp.sin(x)),
    "polar": lambda x: jnp.exp(1j * x),
    "fourier": lambda x: jnp.fft.fft(jnp.atleast_1d(x)),
    "scan": lambda x: jax.lax.scan(lambda c, v: (jnp.sin(c) + v, c * v), 0.0 * x.sum(), x.ravel()),
    "remat": jax.checkpoint(lambda x: jnp.cos(x) * x),
    "keras": lambda x: keras.ops.softmax(keras.ops.reshape(x, (-1,))),  # rounds to float32
}
SHAPES = st.sampled_from([(), (3,), (2, 3), (1, 2, 2)])


def sin_with_error(error):
    @gt.custom_gradient
    def sin(x):
        return jnp.sin(x), lambda dy: (1 + error) * dy * jnp.conj(jnp.cos(x))

    return sin


def sin_with_error_in_the_second_derivative(error):
    @gt.custom_gradient
    def cos(x):
        return jnp.cos(x), lambda dy: -(1 + error) * dy * jnp.sin(x)

    @gt.custom_gradient
    def sin(x):
        return jnp.sin(x), lambda dy: dy * cos(x)

    return sin


def point(shape, seed=0, dtype="float64"):
    """Numbers off the zeros of sine and cosine, where a relative error is no error."""
    values = np.random.default_rng(seed).uniform(0.3, 1.2, shape)
    return (values + 1j * values[..., ::-1] if dtype == "complex128" else values).astype(dtype)


# ----- what passes -----


@given(st.sampled_from(sorted(RIGHT)), SHAPES, st.integers(0, 3))
def test_right_gradients_pass(name, shape, seed):
    gt.testing.check_gradients(RIGHT[name], (point(shape, seed),), order=2, seed=seed)


@given(st.sampled_from(["sin", "exp", "cube", "fourier"]), SHAPES.filter(len))
def test_right_gradients_of_complex_numbers_pass(name, shape):
    z = point(shape, dtype="complex128")
    gt.testing.check_gradients(lambda z: jnp.conj(z) * RIGHT[name](z), (z,), order=2)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64"])
def test_arguments_are_raised_to_double_precision(dtype):
    seen = []
    gt.testing.check_gradients(
        lambda x: seen.append(x.dtype) or x * x,
        (jnp.ones(2, dtype) if dtype != "float64" else 1.0,),
    )
    assert {str(d) for d in seen} == {"complex128" if dtype == "complex64" else "float64"}


def test_structures_integers_and_strings_are_arguments():
    def fn(weights, index, how, scale=2.0):
        assert how == "square"
        return {"y": weights["a"][index] ** 2 * scale, "z": [weights["b"], jnp.int32(3)]}

    weights = {"a": np.arange(3.0), "b": 2.0}
    gt.testing.check_gradients(fn, (weights, np.array([0, 2]), "square"), order=2)


def test_one_argument_needs_no_tuple():
    gt.testing.check_gradients(jnp.sin, np.ones(2))


def test_variables_are_checked_and_keep_their_values():
    scale, moved = gt.Variable([1.0, 2.0]), gt.Variable(0.0)

    def fn(x, scale):
        moved.assign_add(1.0)
        return jnp.sin(x * scale.value)

    gt.testing.check_gradients(fn, (jnp.ones(2), scale), order=2)
    assert scale.value.tolist() == [1.0, 2.0]
    assert scale.value.dtype == "float32"
    assert float(moved.value) == 0


def test_layers_with_random_numbers_and_state():
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5, seed=1),
        ]
    )
    before = [np.asarray(v.value) for v in model.variables]
    gt.testing.check_gradients(
        lambda x, variables: model(x, training=True), (point((4, 3)), model.trainable_variables)
    )
    for old, v in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, v.value)


def test_compiled_functions():
    gt.testing.check_gradients(gt.function(lambda x: jnp.sin(x) * x), (point(3),), order=2)


# ----- what is caught -----


@given(SHAPES, st.sampled_from(["float64", "complex128"]))
def test_a_gradient_wrong_by_a_thousandth_is_caught(shape, dtype):
    x = point(shape, dtype=dtype) if shape else point((1,), dtype=dtype)
    gt.testing.check_gradients(sin_with_error(0.0), (x,))
    with pytest.raises(GradientCheckError, match="The gradient for x"):
        gt.testing.check_gradients(sin_with_error(1e-3), (x,))


@given(SHAPES)
def test_a_second_derivative_wrong_by_a_thousandth_is_caught(shape):
    x = point(shape)
    gt.testing.check_gradients(sin_with_error_in_the_second_derivative(0.0), (x,), order=2)
    wrong = sin_with_error_in_the_second_derivative(1e-3)
    gt.testing.check_gradients(wrong, (x,))
    with pytest.raises(GradientCheckError, match="The second derivative for x"):
        gt.testing.check_gradients(wrong, (x,), order=2)


def test_an_error_of_a_thousandth_is_caught_in_float32():
    with pytest.raises(GradientCheckError, match=r"by central differences \(.* float32\)"):
        gt.testing.check_gradients(
            lambda x: sin_with_error(1e-3)(keras.ops.cast(x, "float32")), (point((2, 3)),)
        )


@given(st.integers(0, 5), st.integers(1, 4))
def test_the_entry_that_is_off_most_is_named(entry, times):
    @gt.custom_gradient
    def square(x):
        error = jnp.zeros(6).at[entry].set(1e-3 * times).at[(entry + 1) % 6].set(1e-4)
        return x * x, lambda dy: dy * 2 * x * (1 + error.reshape(x.shape))

    x = np.ones((2, 3))
    i, j = np.unravel_index(entry, x.shape)
    with pytest.raises(GradientCheckError, match=rf"entry \[{i}, {j}\] is off most"):
        gt.testing.check_gradients(square, (x,))


def test_one_wrong_entry_of_many_is_found():
    @gt.custom_gradient
    def square(x):
        return x * x, lambda dy: (dy * 2 * x).at[31, 17].multiply(1.001)

    with pytest.raises(GradientCheckError, match=r"entry \[31, 17\] .* relative error of 0.000999"):
        gt.testing.check_gradients(square, (point((40, 40)),))


def test_a_missing_gradient_is_caught():
    with pytest.raises(GradientCheckError, match="The gradient for argument 1"):
        gt.testing.check_gradients(lambda *xs: xs[0] * gt.stop_gradient(xs[1]), (2.0, 3.0))


def test_a_gradient_that_is_not_a_number_is_caught():
    with pytest.raises(GradientCheckError, match="Received: inf by the tape"):
        gt.testing.check_gradients(jnp.sqrt, (0.0,))


def test_the_report():
    def loss(weights, x):
        return sin_with_error(1e-3)(weights["kernel"]) * x

    weights = {"kernel": np.full((2, 1), 0.5), "bias": 1.0}
    line = inspect.currentframe().f_lineno + 2
    with pytest.raises(AssertionError) as caught:
        gt.testing.check_gradients(loss, (weights, 1.0))
    assert isinstance(caught.value, GlassTapeError)
    happened, expected, received, fix, at = str(caught.value).splitlines()
    assert happened.startswith(
        "The gradient for weights['kernel'], float64[2, 1], is not what finite differences say; "
        "entry ["
    )
    assert happened.endswith("is off most, by a relative error of 0.000999.")
    number, _, how = expected.removeprefix("  Expected: ").partition(" ")
    assert how == "by central differences"
    got = float(received.removeprefix("  Received: ").removesuffix(" by the tape"))
    assert got / float(number) == pytest.approx(1.001, rel=1e-6)
    assert fix.startswith("  Do this: correct the rule")
    assert at == f"  At: {__file__}:{line}, in test_the_report"


def test_the_report_names_variables():
    kernel = gt.Variable([1.0, 2.0], name="kernel")
    with pytest.raises(GradientCheckError, match=r"for v \(variable kernel\), float64\[2\]"):
        gt.testing.check_gradients(lambda v: sin_with_error(1e-3)(v.value), (kernel,))


def test_variables_of_a_compiled_function_are_checked():
    v = gt.Variable(0.5)
    step = gt.function(lambda x: x * sin_with_error(1e-3)(v.value))
    with pytest.raises(GradientCheckError, match="variable"):
        gt.testing.check_gradients(lambda x, v: step(x), (2.0, v))


# ----- what is refused -----


def test_an_unknown_order():
    with pytest.raises(TapeValueError, match="order=3") as caught:
        gt.testing.check_gradients(jnp.sin, (1.0,), order=3)
    assert "order=1 (gradients) or order=2" in str(caught.value)


@pytest.mark.parametrize("args", [(), (3, "x"), (np.arange(2),)])
def test_nothing_to_differentiate(args):
    with pytest.raises(TapeTypeError, match="nothing to differentiate"):
        gt.testing.check_gradients(lambda *a: jnp.ones(2), args)


@pytest.mark.parametrize(
    ("fn", "received"),
    [
        (lambda x: jnp.argmax(x), "no such tensor"),
        (lambda x: 3.0, "no such tensor"),
        (lambda x: jnp.ones(2, "float32"), r"results float32\[2\]"),
    ],
)
def test_a_result_that_does_not_depend_on_the_arguments(fn, received):
    with pytest.raises(TapeTypeError, match=rf"found no path(.|\n)*Received: {received}"):
        gt.testing.check_gradients(fn, (np.ones(2),))


def test_a_function_that_is_none():
    random = np.random.default_rng(0)
    with pytest.raises(TapeValueError, match="twice and got different results"):
        gt.testing.check_gradients(lambda x: x * random.uniform(), (1.0,))


def test_half_precision():
    with pytest.raises(TapeTypeError, match=r"float16\[2\] from convert_element_type"):
        gt.testing.check_gradients(lambda x: x.astype("float16") ** 2, (np.ones(2),))
