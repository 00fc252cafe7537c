"""`tf.experimental.numpy`: the switch alone; `jax.numpy` has the functions."""

from glasstape.tf import _elsewhere
from glasstape.tf._mixed import (
    experimental_enable_numpy_behavior as experimental_enable_numpy_behavior,
)

__all__ = ["experimental_enable_numpy_behavior"]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
