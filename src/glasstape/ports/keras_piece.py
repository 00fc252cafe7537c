"""A piece of a user's program as a function of its tensors and of the variables it reads.

What JAX's transformations and control flow need (`jax.checkpoint`, `jax.lax.cond`) and a Keras
program is not: it reads variables where it likes and writes to them. Python runs once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glasstape.ports import jax_assign, jax_program, jax_trace, keras_scopes, keras_state


class Piece:
    """A part of a program, staged once by `stage`.

    Attributes:
        variables: What it reads, in the order of the program's inputs; what it assigns is here,
            too.
        written: What it assigns; the new values come after the function's own results.
    """

    def __init__(self) -> None:
        self.variables: list[Any] = []
        self.written: list[Any] = []
        self._program: Any = None
        self._initial: dict[int, Any] = {}
        self._trace: Any = None

    def stage(self, function: Callable[..., list[Any]], tensors: Sequence[Any]) -> None:
        """Call `function` once with tracers for `tensors`; it returns a list of arrays."""
        recorded = jax_trace.is_recorded()

        def staged(*inputs: Any) -> list[Any]:
            self._trace = jax_trace.current_trace()
            scope = keras_scopes.LiftScope(self._read, self._assigned if recorded else _as_it_is)
            with scope:
                outs = function(*inputs)
            self.written = list(scope.written.values())
            return [*outs, *[scope.values[key] for key in scope.written]]

        with keras_state.unobserved():
            self._program = jax_program.Staged(staged, tensors)
        self.variables = [self.variables[i] for i in self._program.reads]
        self._initial.clear()  # of a trace that is finished
        self._trace = None

    def _read(self, variable: Any) -> Any:
        shape, dtype = keras_state.layout(variable)
        self.variables.append(variable)
        value = jax_program.bind_read(self._trace, len(self.variables) - 1, shape, dtype)
        self._initial[id(variable)] = value
        return value

    def _assigned(self, variable: Any, value: Any) -> Any:
        """What is read after an assignment is the variable, for a tape that looks on."""
        if not jax_trace.is_differentiable(value):
            return value
        return jax_assign.assigned(value, self._initial[id(variable)])

    def replace_loops(self, replace: jax_program.Replace) -> None:
        """Have each ``while`` in the piece run by `replace`."""
        self._program.replace_loops(replace)

    def value_numbers(self, tensors: Sequence[Any]) -> list[int]:
        """A number for each of the function's own results; those with the same one are equal.

        Args:
            tensors: What is known of each of its tensors: equal where two of them are.
        """
        numbers = self._program.value_numbers(tensors)
        return numbers[: len(numbers) - len(self.written)]

    @property
    def out_layouts(self) -> list[Any]:
        """Shape and dtype of each of the function's own results."""
        layouts = self._program.out_layouts
        return layouts[: len(layouts) - len(self.written)]

    @property
    def operations(self) -> list[str]:
        """Names of its primitives, in order."""
        return self._program.operations

    def read_variables(self) -> list[Any]:
        """The variables' values now, as tapes see them."""
        return [keras_state.current_value(v) for v in self.variables]

    def run(self, values: Sequence[Any], tensors: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The function's results and the new values of what is written; nothing is assigned."""
        results = self._program.run(values, tensors)
        end = len(results) - len(self.written)
        return results[:end], results[end:]

    def assign(self, new: Sequence[Any]) -> None:
        """Write the new values."""
        for variable, value in zip(self.written, new, strict=True):
            variable.assign(value)


def _as_it_is(variable: Any, value: Any) -> Any:
    del variable
    return value
