"""The guide to the tape: its examples run, its tables are complete, its picture is there."""

import re

import pytest

from glasstape.tape import reasons
from tests.repo import guides
from tests.repo.tree import ROOT

GUIDE = (ROOT / "docs/tape.md").read_text(encoding="utf-8")


@pytest.mark.thorough
def test_the_examples_run(tmp_path):
    done = guides.run(ROOT / "docs/tape.md", tmp_path)
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
