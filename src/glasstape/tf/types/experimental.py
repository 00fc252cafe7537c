"""`tf.types.experimental`: names for annotations."""

from typing import Any

from glasstape.compiler.concrete import ConcreteFunction as ConcreteFunction
from glasstape.compiler.function import Function as PolymorphicFunction
from glasstape.tf import _elsewhere

__all__ = [
    "Callable",
    "ConcreteFunction",
    "GenericFunction",
    "PolymorphicFunction",
    "TensorLike",
]

TensorLike = Any
GenericFunction = Callable = PolymorphicFunction

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
