"""``glasstape tf-check``: what of TensorFlow a program needs, and whether it is there."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

# A table in a file or pipe is as wide as it needs to be.
_WIDE = 160


def tf_check(
    paths: Annotated[
        list[Path],
        typer.Argument(exists=True, metavar="FILE...", help="Programs, notebooks or folders."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Say what of TensorFlow programs is covered by glasstape.tf, without running them.

    Lists each name that is not there with its lines and what to use instead. Ends with exit code
    0 when everything is covered, and 1 when something is not.
    """
    # Rich's tables and ours of names take a tenth of a second that other commands need not pay.
    from glasstape.cli.check import programs, report
    from glasstape.cli.check.known import Known
    from glasstape.cli.check.uses import find_uses

    known = Known()
    read = [programs.read(path) for path in programs.find(paths)]
    checked = [report.Checked(p, find_uses(p.tree, known)) for p in read]
    if as_json:
        typer.echo(json.dumps(report.as_json(checked), indent=2, ensure_ascii=False))
    else:
        report.show(checked, _console(report))
    raise typer.Exit(0 if all(c.is_covered for c in checked) else 1)


def _console(report: Any) -> Any:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
    return report.Console(width=width, highlight=False)
