"""`tf.linalg`: matrices."""

from glasstape.tf import _elsewhere
from glasstape.tf._activations import l2_normalize as l2_normalize
from glasstape.tf._clip import global_norm as global_norm
from glasstape.tf._creation import eye as eye
from glasstape.tf._factor import cholesky as cholesky
from glasstape.tf._factor import cholesky_solve as cholesky_solve
from glasstape.tf._factor import det as det
from glasstape.tf._factor import eig as eig
from glasstape.tf._factor import eigh as eigh
from glasstape.tf._factor import eigvals as eigvals
from glasstape.tf._factor import eigvalsh as eigvalsh
from glasstape.tf._factor import expm as expm
from glasstape.tf._factor import inv as inv
from glasstape.tf._factor import logdet as logdet
from glasstape.tf._factor import lstsq as lstsq
from glasstape.tf._factor import lu as lu
from glasstape.tf._factor import lu_reconstruct as lu_reconstruct
from glasstape.tf._factor import matrix_rank as matrix_rank
from glasstape.tf._factor import pinv as pinv
from glasstape.tf._factor import qr as qr
from glasstape.tf._factor import slogdet as slogdet
from glasstape.tf._factor import solve as solve
from glasstape.tf._factor import sqrtm as sqrtm
from glasstape.tf._factor import svd as svd
from glasstape.tf._factor import triangular_solve as triangular_solve
from glasstape.tf._factor import tridiagonal_solve as tridiagonal_solve
from glasstape.tf._matrices import adjoint as adjoint
from glasstape.tf._matrices import band_part as band_part
from glasstape.tf._matrices import cross as cross
from glasstape.tf._matrices import diag as diag
from glasstape.tf._matrices import diag_part as diag_part
from glasstape.tf._matrices import einsum as einsum
from glasstape.tf._matrices import matmul as matmul
from glasstape.tf._matrices import matrix_transpose as matrix_transpose
from glasstape.tf._matrices import matvec as matvec
from glasstape.tf._matrices import norm as norm
from glasstape.tf._matrices import normalize as normalize
from glasstape.tf._matrices import set_diag as set_diag
from glasstape.tf._matrices import tensor_diag as tensor_diag
from glasstape.tf._matrices import tensor_diag_part as tensor_diag_part
from glasstape.tf._matrices import tensordot as tensordot
from glasstape.tf._matrices import trace as trace

__all__ = [
    "adjoint",
    "band_part",
    "cholesky",
    "cholesky_solve",
    "cross",
    "det",
    "diag",
    "diag_part",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "einsum",
    "expm",
    "eye",
    "global_norm",
    "inv",
    "l2_normalize",
    "logdet",
    "lstsq",
    "lu",
    "lu_reconstruct",
    "matmul",
    "matrix_rank",
    "matrix_transpose",
    "matvec",
    "norm",
    "normalize",
    "pinv",
    "qr",
    "set_diag",
    "slogdet",
    "solve",
    "sqrtm",
    "svd",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "triangular_solve",
    "tridiagonal_solve",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
