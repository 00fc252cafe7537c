"""`tf.autograph`: Python control flow on tensors, in compiled steps (see docs/autograph.md)."""

from glasstape.tf import _elsewhere
from glasstape.tf.autograph import experimental as experimental

__all__ = ["experimental"]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
