"""`tf.math`: functions of each element, reductions, segments."""

from glasstape.tf import _elsewhere
from glasstape.tf._activations import l2_normalize as l2_normalize
from glasstape.tf._activations import log_softmax as log_softmax
from glasstape.tf._activations import softmax as softmax
from glasstape.tf._activations import softplus as softplus
from glasstape.tf._activations import softsign as softsign
from glasstape.tf._choosing import invert_permutation as invert_permutation
from glasstape.tf._elementwise import abs as abs
from glasstape.tf._elementwise import acos as acos
from glasstape.tf._elementwise import acosh as acosh
from glasstape.tf._elementwise import add as add
from glasstape.tf._elementwise import add_n as accumulate_n
from glasstape.tf._elementwise import add_n as add_n
from glasstape.tf._elementwise import angle as angle
from glasstape.tf._elementwise import asin as asin
from glasstape.tf._elementwise import asinh as asinh
from glasstape.tf._elementwise import atan as atan
from glasstape.tf._elementwise import atan2 as atan2
from glasstape.tf._elementwise import atanh as atanh
from glasstape.tf._elementwise import bessel_i0 as bessel_i0
from glasstape.tf._elementwise import bessel_i0e as bessel_i0e
from glasstape.tf._elementwise import bessel_i1 as bessel_i1
from glasstape.tf._elementwise import bessel_i1e as bessel_i1e
from glasstape.tf._elementwise import betainc as betainc
from glasstape.tf._elementwise import ceil as ceil
from glasstape.tf._elementwise import conj as conj
from glasstape.tf._elementwise import cos as cos
from glasstape.tf._elementwise import cosh as cosh
from glasstape.tf._elementwise import digamma as digamma
from glasstape.tf._elementwise import divide as divide
from glasstape.tf._elementwise import divide_no_nan as divide_no_nan
from glasstape.tf._elementwise import equal as equal
from glasstape.tf._elementwise import erf as erf
from glasstape.tf._elementwise import erfc as erfc
from glasstape.tf._elementwise import erfcinv as erfcinv
from glasstape.tf._elementwise import erfinv as erfinv
from glasstape.tf._elementwise import exp as exp
from glasstape.tf._elementwise import expm1 as expm1
from glasstape.tf._elementwise import floor as floor
from glasstape.tf._elementwise import floordiv as floordiv
from glasstape.tf._elementwise import floormod as floormod
from glasstape.tf._elementwise import floormod as mod
from glasstape.tf._elementwise import greater as greater
from glasstape.tf._elementwise import greater_equal as greater_equal
from glasstape.tf._elementwise import igamma as igamma
from glasstape.tf._elementwise import igammac as igammac
from glasstape.tf._elementwise import imag as imag
from glasstape.tf._elementwise import is_finite as is_finite
from glasstape.tf._elementwise import is_inf as is_inf
from glasstape.tf._elementwise import is_nan as is_nan
from glasstape.tf._elementwise import lbeta as lbeta
from glasstape.tf._elementwise import less as less
from glasstape.tf._elementwise import less_equal as less_equal
from glasstape.tf._elementwise import lgamma as lgamma
from glasstape.tf._elementwise import log as log
from glasstape.tf._elementwise import log1p as log1p
from glasstape.tf._elementwise import log_sigmoid as log_sigmoid
from glasstape.tf._elementwise import logical_and as logical_and
from glasstape.tf._elementwise import logical_not as logical_not
from glasstape.tf._elementwise import logical_or as logical_or
from glasstape.tf._elementwise import logical_xor as logical_xor
from glasstape.tf._elementwise import maximum as maximum
from glasstape.tf._elementwise import minimum as minimum
from glasstape.tf._elementwise import multiply as multiply
from glasstape.tf._elementwise import multiply_no_nan as multiply_no_nan
from glasstape.tf._elementwise import ndtri as ndtri
from glasstape.tf._elementwise import negative as negative
from glasstape.tf._elementwise import nextafter as nextafter
from glasstape.tf._elementwise import not_equal as not_equal
from glasstape.tf._elementwise import polygamma as polygamma
from glasstape.tf._elementwise import polyval as polyval
from glasstape.tf._elementwise import pow as pow
from glasstape.tf._elementwise import real as real
from glasstape.tf._elementwise import reciprocal as reciprocal
from glasstape.tf._elementwise import reciprocal_no_nan as reciprocal_no_nan
from glasstape.tf._elementwise import rint as rint
from glasstape.tf._elementwise import round as round
from glasstape.tf._elementwise import rsqrt as rsqrt
from glasstape.tf._elementwise import scalar_mul as scalar_mul
from glasstape.tf._elementwise import sigmoid as sigmoid
from glasstape.tf._elementwise import sign as sign
from glasstape.tf._elementwise import sin as sin
from glasstape.tf._elementwise import sinh as sinh
from glasstape.tf._elementwise import sqrt as sqrt
from glasstape.tf._elementwise import square as square
from glasstape.tf._elementwise import squared_difference as squared_difference
from glasstape.tf._elementwise import subtract as subtract
from glasstape.tf._elementwise import tan as tan
from glasstape.tf._elementwise import tanh as tanh
from glasstape.tf._elementwise import truediv as truediv
from glasstape.tf._elementwise import xdivy as xdivy
from glasstape.tf._elementwise import xlog1py as xlog1py
from glasstape.tf._elementwise import xlogy as xlogy
from glasstape.tf._elementwise import zeta as zeta
from glasstape.tf._gather import segment_max as segment_max
from glasstape.tf._gather import segment_mean as segment_mean
from glasstape.tf._gather import segment_min as segment_min
from glasstape.tf._gather import segment_prod as segment_prod
from glasstape.tf._gather import segment_sum as segment_sum
from glasstape.tf._gather import unsorted_segment_max as unsorted_segment_max
from glasstape.tf._gather import unsorted_segment_mean as unsorted_segment_mean
from glasstape.tf._gather import unsorted_segment_min as unsorted_segment_min
from glasstape.tf._gather import unsorted_segment_prod as unsorted_segment_prod
from glasstape.tf._gather import unsorted_segment_sqrt_n as unsorted_segment_sqrt_n
from glasstape.tf._gather import unsorted_segment_sum as unsorted_segment_sum
from glasstape.tf._reduce import argmax as argmax
from glasstape.tf._reduce import argmin as argmin
from glasstape.tf._reduce import bincount as bincount
from glasstape.tf._reduce import confusion_matrix as confusion_matrix
from glasstape.tf._reduce import count_nonzero as count_nonzero
from glasstape.tf._reduce import cumprod as cumprod
from glasstape.tf._reduce import cumsum as cumsum
from glasstape.tf._reduce import cumulative_logsumexp as cumulative_logsumexp
from glasstape.tf._reduce import in_top_k as in_top_k
from glasstape.tf._reduce import is_non_decreasing as is_non_decreasing
from glasstape.tf._reduce import is_strictly_increasing as is_strictly_increasing
from glasstape.tf._reduce import reduce_all as reduce_all
from glasstape.tf._reduce import reduce_any as reduce_any
from glasstape.tf._reduce import reduce_euclidean_norm as reduce_euclidean_norm
from glasstape.tf._reduce import reduce_logsumexp as reduce_logsumexp
from glasstape.tf._reduce import reduce_max as reduce_max
from glasstape.tf._reduce import reduce_mean as reduce_mean
from glasstape.tf._reduce import reduce_min as reduce_min
from glasstape.tf._reduce import reduce_prod as reduce_prod
from glasstape.tf._reduce import reduce_std as reduce_std
from glasstape.tf._reduce import reduce_sum as reduce_sum
from glasstape.tf._reduce import reduce_variance as reduce_variance
from glasstape.tf._reduce import top_k as top_k
from glasstape.tf._reduce import zero_fraction as zero_fraction
from glasstape.tf.math import special as special

__all__ = [
    "abs",
    "accumulate_n",
    "acos",
    "acosh",
    "add",
    "add_n",
    "angle",
    "argmax",
    "argmin",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "betainc",
    "bincount",
    "ceil",
    "confusion_matrix",
    "conj",
    "cos",
    "cosh",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "cumulative_logsumexp",
    "digamma",
    "divide",
    "divide_no_nan",
    "equal",
    "erf",
    "erfc",
    "erfcinv",
    "erfinv",
    "exp",
    "expm1",
    "floor",
    "floordiv",
    "floormod",
    "greater",
    "greater_equal",
    "igamma",
    "igammac",
    "imag",
    "in_top_k",
    "invert_permutation",
    "is_finite",
    "is_inf",
    "is_nan",
    "is_non_decreasing",
    "is_strictly_increasing",
    "l2_normalize",
    "lbeta",
    "less",
    "less_equal",
    "lgamma",
    "log",
    "log1p",
    "log_sigmoid",
    "log_softmax",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "multiply_no_nan",
    "ndtri",
    "negative",
    "nextafter",
    "not_equal",
    "polygamma",
    "polyval",
    "pow",
    "real",
    "reciprocal",
    "reciprocal_no_nan",
    "reduce_all",
    "reduce_any",
    "reduce_euclidean_norm",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_std",
    "reduce_sum",
    "reduce_variance",
    "rint",
    "round",
    "rsqrt",
    "scalar_mul",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "softsign",
    "special",
    "sqrt",
    "square",
    "squared_difference",
    "subtract",
    "tan",
    "tanh",
    "top_k",
    "truediv",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
    "xdivy",
    "xlog1py",
    "xlogy",
    "zero_fraction",
    "zeta",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
