"""The table of one step's gradients, cut to the width and height there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from glasstape.monitor.runlog import Measurement, VariableInfo
from glasstape.monitor.views.health import Remark, percent, remarks
from glasstape.monitor.views.history import ASCII_BARS, BARS, History, sparkline

Language = Literal["en", "ko"]

HISTORY_WIDTH = 16
_GAP = "  "
_HEAD_AND_FOOT = 6  # lines: a free one, title, headings, rule, what is left out, explanation

WORDS = {
    "en": {
        "title": "Gradients of {step}, call {call}",
        "more": "and {count} more variables; the run folder has them all",
        "explained": "update: one step's change relative to the weights, healthy near 1e-3",
        "layer": "layer",
        "variable": "variable",
        "shape": "shape",
        "norm": "norm",
        "history": "norm over time",
        "largest": "largest",
        "zeros": "zeros",
        "nonfinite": "not finite",
        "update": "update",
        "remark": "remark",
    },
    "ko": {
        "title": "{step}의 그래디언트, {call}번째 호출",
        "more": "그 밖의 변수 {count}개는 실행 폴더에 있습니다",
        "explained": "갱신: 한 스텝의 변화량을 가중치 크기로 나눈 값, 1e-3 안팎이면 건강함",
        "layer": "층",
        "variable": "변수",
        "shape": "모양",
        "norm": "노름",
        "history": "노름의 변화",
        "largest": "최댓값",
        "zeros": "0 비율",
        "nonfinite": "비유한값",
        "update": "갱신",
        "remark": "참고",
    },
}


class _Column(NamedTuple):
    """A heading and its cells.

    Attributes:
        rank: Low numbers stay longest when there is little room.
        least: The width the column can shrink to; its full width when None.
    """

    heading: str
    cells: list[Text]
    rank: int
    justify: Literal["left", "right"] = "left"
    least: int | None = None

    @property
    def full(self) -> int:
        return max(cell_len(self.heading), *(c.cell_len for c in self.cells))

    @property
    def need(self) -> int:
        return self.full if self.least is None else min(self.least, self.full)


def draw(
    measurement: Measurement,
    histories: Sequence[History],
    width: int,
    height: int | None = None,
    language: Language = "en",
    ascii_only: bool = False,
) -> list[Text]:
    """The lines of the table.

    Args:
        measurement: What to show.
        histories: The history of each variable's gradient norm.
        width: No line is wider; the least important columns are left out first.
        height: No more lines than this, where possible; variables with a remark stay longest.
        language: Of headings and remarks.
        ascii_only: Use no characters beyond ASCII for the drawing.
    """
    words = WORDS[language]
    said = remarks(measurement, [h.usual() for h in histories])
    rows = _choose_rows(said, None if height is None else height - _HEAD_AND_FOOT)
    marks = _Marks(ascii_only)
    columns = _columns(measurement, histories, said, rows, words, language, marks)
    title = words["title"].format(step=measurement.step, call=measurement.call)
    lines = [Text(), Text(title, style="bold"), *_lay_out(columns, width, marks)]
    if len(rows) < len(said):
        left_out = words["more"].format(count=len(said) - len(rows))
        lines.append(Text(f"{marks.ellipsis} {left_out}", style="dim"))
    if cell_len(words["explained"]) <= width:
        lines.append(Text(words["explained"], style="dim"))
    return [_cut(line, width, marks) for line in lines]


class _Marks:
    """The characters to draw with."""

    def __init__(self, ascii_only: bool):
        self.bars = ASCII_BARS if ascii_only else BARS
        self.times, self.rule, self.ellipsis = ("x", "-", ".") if ascii_only else ("×", "─", "…")


def _choose_rows(said: Sequence[Remark | None], most: int | None) -> list[int]:
    """Which variables to show: all, or those with the worst remarks and then the first ones."""
    order = sorted(range(len(said)), key=lambda i: _urgency(said[i]))
    return sorted(order if most is None else order[: max(most, 1)])


def _urgency(remark: Remark | None) -> int:
    return 2 if remark is None else (0 if remark.severe else 1)


def _columns(
    measurement: Measurement,
    histories: Sequence[History],
    said: Sequence[Remark | None],
    rows: list[int],
    words: dict[str, str],
    language: Language,
    marks: _Marks,
) -> list[_Column]:
    infos = [measurement.variables[i] for i in rows]
    values = [measurement.values[i] for i in rows]
    norm, largest, zeros, nonfinite, ratio = (list(c) for c in zip(*values, strict=True))
    bars = [sparkline(histories[i].stretches(HISTORY_WIDTH), marks.bars) for i in rows]
    shapes = [marks.times.join(map(str, info.shape)) for info in infos]
    columns = [
        _Column(words["layer"], _layers(infos), 0, least=8),
        _Column(words["variable"], [Text(info.name) for info in infos], 3, least=8),
        _Column(words["shape"], [Text(s, style="dim") for s in shapes], 7),
        _Column(words["norm"], [*map(_number, norm)], 1, "right"),
        _Column(words["history"], [Text(b.ljust(HISTORY_WIDTH), style="cyan") for b in bars], 4),
        _Column(words["largest"], [*map(_number, largest)], 8, "right"),
        _Column(words["zeros"], [Text(percent(z)) for z in zeros], 6, "right"),
        _Column(words["nonfinite"], [*map(_nonfinite, nonfinite)], 9, "right"),
        _Column(words["update"], [*map(_ratio, ratio)], 5, "right"),
    ]
    if any(said):
        remarked = [_remark(said[i], language) for i in rows]
        columns.append(_Column(words["remark"], remarked, 2, least=12))
    return columns


def _layers(infos: Sequence[VariableInfo]) -> list[Text]:
    """Each layer's name where it begins, without what all names begin with."""
    paths = [info.layer.split("/") for info in infos]
    shared = 0
    while all(len(p) > shared + 1 and p[shared] == paths[0][shared] for p in paths):
        shared += 1
    names = ["/".join(p[shared:]) for p in paths]
    above = [None, *names]
    return [Text("" if n == a else n, style="bold") for n, a in zip(names, above, strict=False)]


def _number(value: float) -> Text:
    if not math.isfinite(value):
        return Text(f"{value:>7}", style="bold red")
    plain = value == 0 or 1e-3 <= abs(value) < 1e3
    return Text(f"{value:>7.4f}" if plain else f"{value:>7.1e}")


def _ratio(value: float) -> Text:
    # Of weights that are 0 there is no ratio: biases before their first update.
    return Text(f"{value:>7.1e}" if math.isfinite(value) else "-")


def _nonfinite(share: float) -> Text:
    return Text(percent(share), style="bold red" if share > 0 else "dim")


def _remark(remark: Remark | None, language: Language) -> Text:
    if remark is None:
        return Text()
    return Text(remark.text(language), style="bold red" if remark.severe else "yellow")


def _lay_out(columns: list[_Column], width: int, marks: _Marks) -> list[Text]:
    """Headings, a rule and the rows, in as many of the columns as fit."""
    kept = _choose_columns(columns, width)
    widths = _widths(kept, width)
    headings = [Text(c.heading, style="dim") for c in kept]
    rows = [headings, *zip(*(c.cells for c in kept), strict=True)]
    lines = [
        Text(_GAP).join(
            _fit(cell, size, column, marks)
            for cell, size, column in zip(row, widths, kept, strict=True)
        )
        for row in rows
    ]
    total = sum(widths) + len(_GAP) * (len(widths) - 1)
    return [lines[0], Text(marks.rule * total, style="dim"), *lines[1:]]


def _choose_columns(columns: list[_Column], width: int) -> list[_Column]:
    kept = list(columns)
    while len(kept) > 2 and _needed(kept) > width:
        kept.remove(max(kept, key=lambda c: c.rank))
    return kept


def _needed(columns: list[_Column]) -> int:
    return sum(c.need for c in columns) + len(_GAP) * (len(columns) - 1)


def _widths(columns: list[_Column], width: int) -> list[int]:
    """What the columns need, and what is left to those that would like more."""
    left = max(width - _needed(columns), 0)
    widths = []
    for column in columns:
        more = min(left, column.full - column.need)
        left -= more
        widths.append(column.need + more)
    return widths


def _fit(cell: Text, size: int, column: _Column, marks: _Marks) -> Text:
    """The cell in exactly `size` columns; of a layer's long name the end says most."""
    cell = cell.copy()
    if cell.cell_len > size and column.rank == 0:
        while cell.cell_len > size - 1:
            cell = cell[1:]
        cell = Text(marks.ellipsis, style=cell.style).append_text(cell)
    cell = _cut(cell, size, marks)
    if column.justify == "right":
        cell.pad_left(size - cell.cell_len)
    else:
        cell.pad_right(size - cell.cell_len)
    return cell


def _cut(text: Text, width: int, marks: _Marks) -> Text:
    text.truncate(width, overflow="ellipsis" if marks.ellipsis == "…" else "crop")
    text.no_wrap = True
    return text
