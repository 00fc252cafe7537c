"""`tf.version`: the TensorFlow whose names and defaults are followed."""

from glasstape.tf import _elsewhere

__all__ = ["COMPILER_VERSION", "GIT_VERSION", "VERSION"]

# The label says who answers, in the form version parsers expect (PEP 440), so
# `tf.__version__.split(".")[0] == "2"` still holds.
VERSION = "2.21.0+glasstape"
GIT_VERSION = "glasstape"
COMPILER_VERSION = "XLA"

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
