"""Make docs/benchmarks.md from kept results: ``python -m benchmarks.page FILE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def main(file: str) -> None:
    """Write the page and print the overview for the README."""
    results = json.loads(Path(file).read_text(encoding="utf-8"))
    PAGE.write_text(table.page(results), encoding="utf-8")
    print(table.overview(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
