"""Import statements below ``glasstape.tf``: Keras' submodules, and names that are not there."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from glasstape.errors import NotCoveredImportError
from glasstape.tf import _elsewhere, _old_keras
from glasstape.tf._ways import KERAS_AT_ROOT

_HERE = "glasstape.tf."
_BELOW_KERAS = tuple(f"{_HERE}{name}." for name in ("keras", *KERAS_AT_ROOT))


class _Alias:
    """Loads Keras' own module under a second name.

    Python would otherwise find ``keras/layers`` through the alias' path and run it again.
    """

    def __init__(self, real_name: str):
        self._real_name = real_name

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Let Python make a stand-in, which `exec_module` replaces."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Put Keras' module in the stand-in's place."""
        old = _old_keras.namespace(self._real_name)
        sys.modules[module.__name__] = old or importlib.import_module(self._real_name)


class _Finder:
    """Comes before Python's own finders, and answers for names below ``glasstape.tf`` alone."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where module `name` comes from; None leaves it to Python."""
        if not name.startswith(_HERE):
            return None
        if name.startswith(_BELOW_KERAS):
            real_name = f"keras.{name.removeprefix(_HERE).removeprefix('keras.')}"
            found = _old_keras.namespace(real_name) or importlib.util.find_spec(real_name)
            return ModuleSpec(name, _Alias(real_name)) if found else None  # pyright: ignore
        if PathFinder.find_spec(name, path) is None:
            missing = name.removeprefix(_HERE)
            raise _elsewhere.not_covered(NotCoveredImportError, missing)
        return None


def install() -> None:
    """Make Python ask here first."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
