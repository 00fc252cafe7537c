"""`tf.types`: names for annotations."""

from glasstape.tf import _elsewhere
from glasstape.tf.types import experimental as experimental

__all__ = ["experimental"]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
