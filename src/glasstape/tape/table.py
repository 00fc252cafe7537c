"""The tape as a table, one line a record."""

from __future__ import annotations

import os
from collections.abc import Sequence

from glasstape.sources import Source
from glasstape.tape.record import Record, signature, total_bytes

# A longer tape is shown without its middle.
_ROWS = 40
_SHAPES = 48
_HEAD = ("", "operation", "shapes", "layer", "line", "kept")


def table(records: Sequence[Record]) -> str:
    """Number, operation, shapes, layer, line and kept size of each record, and their sum."""
    if not records:
        return "GradientTape: nothing recorded"
    numbered = list(enumerate(records))
    hidden = len(records) - _ROWS
    head, tail = numbered, []
    if hidden > 0:
        head, tail = numbered[: _ROWS // 2], numbered[-_ROWS // 2 :]
    rows = [_HEAD, *[_row(i, r) for i, r in [*head, *tail]]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    if tail:
        lines.insert(1 + len(head), f"... {hidden} more ...")
    kept = size(total_bytes(a for r in records for a in [*r.outputs, *r.constants]))
    return "\n".join([f"GradientTape: {len(records)} operations, {kept} kept", *lines])


def _row(number: int, record: Record) -> tuple[str, ...]:
    return (
        str(number),
        record.name,
        _shorten(signature(record)),
        record.layer or "",
        place(record.source),
        size(record.kept_bytes),
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    number, *middle, kept = row
    cells = [c.ljust(w) for c, w in zip(middle, widths[1:-1], strict=True)]
    return "  ".join([number.rjust(widths[0]), *cells, kept.rjust(widths[-1])]).rstrip()


def _shorten(text: str) -> str:
    """The result is what one looks for, so the inputs give way."""
    if len(text) <= _SHAPES:
        return text
    result = text[text.rindex(" -> ") :]
    return text[: max(_SHAPES - len(result) - 3, 0)] + "..." + result[: _SHAPES - 3]


def place(source: Source) -> str:
    """File and line, the file as short as it is clear."""
    if not source.line:
        return ""
    file = source.file
    here = os.getcwd() + os.sep
    file = file.removeprefix(here) if file.startswith(here) else os.path.basename(file)
    return f"{file}:{source.line}"


def size(count: int) -> str:
    """Bytes in the unit that suits."""
    if count < 1000:
        return f"{count} B"
    for power, unit in ((1, "kB"), (2, "MB")):
        if count < 999.5 * 1000**power:
            return f"{count / 1000**power:.3g} {unit}"
    return f"{count / 1000**3:.3g} GB"
