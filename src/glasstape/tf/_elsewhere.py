"""TensorFlow names that are not there: the error that names the way GlassTape or Keras has."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import keras

from glasstape import sources
from glasstape.errors import NotCoveredError, NotCoveredImportError
from glasstape.tf._advice import advice
from glasstape.tf._ways import NAMESPACES, NEEDLESS, WAYS

_ROOT = "glasstape.tf"


class Namespace:
    """A TensorFlow namespace of which nothing is there."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return look_up(self._name, name)

    def __dir__(self) -> list[str]:
        return []

    def __repr__(self) -> str:
        return f"<tf.{self._name}: nothing of it is there>"


def look_up(namespace: str, name: str) -> Namespace:
    """The namespace ``tf.<namespace>.<name>``, when it is one.

    Raises:
        NotCoveredError: it is not.
    """
    if name.startswith("_"):
        raise AttributeError(name)  # Python asks for __path__ and the like
    full_name = f"{namespace}.{name}".lstrip(".")
    if full_name in NAMESPACES:
        return Namespace(full_name)
    raise not_covered(NotCoveredError, full_name)


def not_covered(kind: type[NotCoveredError] | type[NotCoveredImportError], full_name: str) -> Any:
    """The error for ``tf.<full_name>``."""
    return kind(
        f"tf.{full_name} is not there.",
        expected="a name that glasstape.tf translates; dir(tf) lists them",
        received=f"tf.{full_name}",
        fix=advice(full_name, WAYS, NEEDLESS, _in_keras),
        where=sources.user_source(),
    )


def _in_keras(path: str) -> bool:
    owner: Any = keras
    for part in path.split("."):
        owner = getattr(owner, part, None)
    return callable(owner)


def module_hooks(module_name: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a namespace's file."""
    namespace = module_name.removeprefix(_ROOT).lstrip(".")

    def list_names() -> list[str]:
        names = vars(sys.modules[module_name])
        public = names.get("__all__") or [n for n in names if not n.startswith("_")]
        return sorted([*public, *(n for n in ["__version__"] if n in names)])

    return lambda name: look_up(namespace, name), list_names
