"""Programs in files, folders and notebooks, as syntax trees with the places of their lines."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[\w,.\s]+=\s*[%!].*|[\w.]+\?{1,2}\s*)$")
# Cells that are not Python; others, such as %%time, are.
_FOREIGN = (
    "bash",
    "cmd",
    "html",
    "javascript",
    "js",
    "latex",
    "markdown",
    "sh",
    "svg",
    "writefile",
)
_SKIPPED = {"__pycache__", "node_modules", "site-packages"}


@dataclass
class Program:
    """One file.

    Attributes:
        path: Of the file.
        tree: What it says.
        places: Of each line, from the first on: its number, or ``"cell 2, line 3"``.
        errors: What could not be read, as (place, message).
    """

    path: Path
    tree: ast.Module
    places: list[str]
    errors: list[tuple[str, str]] = field(default_factory=list)

    def place(self, line: int) -> str:
        """How to find a line of the tree in the file."""
        return self.places[line - 1] if line <= len(self.places) else str(line)


def find(paths: Iterable[Path]) -> Iterator[Path]:
    """The files among `paths` and those in its folders, each once."""
    seen: set[Path] = set()
    for path in paths:
        for file in sorted(_inside(path)) if path.is_dir() else [path]:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _inside(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        parts = file.relative_to(folder).parts
        hidden = any(p.startswith(".") or p in _SKIPPED for p in parts)
        if file.suffix in (".py", ".ipynb") and not hidden and file.is_file():
            yield file


def read(path: Path) -> Program:
    """Parse a file; what cannot be read is among its `errors`."""
    try:
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
        return _notebook(path, text) if path.suffix == ".ipynb" else _script(path, text)
    except OSError as error:
        return _unreadable(path, "", error.strerror or str(error))


def _unreadable(path: Path, place: str, message: str) -> Program:
    return Program(path, ast.Module([], []), [], [(place, message)])


def _script(path: Path, text: str) -> Program:
    lines = text.splitlines()
    places = [str(n) for n in range(1, len(lines) + 2)]
    try:
        return Program(path, _parse(text), places)
    except (SyntaxError, ValueError) as error:
        return _unreadable(path, *_what(error, places))


def _notebook(path: Path, text: str) -> Program:
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        return _unreadable(path, "", "this is not a notebook (of format 4)")
    program = Program(path, ast.Module([], []), [])
    for number, source in enumerate(sources, 1):
        _add_cell(program, number, source)
    return program


def _add_cell(program: Program, number: int, source: str) -> None:
    lines = _python_lines(source)
    places = [f"cell {number}, line {n}" for n in range(1, len(lines) + 2)]
    try:
        tree = _parse("\n".join(lines))
    except (SyntaxError, ValueError) as error:
        program.errors.append(_what(error, places))
        return
    ast.increment_lineno(tree, len(program.places))
    program.tree.body += tree.body
    program.places += places


def _python_lines(source: str) -> list[str]:
    lines = source.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and first[2:].split()[:1] and first[2:].split()[0] in _FOREIGN:
        return []
    return [_MAGIC.sub(r"\1pass", line) for line in lines]


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as of "\d" in the user's strings
        tree = compile(text, "<program>", "exec", _FLAGS)
    assert isinstance(tree, ast.Module)  # noqa: S101 - our own invariant
    return tree


# Notebooks may `await` outside of functions.
_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def _what(error: Exception, places: list[str]) -> tuple[str, str]:
    if not isinstance(error, SyntaxError):
        return "", str(error)
    line = min(error.lineno or 1, len(places))
    return places[line - 1], f"not Python 3: {error.msg}"
