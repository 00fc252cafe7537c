"""`tf.ragged`: rows of different lengths, on the way to padded tensors."""

from glasstape.tf import _elsewhere
from glasstape.tf._ragged import constant as constant
from glasstape.tf._ragged import stack as stack

__all__ = ["constant", "stack"]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
