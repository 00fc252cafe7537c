"""Functions of each element: of one tensor, of two, comparisons. Tables, where one line says all.

A row has the kinds of dtypes that TensorFlow accepts (b bool, i int, u unsigned, f float,
c complex), the formula, and an example with what it gives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special as sp

import glasstape
from glasstape.ports import jax_trace
from glasstape.tf import _logits, _rules
from glasstape.tf._convert import as_tensor, available, widest_float
from glasstape.tf._translate import (
    ANY,
    FLOATS,
    INTEGERS,
    NUMBERS,
    REALS,
    Refused,
    kind,
    pair_of,
    tensor_of,
    tensors_of,
    translated,
)


def unary(
    names: str, kinds: str, formula: Callable[[Any], Any], text: str, example: str, gives: str
) -> Callable[..., Any]:
    """A function ``f(x, name=None)`` of each element."""

    def function(x: Any, name: str | None = None) -> Any:
        return formula(tensor_of(kinds, x))

    return _named(function, names, text, example, gives)


def binary(
    names: str, kinds: str, formula: Callable[..., Any], text: str, example: str, gives: str
) -> Callable[..., Any]:
    """A function ``f(x, y, name=None)`` of each two elements."""

    def function(x: Any, y: Any, name: str | None = None) -> Any:
        return formula(*pair_of(kinds, x, y))

    return _named(function, names, text, example, gives)


def _named(function: Any, names: str, text: str, example: str, gives: str) -> Any:
    public = names.split()
    function.__name__ = function.__qualname__ = public[0].rpartition(".")[2]
    function.__doc__ = (
        f"{text}.\n\n    Example:\n        >>> import glasstape.tf as tf\n"
        f"        >>> {example}\n        {gives}"
    )
    return translated(*public)(function)


def _abs(x: Any) -> Any:
    return _rules.abs(x) if kind(x.dtype) == "f" else jnp.abs(x)


def _step(formula: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function without a gradient: TensorFlow's is None, not 0."""
    return lambda x: glasstape.stop_gradient(formula(x))


def _sign(x: Any) -> Any:
    return jnp.sign(x)


def _reciprocal_no_nan(x: Any) -> Any:
    return _rules.divide_no_nan(jnp.ones_like(x), x)


def _sigmoid(x: Any) -> Any:
    return _logits.remember_in_step(lax.logistic(x), x, "sigmoid")


# fmt: off
abs = unary("abs math.abs", "ifc", _abs, "|x|; of complex numbers a real one", "tf.abs([-1, 2]).tolist()", "[1, 2]")
acos = unary("acos math.acos", FLOATS, jnp.arccos, "The angle whose cosine is x", "float(tf.acos(1.0))", "0.0")
acosh = unary("acosh math.acosh", FLOATS, jnp.arccosh, "The number whose hyperbolic cosine is x", "float(tf.acosh(1.0))", "0.0")
asin = unary("asin math.asin", FLOATS, jnp.arcsin, "The angle whose sine is x", "float(tf.asin(0.0))", "0.0")
asinh = unary("asinh math.asinh", FLOATS, jnp.arcsinh, "The number whose hyperbolic sine is x", "float(tf.asinh(0.0))", "0.0")
atan = unary("atan math.atan", FLOATS, jnp.arctan, "The angle whose tangent is x", "float(tf.atan(0.0))", "0.0")
atanh = unary("atanh math.atanh", FLOATS, jnp.arctanh, "The number whose hyperbolic tangent is x", "float(tf.atanh(0.0))", "0.0")
bessel_i0 = unary("math.bessel_i0", "f", sp.i0, "The modified Bessel function of order 0", "f'{float(tf.math.bessel_i0(0.0)):.4f}'", "'1.0000'")
bessel_i0e = unary("math.bessel_i0e", "f", sp.i0e, "The same, times exp(-|x|)", "f'{float(tf.math.bessel_i0e(0.0)):.4f}'", "'1.0000'")
bessel_i1 = unary("math.bessel_i1", "f", sp.i1, "The modified Bessel function of order 1", "float(tf.math.bessel_i1(0.0))", "0.0")
bessel_i1e = unary("math.bessel_i1e", "f", sp.i1e, "The same, times exp(-|x|)", "float(tf.math.bessel_i1e(0.0))", "0.0")
ceil = unary("math.ceil", "f", _step(jnp.ceil), "The next whole number upwards", "float(tf.math.ceil(1.2))", "2.0")
cos = unary("cos math.cos", FLOATS, jnp.cos, "The cosine", "float(tf.cos(0.0))", "1.0")
cosh = unary("cosh math.cosh", FLOATS, jnp.cosh, "The hyperbolic cosine", "float(tf.cosh(0.0))", "1.0")
digamma = unary("math.digamma", "f", sp.digamma, "The derivative of `lgamma`", "f'{float(tf.math.digamma(1.0)):.4f}'", "'-0.5772'")
erf = unary("math.erf", "f", sp.erf, "The error function", "float(tf.math.erf(0.0))", "0.0")
erfc = unary("math.erfc", "f", sp.erfc, "1 - erf(x), exact where that is small", "float(tf.math.erfc(0.0))", "1.0")
erfinv = unary("math.erfinv", "f", sp.erfinv, "The number whose `erf` is x", "float(tf.math.erfinv(0.0))", "0.0")
erfcinv = unary("math.erfcinv", "f", lambda x: -sp.ndtri(0.5 * x) * np.sqrt(0.5).astype(x.dtype), "The number whose `erfc` is x", "float(tf.abs(tf.math.erfcinv(1.0)))", "0.0")
exp = unary("exp math.exp", FLOATS, jnp.exp, "eˣ", "float(tf.exp(0.0))", "1.0")
expm1 = unary("math.expm1", FLOATS, jnp.expm1, "eˣ - 1, exact near 0", "float(tf.math.expm1(0.0))", "0.0")
floor = unary("floor math.floor", "f", _step(jnp.floor), "The next whole number downwards", "float(tf.floor(-1.2))", "-2.0")
is_finite = unary("math.is_finite", "f", jnp.isfinite, "Whether neither infinite nor NaN", "tf.math.is_finite([1.0, float('nan')]).tolist()", "[True, False]")
is_inf = unary("math.is_inf", "f", jnp.isinf, "Whether infinite", "bool(tf.math.is_inf(float('inf')))", "True")
is_nan = unary("math.is_nan", "f", jnp.isnan, "Whether not a number", "bool(tf.math.is_nan(float('nan')))", "True")
lgamma = unary("math.lgamma", "f", sp.gammaln, "log |Γ(x)|", "f'{float(tf.math.lgamma(3.0)):.4f}'", "'0.6931'")
log = unary("math.log", FLOATS, jnp.log, "The natural logarithm", "float(tf.math.log(1.0))", "0.0")
log1p = unary("math.log1p", FLOATS, jnp.log1p, "log(1 + x), exact near 0", "float(tf.math.log1p(0.0))", "0.0")
log_sigmoid = unary("math.log_sigmoid", "f", jax.nn.log_sigmoid, "log(1 / (1 + e⁻ˣ))", "f'{float(tf.math.log_sigmoid(0.0)):.4f}'", "'-0.6931'")
logical_not = unary("logical_not math.logical_not", "b", jnp.logical_not, "Whether false", "bool(tf.logical_not(True))", "False")
ndtri = unary("math.ndtri", "f", sp.ndtri, "The quantile of the normal distribution", "float(tf.math.ndtri(0.5))", "0.0")
negative = unary("negative math.negative", "ifc", jnp.negative, "-x", "int(tf.negative(3))", "-3")
reciprocal = unary("math.reciprocal", FLOATS, _rules.reciprocal, "1 / x", "float(tf.math.reciprocal(2.0))", "0.5")
reciprocal_no_nan = unary("math.reciprocal_no_nan", FLOATS, _reciprocal_no_nan, "1 / x, and 0 where x is 0", "float(tf.math.reciprocal_no_nan(0.0))", "0.0")
rint = unary("math.rint", "f", _step(jnp.rint), "The nearest whole number, of two the even one", "float(tf.math.rint(2.5))", "2.0")
round = unary("round math.round", REALS, lambda x: x if kind(x.dtype) in INTEGERS else _step(jnp.round)(x), "The nearest whole number, of two the even one", "tf.round([0.5, 1.5]).tolist()", "[0.0, 2.0]")
rsqrt = unary("math.rsqrt", FLOATS, _rules.rsqrt, "1 / √x", "float(tf.math.rsqrt(4.0))", "0.5")
sigmoid = unary("sigmoid math.sigmoid nn.sigmoid", FLOATS, _sigmoid, "1 / (1 + e⁻ˣ)", "float(tf.sigmoid(0.0))", "0.5")
sign = unary("sign math.sign", "ifc", _sign, "-1, 0 or 1; x / |x| of complex numbers", "tf.sign([-2.0, 0.0]).tolist()", "[-1.0, 0.0]")
sin = unary("sin math.sin", FLOATS, jnp.sin, "The sine", "float(tf.sin(0.0))", "0.0")
sinh = unary("sinh math.sinh", FLOATS, jnp.sinh, "The hyperbolic sine", "float(tf.sinh(0.0))", "0.0")
square = unary("square math.square", NUMBERS, lambda x: x * x, "x²", "int(tf.square(3))", "9")
sqrt = unary("sqrt math.sqrt", FLOATS, _rules.sqrt, "√x", "float(tf.sqrt(4.0))", "2.0")
tan = unary("tan math.tan", FLOATS, jnp.tan, "The tangent", "float(tf.tan(0.0))", "0.0")
tanh = unary("tanh math.tanh nn.tanh", FLOATS, jnp.tanh, "The hyperbolic tangent", "float(tf.tanh(0.0))", "0.0")


def _whole_divide(formula: Callable[..., Any]) -> Callable[..., Any]:
    """A division whose whole numbers must not be divided by 0: TensorFlow raises, XLA does not."""

    def divided(x: Any, y: Any) -> Any:
        if kind(x.dtype) in INTEGERS and jax_trace.is_eager() and not np.asarray(y).all():
            raise Refused("whole numbers other than 0 to divide by", "0", "use floats")
        return formula(x, y)

    return divided


def _floats(x: Any, y: Any) -> tuple[Any, Any]:
    """Whole numbers as the floats in which TensorFlow divides them."""
    if kind(x.dtype) not in INTEGERS:
        return x, y
    wide = "float32" if x.dtype.itemsize < 4 else widest_float()
    return x.astype(wide), y.astype(wide)


def _true_divide(x: Any, y: Any) -> Any:
    x, y = _floats(x, y)
    return x / y


def _divide_no_nan(x: Any, y: Any) -> Any:
    return _rules.divide_no_nan(*_floats(x, y))


def _power(x: Any, y: Any) -> Any:
    """TensorFlow refuses whole numbers to negative powers."""
    if kind(x.dtype) == "i" and jax_trace.is_eager() and (np.asarray(y) < 0).any():
        raise Refused("powers that are not negative, of whole numbers", "a negative one", "use floats")
    return _rules.pow(x, y)


def _truncated(x: Any, y: Any) -> Any:
    if kind(x.dtype) == "f":
        return glasstape.stop_gradient(jnp.trunc(x / y))
    return lax.div(*jnp.broadcast_arrays(x, y))


def _remainder(x: Any, y: Any) -> Any:
    return lax.rem(*jnp.broadcast_arrays(x, y))


def _squared_difference(x: Any, y: Any) -> Any:
    return lax.square(x - y) if kind(x.dtype) != "c" else (x - y) * jnp.conj(x - y)


add = binary("add math.add", NUMBERS, jnp.add, "x + y", "int(tf.add(1, 2))", "3")
subtract = binary("subtract math.subtract", NUMBERS, jnp.subtract, "x - y", "int(tf.subtract(1, 2))", "-1")
multiply = binary("multiply math.multiply", NUMBERS, jnp.multiply, "x y", "int(tf.multiply(2, 3))", "6")
truediv = binary("truediv math.truediv", NUMBERS, _true_divide, "x / y; of whole numbers a float", "float(tf.truediv(1, 2))", "0.5")
divide = binary("divide math.divide", NUMBERS, _true_divide, "x / y; of whole numbers a float", "float(tf.divide(1, 2))", "0.5")
floordiv = binary("math.floordiv", REALS, _whole_divide(jnp.floor_divide), "⌊x / y⌋", "int(tf.math.floordiv(-1, 2))", "-1")
floormod = binary("math.floormod math.mod", REALS, _whole_divide(jnp.mod), "x - y ⌊x / y⌋, with the sign of y", "int(tf.math.floormod(-1, 3))", "2")
truncatediv = binary("truncatediv", REALS, _whole_divide(_truncated), "x / y, cut off towards 0", "int(tf.truncatediv(-3, 2))", "-1")
truncatemod = binary("truncatemod", "if", _whole_divide(_remainder), "What `truncatediv` leaves, with the sign of x", "int(tf.truncatemod(-3, 2))", "-1")
pow = binary("pow math.pow", "ifc", _power, "xʸ", "float(tf.pow(2.0, 3.0))", "8.0")
maximum = binary("maximum math.maximum", REALS, _rules.maximum, "The larger of two; its gradient, where they are equal, is that of x", "int(tf.maximum(1, 2))", "2")
minimum = binary("minimum math.minimum", REALS, _rules.minimum, "The smaller of two; its gradient, where they are equal, is that of x", "int(tf.minimum(1, 2))", "1")
squared_difference = binary("math.squared_difference", "ifc", _squared_difference, "(x - y)²", "int(tf.math.squared_difference(1, 3))", "4")
divide_no_nan = binary("math.divide_no_nan", NUMBERS, _divide_no_nan, "x / y, and 0 where y is 0", "float(tf.math.divide_no_nan(1.0, 0.0))", "0.0")
multiply_no_nan = binary("math.multiply_no_nan", FLOATS, _rules.multiply_no_nan, "x y, and 0 where y is 0, also of NaN", "float(tf.math.multiply_no_nan(float('nan'), 0.0))", "0.0")
xlogy = binary("math.xlogy", FLOATS, _rules.xlogy, "x log(y), and 0 where x is 0", "float(tf.math.xlogy(0.0, 0.0))", "0.0")
xlog1py = binary("math.xlog1py", FLOATS, _rules.xlog1py, "x log(1 + y), and 0 where x is 0", "float(tf.math.xlog1py(0.0, -1.0))", "0.0")
xdivy = binary("math.xdivy", FLOATS, _rules.xdivy, "x / y, and 0 where x is 0", "float(tf.math.xdivy(0.0, 0.0))", "0.0")
igamma = binary("math.igamma", "f", sp.gammainc, "The lower regularised incomplete gamma function", "float(tf.math.igamma(1.0, 0.0))", "0.0")
igammac = binary("math.igammac", "f", sp.gammaincc, "The upper regularised incomplete gamma function", "float(tf.math.igammac(1.0, 0.0))", "1.0")
zeta = binary("math.zeta", "f", sp.zeta, "The Hurwitz zeta function", "f'{float(tf.math.zeta(2.0, 1.0)):.4f}'", "'1.6449'")
nextafter = binary("math.nextafter", "f", jnp.nextafter, "The number after x in the direction of y", "float(tf.math.nextafter(1.0, 2.0)) > 1", "True")
not_equal = binary("not_equal math.not_equal", ANY, jnp.not_equal, "Whether x ≠ y", "bool(tf.not_equal(1, 2))", "True")
equal = binary("equal math.equal", ANY, jnp.equal, "Whether x = y", "tf.equal([1, 2], 2).tolist()", "[False, True]")
less = binary("less math.less", REALS, jnp.less, "Whether x < y", "bool(tf.less(1, 2))", "True")
less_equal = binary("less_equal math.less_equal", REALS, jnp.less_equal, "Whether x ≤ y", "bool(tf.less_equal(1, 1))", "True")
greater = binary("greater math.greater", REALS, jnp.greater, "Whether x > y", "bool(tf.greater(1, 2))", "False")
greater_equal = binary("greater_equal math.greater_equal", REALS, jnp.greater_equal, "Whether x ≥ y", "bool(tf.greater_equal(1, 1))", "True")
logical_and = binary("logical_and math.logical_and", "b", jnp.logical_and, "Whether both are true", "bool(tf.logical_and(True, False))", "False")
logical_or = binary("logical_or math.logical_or", "b", jnp.logical_or, "Whether at least one is true", "bool(tf.logical_or(True, False))", "True")
logical_xor = binary("math.logical_xor", "b", jnp.logical_xor, "Whether just one is true", "bool(tf.math.logical_xor(True, False))", "True")
# fmt: on


@translated("atan2", "math.atan2")
def atan2(y: Any, x: Any, name: str | None = None) -> Any:
    """The angle of the point (x, y).

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.atan2(0.0, 1.0))
        0.0
    """
    return jnp.arctan2(*pair_of("f", y, x))


@translated("math.polygamma")
def polygamma(a: Any, x: Any, name: str | None = None) -> Any:
    """The derivative of order `a` of `digamma`.

    Example:
        >>> import glasstape.tf as tf
        >>> f"{float(tf.math.polygamma(1.0, 1.0)):.4f}"
        '1.6449'
    """
    a, x = pair_of("f", a, x)
    order = jnp.where(a == 0, jnp.ones_like(a), a)
    sign = jnp.where(order % 2 == 0, -1, 1).astype(a.dtype)
    higher = sign * jnp.exp(sp.gammaln(order + 1)) * sp.zeta(order + 1, x)
    return jnp.where(a == 0, sp.digamma(x), higher)


@translated("math.betainc")
def betainc(a: Any, b: Any, x: Any, name: str | None = None) -> Any:
    """The regularised incomplete beta function.

    Example:
        >>> import glasstape.tf as tf
        >>> f"{float(tf.math.betainc(1.0, 1.0, 0.5)):.4f}"
        '0.5000'
    """
    return sp.betainc(*(tensor_of("f", v) for v in (a, b, x)))


@translated("math.lbeta")
def lbeta(x: Any, name: str | None = None) -> Any:
    """The logarithm of the beta function of the last axis.

    Example:
        >>> import glasstape.tf as tf
        >>> f"{float(tf.math.lbeta([2.0, 1.0])):.4f}"
        '-0.6931'
    """
    x = tensor_of("f", x)
    return jnp.sum(sp.gammaln(x), -1) - sp.gammaln(jnp.sum(x, -1))


@translated("math.polyval")
def polyval(coeffs: Any, x: Any, name: str | None = None) -> Any:
    """A polynomial's value, by Horner's rule.

    Args:
        coeffs: List of tensors, that of the highest power first.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.math.polyval([1.0, 2.0], 3.0))
        5.0
    """
    if not isinstance(coeffs, list):
        raise Refused("a list of coefficients", repr(coeffs)[:80], "pass a list")
    x = as_tensor(x)
    total = jnp.zeros_like(x)
    for coefficient in coeffs:
        total = as_tensor(coefficient) + total * x
    return total


@translated("add_n", "math.add_n", "math.accumulate_n")
def add_n(inputs: Any, name: str | None = None) -> Any:
    """The sum of several tensors of one shape and dtype.

    Args:
        inputs: List of tensors.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.add_n([[1, 2], [3, 4]]).tolist()
        [4, 6]
    """
    terms = tensors_of(inputs if isinstance(inputs, list | tuple) else [inputs])
    if len({t.shape for t in terms}) != 1:
        raise Refused("tensors of one shape", str([t.shape for t in terms]), "use tf.add")
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


@translated("scalar_mul", "math.scalar_mul")
def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """A tensor, times a number.

    Args:
        scalar: Number, or tensor of shape ``[]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.scalar_mul(2, [1, 2]).tolist()
        [2, 4]
    """
    scalar, x = pair_of(NUMBERS, scalar, as_tensor(x))
    if scalar.ndim:
        raise Refused("a number", f"a tensor of shape {scalar.shape}", "use tf.multiply")
    return scalar * x


@translated("complex", "dtypes.complex")
def complex(real: Any, imag: Any, name: str | None = None) -> Any:
    """A complex number from its real and imaginary part.

    Args:
        real: Tensor of float32 or float64.
        imag: Tensor of the same dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.complex(1.0, 2.0).tolist()
        (1+2j)
    """
    return lax.complex(*jnp.broadcast_arrays(*pair_of("f", real, imag)))


@translated("math.real")
def real(input: Any, name: str | None = None) -> Any:
    """The real part; real numbers are theirs.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.math.real(1 + 2j))
        1.0
    """
    return jnp.real(tensor_of(NUMBERS, input))


@translated("math.imag")
def imag(input: Any, name: str | None = None) -> Any:
    """The imaginary part.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.math.imag(1 + 2j))
        2.0
    """
    return jnp.imag(as_tensor(input))


@translated("math.angle")
def angle(input: Any, name: str | None = None) -> Any:
    """The angle of a complex number; of real ones 0 or π.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.math.angle(2.0))
        0.0
    """
    x = tensor_of(FLOATS, input)
    if kind(x.dtype) == "c":
        return jnp.angle(x)
    return jnp.where(x < 0, jnp.asarray(np.pi, x.dtype), jnp.zeros_like(x))


@translated("math.conj")
def conj(x: Any, name: str | None = None) -> Any:
    """The complex conjugate; real numbers are theirs.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.math.conj(1 + 2j).tolist()
        (1-2j)
    """
    x = tensor_of(NUMBERS, x)
    return jnp.conj(x) if kind(x.dtype) == "c" else x


@translated("saturate_cast", "dtypes.saturate_cast")
def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Any:
    """Convert to a dtype; what is beyond it becomes its largest or smallest number.

    Args:
        value: Tensor, number or nested list.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.saturate_cast([-1, 300], tf.uint8).tolist()
        [0, 255]
    """
    x, wanted = as_tensor(value), available(dtype)
    if kind(wanted) in "bc" or kind(x.dtype) in "bc":
        return x.astype(wanted)
    limits = jnp.finfo(wanted) if kind(wanted) == "f" else jnp.iinfo(wanted)
    own = jnp.finfo(x.dtype) if kind(x.dtype) == "f" else jnp.iinfo(x.dtype)
    low, high = max(float(limits.min), float(own.min)), min(float(limits.max), float(own.max))
    if kind(x.dtype) in INTEGERS:
        low, high = int(max(limits.min, own.min)), int(min(limits.max, own.max))
    return jnp.clip(x, jnp.asarray(low, x.dtype), jnp.asarray(high, x.dtype)).astype(wanted)
