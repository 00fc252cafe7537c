"""The program in the README runs, and both languages show the same one."""

import ast
import re
import subprocess
import sys

import pytest

from tests.repo.tree import ROOT


def program(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1)


def without_words(code):
    """The syntax tree with every text taken out; comments are not in it anyway."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.mark.thorough
def test_it_runs_and_learns(tmp_path):
    program_file = tmp_path / "program.py"
    program_file.write_text(program("README.md"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program_file], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    losses = [float(x) for x in re.findall(r"epoch \d: loss ([\d.]+)", done.stdout)]
    assert len(losses) == 3
    assert losses[-1] < 0.5 * losses[0]
    assert list((tmp_path / "runs").glob("*/gradients.jsonl"))


def test_it_is_short():
    assert len([line for line in program("README.md").splitlines() if line.strip()]) <= 30


def test_both_languages_show_the_same_program():
    english, korean = map(program, ("README.md", "README.ko.md"))
    same = [without_words(c) for c in (english, korean)]
    # The words of an f-string are pieces of it, so their number may differ between languages.
    assert re.sub(r"Constant\(value=''[^)]*\)(, )?", "", same[0]) == re.sub(
        r"Constant\(value=''[^)]*\)(, )?", "", same[1]
    )
