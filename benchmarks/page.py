"""Make docs/benchmarks.md from kept results: ``python -m benchmarks.page FILE...``.

The first file has the main results; others are of other runs, on another machine where they have no
``heading`` that says what else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def main(*files: str) -> None:
    """Write the page and print the overview for the README."""
    results = [json.loads(Path(file).read_text(encoding="utf-8")) for file in files]
    PAGE.write_text(table.page(*results), encoding="utf-8")
    print(table.overview(results[0]))


if __name__ == "__main__":
    main(*sys.argv[1:])
