"""Rules of the house: who imports whom, where JAX's internals may appear, sizes, assertions."""

import ast
import re

import pytest

from tests.repo import tree

# A room may import itself and the rooms named here.
MAY_IMPORT = {
    "errors": set(),
    "sources": set(),
    "environment": set(),
    "kernels": {"errors", "environment"},
    "ports": {"errors", "sources"},
    "guards": {"errors", "sources", "ports"},
    "tape": {"errors", "sources", "ports", "guards"},
    "compiler": {"errors", "sources", "environment", "kernels", "ports", "guards"},
    "monitor": {"errors", "sources", "ports", "guards", "tape", "compiler"},
    "data": {"errors", "sources", "ports", "guards", "compiler"},  # for the specs of elements
    "loop": {"errors", "sources", "ports", "guards", "tape", "compiler", "monitor", "data"},
    "startup": {"guards", "compiler"},
    "testing": {"errors", "sources", "ports", "guards", "tape", "compiler"},
}
EVERYTHING = {*MAY_IMPORT, "tf", "cli"}
MAY_IMPORT |= {"tf": EVERYTHING - {"cli"}, "cli": EVERYTHING, "__main__": {"cli"}}

by_file = pytest.mark.parametrize("path", tree.FILES, ids=tree.module_name)


def room(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


@by_file
def test_imports_go_one_way(path):
    own = room(tree.module_name(path))
    if own is None:
        return  # the package's front door names everything, and loads it on first use
    for module in tree.imports(path):
        if not module.startswith("glasstape."):
            continue
        other = room(module)
        if other in EVERYTHING and other != own:
            assert other in MAY_IMPORT[own], f"{own} must not import {module}"


def test_every_room_has_its_rule():
    rooms = {room(tree.module_name(p)) for p in tree.FILES} - {None}
    assert rooms <= set(MAY_IMPORT)


@by_file
def test_views_read_the_run_log_only(path):
    if "views" not in path.parts:
        return
    for module in tree.imports(path):
        assert not re.match(r"(jax|keras|numpy)\b", module), module
        if module.startswith("glasstape.") and ".views" not in module:
            assert module.startswith(("glasstape.monitor.runlog", "glasstape.errors")), module


INTERNALS = ("jax._src", "jax.core", "jax.extend", "jax.interpreters", "jaxlib")


@by_file
def test_jax_internals_stay_in_their_ports(path):
    if path.parent.name == "ports" and path.name.startswith("jax_"):
        return
    touched = [m for m in tree.imports(path) if m.startswith(INTERNALS)]
    assert touched == []


@by_file
def test_private_jax_is_not_imported_at_all(path):
    assert [m for m in tree.imports(path) if m.startswith(("jax._src", "keras.src"))] == []


@by_file
def test_functions_and_files_stay_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600
    for function in tree.functions(path):
        lines = function.end_lineno - function.lineno + 1
        assert lines <= 80, f"{function.name} has {lines} lines"


@by_file
def test_assert_never_guards_against_users(path):
    """An assertion is allowed for an invariant of our own, marked as such."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for node in ast.walk(tree.parse(path)):
        if isinstance(node, ast.Assert):
            assert "# noqa: S101 - our own invariant" in lines[node.end_lineno - 1]


@by_file
def test_errors_are_raised_with_all_their_parts(path):
    """Where one of our errors is raised it says what was expected, received, and what to do."""
    names = {
        node.name
        for node in ast.walk(tree.parse(tree.PACKAGE / "errors.py"))
        if isinstance(node, ast.ClassDef)
    }
    for node in ast.walk(tree.parse(path)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in names:
            given = {k.arg for k in node.keywords}
            if None not in given:
                assert {"expected", "received", "fix"} <= given, ast.unparse(node)[:80]


def test_the_rules_can_fail():
    """The tree reader sees imports at the head, in functions, and of names."""
    example = "import a.b\ndef f():\n    from glasstape.tf import x\n"
    path = _File(example)
    assert list(tree.imports(path)) == ["a.b", "glasstape.tf.x"]


class _File:
    def __init__(self, text):
        self.text = text

    def read_text(self, encoding):
        return self.text
