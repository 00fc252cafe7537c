"""`tf.SparseTensor`: features of any length, on the way to dense tensors."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape import sources
from glasstape.errors import NotCoveredError
from glasstape.ports import jax_trace
from glasstape.tf import _operators, _text
from glasstape.tf._convert import as_shape, as_tensor, available
from glasstape.tf._shape import TensorShape
from glasstape.tf._translate import Refused, translated

_TAKING_DATA = (
    "fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch",
)  # fmt: skip


class _Parts(NamedTuple):
    indices: Any
    values: Any
    dense_shape: Any


class SparseTensor(_Parts):
    """A few elements of a tensor whose others are 0 or empty text, as ``tf.SparseTensor``.

    It is there for data: `tf.io.VarLenFeature` gives it, and `tf.sparse.to_dense` makes a tensor of
    it, which everything else takes. It is a tuple of its three tensors.

    Args:
        indices: Whole numbers of shape ``[n, rank]``, a row for each element, in order.
        values: The n elements: numbers or text.
        dense_shape: The shape of the whole tensor.

    Example:
        >>> import glasstape.tf as tf
        >>> x = tf.SparseTensor([[0, 0], [1, 2]], [1, 2], [2, 3])
        >>> tf.sparse.to_dense(x).tolist()
        [[1, 0, 0], [0, 0, 2]]
    """

    __slots__ = ()

    def __new__(cls, indices: Any, values: Any, dense_shape: Any) -> SparseTensor:
        """Make tensors of the parts."""
        if indices is None or isinstance(indices, str):  # a tree of masks, or of what Keras tells
            return super().__new__(cls, indices, values, dense_shape)
        values = _text.as_strings(values) if _text.is_text(values) else as_tensor(values)
        whole = available("int64")
        return super().__new__(
            cls,
            as_tensor(indices).astype(whole),
            values,
            as_tensor(dense_shape).astype(whole),
        )

    @property
    def dtype(self) -> Any:
        """That of the values."""
        return self.values.dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole tensor; not known where a step is called with it."""
        if jax_trace.is_abstract(self.dense_shape):
            return TensorShape([None] * self.dense_shape.size)
        return TensorShape(np.asarray(self.dense_shape).tolist())

    get_shape = shape.fget

    def with_values(self, new_values: Any) -> SparseTensor:
        """Other elements in the same places."""
        return SparseTensor(self.indices, new_values, self.dense_shape)

    def __mul__(self, y: Any) -> SparseTensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Each element times a number, or times that of a dense tensor, which broadcasts."""
        return self.with_values(_with_dense("*", operator.mul, self, y))

    def __truediv__(self, y: Any) -> SparseTensor:
        """Likewise, divided."""
        return self.with_values(_with_dense("/", operator.truediv, self, y))

    def __add__(self, other: Any) -> Any:
        raise _not_there("operators but * and / by a dense tensor", "x + y")

    __radd__ = __rmul__ = __sub__ = __rsub__ = __matmul__ = __add__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "detach":
            raise AttributeError(name)
        raise _not_there(f"`{name}`", f"x.{name}")

    def __repr__(self) -> str:
        return (
            f"SparseTensor(indices={self.indices}, values={self.values}, "
            f"dense_shape={self.dense_shape})"
        )


def _not_there(what: str, received: str) -> NotCoveredError:
    return NotCoveredError(
        f"A tf.SparseTensor has no {what} here.",
        expected="indices, values, dense_shape, dtype, shape or with_values",
        received=received,
        fix="use tf.sparse.to_dense first",
        where=sources.user_source(),
    )


def _with_dense(symbol: str, formula: Callable[[Any, Any], Any], x: SparseTensor, y: Any) -> Any:
    """The elements after a formula of them and those of a dense tensor in their places."""
    values, y = _operators.operands(symbol, x.values, y)
    if y.ndim:
        y = jnp.broadcast_to(y, _sizes(x))[tuple(x.indices.T)]
    return formula(values, y)


@translated("sparse.to_dense")
def to_dense(
    sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: str | None = None
) -> Any:
    """The whole tensor.

    Args:
        sp_input: A `tf.SparseTensor`.
        default_value: What stands elsewhere; 0 or empty text when None.
        validate_indices: Whether to refuse indices that are repeated or out of order.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.sparse.to_dense(tf.SparseTensor([[1]], [5.0], [3]), -1.0).tolist()
        [-1.0, 5.0, -1.0]
    """
    x = _sparse(sp_input)
    if validate_indices:
        _check_order(x.indices)
    shape = _sizes(x)
    if not isinstance(x.values, jax.Array):
        whole = np.full(shape, b"" if default_value is None else default_value, object)
        whole[tuple(np.asarray(x.indices).T)] = np.asarray(x.values)
        return _text.as_strings(whole)
    empty = 0 if default_value is None else default_value
    whole = jnp.full(shape, as_tensor(empty, x.values.dtype))
    return whole.at[tuple(x.indices.T)].set(x.values)


def _sparse(value: Any) -> SparseTensor:
    if not isinstance(value, SparseTensor):
        raise Refused("a tf.SparseTensor", type(value).__name__, "use tf.sparse.from_dense")
    return value


def _sizes(x: SparseTensor) -> tuple[int, ...]:
    if jax_trace.is_abstract(x.dense_shape):
        expected = "a sparse tensor whose shape is known before the program runs"
        fix = "let the step take it from outside instead, or pass tf.sparse.to_dense(x)"
        raise Refused(expected, "one that a step was called with", fix)
    return as_shape(x.dense_shape)


def _check_order(indices: Any) -> None:
    if jax_trace.is_abstract(indices):
        return
    rows = np.asarray(indices).tolist()
    for before, after in itertools.pairwise(rows):
        if before >= after:
            told = "repeated" if before == after else "out of order"
            raise Refused("indices in order", f"{after}, which is {told}", "use tf.sparse.reorder")


@translated("sparse.from_dense")
def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """The elements that are not 0, and where they are; in eager code only.

    Returns:
        A `tf.SparseTensor`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.sparse.from_dense([0, 3]).indices.tolist()
        [[1]]
    """
    x = _text.as_strings(tensor) if _text.is_text(tensor) else as_tensor(tensor)
    array = np.asarray(x)
    places = np.nonzero(array != (b"" if array.dtype == object else 0))
    return SparseTensor(np.stack(places, 1).astype("int32"), array[places], x.shape)


@translated("sparse.reorder")
def reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """The elements in the order of their indices.

    Args:
        sp_input: A `tf.SparseTensor`.

    Returns:
        A `tf.SparseTensor`.

    Example:
        >>> import glasstape.tf as tf
        >>> x = tf.SparseTensor([[1], [0]], [5, 6], [2])
        >>> tf.sparse.reorder(x).values.tolist()
        [6, 5]
    """
    x = _sparse(sp_input)
    order = jnp.lexsort(x.indices.T[::-1])
    values = x.values[order] if isinstance(x.values, jax.Array) else x.values[np.asarray(order)]
    return SparseTensor(x.indices[order], values, x.dense_shape)


@translated("sparse.map_values")
def map_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> SparseTensor:
    """A function of the elements alone.

    Args:
        op: The function.
        *args: Its arguments: sparse tensors that have elements in the same places stand for these.
        **kwargs: Likewise.

    Returns:
        A `tf.SparseTensor`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.sparse.map_values(tf.square, tf.SparseTensor([[1]], [3.0], [2])).values.tolist()
        [9.0]
    """
    given = [v for v in (*args, *kwargs.values()) if isinstance(v, SparseTensor)]
    if not given:
        raise Refused("a tf.SparseTensor among the arguments", "none", "call the function itself")
    values = [v.values if isinstance(v, SparseTensor) else v for v in args]
    named = {k: v.values if isinstance(v, SparseTensor) else v for k, v in kwargs.items()}
    return given[0].with_values(op(*values, **named))


@translated("sparse.transpose")
def transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """The axes in another order, and the elements in that of their indices.

    Args:
        sp_input: A `tf.SparseTensor`.
        perm: The axes; the reverse order when None.

    Returns:
        A `tf.SparseTensor`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.sparse.transpose(tf.SparseTensor([[0, 1]], [2.0], [2, 3])).indices.tolist()
        [[1, 0]]
    """
    x = _sparse(sp_input)
    axes = np.arange(x.indices.shape[1])[::-1] if perm is None else np.asarray(perm)
    return reorder(SparseTensor(x.indices[:, axes], x.values, x.dense_shape[axes]))


@translated("sparse.retain")
def retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """Some of the elements; in eager code only.

    Args:
        sp_input: A `tf.SparseTensor`.
        to_retain: A truth value for each of its elements.

    Returns:
        A `tf.SparseTensor` of the same shape.

    Example:
        >>> import glasstape.tf as tf
        >>> x = tf.SparseTensor([[0], [1]], [5, 6], [2])
        >>> tf.sparse.retain(x, x.values > 5).indices.tolist()
        [[1]]
    """
    x, chosen = _sparse(sp_input), as_tensor(to_retain)
    if chosen.shape != x.values.shape:
        shown = f"to_retain of shape {list(chosen.shape)} for {len(x.values)} elements"
        raise Refused("a truth value for each element", shown, "compare its values: x.values > 0")
    rows = np.flatnonzero(np.asarray(chosen))
    return SparseTensor(x.indices[rows], x.values[rows], x.dense_shape)


@translated("sparse.sparse_dense_matmul")
def sparse_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Any:
    """The product of a sparse and a dense matrix.

    Args:
        sp_a: A `tf.SparseTensor` of rank 2.
        b: A matrix.
        adjoint_a: Whether to transpose (and conjugate) the first.
        adjoint_b: Likewise the second.

    Example:
        >>> import glasstape.tf as tf
        >>> a = tf.SparseTensor([[0, 1]], [2.0], [2, 2])
        >>> tf.sparse.sparse_dense_matmul(a, [[1.0], [3.0]]).tolist()
        [[6.0], [0.0]]
    """
    a, y = _sparse(sp_a), as_tensor(b)
    (rows, columns), count = a.indices.T, _sizes(a)
    values = a.values
    if adjoint_a:
        rows, columns, count, values = columns, rows, count[::-1], jnp.conj(values)
    y = jnp.conj(y).T if adjoint_b else y
    if y.shape[0] != count[1] or y.dtype != values.dtype:
        shown = f"{values.dtype}{list(count)} and {y.dtype}{list(y.shape)}"
        raise Refused("matrices of one dtype that fit", shown, "use tf.cast or tf.transpose")
    parts = values[:, None] * y[columns]
    return jax.ops.segment_sum(parts, rows, num_segments=count[0])


def install() -> None:
    """Let layers be called with sparse tensors, and models be trained with them."""
    layer: Any = keras.layers.Layer
    if hasattr(layer.__call__, "_takes_sparse"):
        return
    layer.__call__ = _taking_sparse(layer.__call__)
    for name in _TAKING_DATA:
        setattr(keras.Model, name, _taking_whole(getattr(keras.Model, name)))


def _taking_whole(original: Callable[..., Any]) -> Callable[..., Any]:
    """A method that is given whole tensors: Keras sees three arrays in a sparse one."""

    @functools.wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = {key: _with_whole(value) for key, value in kwargs.items()}
        return original(self, *map(_with_whole, args), **given)

    return method


def _taking_sparse(original: Callable[..., Any]) -> Callable[..., Any]:
    """Keras' own layers are given the whole tensor; others what they are called with.

    Keras sees three tensors in a sparse one, and would build a layer for three inputs.
    """

    @functools.wraps(original)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _has_sparse(args):
            if type(self).__module__.startswith("keras."):
                args = _with_whole(args)
            elif not self.built:
                _build(self, args[0])
        return original(self, *args, **kwargs)

    called: Any = __call__
    called._takes_sparse = True
    return called


def _has_sparse(values: Iterable[Any]) -> bool:
    for value in values:
        if type(value) is SparseTensor:
            return True
        if type(value) in (list, tuple) and _has_sparse(value):
            return True
    return False


def _with_whole(value: Any) -> Any:
    if isinstance(value, SparseTensor):
        return to_dense(value)
    if type(value) is dict:
        return {key: _with_whole(v) for key, v in value.items()}
    return type(value)(map(_with_whole, value)) if type(value) in (list, tuple) else value


def _build(layer: Any, inputs: Any) -> None:
    """A layer without a `build` of its own has its layers built as they are called."""
    if type(layer).build in (keras.layers.Layer.build, keras.Model.build):
        layer.built = True
    else:
        layer.build(_shapes(inputs))


def _shapes(inputs: Any) -> Any:
    if type(inputs) in (list, tuple):
        return type(inputs)(map(_shapes, inputs))
    return tuple(inputs.shape)
