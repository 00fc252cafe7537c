"""What XLA says a compiled program takes: operations, bytes, memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cost:
    """What one call of a compiled step takes, as XLA counts it; None where it does not tell.

    Attributes:
        name: The step with its arguments.
        flops: Floating-point operations. What a loop runs counts once where XLA does not know how
            often it runs.
        bytes_moved: Bytes its operations read and write in all.
        argument_bytes: Size of what goes in: the arguments and the variables.
        output_bytes: Size of what comes out: the result and the new values of variables.
        in_place_bytes: What is in both because it is overwritten in place: the variables the step
            reads and writes, which are donated.
        temporary_bytes: What is needed in between.
    """

    name: str
    flops: float | None
    bytes_moved: float | None
    argument_bytes: int | None
    output_bytes: int | None
    in_place_bytes: int | None
    temporary_bytes: int | None

    @classmethod
    def of(cls, name: str, compiled: Any) -> Cost:
        """The cost of a compiled program."""
        counted: Any = compiled.cost_analysis() or {}
        memory: Any = compiled.memory_analysis()
        return cls(
            name,
            counted.get("flops"),
            counted.get("bytes accessed"),
            getattr(memory, "argument_size_in_bytes", None),
            getattr(memory, "output_size_in_bytes", None),
            getattr(memory, "alias_size_in_bytes", None),
            getattr(memory, "temp_size_in_bytes", None),
        )

    @property
    def peak_bytes(self) -> int | None:
        """All that is held while the step runs; variables overwritten in place count once."""
        if self.temporary_bytes is None or self.argument_bytes is None:
            return None
        return self.argument_bytes + (self.result_bytes or 0) + self.temporary_bytes

    @property
    def result_bytes(self) -> int | None:
        """Of what comes out, what is not overwritten in place."""
        if self.output_bytes is None or self.in_place_bytes is None:
            return None
        return self.output_bytes - self.in_place_bytes

    def __str__(self) -> str:
        rows = [
            ("floating-point operations", _number(self.flops)),
            ("bytes moved", size(self.bytes_moved)),
            ("peak memory", size(self.peak_bytes)),
            ("  arguments and variables", size(self.argument_bytes)),
            ("    of it overwritten in place", size(self.in_place_bytes)),
            ("  results", size(self.result_bytes)),
            ("  temporaries", size(self.temporary_bytes)),
        ]
        return "\n".join([self.name, *(f"{label:32}{value:>12}" for label, value in rows)])


def _number(value: float | None) -> str:
    if value is None:
        return "unknown"
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:,.0f}"


def size(value: float | None) -> str:
    """Bytes, readable."""
    if value is None:
        return "unknown"
    for unit, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if value >= unit:
            return f"{value / unit:.2f} {name}"
    return f"{value:.0f} bytes"
