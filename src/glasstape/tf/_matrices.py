"""Products, norms, diagonals and triangles of `tf.linalg`."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _rules
from glasstape.tf._convert import as_axis, as_tensor, as_tensors, available
from glasstape.tf._translate import (
    FLOATS,
    NUMBERS,
    Refused,
    pair_of,
    same_dtype,
    tensor_of,
    tensors_of,
    translated,
)


@translated("matmul", "linalg.matmul")
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
    """The matrix product.

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
        grad_a: Accepted for TensorFlow's sake, like `grad_b`; unused.
        grad_b: Unused.

    Returns:
        A tensor of shape ``[..., n, m]``.

    Raises:
        TensorTypeError: an input is a vector, or is to be both transposed and adjoint.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.matmul([[1.0, 2.0]], [[3.0, 4.0]], transpose_b=True).tolist()
        [[11.0]]
    """
    a, b = as_tensors(a, b)
    if output_type is not None:
        a, b = (x.astype(available(output_type)) for x in (a, b))
    a, b = same_dtype([a, b])
    return jnp.matmul(
        _turned("a", a, transpose_a, adjoint_a), _turned("b", b, transpose_b, adjoint_b)
    )


def _turned(name: str, x: Any, transpose: bool, adjoint: bool) -> Any:
    if x.ndim < 2:
        fix = "add an axis (x[:, tf.newaxis]), or use tf.linalg.matvec"
        raise _refusal(name, "a matrix or a batch of them", f"shape {tuple(x.shape)}", fix)
    if transpose and adjoint:
        expected, received = f"transpose_{name} or adjoint_{name}", "both"
        raise _refusal(name, expected, received, f"leave out transpose_{name}")
    if adjoint:
        x = jnp.conj(x)
    return jnp.swapaxes(x, -1, -2) if transpose or adjoint else x


def _refusal(name: str, expected: str, received: str, fix: str) -> TensorTypeError:
    return TensorTypeError(
        f"tf.matmul cannot use its argument {name}.",
        expected=expected,
        received=received,
        fix=fix,
        where=sources.user_source(),
    )


@translated("linalg.matvec")
def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """The product of a matrix and a vector.

    Args:
        a: Tensor of shape ``[..., n, k]``.
        b: Tensor of shape ``[..., k]``.
        transpose_a: Swap the last two axes of `a` first.
        adjoint_a: Take complex conjugates as well.
        a_is_sparse: Unused.
        b_is_sparse: Unused.

    Returns:
        A tensor of shape ``[..., n]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.matvec([[1, 2], [3, 4]], [1, 1]).tolist()
        [3, 7]
    """
    a, b = pair_of(NUMBERS, a, b)
    return matmul(a, b[..., None], transpose_a=transpose_a, adjoint_a=adjoint_a)[..., 0]


@translated("tensordot", "linalg.tensordot")
def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Any:
    """Products summed over several axes.

    Args:
        axes: How many axes, the last of `a` and the first of `b`; or which of each.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.tensordot([1.0, 2.0], [3.0, 4.0], 1))
        11.0
    """
    axes = np.asarray(axes).tolist()
    if isinstance(axes, list):
        axes = tuple(a if isinstance(a, list) else [a] for a in axes)
    return jnp.tensordot(*pair_of(NUMBERS, a, b), axes)


@translated("einsum", "linalg.einsum")
def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    """Products summed as Einstein wrote it.

    Args:
        equation: Such as ``ij,jk->ik``.
        inputs: As many tensors as it names.
        kwargs: ``optimize`` and ``name`` are accepted for TensorFlow's sake.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1]).tolist()
        [3, 7]
    """
    if unknown := set(kwargs) - {"optimize", "name"}:
        raise TypeError(f"unknown arguments: {', '.join(sorted(unknown))}")
    return jnp.einsum(equation, *tensors_of(inputs))


@translated("norm", "linalg.norm")
def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool | None = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """The norm of vectors or matrices.

    Args:
        ord: ``euclidean``, ``fro``, 1, 2, another number, or infinity.
        axis: One axis for vectors, two for matrices; all numbers as one vector when None.
        keepdims: Keep reduced axes with length 1.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.norm([3.0, 4.0]))
        5.0
    """
    x, keepdims = tensor_of(FLOATS, tensor), bool(keepdims)
    axes = as_axis(axis, x)
    if isinstance(axes, tuple) and len(axes) == 1:
        axes = axes[0]
    if ord in ("euclidean", "fro") or (ord == 2 and not isinstance(axes, tuple)):
        if ord == "fro" and axes is not None and not isinstance(axes, tuple):
            raise Refused("two axes for ord='fro'", f"axis={axis}", "use ord='euclidean'")
        return _rules.sqrt(jnp.sum(x * jnp.conj(x), axes, keepdims=keepdims))
    if isinstance(ord, str) or ord <= 0:
        raise Refused("euclidean, fro, or a number above 0", repr(ord), "use one of them")
    if isinstance(axes, tuple):
        return jnp.linalg.norm(x, ord, axes, keepdims).astype(x.dtype)
    size = jnp.abs(x) if jnp.iscomplexobj(x) else _rules.abs(x)
    if ord == 1:
        return jnp.sum(size, axes, keepdims=keepdims)
    if ord == np.inf:
        return jnp.max(size, axes, keepdims=keepdims)
    return jnp.sum(size**ord, axes, keepdims=keepdims) ** (1 / ord)


@translated("linalg.normalize")
def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Any, Any]:
    """Vectors or matrices over their norm.

    Args:
        ord: As in `norm`.
        axis: As in `norm`.

    Returns:
        A tuple of the result and the norm, which keeps its axes.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.linalg.normalize([3.0, 4.0])[1][0])
        5.0
    """
    x = as_tensor(tensor)
    size = norm(x, ord, axis, True)
    return x / size, size


@translated("linalg.trace")
def trace(x: Any, name: str | None = None) -> Any:
    """The sum of the diagonal.

    Args:
        x: Tensor of shape ``[..., n, m]``.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.linalg.trace([[1, 2], [3, 4]]))
        5
    """
    x = tensor_of(NUMBERS, x)
    return jnp.trace(x, axis1=-2, axis2=-1).astype(x.dtype)


@translated("linalg.adjoint")
def adjoint(matrix: Any, name: str | None = None) -> Any:
    """The last two axes swapped, and complex conjugates taken.

    Args:
        matrix: Tensor of shape ``[..., n, m]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.adjoint([[1, 2], [3, 4]]).tolist()
        [[1, 3], [2, 4]]
    """
    return jnp.swapaxes(jnp.conj(as_tensor(matrix)), -1, -2)


@translated("linalg.matrix_transpose")
def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Any:
    """The last two axes swapped.

    Args:
        a: Tensor of shape ``[..., n, m]``.
        conjugate: Take complex conjugates as well.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.matrix_transpose([[1, 2], [3, 4]]).tolist()
        [[1, 3], [2, 4]]
    """
    x = as_tensor(a)
    return jnp.swapaxes(jnp.conj(x) if conjugate else x, -1, -2)


@translated("linalg.diag")
def diag(
    diagonal: Any,
    name: str = "diag",
    k: Any = 0,
    num_rows: int = -1,
    num_cols: int = -1,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Any:
    """Matrices with a diagonal.

    Args:
        diagonal: Tensor of shape ``[..., n]``.
        k: Which diagonal; above the main one when positive. One only, not a range of them.
        num_rows: How many rows; as many as needed when -1, in a square when both are.
        num_cols: How many columns, likewise.
        padding_value: What is elsewhere.
        align: Unused.

    Returns:
        A tensor of shape ``[..., rows, columns]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.diag([1, 2]).tolist()
        [[1, 0], [0, 2]]
    """
    x, k = as_tensor(diagonal), _one_diagonal(k)
    length = x.shape[-1]
    square = length + abs(k) if num_rows == num_cols == -1 else 0
    rows = square or (length + max(-k, 0) if num_rows == -1 else num_rows)
    columns = square or (length + max(k, 0) if num_cols == -1 else num_cols)
    base = jnp.full((*x.shape[:-1], rows, columns), as_tensor(padding_value, x.dtype))
    return _with_diagonal(base, x, k)


def _one_diagonal(k: Any) -> int:
    numbers = set(np.asarray(k).reshape(-1).tolist())
    if len(numbers) != 1:
        raise Refused("one diagonal", f"k={k}", "call it once for each")
    return int(numbers.pop())


def _with_diagonal(base: Any, values: Any, k: int) -> Any:
    i = jnp.arange(values.shape[-1])
    return base.at[..., i + max(-k, 0), i + max(k, 0)].set(values)


@translated("linalg.diag_part")
def diag_part(
    input: Any,
    name: str = "diag_part",
    k: Any = 0,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Any:
    """The diagonals of matrices.

    Args:
        input: Tensor of shape ``[..., n, m]``.
        k: Which diagonal; above the main one when positive. One only, not a range of them.
        padding_value: Unused.
        align: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.diag_part([[1, 2], [3, 4]]).tolist()
        [1, 4]
    """
    return jnp.diagonal(as_tensor(input), _one_diagonal(k), -2, -1)


@translated("linalg.set_diag")
def set_diag(
    input: Any, diagonal: Any, name: str = "set_diag", k: Any = 0, align: str = "RIGHT_LEFT"
) -> Any:
    """A copy of matrices with another diagonal.

    Args:
        input: Tensor of shape ``[..., n, m]``.
        diagonal: What comes there.
        k: Which diagonal; above the main one when positive. One only, not a range of them.
        align: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.set_diag([[1, 2], [3, 4]], [0, 0]).tolist()
        [[0, 2], [3, 0]]
    """
    x = as_tensor(input)
    return _with_diagonal(x, as_tensor(diagonal, x.dtype), _one_diagonal(k))


@translated("linalg.tensor_diag")
def tensor_diag(diagonal: Any, name: str | None = None) -> Any:
    """A tensor of twice the rank with a diagonal.

    Args:
        diagonal: Tensor, any shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.tensor_diag([1, 2]).tolist()
        [[1, 0], [0, 2]]
    """
    x = as_tensor(diagonal)
    return jnp.diag(x.reshape(-1)).reshape(*x.shape, *x.shape)


@translated("linalg.tensor_diag_part")
def tensor_diag_part(input: Any, name: str | None = None) -> Any:
    """The diagonal of a tensor of even rank.

    Args:
        input: Tensor of shape ``[*shape, *shape]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.tensor_diag_part([[1, 0], [0, 2]]).tolist()
        [1, 2]
    """
    x = as_tensor(input)
    shape = x.shape[: x.ndim // 2]
    if x.ndim == 0 or x.ndim % 2 or x.shape != shape + shape:
        raise Refused("a shape that is the same twice", f"shape {x.shape}", "reshape it")
    size = int(np.prod(shape))
    return jnp.diagonal(x.reshape(size, size)).reshape(shape)


@translated("linalg.band_part")
def band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Any:
    """Matrices with 0 away from the diagonal.

    Args:
        input: Tensor of shape ``[..., n, m]``.
        num_lower: How many diagonals stay below; all when negative.
        num_upper: How many above, likewise.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.band_part([[1, 2], [3, 4]], 0, -1).tolist()
        [[1, 2], [0, 4]]
    """
    x = as_tensor(input)
    below = jnp.arange(x.shape[-2])[:, None] - jnp.arange(x.shape[-1])
    lower, upper = as_tensor(num_lower), as_tensor(num_upper)
    kept = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
    return jnp.where(kept, x, jnp.zeros((), x.dtype))


@translated("linalg.cross")
def cross(a: Any, b: Any, name: str | None = None) -> Any:
    """The cross product of the last axes, of length 3.

    Args:
        a: Tensor of shape ``[..., 3]``.
        b: Tensor of the same shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.cross([1, 0, 0], [0, 1, 0]).tolist()
        [0, 0, 1]
    """
    a, b = pair_of("iuf", a, b)
    if a.shape != b.shape or a.shape[-1:] != (3,):
        raise Refused("one shape [..., 3]", f"shapes {a.shape} and {b.shape}", "reshape them")
    return jnp.cross(a, b)
