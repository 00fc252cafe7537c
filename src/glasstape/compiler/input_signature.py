"""The input signature of a `function`: what its arguments must be, and how others are made so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.compiler.signature import describe
from glasstape.compiler.spec import TensorSpec
from glasstape.errors import StepTypeError
from glasstape.ports import keras_state

# What makes a text of a string or a list of them; `glasstape.tf` puts its own here.
text_maker: list[Callable[[Any], Any]] = []


class InputSignature:
    """Specs for the positional arguments of a step.

    Args:
        specs: A `TensorSpec` or a nested structure of them for each argument.
        name: The step's name.

    Attributes:
        specs: Likewise.

    Raises:
        StepTypeError: one of them is no `TensorSpec`.
    """

    def __init__(self, specs: Sequence[Any], name: str):
        self._name = name
        wrong = not isinstance(specs, list | tuple)
        for leaf in [] if wrong else jax.tree.leaves(tuple(specs)):
            wrong = wrong or not isinstance(leaf, TensorSpec)
        if wrong:
            raise StepTypeError(
                f"The input_signature of {name} is not made of TensorSpecs.",
                expected="a list with a TensorSpec, or a structure of them, for each argument",
                received=repr(specs),
                fix="write input_signature=[gt.TensorSpec([None, 10])]",
                where=sources.user_source(),
            )
        self.specs = tuple(specs)

    def fit(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """The arguments of a call, made what the specs ask for.

        Raises:
            StepTypeError: that cannot be done.
        """
        if len(args) < len(self.specs):
            raise self._refusal(f"{len(args)} arguments")
        given = args[: len(self.specs)]
        fitted = []
        for spec, arg in zip(self.specs, given, strict=True):
            leaves, treedef = jax.tree.flatten(spec)
            try:
                values = treedef.flatten_up_to(arg)
            except ValueError:
                raise self._refusal(f"an argument of another structure: {arg!r}") from None
            pairs = zip(leaves, values, strict=True)
            fitted.append(jax.tree.unflatten(treedef, [self._fit(s, v) for s, v in pairs]))
        return (*fitted, *args[len(self.specs) :]), kwargs

    def _fit(self, spec: TensorSpec, value: Any) -> Any:
        if isinstance(value, TensorSpec):
            fits = value.dtype == spec.dtype and spec.shape == value.shape
            if not fits and not (value.shape and spec.is_compatible_with(value)):
                raise self._refusal(describe(value))
            return spec
        if keras_state.is_variable(value):
            value = value.value
        if spec.dtype == object and text_maker:
            value = text_maker[0](value)
        elif not isinstance(value, jax.Array):
            value = self._made(spec, value)
        if value.dtype != spec.dtype or not spec.takes(value.shape):
            raise self._refusal(describe(value))
        return value

    def _made(self, spec: TensorSpec, value: Any) -> Any:
        try:
            array = np.asarray(value)
        except (TypeError, ValueError):
            raise self._refusal(repr(value)) from None
        if array.dtype.kind not in "biufcV":
            raise self._refusal(repr(value))
        if not np.can_cast(array.dtype, spec.dtype, "same_kind"):
            is_array = isinstance(value, np.ndarray | np.generic)
            raise self._refusal(describe(value) if is_array else repr(value))
        return jnp.asarray(array, spec.dtype)

    def _refusal(self, received: str) -> StepTypeError:
        wanted = ", ".join(describe(leaf) for leaf in jax.tree.leaves(self.specs))
        return StepTypeError(
            f"{self._name} was called with something its input_signature does not allow.",
            expected=wanted,
            received=received,
            fix="cast or reshape the argument, or leave input_signature out: each shape and dtype "
            "then gets a program of its own",
            where=sources.user_source(),
        )
