"""What a tape writes down: one `Record` an operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glasstape.ports.jax_trace import Operation


class Record:
    """One executed operation.

    Attributes:
        operation: What ran; it can run again on any trace.
        inputs: The arrays that went in, kept alive.
        outputs: The arrays that came out, kept alive.
        known: Positions of the inputs the tape follows.
        pullback: Cotangents of the outputs to cotangents of ``inputs[known]``; set when the
            operation was linearized while it was recorded, else None.
    """

    __slots__ = ("inputs", "known", "operation", "outputs", "pullback")

    def __init__(
        self,
        operation: Operation,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        known: tuple[int, ...],
        pullback: Callable[[list[Any]], Sequence[Any]] | None = None,
    ):
        self.operation = operation
        self.inputs = inputs
        self.outputs = outputs
        self.known = known
        self.pullback = pullback

    def __repr__(self) -> str:
        shapes = ", ".join(f"{o.dtype}{list(o.shape)}" for o in self.outputs)
        return f"<Record {self.operation.name} -> {shapes}>"
