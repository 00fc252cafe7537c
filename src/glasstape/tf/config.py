"""`tf.config`: whether compiled steps run as plain Python."""

from glasstape import functions_run_eagerly as functions_run_eagerly
from glasstape import run_functions_eagerly as run_functions_eagerly
from glasstape.tf import _elsewhere

__all__ = ["functions_run_eagerly", "run_functions_eagerly"]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
