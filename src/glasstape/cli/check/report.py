"""The findings: as tables in the terminal, or as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from glasstape.cli.check.programs import Program
from glasstape.cli.check.uses import Uses

# A name used on many lines is listed with the first of them.
_LINES_SHOWN = 4


class Checked(NamedTuple):
    """A program with what was found in it."""

    program: Program
    uses: Uses

    @property
    def is_covered(self) -> bool:
        """Whether nothing is missing and all could be read."""
        return not self.uses.missing and not self.program.errors

    @property
    def is_tensorflow(self) -> bool:
        """Whether it uses TensorFlow or what needs it."""
        return bool(self.uses.imports or self.uses.missing or self.uses.is_translated)


def as_json(checked: list[Checked]) -> dict[str, Any]:
    """The findings as plain data."""
    return {"files": [_file(c) for c in checked], "summary": _summary(checked)}


def _file(checked: Checked) -> dict[str, Any]:
    program, uses = checked
    return {
        "path": str(program.path),
        "uses_tensorflow": checked.is_tensorflow,
        "covered": checked.is_covered,
        "imports": [{"at": program.place(n), "write": w} for n, w in sorted(uses.imports.items())],
        "names": dict(sorted(uses.covered.items())),
        "missing": [
            {"name": name, "at": [program.place(n) for n in lines], "way": uses.ways[name]}
            for name, lines in _in_order(uses)
        ],
        "errors": [{"at": place, "message": message} for place, message in program.errors],
    }


def _summary(checked: list[Checked]) -> dict[str, Any]:
    missing = Counter(name for c in checked for name in c.uses.missing)
    return {
        "files": len(checked),
        "with_tensorflow": sum(c.is_tensorflow for c in checked),
        "covered": sum(c.is_covered and c.is_tensorflow for c in checked),
        "unreadable": sum(bool(c.program.errors) for c in checked),
        "missing": dict(missing.most_common()),
    }


def _in_order(uses: Uses) -> list[tuple[str, list[int]]]:
    return sorted(uses.missing.items(), key=lambda item: min(item[1]))


def show(checked: list[Checked], console: Console) -> None:
    """Print one paragraph a program that uses TensorFlow, and a summary."""
    for one in checked:
        if one.is_tensorflow or one.program.errors:
            _show_one(one, console)
    _show_summary(checked, console)


def _show_one(checked: Checked, console: Console) -> None:
    program, uses = checked
    there, gone = len(uses.covered), len(uses.missing)
    verdict = Text("covered", "green") if checked.is_covered else Text("not covered", "red")
    counts = f"{there} of {there + gone} names are there" if there + gone else "no name is used"
    console.print(Text.assemble((str(program.path), "bold"), ": ", verdict, f", {counts}"))
    for place, message in program.errors:
        where = f"line {place}: " if place.isdigit() else f"{place}: " if place else ""
        console.print(Text.assemble("  cannot be read: ", (f"{where}{message}", "red")))
    for line, instead in sorted(uses.imports.items()):
        console.print(
            Text.assemble(
                "  line " if program.place(line).isdigit() else "  ",
                program.place(line),
                ": write ",
                (instead, "cyan"),
            )
        )
    if uses.missing:
        console.print(_table(program, uses))
    console.print()


def _table(program: Program, uses: Uses) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    table.add_column("at", justify="right")
    table.add_column("not there", style="yellow", overflow="fold")
    table.add_column("instead", overflow="fold")
    for name, lines in _in_order(uses):
        table.add_row(_places(program, lines), Text(_spelled(name)), Text(uses.ways[name]))
    return table


def _places(program: Program, lines: list[int]) -> Text:
    shown = [program.place(n) for n in lines[:_LINES_SHOWN]]
    more = f" and {len(lines) - _LINES_SHOWN} more" if len(lines) > _LINES_SHOWN else ""
    return Text(("; " if any("," in s for s in shown) else ", ").join(shown) + more)


def _spelled(name: str) -> str:
    return name if name.startswith(("tensorflow_", "tf_")) else f"tf.{name}"


def _show_summary(checked: list[Checked], console: Console) -> None:
    summary = _summary(checked)
    if not summary["with_tensorflow"] and not summary["unreadable"]:
        files = "file uses" if len(checked) == 1 else "files use"
        console.print(f"{len(checked)} {files} no TensorFlow.")
        return
    style = "green" if summary["covered"] == summary["with_tensorflow"] else "red"
    text = f"{summary['covered']} of {summary['with_tensorflow']} programs are covered"
    if summary["unreadable"]:
        text += f"; {summary['unreadable']} could not be read in whole"
    console.print(Text(f"{text}.", style))
    common = [f"{_spelled(n)} ({c})" for n, c in [*summary["missing"].items()][:8]]
    if len(checked) > 1 and common:
        console.print(Text(f"Missing most often: {', '.join(common)}"))
