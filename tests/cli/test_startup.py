"""The command line answers at once, and Keras is imported without what it does not need."""

import importlib
import re
import subprocess
import sys
import tomllib

import pytest
from typer.testing import CliRunner

import glasstape
from glasstape.cli import app
from glasstape.cli.imports import without
from tests.repo.tree import ROOT

SLOW = {"jax", "jaxlib", "keras", "numpy", "sklearn", "tensorflow"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["demo", "--help"], []])
def test_answers_import_nothing_slow(arguments):
    command = [sys.executable, "-X", "importtime", "-m", "glasstape", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    imported = set(re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE))
    assert done.returncode == (0 if arguments else 2)
    assert "glasstape.cli.demo" in imported
    assert not imported & SLOW


def test_version():
    assert CliRunner().invoke(app, ["--version"]).output == f"glasstape {glasstape.__version__}\n"


def test_help_names_the_command():
    output = CliRunner().invoke(app, ["--help"]).output
    assert re.search(r"^ *demo +Train a small", output, re.MULTILINE)


def test_the_installed_command_is_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, function = project["scripts"]["glasstape"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_without_hides_packages_for_a_while():
    # Any module of the standard library that nobody imports otherwise.
    sys.modules.pop("this", None)
    sys.modules.pop("antigravity", None)
    loaded = sys.modules["re"]
    with without("antigravity", "re"):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("antigravity")
        assert sys.modules["re"] is loaded, "what is there already stays"
    assert "antigravity" not in sys.modules
    assert importlib.util.find_spec("antigravity") is not None
