"""The examples of the guides in docs/ run, and their links lead somewhere."""

import re

import pytest

from tests.repo import guides, test_function_guides
from tests.repo.tree import ROOT
from tests.thorough import all_but

# Their own tests run them and look at what they print, too.
WITH_OUTPUT = ["tape.md", *test_function_guides.GUIDES]
OTHERS = [p for p in guides.GUIDES if p.name not in WITH_OUTPUT]
ORDINARY = [p for p in OTHERS if p.name in ("function.md", "tensorflow.md")]


@pytest.mark.parametrize("path", all_but(ORDINARY, OTHERS), ids=lambda p: p.stem)
def test_the_examples_run(path, tmp_path):
    done = guides.run(path, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda p: p.stem)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        assert "://" in target or (path.parent / target).exists(), target
