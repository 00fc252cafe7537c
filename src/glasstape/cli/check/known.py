"""What `glasstape.tf` and Keras have, read off their source files."""

from __future__ import annotations

import ast
import functools
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

_PACKAGE = Path(__file__).parents[2]
_TF = "glasstape.tf"
_ARRAY_METHODS = _PACKAGE / "tf" / "_methods.py"


@dataclass(frozen=True)
class Module:
    """A namespace: `name` is that of the Python module."""

    name: str


@dataclass(frozen=True)
class Class:
    """A class of ours.

    Attributes:
        module: Where its source is.
        name: Its name there.
    """

    module: str
    name: str


@dataclass(frozen=True)
class Value:
    """Anything else that is there; of its attributes nothing is known."""


@dataclass(frozen=True)
class Missing:
    """A name that is not there, with its namespace, without the ``tf.`` in front."""

    name: str


Found = Module | Class | Value | Missing


class Known:
    """Looks names up."""

    def __init__(self) -> None:
        self._ways = _load("_ways")
        self._advice = _load("_advice")
        self._old = _load("_old_names")

    def find(self, path: str) -> Found:
        """What ``tf.<path>`` is."""
        if path.partition(".")[0] in self._ways.KERAS_AT_ROOT:
            path = f"keras.{path}"
        found: Found = Module(_TF)
        done: list[str] = []
        for part in path.split(".") if path else []:
            if part.startswith("__"):
                return Value()  # Python's own
            done.append(part)
            found = self._attribute(found, part, ".".join(done))
            if isinstance(found, Missing | Value):
                break
        return found

    def is_namespace(self, path: str) -> bool:
        """Whether ``tf.<path>`` is one, of ours or of TensorFlow."""
        return path in self._ways.NAMESPACES or isinstance(self.find(path), Module)

    def _attribute(self, owner: Found, part: str, path: str) -> Found:
        if isinstance(owner, Class):
            return Value() if self.has_attribute(owner, part) else Missing(path)
        assert isinstance(owner, Module)  # noqa: S101 - our own invariant
        # "~" marks a namespace of TensorFlow that nobody has.
        found = None if owner.name.startswith("~") else _member(owner.name, part)
        if found is None and path.startswith("keras."):
            found = self._old_keras(path)
        if found is None:
            return Module(f"~{path}") if path in self._ways.NAMESPACES else Missing(path)
        return found

    def _old_keras(self, path: str) -> Found | None:
        """An old spelling; see `glasstape.tf._old_keras`, which answers when a program runs."""
        owner, _, name = path.rpartition(".")
        if any(f"{n}.".startswith(f"{path}.") for n in (*self._old.MOVED, *self._old.KEPT)):
            return Module(path)
        if name in self._old.MOVED.get(owner, ()) or path == "keras.losses.Reduction":
            return Value()
        if owner == "keras.backend":
            return Value() if name in self._old.BACKEND else None
        if owner not in self._old.KEPT:
            return None
        return _member(owner.replace("keras", "keras._tf_keras.keras", 1), name)

    def has_attribute(self, owner: Class, name: str) -> bool:
        """Whether objects of a class have an attribute; True where that cannot be told."""
        attributes = _class_attributes(owner)
        return name.startswith("__") or attributes is None or name in attributes

    def array_has(self, name: str) -> bool:
        """Whether tensors have a method that JAX' arrays do not have by themselves."""
        return name in _array_methods()

    def way(self, path: str) -> str:
        """What to use instead of ``tf.<path>``."""
        if way := self._old.GONE.get(path):
            return f"use {way}"
        if path.startswith("keras."):
            return "Keras 3 has no such name; keras.io/api lists what it has"
        if path.split(".")[0] == "python":
            return "tensorflow.python is private to TensorFlow; use a public name"
        ways, needless = self._ways.WAYS, self._ways.NEEDLESS
        return self._advice.advice(path, ways, needless, _in_keras)

    def star(self, path: str) -> list[str]:
        """The names that ``from tensorflow.<path> import *`` binds."""
        found = self.find(path)
        if not isinstance(found, Module) or found.name.startswith("~"):
            return []
        return [n for n in _names(found.name) if not n.startswith("_")]


def _load(name: str) -> ModuleType:
    """A file of data below ``tf``, without the package, which imports JAX."""
    spec = importlib.util.spec_from_file_location(f"_glasstape_{name}", _PACKAGE / f"tf/{name}.py")
    assert spec is not None  # noqa: S101 - our own invariant
    assert spec.loader is not None  # noqa: S101 - our own invariant
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _in_keras(path: str) -> bool:
    found: Found | None = Module("keras")
    for part in path.split("."):
        if not isinstance(found, Module):
            return False
        found = _member(found.name, part)
    return isinstance(found, Value | Class)


@functools.cache
def _file(module: str) -> Path | None:
    """Where a module of ours or Keras' is."""
    root, *parts = module.split(".")
    folder = _PACKAGE if root == "glasstape" else _keras_folder() if root == "keras" else None
    if folder is None:
        return None
    path = folder.joinpath(*parts)
    package, file = path / "__init__.py", path.with_suffix(".py")
    return package if package.is_file() else file if parts and file.is_file() else None


@functools.cache
def _keras_folder() -> Path | None:
    if "keras" in sys.modules:
        spec: Any = sys.modules["keras"].__spec__
    else:
        spec = importlib.util.find_spec("keras")  # does not import it
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) if places else None


@functools.cache
def _tree(module: str) -> ast.Module | None:
    file = _file(module)
    return ast.parse(file.read_text(encoding="utf-8")) if file else None


@functools.cache
def _names(module: str) -> dict[str, Any]:
    """What a module defines: its own ("def", node), or ("from", module, name)."""
    if module == f"{_TF}.keras":
        return _names("keras")  # the very module; see tf/keras.py
    tree = _tree(module)
    names: dict[str, Any] = {}
    for node in _statements(tree.body) if tree else ():
        names.update(_bound(node, module))
    public = names.pop("__all__", None)
    if isinstance(public, list) and not module.startswith("keras"):
        return {n: names.get(n, ("def", None)) for n in public}
    return names


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        for inner in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                yield from _statements(getattr(node, inner, []))


def _bound(node: ast.stmt, module: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, ("def", node)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            if alias.name == "*":
                yield from _names(node.module).items()
            else:
                yield alias.asname or alias.name, ("from", node.module, alias.name)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.split(".")[0], ("from", alias.name, None)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for name in (n for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)):
            is_list = name.id == "__all__" and isinstance(node.value, ast.List)
            yield name.id, _strings(node.value, module) if is_list else ("def", node.value)


def _strings(node: Any, module: str) -> list[str]:
    """The strings of a list that may be put together of others, such as ``*_example.NAMES``."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.Name):
        return _strings(_assigned(module, node.id), module)
    if isinstance(node, ast.Attribute):
        owner = f"{module}.{ast.unparse(node.value)}"
        for place in (owner, f"{_TF}.{ast.unparse(node.value)}"):
            if _file(place):
                return _strings(_assigned(place, node.attr), place)
        return []
    parts = {ast.Dict: "keys", ast.Call: "args", ast.Starred: "value"}.get(type(node), "elts")
    found = getattr(node, parts, [])
    return [s for n in (found if isinstance(found, list) else [found]) for s in _strings(n, module)]


def _assigned(module: str, name: str) -> Any:
    """What a variable of a module's own is set to."""
    tree = _tree(module)
    for node in tree.body if tree else ():
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                return node.value
    return None


@functools.cache
def _member(module: str, name: str) -> Found | None:
    """What ``module.name`` is, or None."""
    module = "keras" if module == f"{_TF}.keras" else module
    bound = _names(module).get(name)
    if bound is None:
        return Module(f"{module}.{name}") if _file(f"{module}.{name}") else None
    if module.startswith(_TF) and name == "keras":
        return Module("keras")
    if bound[0] == "from":
        return _imported(bound[1], bound[2])
    return Class(module, name) if isinstance(bound[1], ast.ClassDef) else Value()


def _imported(module: str, name: str | None) -> Found:
    if name is None:
        return Module(module) if _file(module) else Value()
    if _file(f"{module}.{name}"):
        return Module(f"{module}.{name}")
    if module.startswith("keras.src"):
        return Value()  # Keras' own classes and functions: taken as they are
    return (_member(module, name) if _file(module) else None) or Value()


@functools.cache
def _class_attributes(owner: Class) -> frozenset[str] | None:
    """All attributes of a class and its bases; None when that cannot be told."""
    bound = _names(owner.module).get(owner.name)
    node = bound[1] if bound and isinstance(bound[1], ast.ClassDef) else None
    if node is None:
        return None
    if _takes_any_name(node):
        return None
    names = set(_class_names(node))
    for base in node.bases:
        inherited = _base_attributes(base, owner.module)
        if inherited is None:
            return None
        names |= inherited
    return frozenset(names)


def _takes_any_name(node: ast.ClassDef) -> bool:
    """Whether objects get attributes whose names the caller chooses, as `tf.train.Checkpoint`'s."""
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call))
    return any(ast.unparse(c).startswith("setattr(self, name,") for c in calls)


def _base_attributes(base: ast.expr, module: str) -> frozenset[str] | None:
    parts = ast.unparse(base).partition("[")[0].split(".")
    if parts[-1] in ("object", "Protocol", "Generic", "ABC", "NamedTuple"):
        return frozenset()
    found: Any = Module(module)
    for part in parts:
        found = _any_member(found.name, part) if isinstance(found, Module) else None
    return _class_attributes(found) if isinstance(found, Class) else None


def _any_member(module: str, name: str) -> Found | None:
    """Like `_member`, for names that ``__all__`` leaves out, too."""
    if (found := _member(module, name)) is not None:
        return found
    tree = _tree(module)
    for node in _statements(tree.body) if tree else ():
        for bound, what in _bound(node, module):
            if bound == name and what[0] == "from":
                return _imported(what[1], what[2])
            if bound == name:
                return Class(module, name) if isinstance(what[1], ast.ClassDef) else Value()
    return None


def _class_names(node: ast.ClassDef) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            yield inner.name
        elif isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            yield inner.attr  # self.name = ...
    for inner in node.body:
        if isinstance(inner, ast.Assign | ast.AnnAssign):
            targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
            yield from (t.id for t in targets if isinstance(t, ast.Name))


@functools.cache
def _array_methods() -> frozenset[str]:
    """The methods that importing `glasstape.tf` gives to JAX' arrays."""
    if not _ARRAY_METHODS.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(_ARRAY_METHODS.read_text(encoding="utf-8")))
    keys = [key for node in nodes if isinstance(node, ast.Dict) for key in node.keys]
    return frozenset({str(k.value) for k in keys if isinstance(k, ast.Constant)})
