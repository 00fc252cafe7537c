"""The guides to what a function offers: their examples run and print what is shown."""

import contextlib
import io
import re

import keras
import pytest

from tests.repo.tree import ROOT

GUIDES = ["inspection.md", "saving.md"]


def text(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GUIDES)
def test_the_examples_run_and_print_what_is_shown(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.clear_session()  # the names of layers are numbered
    printed, known = io.StringIO(), {}
    with contextlib.redirect_stdout(printed):
        for code in re.findall(r"```python\n(.*?)```", text(name), re.DOTALL):
            exec(compile(code, name, "exec"), known)
    lines = set(map(without_place, printed.getvalue().splitlines()))
    for shown in re.findall(r"```text\n(.*?)```", text(name), re.DOTALL):
        for line in shown.splitlines():
            assert is_number(line) or without_place(line) in lines, line


def without_place(line):
    return " ".join(re.sub(r"# \S+:\d+", "", line).split())


def is_number(line):
    """What XLA counts differs between its versions."""
    return re.search(r"(\d (bytes|KiB)|operations +[\d,]+)$", line)


@pytest.mark.parametrize("name", [*GUIDES, "cache.md"])
def test_the_changelog_leads_there(name):
    assert f"(docs/{name})" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
