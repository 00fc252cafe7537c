"""A piece of a user's program as a function that a tape can differentiate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from glasstape.ports import keras_piece, keras_state
from glasstape.tape.loops import differentiable_while

_TENSOR = (jax.Array, np.ndarray, np.generic, float, complex)


class Arguments:
    """The positional arguments of a call, tensors apart from the rest.

    Attributes:
        tensors: Arrays, variables' values and Python floats, in order.
    """

    def __init__(self, args: tuple[Any, ...]):
        leaves, self._treedef = jax.tree.flatten(args, is_leaf=lambda v: v is None)
        leaves = [v.value if keras_state.is_variable(v) else v for v in leaves]
        self._is_tensor = [isinstance(v, _TENSOR) for v in leaves]
        self._others = [None if t else v for v, t in zip(leaves, self._is_tensor, strict=True)]
        self.tensors = [
            jax.numpy.asarray(v) for v, t in zip(leaves, self._is_tensor, strict=True) if t
        ]

    def rebuild(self, tensors: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments with other tensors."""
        values = iter(tensors)
        pairs = zip(self._is_tensor, self._others, strict=True)
        leaves = [next(values) if is_tensor else other for is_tensor, other in pairs]
        return jax.tree.unflatten(self._treedef, leaves)


class Piece(keras_piece.Piece):
    """A part of a program, whose loops can be differentiated."""

    def stage(self, function: Callable[..., list[Any]], tensors: Sequence[Any]) -> None:
        """As in the base class."""
        super().stage(function, tensors)
        self.replace_loops(differentiable_while)
