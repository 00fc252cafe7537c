"""The tape as a table, one line a record."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from glasstape.sources import Source
from glasstape.tape.record import Record, kept_bytes, signature

# A longer tape is shown without its middle.
_ROWS = 40
_HEAD = ("", "operation", "shapes", "layer", "line", "kept")
# Where there is no terminal, as in a file or a notebook.
_WIDTH = 120
# Columns that give way, in this order, down to these widths, when the table is too wide.
_NARROWEST = ((2, 24), (3, 14), (4, 12), (1, 10), (2, 8), (3, 5))


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
    widths = _widths(rows, shutil.get_terminal_size((_WIDTH, _ROWS)).columns)
    lines = [_line(row, widths) for row in rows]
    if tail:
        lines.insert(1 + len(head), f"... {hidden} more ...")
    kept = size(kept_bytes(records))
    return "\n".join([f"GradientTape: {len(records)} operations, {kept} kept", *lines])


def _row(number: int, record: Record) -> tuple[str, ...]:
    return (
        str(number),
        record.name,
        signature(record),
        record.layer or "",
        place(record.source),
        size(record.kept_bytes),
    )


def _widths(rows: Sequence[Sequence[str]], available: int) -> list[int]:
    """Of each column, so that a row fits; never less than what is left when all gave way."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for column, least in _NARROWEST:
        excess = sum(widths) + 2 * (len(widths) - 1) - available
        if excess > 0:
            widths[column] = min(widths[column], max(widths[column] - excess, least))
    return widths


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    number, operation, shapes, layer, line, kept = row
    cells = (
        number.rjust(widths[0]),
        _beginning(operation, widths[1]),
        _shorten(shapes, widths[2]),
        _end(layer, widths[3]),
        _end(line, widths[4]),
        kept.rjust(widths[5]),
    )
    return "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()


def _beginning(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _end(text: str, width: int) -> str:
    return text if len(text) <= width else "…" + text[1 - width :]


def _shorten(text: str, width: int) -> str:
    """The result is what one looks for, so the inputs give way, the last ones first."""
    inputs, _, result = text.rpartition(" -> ")
    kept = inputs.split(", ")
    while len(text) > width and kept:
        kept.pop()
        text = ", ".join([*kept, "…"]) + " -> " + result
    return text if len(text) <= width else _end(result, width)


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
