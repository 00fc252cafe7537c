"""What is measured, one kind of row a file; each offers ``measure(bench)``, which gives rows."""

from __future__ import annotations

from typing import Any, NamedTuple

from benchmarks.race import Ratio, quartiles, ratio


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        case: Net and batch size, readable.
        ours: Title of what is judged.
        other: Title of what it is compared with.
        ours_ms: Median, milliseconds.
        other_ms: Median, milliseconds.
        ratio: Ours over theirs.
        blocks: From how many pairs.
        at_most: The ratio to reach, or None when the row is for information.
        note: Anything to know.
    """

    case: str
    ours: str
    other: str
    ours_ms: float | None = None
    other_ms: float | None = None
    ratio: Ratio | None = None
    blocks: int = 0
    at_most: float | None = None
    note: str = ""


def compare(
    case: str, ours: tuple[str, list[float]], other: tuple[str, list[float]], **more: Any
) -> Row:
    """Make a row of two titles and their seconds, block by block."""
    (our_title, our_seconds), (other_title, other_seconds) = ours, other
    return Row(
        case,
        our_title,
        other_title,
        ours_ms=quartiles(our_seconds)[1] * 1e3,
        other_ms=quartiles(other_seconds)[1] * 1e3,
        ratio=ratio(our_seconds, other_seconds),
        blocks=len(our_seconds),
        **more,
    )
