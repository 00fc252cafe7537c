"""The guide to the tape: its examples run, its tables are complete, its picture is there."""

import re
import subprocess
import sys

from glasstape.tape import reasons
from tests.repo.tree import ROOT

GUIDE = (ROOT / "docs/tape.md").read_text(encoding="utf-8")


def program():
    """All examples in order, at the lines where they stand."""
    lines, inside = [], False
    for line in GUIDE.splitlines():
        is_fence = line.startswith("```")
        lines.append(line if inside and not is_fence else "")
        inside = line == "```python" or (inside and not is_fence)
    return "\n".join(lines) + "\n"


def test_the_examples_run(tmp_path):
    file = tmp_path / "guide.py"
    file.write_text(program(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, file], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "tape.html").stat().st_size > 10_000
    printed = re.sub(r"\S*guide\.py:\d+", "LINE", done.stdout)
    for text in re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL):
        for shown in text.splitlines():
            shown = re.sub(r"\S+\.py:\d+", "LINE", shown)
            assert shown == "..." or shown.split() in [p.split() for p in printed.splitlines()]


def test_every_kind_of_explanation_is_told():
    rows = re.findall(r"^\| (`[^|]*) \|", GUIDE, re.MULTILINE)
    told = set(re.findall(r"`(\w+)`", " ".join(rows)))
    others = {"cut", "left", "target", "not_used", "zero", "nonfinite", "alive"}
    assert told >= set(reasons.VARIABLES) | others


def test_pictures_and_links_are_there():
    for target in re.findall(r"\]\(([^)#]+)\)", GUIDE):
        assert (ROOT / "docs" / target).exists()
    for readme in ("README.md", "README.ko.md"):
        assert "(docs/tape.md)" in (ROOT / readme).read_text(encoding="utf-8")
