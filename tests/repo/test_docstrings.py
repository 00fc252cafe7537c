"""Public names are documented with an example, and the examples run."""

import doctest
import importlib
import inspect
import pkgutil

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


def test_no_room_has_the_name_of_a_public_name():
    """Importing a room sets the package's attribute of that name, and would hide the other."""
    assert not set(PUBLIC) & {m.split(".")[1] for m in MODULES}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        glasstape.no_such_name  # noqa: B018
