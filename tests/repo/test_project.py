"""Facts that are written in two places must agree."""

import re
import tomllib

import pytest

from glasstape.ports.versions import SUPPORTED
from tests.repo.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", SUPPORTED)
def test_version_ranges_agree(package):
    low, high = SUPPORTED[package]
    assert f"{package}>={low},<{high}" in PROJECT["project"]["dependencies"]


@pytest.mark.parametrize("package", SUPPORTED)
def test_ci_tests_the_oldest_supported_version(package):
    assert f"{package}=={SUPPORTED[package][0]}" in CI


def test_the_version_is_written_once():
    import glasstape

    assert re.fullmatch(r"\d+\.\d+\.\d+", glasstape.__version__)
    assert PROJECT["project"]["dynamic"] == ["version"]


def test_ci_runs_the_readmes_test_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install -e '.[test]' && pytest" in readme
    assert "pip install -q -e '.[test]'" in CI
    assert re.search(r"^ *pytest$", CI, re.MULTILINE)


def test_no_machines_paths_in_the_repository():
    texts = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("src/**/*.py"),
        ROOT / ".ci" / "run",
    ]
    for path in texts:
        assert not re.search(r"/(work|root|home/\w+)/", path.read_text(encoding="utf-8")), path
