"""Datasets: a small pipeline over arrays in memory, and readers of files.

`Dataset` follows ``tf.data.Dataset`` as far as a training loop over arrays needs it. Importing
this package imports neither JAX nor Keras.
"""

from glasstape.data.dataset import AUTOTUNE as AUTOTUNE
from glasstape.data.dataset import Dataset as Dataset
from glasstape.data.digits import load_digits as load_digits
from glasstape.data.idx import read_idx as read_idx
from glasstape.data.items import INFINITE as INFINITE
from glasstape.data.items import UNKNOWN as UNKNOWN
from glasstape.data.iterator import DatasetIterator as DatasetIterator
from glasstape.data.mnist import load_mnist as load_mnist
from glasstape.data.npz import read_npz as read_npz
from glasstape.data.options import Options as Options

__all__ = [
    "AUTOTUNE",
    "INFINITE",
    "UNKNOWN",
    "Dataset",
    "DatasetIterator",
    "Options",
    "load_digits",
    "load_mnist",
    "read_idx",
    "read_npz",
]
