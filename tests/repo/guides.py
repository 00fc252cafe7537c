"""The guides in docs/, as programs."""

import subprocess
import sys

from tests.repo.tree import ROOT

GUIDES = sorted(p for p in (ROOT / "docs").glob("*.md") if "```python" in p.read_text("utf-8"))


def program(text):
    """All examples of a guide in order, at the lines where they stand."""
    lines, inside = [], False
    for line in text.splitlines():
        is_fence = line.startswith("```")
        lines.append(line if inside and not is_fence else "")
        inside = line == "```python" or (inside and not is_fence)
    return "\n".join(lines) + "\n"


def run(path, folder):
    """Run the examples of a guide in a folder of their own."""
    file = folder / "guide.py"
    file.write_text(program(path.read_text("utf-8")), encoding="utf-8")
    return subprocess.run(
        [sys.executable, file], cwd=folder, capture_output=True, text=True, check=False
    )
