"""`tf.experimental`: NumPy's functions, and the switch that lets dtypes be mixed."""

from glasstape.tf import _elsewhere
from glasstape.tf.experimental import numpy as numpy

__all__ = ["numpy"]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
