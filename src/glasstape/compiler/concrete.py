"""`ConcreteFunction`: a step compiled for one signature."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import jax

from glasstape import sources
from glasstape.compiler import signature as signatures
from glasstape.compiler.callables import Parameters
from glasstape.compiler.relax.pattern import accepts
from glasstape.compiler.retrace import arguments
from glasstape.compiler.spec import TensorSpec
from glasstape.compiler.step import Traced
from glasstape.errors import NotCoveredError, StepTypeError


class ConcreteFunction:
    """A step compiled for one signature; `Function.get_concrete_function` makes it.

    It is called with the tensors of that signature, by position or by the step's argument names;
    arguments that are not tensors may be left out.

    Attributes:
        name: The step's name.
    """

    def __init__(
        self,
        name: str,
        parameters: Parameters,
        call: signatures.Signature,
        traced: Traced | None,
        run: Callable[[signatures.Signature], Any],
    ):
        self.name = name
        self._parameters = parameters
        self._call = call
        self._traced = traced
        self._run = run

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables it reads or writes, in the order of their first read."""
        return tuple(self._known().state)

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those of the variables that are trainable."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def structured_input_signature(self) -> tuple[tuple, dict[str, Any]]:
        """``(args, kwargs)`` with a `TensorSpec` for each tensor, named as the argument is."""
        return self._call.arguments(self.inputs)

    @property
    def inputs(self) -> list[TensorSpec]:
        """The specs of the tensors it takes, in order."""
        named = self._parameters.by_name(*self._call.arguments())
        names = {id(value): name for name, value in named}
        return [_spec(v, names.get(id(v))) for v in self._call.inputs]

    @property
    def structured_outputs(self) -> Any:
        """The step's result with a `TensorSpec` for each tensor."""
        traced = self._known()
        arrays = iter(traced.output_layouts)
        return jax.tree.unflatten(
            traced.out_tree,
            [
                traced.out_static[i] if i in traced.out_static else _spec(next(arrays))
                for i in range(traced.out_tree.num_leaves)
            ],
        )

    @property
    def graph(self) -> Any:
        """Not there: the program of a step is XLA's, and `Function.program` shows it."""
        raise NotCoveredError(
            "A compiled step has no graph of TensorFlow's.",
            expected="the program, whose operations come with your own lines",
            received="graph",
            fix="print(fn.program(...)), called like get_concrete_function",
            where=sources.user_source(),
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it.

        Raises:
            StepTypeError: the arguments are not of its signature.
        """
        if not kwargs and len(args) == len(self._call.inputs) != len(self._call.leaves):
            call = signatures.sign(*self._call.arguments(list(args)))
        else:
            call = signatures.sign(*self._parameters.bind(args, self._with_constants(args, kwargs)))
        if not accepts(self._call, call):
            raise StepTypeError(
                f"{self.name}, compiled for one signature, was called with another one.",
                expected=self._call.describe(),
                received=call.describe(),
                fix="call the function it was taken from, which compiles what it needs",
                where=sources.user_source(),
            )
        return self._run(call)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, for inference; see `Function.save`.

        Args:
            path: The file.

        Raises:
            SavedFunctionError: it writes variables, prints, or is given or returns something that
                cannot be written.
            MissingExtraError: the package flatbuffers is not installed.
        """
        from glasstape.compiler import saving  # jax.export takes a while to import

        def traced(_: signatures.Signature) -> Traced:
            return self._known()

        saving.save(path, saving.Function(self.name, self._parameters, self._call, traced, traced))

    def _known(self) -> Traced:
        if self._traced is not None:
            return self._traced
        raise StepTypeError(
            f"What {self.name} does is not known: it was compiled for tensors of any rank.",
            expected="the rank of each tensor, and None for a dimension of any size",
            received=self._call.describe(),
            fix="give shapes, such as TensorSpec([None, 10])",
            where=sources.user_source(),
        )

    def _with_constants(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The named arguments of a call, with those that are not tensors and were left out."""
        known = self._parameters.by_name(*self._call.arguments())
        return {
            **{
                name: value
                for name, value in known[len(args) :]
                if signatures.leaf_key(value)[0] != "tensor"
            },
            **kwargs,
        }

    def __repr__(self) -> str:
        found = arguments(self._parameters, *self._call.arguments())
        inside = ", ".join(f"{a.name}: {a.text}" for a in found)
        return f"<glasstape.ConcreteFunction {self.name}({inside})>"


def _spec(value: Any, name: str | None = None) -> TensorSpec:
    return TensorSpec(value.shape, value.dtype, getattr(value, "name", None) or name)
