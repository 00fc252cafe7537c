"""`tf.data`: datasets; see `glasstape.data`."""

from glasstape.data import AUTOTUNE as AUTOTUNE
from glasstape.data import INFINITE as INFINITE_CARDINALITY
from glasstape.data import UNKNOWN as UNKNOWN_CARDINALITY
from glasstape.data import Dataset as Dataset
from glasstape.data import DatasetIterator as Iterator
from glasstape.data import Options as Options
from glasstape.data import border as _border
from glasstape.tf import _elsewhere, _text
from glasstape.tf.data import experimental as experimental
from glasstape.tf.data._files import TextLineDataset as TextLineDataset
from glasstape.tf.data._files import TFRecordDataset as TFRecordDataset

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "Iterator",
    "Options",
    "TFRecordDataset",
    "TextLineDataset",
    "experimental",
]

_border.text_maker[:] = [_text.as_strings]  # text of elements is what tf.io and tf.strings give

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
