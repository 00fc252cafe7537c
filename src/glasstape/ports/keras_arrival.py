"""Act when Keras has been imported, by whomever, without importing it.

``import glasstape`` is to cost next to nothing, and yet a model must train under `fit` that names
GlassTape only inside of its `train_step`. So Python's import system is asked to tell; see "Import
hooks" in *The Python Language Reference*, 5.3.3.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class _Watcher:
    """A finder that finds nothing by itself; it goes once Keras is looked for."""

    def __init__(self, then: Callable[[], None]):
        self._then = then

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders say of Keras, with a loader that calls `then` at its end."""
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            _call_after(spec.loader, self._then)
        return spec


def _call_after(loader: Any, then: Callable[[], None]) -> None:
    original = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        original(module)
        then()

    loader.exec_module = exec_module


def when_imported(then: Callable[[], None]) -> None:
    """Call `then` now if Keras is there, or else when its import is done."""
    keras = sys.modules.get("keras")
    if keras is None:
        sys.meta_path.insert(0, _Watcher(then))
    elif hasattr(keras, "Model"):
        then()
