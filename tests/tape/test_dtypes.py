"""Half precision, integers and complex numbers."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape as gt


def gradient(function, x):
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_a_gradient_has_the_dtype_of_its_source(dtype):
    x = jnp.array([1.0, 2.0, 4.0], dtype)
    got = gradient(lambda x: x.astype("float32") ** 2, x)
    assert got.dtype == x.dtype
    np.testing.assert_array_equal(np.asarray(got, "float32"), [2.0, 4.0, 8.0])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_follows_jax(dtype):
    x = jnp.linspace(-1, 1, 7, dtype=dtype)
    expected = jax.grad(lambda x: jnp.sum(jnp.tanh(x) * x))(x).astype("float32")
    got = gradient(lambda x: jnp.tanh(x) * x, x).astype("float32")
    np.testing.assert_allclose(got, expected, rtol=2 * float(jnp.finfo(dtype).eps))


def test_double_precision():
    with jax.enable_x64(True):
        x = jnp.float64(0.1)
        got = gradient(lambda x: jnp.exp(x) * x, x)
        assert got.dtype == jnp.float64
        assert float(got) == pytest.approx(np.exp(0.1) * 1.1, rel=1e-14)


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool"])
def test_an_integer_source_has_no_gradient(dtype):
    x, i = jnp.arange(3.0), jnp.array([1, 0, 1], dtype)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = jnp.sum(x * i)
    got = tape.gradient(y, [x, i])
    np.testing.assert_array_equal(got[0], np.asarray(i, "float32"))
    assert got[1] is None


def test_integer_outputs_in_between():
    x = jnp.array([3.0, 1.0, 2.0])
    got = gradient(lambda x: jax.lax.top_k(x, 2)[0] * 2.0, x)
    np.testing.assert_array_equal(got, [2.0, 0.0, 2.0])


# tf.GradientTape of the same function at the same point, read off TensorFlow 2.21.
COMPLEX = {
    "squared length": (lambda z: jnp.real(z * jnp.conj(z)), 1 + 2j, 2 + 4j),
    "square": (lambda z: z * z, 1 + 2j, 2 - 4j),
    "imaginary part": (jnp.imag, 1 + 2j, 1j),
    "length": (jnp.abs, 3 + 4j, 0.6 + 0.8j),
    "exponential": (jnp.exp, 1 + 2j, -1.1312044 - 2.4717267j),
}


@pytest.mark.parametrize("case", COMPLEX)
@pytest.mark.parametrize("way", [lambda f: f, gt.function], ids=["eager", "compiled"])
def test_complex_gradients_follow_tensorflow(case, way):
    """∂y/∂Re z + i ∂y/∂Im z for a real y: the direction of steepest ascent."""
    function, at, expected = COMPLEX[case]
    got = way(lambda z: gradient(function, z))(jnp.complex64(at))
    np.testing.assert_allclose(got, np.complex64(expected), rtol=1e-5)


def test_a_real_source_through_complex_numbers():
    x = jnp.float32(0.7)
    got = gradient(lambda x: jnp.abs(jnp.exp(1j * x) + 1.0), x)
    expected = jax.grad(lambda x: jnp.abs(jnp.exp(1j * x) + 1.0))(x)
    assert got.dtype == jnp.float32
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_fourier_transform():
    x = jnp.arange(4.0)
    got = gradient(lambda x: jnp.abs(jnp.fft.rfft(x))[1], x)
    expected = jax.grad(lambda x: jnp.abs(jnp.fft.rfft(x))[1])(x)
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_output_gradients_take_the_dtype_of_the_target():
    x = jnp.float16(2.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    got = tape.gradient(y, x, output_gradients=jnp.float32(2.0))
    assert got.dtype == jnp.float16
    assert float(got) == 8.0


def test_integers_are_warned_of_once():
    """A loop says it in its first round; the text has the line."""
    whole = jnp.arange(3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        warnings.simplefilter("ignore", ResourceWarning)  # of earlier tests
        for _ in range(3):
            with gt.GradientTape() as tape:
                tape.watch(whole)
                y = whole * 2
            assert tape.gradient(y, whole) is None
    texts = [str(w.message) for w in caught]
    assert len(texts) == 2
    assert texts[0].startswith("tape.watch: only floating-point and complex tensors have gradients")
    assert texts[1].startswith("tape.gradient: a target of dtype int32 has no gradient")
    assert all(__file__ in t for t in texts)
