"""Run an example as the program it is, in this process."""

from __future__ import annotations

import contextlib
import io
import re
import sys

from tests.repo.tree import ROOT


def run(example, arguments, folder, **constants):
    """What an example prints.

    Args:
        example: Its path below examples/.
        arguments: Of its command line.
        folder: Where it runs.
        **constants: To put in place of those at its head.
    """
    file = ROOT / "examples" / example
    source = file.read_text(encoding="utf-8")
    for name, value in constants.items():
        source, count = re.subn(
            rf"(?m)^((?:\w+, )*){name}\b(.*) = .*$", rf"{name} = {value}", source
        )
        assert count == 1, name
    before = sys.argv, sys.path[:]
    sys.argv, sys.path[:] = [str(file), *arguments], [str(file.parent), *sys.path]
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as output:
            exec(compile(source, file, "exec"), {"__name__": "__main__"})
    finally:
        sys.argv, sys.path[:] = before
    return output.getvalue()


def numbers(text):
    """All numbers in a text."""
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text)]
