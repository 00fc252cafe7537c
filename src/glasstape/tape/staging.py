"""A piece of a user's program as a function of its tensors and of the variables it reads.

What JAX's transformations need (`jax.checkpoint`, `jax.custom_vjp`) and a Keras program is not: it
reads variables where it likes and writes to them. Python runs once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from glasstape.ports import jax_program, jax_trace, keras_scopes, keras_state
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


class Piece:
    """A part of a program, staged once by `stage`.

    Attributes:
        variables: What it reads, in the order of the program's inputs.
        written: What it assigns; the new values come after the function's own results.
    """

    def __init__(self) -> None:
        self.variables: list[Any] = []
        self.written: list[Any] = []
        self._program: Any = None
        self._trace: Any = None

    def stage(self, function: Callable[..., list[Any]], tensors: Sequence[Any]) -> None:
        """Call `function` once with tracers for `tensors`; it returns a list of arrays."""

        def staged(*inputs: Any) -> list[Any]:
            self._trace = jax_trace.current_trace()
            scope = keras_scopes.LiftScope(self._read, lambda variable, value: value)
            with scope:
                outs = function(*inputs)
            self.written = list(scope.written.values())
            return [*outs, *[scope.values[key] for key in scope.written]]

        with keras_state.unobserved():
            self._program = jax_program.Staged(staged, tensors)
        self._program.replace_loops(differentiable_while)
        self.variables = [self.variables[i] for i in self._program.reads]

    def _read(self, variable: Any) -> Any:
        shape, dtype = keras_state.layout(variable)
        self.variables.append(variable)
        return jax_program.bind_read(self._trace, len(self.variables) - 1, shape, dtype)

    def read_variables(self) -> list[Any]:
        """The variables' values now, as tapes see them."""
        return [v.value for v in self.variables]

    def run(self, values: Sequence[Any], tensors: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The function's results and the new values of what is written; nothing is assigned."""
        results = self._program.run(values, tensors)
        end = len(results) - len(self.written)
        return results[:end], results[end:]

    def assign(self, new: Sequence[Any]) -> None:
        """Write the new values."""
        for variable, value in zip(self.written, new, strict=True):
            variable.assign(value)
