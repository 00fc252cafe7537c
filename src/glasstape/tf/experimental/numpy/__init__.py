"""`tf.experimental.numpy`: NumPy's functions of tensors, which are `jax.numpy`'s.

They take lists and variables, too, and give float32 and int32 where TensorFlow gives 64 bits,
unless ``jax_enable_x64`` is set.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from glasstape.ports import keras_state
from glasstape.tf import _elsewhere
from glasstape.tf._mixed import (
    experimental_enable_numpy_behavior as experimental_enable_numpy_behavior,
)
from glasstape.tf._tensors import Tensor as ndarray
from glasstape.tf._translate import translated
from glasstape.tf.experimental.numpy import random as random

_NAMES = (
    "abs", "absolute", "add", "all", "allclose", "amax", "amin", "angle", "any", "append",
    "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax",
    "argmin", "argsort", "around", "array", "array_equal", "asarray", "atleast_1d", "atleast_2d",
    "atleast_3d", "average", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "bool_",
    "broadcast_arrays", "broadcast_to", "cbrt", "ceil", "clip", "complex64", "complex128",
    "compress", "concatenate", "conj", "conjugate", "copy", "cos", "cosh", "count_nonzero",
    "cross", "cumprod", "cumsum", "deg2rad", "diag", "diag_indices", "diagflat", "diagonal",
    "diff", "divide", "divmod", "dot", "dsplit", "dstack", "e", "einsum", "empty", "empty_like",
    "equal", "exp", "exp2", "expand_dims", "expm1", "eye", "fabs", "finfo", "flip", "fliplr",
    "flipud", "float16", "float32", "float64", "float_power", "floor", "floor_divide", "full",
    "full_like", "gcd", "geomspace", "greater", "greater_equal", "heaviside", "hsplit", "hstack",
    "hypot", "identity", "iinfo", "imag", "inexact", "inf", "inner", "int8", "int16", "int32",
    "int64", "isclose", "iscomplex", "iscomplexobj", "isfinite", "isinf", "isnan", "isneginf",
    "isposinf", "isreal", "isrealobj", "isscalar", "issubdtype", "ix_", "kron", "lcm", "less",
    "less_equal", "linspace", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2",
    "logical_and", "logical_not", "logical_or", "logical_xor", "logspace", "matmul", "max",
    "maximum", "mean", "meshgrid", "min", "minimum", "mod", "moveaxis", "multiply", "nanmean",
    "nanprod", "nansum", "ndim", "negative", "newaxis", "nextafter", "nonzero", "not_equal",
    "ones", "ones_like", "outer", "pad", "pi", "polyval", "positive", "power", "prod",
    "promote_types", "ptp", "rad2deg", "ravel", "real", "reciprocal", "remainder", "repeat",
    "reshape", "result_type", "roll", "rot90", "round", "select", "shape", "sign", "signbit",
    "sin", "sinc", "sinh", "size", "sort", "split", "sqrt", "square", "squeeze", "stack", "std",
    "subtract", "sum", "swapaxes", "take", "take_along_axis", "tan", "tanh", "tensordot", "tile",
    "trace", "transpose", "tri", "tril", "triu", "true_divide", "uint8", "uint16", "uint32",
    "uint64", "vander", "var", "vdot", "vsplit", "vstack", "where", "zeros", "zeros_like",
)  # fmt: skip
__all__ = ["experimental_enable_numpy_behavior", "ndarray", "random", *_NAMES]

# What `jax.numpy` calls those of its arguments that are tensors.
_TENSORS = frozenset(
    ["A", "a", "a1", "a2", "arr", "array", "ary", "b", "condition", "indices", "m", "p",
     "prototype", "v", "val", "values", "weights", "x", "x1", "x2", "y", "z"]
)  # fmt: skip

_LISTS = frozenset(["arrays", "tup"])  # of tensors

_look_up, __dir__ = _elsewhere.module_hooks(__name__)


def __getattr__(name: str) -> Any:
    """Functions are made when they are first asked for."""
    if name not in _NAMES:
        return _look_up(name)
    found = getattr(jnp, name)
    is_function = callable(found) and not isinstance(found, type(jnp.float32) | type)
    return _of_lists(name) if is_function else found


@functools.cache
def _of_lists(name: str) -> Callable[..., Any]:
    """A function of `jax.numpy` that takes lists and variables for tensors."""
    original = getattr(jnp, name)
    parameters = inspect.signature(original).parameters.values()
    known = {p.name: _reading(p) for p in parameters}
    first = list(itertools.takewhile(lambda p: p.kind is not p.VAR_POSITIONAL, parameters))
    others = _tensor if len(first) < len(parameters) else _unchanged

    def function(*args: Any, **kwargs: Any) -> Any:
        reads = itertools.chain((known[p.name] for p in first), itertools.repeat(others))
        args = tuple(read(a) for read, a in zip(reads, args, strict=False))
        named = {key: known.get(key, _unchanged)(value) for key, value in kwargs.items()}
        return original(*args, **named)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`jax.numpy.{name}`."
    return translated(f"experimental.numpy.{name}")(function)


def _reading(parameter: inspect.Parameter) -> Callable[[Any], Any]:
    """What becomes of an argument."""
    if parameter.name in _LISTS:
        return lambda value: list(map(_tensor, value)) if isinstance(value, list | tuple) else value
    takes = parameter.name in _TENSORS or parameter.kind is parameter.VAR_POSITIONAL
    return _tensor if takes else _unchanged


def _tensor(value: Any) -> Any:
    if keras_state.is_variable(value):
        return value.value
    return jnp.asarray(value) if isinstance(value, list | tuple) else value


def _unchanged(value: Any) -> Any:
    return value
