"""``tf.keras.backend``: the functions of Keras 2's backend that programs use, on `keras.ops`.

TensorFlow 2.21 keeps them, without documentation and marked as deprecated. Those that take and
give what their namesakes in `keras.ops` do are listed in `SAME`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

import glasstape
from glasstape.ports import jax_trace
from glasstape.tf._convert import as_tensor
from glasstape.tf._old_names import words

# Keras 2's name -> that in keras.ops.
SAME = {
    name: name
    for name in words(
        "abs cos cumprod cumsum elu equal exp greater greater_equal less less_equal log logsumexp "
        "maximum minimum not_equal shape sigmoid sign sin softplus softsign square stack tanh"
    )
} | {"max": "max", "min": "min", "prod": "prod", "sum": "sum", "pow": "power", "round": "round"}


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return ops.all(ops.cast(x, "bool"), axis, keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return ops.any(ops.cast(x, "bool"), axis, keepdims)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Any:
    return ops.arange(start, stop, step, dtype)


def argmax(x: Any, axis: int = -1) -> Any:
    return ops.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Any:
    return ops.argmin(x, axis)


def batch_flatten(x: Any) -> Any:
    return ops.reshape(x, (-1, math.prod(x.shape[1:])))


def batch_get_value(tensors: Sequence[Any]) -> list[Any]:
    return [get_value(t) for t in tensors]


def batch_set_value(tuples: Sequence[tuple[Any, Any]]) -> None:
    for x, value in tuples:
        set_value(x, value)


def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    if (data_format or keras.config.image_data_format()) == "channels_last" or len(x.shape) < 3:
        return ops.add(x, bias)
    return ops.add(x, ops.reshape(bias, (1, -1, *[1] * (len(x.shape) - 2))))


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    return ops.binary_crossentropy(target, output, from_logits)


def cast(x: Any, dtype: Any) -> Any:
    return ops.cast(x, dtype)


def cast_to_floatx(x: Any) -> Any:
    if isinstance(x, np.ndarray | list | tuple | float | int):
        return np.asarray(x, keras.config.floatx())
    return ops.cast(x, keras.config.floatx())


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    return ops.categorical_crossentropy(target, output, from_logits, axis)


def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """Bounds that are out of order give the lower one, and None is no bound."""
    lower = -math.inf if min_value is None else min_value
    upper = math.inf if max_value is None else max_value
    if isinstance(lower, int | float) and isinstance(upper, int | float):
        upper = max(lower, upper)
    return ops.clip(x, lower, upper)


def concatenate(tensors: Sequence[Any], axis: int = -1) -> Any:
    return ops.concatenate(tensors, axis)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    del name
    tensor = ops.cast(as_tensor(value), dtype or keras.config.floatx())
    return tensor if shape is None else ops.broadcast_to(tensor, shape)


def count_params(x: Any) -> int:
    return math.prod(x.shape)


def dot(x: Any, y: Any) -> Any:
    return ops.dot(x, y)


def dropout(x: Any, level: float, noise_shape: Any = None, seed: int | None = None) -> Any:
    return keras.random.dropout(x, level, noise_shape, seed)


def dtype(x: Any) -> str:
    return keras.backend.standardize_dtype(x.dtype)


def eval(x: Any) -> Any:
    return get_value(x)


def expand_dims(x: Any, axis: int = -1) -> Any:
    return ops.expand_dims(x, axis)


def eye(size: int, dtype: Any = None, name: str | None = None) -> Any:
    return _new(ops.eye(size), dtype, name)


def flatten(x: Any) -> Any:
    return ops.reshape(x, (-1,))


def gather(reference: Any, indices: Any) -> Any:
    return ops.take(reference, indices, axis=0)


def get_value(x: Any) -> Any:
    return np.array(x)[()] if hasattr(x, "dtype") else x  # one's own, to write into


def hard_sigmoid(x: Any) -> Any:
    """Keras 2's, which is steeper than Keras 3's."""
    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def int_shape(x: Any) -> tuple[int | None, ...]:
    return tuple(x.shape)


def l2_normalize(x: Any, axis: Any = None) -> Any:
    squares = ops.sum(ops.square(x), axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(squares, 1e-12))


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return ops.mean(x, axis, keepdims)


def name_scope(name: str) -> Any:
    return keras.name_scope(name)


def ndim(x: Any) -> int:
    return len(x.shape)


def one_hot(indices: Any, num_classes: int) -> Any:
    return ops.one_hot(indices, num_classes)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    return _new(ops.ones(shape), dtype, name)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    del name
    return ops.ones_like(x, dtype)


def permute_dimensions(x: Any, pattern: Sequence[int]) -> Any:
    return ops.transpose(x, pattern)


def random_bernoulli(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Any:
    return ops.cast(keras.random.uniform(shape, seed=seed) <= p, dtype or keras.config.floatx())


def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    return keras.random.normal(shape, mean, stddev, dtype, seed)


def random_uniform(
    shape: Any,
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: Any = None,
    seed: int | None = None,
) -> Any:
    return keras.random.uniform(shape, minval, maxval, dtype, seed)


def relu(x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    return keras.activations.relu(as_tensor(x), alpha, max_value, threshold)


def repeat(x: Any, n: int) -> Any:
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    return ops.repeat(x, rep, axis)


def reshape(x: Any, shape: Any) -> Any:
    return ops.reshape(x, shape)


def reverse(x: Any, axes: Any) -> Any:
    return ops.flip(x, axes)


def set_session(session: Any) -> None:
    """Nothing: sessions only carry settings that change no result."""
    del session


def set_value(x: Any, value: Any) -> None:
    x.assign(value)


def softmax(x: Any, axis: int = -1) -> Any:
    return keras.activations.softmax(x, axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    if len(target.shape) == len(output.shape):
        target = ops.squeeze(target, -1)
    return ops.sparse_categorical_crossentropy(target, output, from_logits, axis)


def sqrt(x: Any) -> Any:
    """Negative numbers count as zero."""
    return ops.sqrt(ops.maximum(x, ops.cast(0, x.dtype)))


def squeeze(x: Any, axis: int) -> Any:
    return ops.squeeze(x, axis)


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return ops.std(x, axis, keepdims)


def stop_gradient(variables: Any) -> Any:
    if isinstance(variables, list | tuple):
        return [glasstape.stop_gradient(as_tensor(v)) for v in variables]
    return glasstape.stop_gradient(as_tensor(variables))


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    decided: Any = ops.cast(condition, "bool")
    then, other = (e if callable(e) else lambda e=e: e for e in (then_expression, else_expression))
    if not len(decided.shape):
        return ops.cond(decided, then, other)
    results: list[Any] = [then(), other()]
    then, other = results
    more = len(then.shape) - len(decided.shape)
    return ops.where(ops.reshape(decided, (*decided.shape, *[1] * more)), then, other)


def tile(x: Any, n: Any) -> Any:
    return ops.tile(x, n)


def transpose(x: Any) -> Any:
    return ops.transpose(x)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    return keras.random.truncated_normal(shape, mean, stddev, dtype, seed)


def update(x: Any, new_x: Any) -> Any:
    return x.assign(new_x)


def update_add(x: Any, increment: Any) -> Any:
    return x.assign_add(increment)


def update_sub(x: Any, decrement: Any) -> Any:
    return x.assign_sub(decrement)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return ops.var(x, axis, keepdims)


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    made = glasstape.Variable(
        ops.cast(as_tensor(value), dtype or keras.config.floatx()), True, name
    )
    made.constraint = constraint
    return made


def _new(tensor: Any, dtype: Any, name: str | None) -> Any:
    """A variable, as Keras 2 has it; where a step is traced, a tensor."""
    if jax_trace.is_eager():
        return variable(tensor, dtype, name)
    return ops.cast(tensor, dtype or keras.config.floatx())


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    return _new(ops.zeros(shape), dtype, name)


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    del name
    return ops.zeros_like(x, dtype)
