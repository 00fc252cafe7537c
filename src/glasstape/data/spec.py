"""What the elements of a dataset look like, found without running it where that can be."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glasstape.data import border, checks, rows
from glasstape.data.structure import leaves, map_structure

if TYPE_CHECKING:
    from glasstape.compiler.spec import TensorSpec
    from glasstape.data.mapping import Step

# Sizes that stand for unknown ones; a result's dimension that differs between them is unknown.
_SIZES = (7, 11)


class StringSpec:
    """A leaf of text.

    Attributes:
        shape: Its shape.
        dtype: ``"string"``.
    """

    dtype = "string"

    def __init__(self, shape: tuple[int | None, ...] | None):
        self.shape = shape
        self.name = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StringSpec) and self.shape == other.shape

    def __hash__(self) -> int:
        return hash(self.shape)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype=string, name=None)"


def of_array(shape: Any, dtype: Any) -> Any:
    """The spec of an array or of text."""
    if getattr(dtype, "kind", "") == "O" or dtype == "string":
        return StringSpec(shape)
    from glasstape.compiler.spec import TensorSpec

    return TensorSpec(shape, dtype)


def of(element: Any) -> Any:
    """The spec of an element."""
    return map_structure(_of_leaf, element)


def _of_leaf(leaf: Any) -> Any:
    if hasattr(leaf, "element_spec"):
        return DatasetSpec(leaf.element_spec)
    leaf = border.as_leaf(leaf)
    return of_array(leaf.shape, leaf.dtype)


class DatasetSpec:
    """A leaf that is a dataset.

    Attributes:
        element_spec: Of its elements.
    """

    def __init__(self, element_spec: Any):
        self.element_spec = element_spec

    def __repr__(self) -> str:
        return f"DatasetSpec({self.element_spec!r})"


def of_rows(source: Any) -> Any:
    """The spec of a row."""
    return map_structure(lambda a: of_array(a.shape[1:], a.dtype), source.arrays)


def of_signature(form: Any) -> Any:
    """The spec that a generator's signature is."""
    return _map_forms(lambda f: of_array(f.shape, f.dtype), form)


def _map_forms(function: Callable[[Any], Any], form: Any) -> Any:
    if hasattr(form, "dtype"):
        return function(form)
    if isinstance(form, dict):
        return {k: _map_forms(function, v) for k, v in form.items()}
    parts = [_map_forms(function, v) for v in form]
    return type(form)(*parts) if hasattr(form, "_fields") else tuple(parts)


def batched(element: Any, size: int, whole: bool) -> Any:
    """The spec of batches."""
    first = (size if whole else None,)
    return map_structure(
        lambda s: of_array(None if s.shape is None else first + tuple(s.shape), s.dtype), element
    )


def padded(element: Any, shapes: Any, size: int, whole: bool) -> Any:
    """The spec of padded batches."""
    wanted = iter(rows.spread(shapes, len(list(leaves(element)))))

    def one(leaf: Any) -> Any:
        shape = next(wanted)
        if shape is None:
            shape = leaf.shape
        elif leaf.shape is not None:
            shape = tuple(None if n in (None, -1) else int(n) for n in np.atleast_1d(shape))
        return of_array(shape, leaf.dtype)

    return batched(map_structure(one, element), size, bool(whole))


def row(element: Any) -> Any:
    """The spec of rows of an element."""
    return map_structure(lambda s: of_array(s.shape and s.shape[1:], s.dtype), element)


def mapped(step: Step, element: Any) -> Any:
    """The spec of what a function returns; `Unknown` is raised when tracing does not tell."""
    with contextlib.suppress(Exception):
        found = [_traced(step, element, size) for size in _SIZES]
        return common(*found)
    raise UnknownError


class UnknownError(Exception):
    """Only running the dataset tells what its elements look like."""


def unknown() -> Any:
    """Where nothing is known before."""
    raise UnknownError


def seen(dataset: Any) -> Any:
    """The spec of the first element."""
    for element in dataset._elements():
        return of(element)
    raise checks.wrong(
        "What the elements of a dataset look like is not known.",
        "an element to look at, or a function that can be traced",
        "an empty dataset",
        "look at element_spec of a dataset that is not empty",
    )


def _traced(step: Step, element: Any, size: int) -> Any:
    import jax

    from glasstape.data.drawing import Draws, drawing
    from glasstape.data.program import looking, no_variables

    def call(tensors: Any) -> Any:
        with no_variables(), drawing(Draws(lambda: 0, 0)):
            return map_structure(_as_tensor, step.call(tensors))

    def placeholder(leaf: Any) -> Any:
        return jax.ShapeDtypeStruct([size if n is None else n for n in leaf.shape], leaf.dtype)

    with border.eagerly(), looking():
        return jax.eval_shape(call, map_structure(placeholder, element))


def _as_tensor(leaf: Any) -> Any:
    import jax.numpy as jnp

    return jnp.asarray(leaf)


def common(*structures: Any) -> Any:
    """The spec of what differs in sizes only."""
    return functools.reduce(lambda one, other: map_structure(_common, one, other), structures)


def _common(one: Any, other: Any) -> TensorSpec:
    if None in (one.shape, other.shape) or len(one.shape) != len(other.shape):
        return of_array(None, one.dtype)
    shape = [a if a == b else None for a, b in zip(one.shape, other.shape, strict=True)]
    return of_array(tuple(shape), one.dtype)
