"""`tf.sparse`: from and to dense tensors."""

from glasstape.tf import _elsewhere
from glasstape.tf._sparse import SparseTensor as SparseTensor
from glasstape.tf._sparse import from_dense as from_dense
from glasstape.tf._sparse import map_values as map_values
from glasstape.tf._sparse import reorder as reorder
from glasstape.tf._sparse import retain as retain
from glasstape.tf._sparse import sparse_dense_matmul as sparse_dense_matmul
from glasstape.tf._sparse import to_dense as to_dense
from glasstape.tf._sparse import transpose as transpose

__all__ = [
    "SparseTensor",
    "from_dense",
    "map_values",
    "reorder",
    "retain",
    "sparse_dense_matmul",
    "to_dense",
    "transpose",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
