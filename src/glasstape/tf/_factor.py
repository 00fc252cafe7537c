"""Decompositions, systems of equations and functions of matrices of `tf.linalg`.

TensorFlow reads the lower triangle of symmetric matrices. So do these; where it spreads the
gradient over both triangles (`cholesky`), so do they.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.scipy.linalg as jsp
from jax import lax

from glasstape.tf._convert import as_tensor, available
from glasstape.tf._results import LU, QR, SLogDet
from glasstape.tf._translate import FLOATS, Refused, pair_of, tensor_of, translated


def _turned(x: Any) -> Any:
    return jnp.swapaxes(jnp.conj(x), -1, -2)


def _square(matrix: Any) -> Any:
    x = tensor_of(FLOATS, matrix)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise Refused("square matrices", f"shape {x.shape}", "look at the shape")
    return x


def _from_lower(x: Any) -> Any:
    """The symmetric matrix of which x has the lower triangle."""
    return jnp.tril(x) + _turned(jnp.tril(x, -1))


@translated("linalg.det")
def det(input: Any, name: str | None = None) -> Any:
    """The determinant.

    Args:
        input: Tensor of shape ``[..., n, n]``.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.linalg.det([[2.0, 0.0], [0.0, 3.0]]))
        6.0
    """
    return jnp.linalg.det(_square(input))


@translated("linalg.slogdet")
def slogdet(input: Any, name: str | None = None) -> Any:
    """The sign of the determinant, and the logarithm of its size.

    Args:
        input: Tensor of shape ``[..., n, n]``.

    Returns:
        A tuple with the fields ``sign`` and ``log_abs_determinant``.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.linalg.slogdet([[1.0, 0.0], [0.0, -1.0]]).sign)
        -1.0
    """
    return SLogDet(*jnp.linalg.slogdet(_square(input)))


@translated("linalg.logdet")
def logdet(matrix: Any, name: str | None = None) -> Any:
    """The logarithm of the determinant of positive definite matrices.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.linalg.logdet([[1.0, 0.0], [0.0, 1.0]]))
        0.0
    """
    diagonal = jnp.diagonal(cholesky(matrix), 0, -2, -1)
    return 2 * jnp.sum(jnp.log(jnp.real(diagonal)), -1)


@translated("linalg.inv")
def inv(input: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """The inverse.

    Args:
        input: Tensor of shape ``[..., n, n]``.
        adjoint: Of the adjoint matrix.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.inv([[2.0]]).tolist()
        [[0.5]]
    """
    x = jnp.linalg.inv(_square(input))
    return _turned(x) if adjoint else x


@translated("linalg.pinv")
def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Any:
    """The Moore-Penrose inverse.

    Args:
        a: Tensor of shape ``[..., n, m]``.
        rcond: Singular values below this part of the largest count as 0.
        validate_args: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.pinv([[2.0]]).tolist()
        [[0.5]]
    """
    x = tensor_of("f", a)
    least = 10 * max(x.shape[-2:]) * jnp.finfo(x.dtype).eps if rcond is None else as_tensor(rcond)
    return jnp.linalg.pinv(x, rtol=least)


@translated("linalg.solve")
def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """X with matrix X = rhs.

    Args:
        rhs: Tensor of shape ``[..., n, k]``.
        adjoint: Of the adjoint matrix.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.solve([[2.0]], [[4.0]]).tolist()
        [[2.0]]
    """
    a, b = pair_of(FLOATS, matrix, rhs)
    a = _square(a)
    if b.ndim < 2:
        raise Refused("rhs of rank 2 or more", f"shape {b.shape}", "write b[:, tf.newaxis]")
    return jnp.linalg.solve(_turned(a) if adjoint else a, b)


@translated("linalg.triangular_solve")
def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Any:
    """X with matrix X = rhs, of which one triangle is read.

    Args:
        rhs: Tensor of shape ``[..., n, k]``.
        lower: Which triangle.
        adjoint: Of the adjoint matrix.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.triangular_solve([[2.0]], [[4.0]]).tolist()
        [[2.0]]
    """
    a, b = pair_of(FLOATS, matrix, rhs)
    lead = jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (jnp.broadcast_to(v, (*lead, *v.shape[-2:])) for v in (a, b))
    options = {"transpose_a": adjoint, "conjugate_a": adjoint}
    return lax.linalg.triangular_solve(a, b, left_side=True, lower=lower, **options)


@translated("linalg.lstsq")
def lstsq(
    matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: str | None = None
) -> Any:
    """X for which |matrix X - rhs|² + regularizer |X|² is least.

    Args:
        matrix: Tensor of shape ``[..., n, m]``.
        rhs: Tensor of shape ``[..., n, k]``.
        l2_regularizer: The weight of X itself.
        fast: Whether to solve the normal equations; the pseudo-inverse is used otherwise.

    Example:
        >>> import glasstape.tf as tf
        >>> round(float(tf.linalg.lstsq([[1.0], [1.0]], [[2.0], [4.0]])[0, 0]), 4)
        3.0
    """
    a, b = pair_of(FLOATS, matrix, rhs)
    if not fast:
        return jnp.linalg.pinv(a) @ b
    wide = a.shape[-2] < a.shape[-1]
    gram = a @ _turned(a) if wide else _turned(a) @ a
    gram = gram + l2_regularizer * jnp.eye(gram.shape[-1], dtype=a.dtype)
    return (
        _turned(a) @ jnp.linalg.solve(gram, b) if wide else jnp.linalg.solve(gram, _turned(a) @ b)
    )


@translated("linalg.cholesky")
def cholesky(input: Any, name: str | None = None) -> Any:
    """The lower triangular L with L Lᴴ = input.

    Args:
        input: Tensor of shape ``[..., n, n]``, positive definite; NaN comes where it is not,
            where TensorFlow raises on CPU.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.cholesky([[4.0]]).tolist()
        [[2.0]]
    """
    x = _square(input)
    even = (x + _turned(x)) / 2  # carries the gradient
    return lax.linalg.cholesky(
        even + lax.stop_gradient(_from_lower(x) - even), symmetrize_input=False
    )


@translated("linalg.cholesky_solve")
def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Any:
    """X with L Lᴴ X = rhs.

    Args:
        chol: L, as `cholesky` returns it.
        rhs: Tensor of shape ``[..., n, k]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.cholesky_solve([[2.0]], [[8.0]]).tolist()
        [[2.0]]
    """
    half = triangular_solve(chol, rhs)
    return triangular_solve(chol, half, adjoint=True)


@translated("linalg.qr")
def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Any:
    """An orthogonal Q and an upper triangular R with Q R = input.

    Args:
        input: Tensor of shape ``[..., n, m]``.
        full_matrices: Whether Q is to be square.

    Returns:
        A tuple with the fields ``q`` and ``r``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.qr(tf.ones([3, 2])).q.shape
        (3, 2)
    """
    x = tensor_of(FLOATS, input)
    return QR(*jnp.linalg.qr(x, "complete" if full_matrices else "reduced"))


@translated("linalg.svd")
def svd(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None
) -> Any:
    """Singular values s, and U and V with U diag(s) Vᴴ = tensor.

    Args:
        tensor: Tensor of shape ``[..., n, m]``.
        full_matrices: Whether U and V are to be square.
        compute_uv: Whether to return U and V as well.

    Returns:
        A tuple of s, U and V (not its adjoint); or s alone.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.svd([[3.0]], compute_uv=False).tolist()
        [3.0]
    """
    x = tensor_of(FLOATS, tensor)
    if not compute_uv:
        return jnp.linalg.svd(x, compute_uv=False)
    u, s, v = jnp.linalg.svd(x, full_matrices)
    return s, u, _turned(v)


@translated("linalg.eigh")
def eigh(tensor: Any, name: str | None = None) -> tuple[Any, Any]:
    """Eigenvalues, from the smallest, and eigenvectors of Hermitian matrices.

    Args:
        tensor: Tensor of shape ``[..., n, n]``; the lower triangle is read.

    Returns:
        A tuple of two tensors; vectors are columns.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.eigh([[2.0, 0.0], [0.0, 1.0]])[0].tolist()
        [1.0, 2.0]
    """
    return tuple(jnp.linalg.eigh(_from_lower(_square(tensor)), symmetrize_input=False))


@translated("linalg.eigvalsh")
def eigvalsh(tensor: Any, name: str | None = None) -> Any:
    """Eigenvalues of Hermitian matrices, from the smallest.

    Args:
        tensor: Tensor of shape ``[..., n, n]``; the lower triangle is read.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.eigvalsh([[2.0, 0.0], [0.0, 1.0]]).tolist()
        [1.0, 2.0]
    """
    return jnp.linalg.eigh(_from_lower(_square(tensor)), symmetrize_input=False)[0]


@translated("linalg.eig", "eig")
def eig(tensor: Any, name: str | None = None) -> tuple[Any, Any]:
    """Eigenvalues and eigenvectors; JAX has them on CPU only, without a gradient for vectors.

    Args:
        tensor: Tensor of shape ``[..., n, n]``.

    Returns:
        A tuple of two complex tensors; vectors are columns.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.eig([[2.0]])[0].tolist()
        [(2+0j)]
    """
    values, vectors = jnp.linalg.eig(_square(tensor))
    return values, vectors


@translated("linalg.eigvals", "eigvals")
def eigvals(tensor: Any, name: str | None = None) -> Any:
    """Eigenvalues; JAX has them on CPU only.

    Args:
        tensor: Tensor of shape ``[..., n, n]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.eigvals([[2.0]]).tolist()
        [(2+0j)]
    """
    return jnp.linalg.eigvals(_square(tensor))


@translated("linalg.lu")
def lu(input: Any, output_idx_type: Any = "int32", name: str | None = None) -> Any:
    """Triangular L and U in one matrix, and the permutation with L U = input[p].

    Args:
        input: Tensor of shape ``[..., n, n]``.
        output_idx_type: The permutation's dtype.

    Returns:
        A tuple with the fields ``lu`` and ``p``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.lu([[0.0, 1.0], [2.0, 0.0]]).p.tolist()
        [1, 0]
    """
    both, _, places = lax.linalg.lu(_square(input))
    return LU(both, places.astype(available(output_idx_type)))


@translated("linalg.matrix_rank")
def matrix_rank(
    a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None
) -> Any:
    """How many singular values are larger than a tolerance.

    Args:
        a: Tensor of shape ``[..., n, m]``.
        tol: The tolerance; from the largest singular value when None.
        validate_args: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
        1
    """
    x = tensor_of("f", a)
    values = jnp.linalg.svd(x, compute_uv=False)
    if tol is None:
        eps = jnp.finfo(x.dtype).eps
        tol = eps * max(x.shape[-2:]) * jnp.max(values, -1, keepdims=True)
    return jnp.sum(values > tol, -1, dtype="int32")


@translated("linalg.expm")
def expm(input: Any, name: str | None = None) -> Any:
    """The exponential of matrices.

    Args:
        input: Tensor of shape ``[..., n, n]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.expm([[0.0]]).tolist()
        [[1.0]]
    """
    return jsp.expm(_square(input))


@translated("linalg.sqrtm", "matrix_square_root")
def sqrtm(input: Any, name: str | None = None) -> Any:
    """X with X X = input; JAX has it on CPU only, without a gradient.

    Args:
        input: Tensor of shape ``[n, n]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.sqrtm([[4.0]]).tolist()
        [[2.0]]
    """
    x = _square(input)
    root = jsp.sqrtm(x)
    return root.astype(x.dtype) if jnp.iscomplexobj(x) else jnp.real(root).astype(x.dtype)


@translated("linalg.lu_reconstruct")
def lu_reconstruct(
    lower_upper: Any, perm: Any, validate_args: bool = False, name: str | None = None
) -> Any:
    """The matrix of which `lu` gave the factors.

    Args:
        lower_upper: Both factors in one matrix of shape ``[n, n]``.
        perm: The permutation.
        validate_args: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.lu_reconstruct(*tf.linalg.lu([[0.0, 1.0], [2.0, 0.0]])).tolist()
        [[0.0, 1.0], [2.0, 0.0]]
    """
    both = _square(lower_upper)
    lower = jnp.tril(both, -1) + jnp.eye(both.shape[-1], dtype=both.dtype)
    back = jnp.argsort(as_tensor(perm), -1)
    return jnp.take_along_axis(lower @ jnp.triu(both), back[..., None], -2)


@translated("linalg.tridiagonal_solve")
def tridiagonal_solve(
    diagonals: Any,
    rhs: Any,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: str | None = None,
    partial_pivoting: bool = True,
    perturb_singular: bool = False,
) -> Any:
    """X with A X = rhs, for matrices with three diagonals.

    Args:
        diagonals: Tensor of shape ``[..., 3, n]``: above, main, below.
        rhs: Tensor of shape ``[..., n]`` or ``[..., n, k]``.
        diagonals_format: ``compact`` only.
        transpose_rhs: Transpose `rhs` first.
        conjugate_rhs: Take its complex conjugate first.
        partial_pivoting: Unused.
        perturb_singular: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.linalg.tridiagonal_solve([[0.0], [2.0], [0.0]], [4.0]).tolist()
        [2.0]
    """
    d, b = pair_of(FLOATS, diagonals, rhs)
    if diagonals_format != "compact":
        raise Refused("diagonals_format='compact'", repr(diagonals_format), "stack the diagonals")
    vector = b.ndim == d.ndim - 1
    b = b[..., None] if vector else jnp.swapaxes(b, -1, -2) if transpose_rhs else b
    b = jnp.conj(b) if conjugate_rhs else b
    n = d.shape[-1]
    matrix = jnp.zeros((*d.shape[:-2], n, n), d.dtype)
    for offset, line in ((1, d[..., 0, :-1]), (0, d[..., 1, :]), (-1, d[..., 2, 1:])):
        i = jnp.arange(line.shape[-1])
        matrix = matrix.at[..., i + max(-offset, 0), i + max(offset, 0)].set(line)
    x = jnp.linalg.solve(matrix, b)
    return x[..., 0] if vector else x


matrix_square_root = sqrtm
