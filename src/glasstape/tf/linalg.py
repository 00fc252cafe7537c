"""`tf.linalg`: matrices."""

from __future__ import annotations

from typing import Any

from keras import ops

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _elsewhere
from glasstape.tf._convert import as_tensors, available

__all__ = ["matmul"]


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: Any = None,
    grad_a: bool = False,
    grad_b: bool = False,
    name: str | None = None,
) -> Any:
    """The matrix product, as ``tf.matmul``.

    Args:
        a: Tensor of shape ``[..., n, k]``.
        b: Tensor of shape ``[..., k, m]``; leading axes broadcast.
        transpose_a: Swap the last two axes of `a` first.
        transpose_b: Likewise for `b`.
        adjoint_a: Transpose `a` and take complex conjugates first.
        adjoint_b: Likewise for `b`.
        a_is_sparse: Accepted for TensorFlow's sake, like `b_is_sparse`; unused.
        b_is_sparse: Unused.
        output_type: The result's dtype; numbers are multiplied and added in it.
        grad_a: Accepted for TensorFlow's sake, like the two that follow; unused.
        grad_b: Unused.
        name: Unused.

    Returns:
        A tensor of shape ``[..., n, m]``.

    Raises:
        TensorTypeError: an input is a vector, or is to be both transposed and adjoint.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.matmul([[1.0, 2.0]], [[3.0, 4.0]], transpose_b=True).tolist()
        [[11.0]]
    """
    del a_is_sparse, b_is_sparse, grad_a, grad_b, name
    a, b = as_tensors(a, b)
    if output_type is not None:
        a, b = (ops.cast(x, available(output_type)) for x in (a, b))
    return ops.matmul(
        _turned("a", a, transpose_a, adjoint_a), _turned("b", b, transpose_b, adjoint_b)
    )


def _turned(name: str, x: Any, transpose: bool, adjoint: bool) -> Any:
    if len(x.shape) < 2:
        fix = "add an axis (x[:, tf.newaxis]), or use keras.ops.matmul"
        raise _refusal(name, "a matrix or a batch of them", f"shape {tuple(x.shape)}", fix)
    if transpose and adjoint:
        expected, received = f"transpose_{name} or adjoint_{name}", "both"
        raise _refusal(name, expected, received, f"leave out transpose_{name}")
    if adjoint:
        x = ops.conj(x)
    return ops.swapaxes(x, -1, -2) if transpose or adjoint else x


def _refusal(name: str, expected: str, received: str, fix: str) -> TensorTypeError:
    return TensorTypeError(
        f"tf.matmul cannot use its argument {name}.",
        expected=expected,
        received=received,
        fix=fix,
        where=sources.user_source(),
    )


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
