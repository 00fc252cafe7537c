"""`tf.random.experimental`: the older spelling of what `tf.random` has."""

from glasstape.tf import _elsewhere
from glasstape.tf._generator import Algorithm as Algorithm
from glasstape.tf._generator import Generator as Generator
from glasstape.tf._generator import get_global_generator as get_global_generator
from glasstape.tf._generator import set_global_generator as set_global_generator
from glasstape.tf._stateless import fold_in as stateless_fold_in
from glasstape.tf._stateless import split as stateless_split

__all__ = [
    "Algorithm",
    "Generator",
    "get_global_generator",
    "set_global_generator",
    "stateless_fold_in",
    "stateless_split",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
