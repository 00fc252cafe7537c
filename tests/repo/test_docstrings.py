"""Public names are documented with an example, and the examples run."""

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import glasstape

PUBLIC = {n: getattr(importlib.import_module(home), n) for n, home in glasstape._HOME.items()}
MODULES = [
    m.name for m in pkgutil.walk_packages(glasstape.__path__, "glasstape.") if ".cli" not in m.name
]
NO_EXAMPLE = {"Function", "UnconnectedGradients"}  # made by `function`; two constants


@pytest.fixture(autouse=True)
def _public_names(monkeypatch):
    """The examples see the public names, whatever was imported before."""
    for name, value in PUBLIC.items():
        monkeypatch.setattr(glasstape, name, value)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_documented(name):
    doc = inspect.getdoc(PUBLIC[name])
    assert doc
    assert doc.splitlines()[0].endswith((".", "`"))
    if name not in NO_EXAMPLE:
        assert ">>>" in doc or "Example:" in doc


@pytest.mark.parametrize("name", MODULES)
def test_modules_say_what_they_are_for(name):
    assert (importlib.import_module(name).__doc__ or "").strip()


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def test_the_public_names_are_listed():
    assert set(PUBLIC) <= set(dir(glasstape))


@pytest.mark.parametrize("name", ["glass"])
@pytest.mark.parametrize("first", [None, "home"])
def test_a_name_is_what_it_says_whatever_was_imported_first(name, first, request):
    if name == "glass" and first:
        reason = "glasstape.glass is a package, too, and hides the function"
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    home = glasstape._HOME[name]
    program = f"import glasstape, types\n{f'import {home}' if first else ''}\n"
    program += f"assert not isinstance(glasstape.{name}, types.ModuleType)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        glasstape.no_such_name  # noqa: B018
