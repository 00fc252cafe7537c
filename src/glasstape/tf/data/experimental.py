"""`tf.data.experimental`: the older spelling of what `tf.data` has."""

from glasstape.data import AUTOTUNE as AUTOTUNE
from glasstape.data import INFINITE as INFINITE_CARDINALITY
from glasstape.data import UNKNOWN as UNKNOWN_CARDINALITY
from glasstape.tf import _elsewhere

__all__ = ["AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY"]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
