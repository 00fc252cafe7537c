"""What a tape writes down: one `Record` an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from glasstape.ports.jax_trace import Operation, is_differentiable
from glasstape.sources import Mark, Source


class Record:
    """One executed operation.

    Attributes:
        operation: What ran; it can run again on any trace.
        inputs: The arrays that went in, kept alive.
        outputs: The arrays that came out, kept alive.
        known: Positions of the inputs the tape follows.
        pullback: Cotangents of the outputs to cotangents of ``inputs[known]``; set when the
            operation was linearized while it was recorded, else None.
        mark: Where it ran.

    Example:
        >>> import jax.numpy as jnp
        >>> import glasstape as gt
        >>> x = jnp.ones((2, 3))
        >>> with gt.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = jnp.sin(x)
        >>> tape.records[0].name, tape.records[0].kept_bytes
        ('sin', 24)
    """

    __slots__ = ("inputs", "known", "mark", "operation", "outputs", "pullback")

    def __init__(
        self,
        operation: Operation,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        known: tuple[int, ...],
        pullback: Callable[[list[Any]], Sequence[Any]] | None,
        mark: Mark,
    ):
        self.operation = operation
        self.inputs = inputs
        self.outputs = outputs
        self.known = known
        self.pullback = pullback
        self.mark = mark

    @property
    def name(self) -> str:
        """Name of the primitive; for a compiled or custom function, that of the function."""
        return self.operation.title

    @property
    def source(self) -> Source:
        """The user's file and line."""
        return self.mark.source

    @property
    def layer(self) -> str | None:
        """Path of the innermost Keras layer or loss that was being called, or None."""
        return self.mark.layer

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shape of each input."""
        return tuple(map(_shape, self.inputs))

    @property
    def output_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shape of each output."""
        return tuple(map(_shape, self.outputs))

    @property
    def input_dtypes(self) -> tuple[Any, ...]:
        """Dtype of each input."""
        return tuple(a.dtype for a in self.inputs)

    @property
    def output_dtypes(self) -> tuple[Any, ...]:
        """Dtype of each output."""
        return tuple(a.dtype for a in self.outputs)

    @property
    def kept_bytes(self) -> int:
        """Size of what is kept because of it: its outputs, and its inputs that nobody follows.

        Inputs that are followed are outputs of other records, or belong to the user.
        """
        return total_bytes([*self.outputs, *self.constants])

    @property
    def constants(self) -> list[Any]:
        """The inputs that the tape does not follow."""
        return [a for i, a in enumerate(self.inputs) if i not in self.known]

    @property
    def followed_outputs(self) -> list[Any]:
        """The outputs that the tape follows."""
        return [o for o in self.outputs if is_differentiable(o)]

    def __repr__(self) -> str:
        layer = f" in {self.layer}" if self.layer else ""
        return f"<Record {self.name}: {signature(self)}{layer}, {self.source}>"


def signature(record: Record) -> str:
    """Inputs and outputs, such as ``f32[2,3], f32[3] -> f32[2]``."""
    return f"{shapes(record.inputs)} -> {shapes(record.outputs)}"


def shapes(arrays: Iterable[Any]) -> str:
    """Dtype and shape of each array."""
    return ", ".join(map(shape, arrays))


def kept_bytes(records: Iterable[Record]) -> int:
    """Size of all that is kept because of `records`; what several share counts once."""
    return total_bytes(a for r in records for a in [*r.outputs, *r.constants])


_SHORT = {"float": "f", "bfloat": "bf", "int": "i", "uint": "u", "complex": "c"}


def shape(array: Any) -> str:
    """Dtype and shape of an array, such as ``f32[2,3]``."""
    dtype = str(array.dtype)
    kind = dtype.rstrip("0123456789")
    short = _SHORT.get(kind, kind) + dtype[len(kind) :]
    return f"{short}[{','.join(map(str, _shape(array)))}]"


def _shape(array: Any) -> tuple[int, ...]:
    # JAX hands out Python numbers of a type of its own where a program has a constant.
    return tuple(getattr(array, "shape", ()))


def total_bytes(arrays: Iterable[Any]) -> int:
    """Bytes of the different ones among `arrays`; those of unknown size count as none."""
    return sum(map(_nbytes, {id(a): a for a in arrays}.values()))


def _nbytes(array: Any) -> int:
    try:
        return int(array.size) * array.dtype.itemsize
    except (AttributeError, TypeError, ValueError):
        return 0  # a symbolic shape, or random keys
