"""TensorFlow's rules for turning arguments into dtypes, tensors, shapes and axes."""

from __future__ import annotations

import operator
import warnings
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import ops

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.ports import jax_trace, keras_state
from glasstape.tf import _mixed

# For NumPy `float` and "float" have 64 bits.
_NAMES = {
    float: "float32", "float": "float32", "half": "float16", "double": "float64",
    "string": "object",
}  # fmt: skip
_SWITCH_ON = 'jax.config.update("jax_enable_x64", True) at the start of the program'
_NOT_THAT_TENSOR = "This value cannot become the tensor that is asked for."
_NUMBERS_ONLY = "JAX arrays hold numbers and booleans only"
_RANKS = {"b": 0, "i": 1, "u": 1, "f": 2, "V": 2, "c": 3}  # bfloat16's kind is V
_warned: dict[Any, Any] = {}  # so that a line in a loop warns once


def as_dtype(type_value: Any) -> np.dtype:
    """NumPy's dtype of numbers for a dtype, its name, or a NumPy or Python type.

    Raises:
        TensorTypeError: it stands for none.
    """
    dtype = meant_dtype(type_value)
    if dtype is None or dtype.kind == "O":
        raise no_dtype(type_value, f"; {_NUMBERS_ONLY}")
    return dtype


def meant_dtype(value: Any) -> np.dtype | None:
    """NumPy's dtype that `value` stands for, which is object for text; None: it is no dtype."""
    # By identity: NumPy holds np.dtype("float64") == None and np.dtype("int64") == int.
    if any(value is other for other in (None, int, complex, str, bytes)):
        return None
    try:
        dtype = np.dtype(_NAMES.get(value, value))
    except TypeError:
        return None
    if dtype.kind in "OSU":
        return np.dtype(object)
    return dtype if _is_numeric(dtype) else None


def no_dtype(value: Any, told: str = "") -> TensorTypeError:
    """The error for what stands for no dtype."""
    expected = "a dtype such as tf.float32, or its name"
    fix = f"use one of dir(tf.dtypes){told}"
    return _refusal("This is not a dtype.", expected, repr(value), fix)


def available(dtype: Any) -> np.dtype:
    """The dtype JAX has for `dtype`: 32 bits for 64, unless ``jax_enable_x64`` is set."""
    asked = as_dtype(dtype)
    given = jax.dtypes.canonicalize_dtype(asked)
    # No warning for int64, TensorFlow's usual integer: `_fit` looks at the numbers instead.
    if given != asked and asked.kind in "fc":
        where = sources.user_source()
        warnings.warn_explicit(
            f"{asked} was asked for and {given} is used, because JAX has 64-bit numbers switched "
            f"off; {_SWITCH_ON} switches them on",
            UserWarning,
            where.file,
            where.line,
            registry=_warned,
        )
    return given


def widest_float() -> np.dtype:
    """What TensorFlow's float64 is here, where nobody asked for it by name: without a warning."""
    return jax.dtypes.canonicalize_dtype(np.float64)


def as_tensor(value: Any, dtype: Any = None) -> Any:
    """A JAX array, or the `keras.KerasTensor` of a model that is being built.

    Python numbers become float32, int32 or bool and are not narrowed. NumPy arrays keep their
    dtype as far as JAX has it, or are cast to `dtype`. Tensors must have `dtype` already.

    Raises:
        TensorTypeError: `value` is no tensor of that dtype.
    """
    if keras_state.is_variable(value):
        value = value.value
    if isinstance(value, jax.Array | keras.KerasTensor):
        if dtype is not None and value.dtype != available(dtype):
            wanted, received = f"a tensor of dtype {available(dtype)}", f"one of {value.dtype}"
            raise _refusal(_NOT_THAT_TENSOR, wanted, received, "use tf.cast")
        return value
    if _is_open(value):
        return jnp.asarray(value, available(dtype or "int32"))
    if hasattr(value, "dense_shape"):
        fix = "use tf.sparse.to_dense first"
        raise _refusal(_NOT_THAT_TENSOR, "a dense tensor", "a tf.SparseTensor", fix)
    tensors = [v for v in jax.tree.leaves(value) if is_tensor(v)]
    if tensors:
        common = jnp.result_type(*(t.dtype for t in tensors))
        return _stack(value, common if dtype is None else available(dtype))
    array = _as_array(value)
    if dtype is None:
        return _constant(_fit(array, array.dtype))
    asked = as_dtype(dtype)
    if not hasattr(value, "dtype") and array.size:
        _refuse_narrowing(array, asked)
    available(asked)  # may warn
    return _constant(_fit(array, asked))


def as_tensors(x: Any, y: Any) -> tuple[Any, Any]:
    """Two tensors; what is none takes the dtype of the other, or of the first, as in TensorFlow.

    With `allow_mixed_dtypes` a number that is not a Python one keeps its own.
    """
    if _mixed.allowed():
        return _as_mixed_tensors(x, y)
    if is_tensor(y) and not is_tensor(x):
        return as_tensor(x, y.dtype), as_tensor(y)
    x = as_tensor(x)
    return x, as_tensor(y, None if is_tensor(y) else x.dtype)


def _as_mixed_tensors(x: Any, y: Any) -> tuple[Any, Any]:
    difference = _firmness(x) - _firmness(y)
    if difference < 0:
        y = as_tensor(y)
        return _as_soft_tensor(x, y.dtype), y
    x = as_tensor(x)
    return x, _as_soft_tensor(y, x.dtype) if difference else as_tensor(y)


def _as_soft_tensor(value: Any, dtype: Any) -> Any:
    """A tensor of that dtype, where numbers may become it."""
    try:
        return as_tensor(value, dtype)
    except TensorTypeError:
        return as_tensor(value)


def as_shape(shape: Any) -> tuple[int, ...]:
    """A shape from whole numbers, a tensor of them, or a single one."""
    try:
        if isinstance(shape, jax.Array | np.ndarray):
            shape = np.asarray(shape).tolist()
        dimensions = shape if isinstance(shape, list | tuple) else [shape]
        return tuple(d if _is_open(d) else operator.index(d) for d in dimensions)
    except TypeError:
        fix = "pass whole numbers; x.shape has them, also while a step is traced"
        raise _refusal("This is not a shape.", "whole numbers", repr(shape), fix) from None


def as_axis(axis: Any, tensor: Any) -> int | tuple[int, ...] | None:
    """One axis of `tensor` or several, from whole numbers or a tensor of them."""
    if axis is None:
        return None
    axes, rank = np.asarray(axis), len(tensor.shape)
    if axes.size and not (-rank <= axes.min() and axes.max() < rank):
        shape = f"a tensor of shape {tuple(tensor.shape)}"
        expected, received = f"an axis of {shape}", f"axis {axes.tolist()}"
        raise _refusal("There is no such axis.", expected, received, "count axes from 0")
    return tuple(map(int, axes)) if axes.ndim else int(axes)


def _is_numeric(dtype: np.dtype) -> bool:
    return dtype.kind in "biufc" or dtype == jnp.bfloat16


def _constant(array: np.ndarray) -> Any:
    """Its numbers stay known while a step is traced, so that it may be used as a shape or axis."""
    if jax_trace.is_eager():
        return jnp.asarray(array)
    with jax.ensure_compile_time_eval():
        return jnp.asarray(array)


def _is_open(size: Any) -> bool:
    """Whether a size is one that a relaxed trace leaves open."""
    return not isinstance(size, int) and jax.export.is_symbolic_dim(size)


def is_tensor(value: Any) -> bool:
    """Whether something is a tensor, or a variable."""
    return isinstance(value, jax.Array | keras.KerasTensor) or keras_state.is_variable(value)


def _firmness(value: Any) -> int:
    return 2 if is_tensor(value) else int(hasattr(value, "dtype"))


def _stack(value: Any, dtype: Any) -> Any:
    """Nested lists with tensors in them as one tensor."""
    if isinstance(value, list | tuple):
        return ops.stack([_stack(v, dtype) for v in value])
    return ops.cast(as_tensor(value), dtype) if is_tensor(value) else as_tensor(value, dtype)


def _as_array(value: Any) -> np.ndarray:
    """A NumPy array of the dtype TensorFlow would choose."""
    try:
        array = np.asarray(value)
    except ValueError:
        expected, received = "rows of equal length", repr(value)[:200]
        raise _refusal(_NOT_THAT_TENSOR, expected, received, "pad the rows") from None
    if not _is_numeric(array.dtype):
        received = f"{type(value).__name__} {value!r}"[:200]
        fix = f"{_NUMBERS_ONLY}; keep other things in Python"
        raise _refusal(_NOT_THAT_TENSOR, "numbers or booleans", received, fix)
    if hasattr(value, "dtype"):
        return array
    if array.dtype == np.float64:
        return array.astype(np.float32)
    if array.dtype == np.int64 and np.array_equal(array.astype(np.int32), array):
        return array.astype(np.int32)
    return array


def _refuse_narrowing(array: np.ndarray, asked: np.dtype) -> None:
    if _RANKS[array.dtype.kind] > _RANKS[asked.kind]:
        received = f"{array.reshape(-1)[0]} of dtype {array.dtype}"
        expected = f"numbers of dtype {asked}"
        raise _refusal(_NOT_THAT_TENSOR, expected, received, "use tf.cast")


def _fit(array: np.ndarray, asked: np.dtype) -> np.ndarray:
    """`array` in the dtype JAX has for `asked`, when its whole numbers fit in there."""
    array = array.astype(asked)
    given = jax.dtypes.canonicalize_dtype(asked)
    fitted = array.astype(given)
    if given == asked or asked.kind not in "iu" or np.array_equal(fitted, array):
        return fitted
    expected = f"whole numbers that fit into {given}: JAX has 64-bit numbers switched off"
    received = f"numbers from {array.min()} to {array.max()}"
    raise _refusal(_NOT_THAT_TENSOR, expected, received, f"call {_SWITCH_ON}")


def _refusal(happened: str, expected: str, received: str, fix: str) -> TensorTypeError:
    return TensorTypeError(
        happened, expected=expected, received=received, fix=fix, where=sources.user_source()
    )
