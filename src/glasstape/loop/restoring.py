"""Putting a checkpoint's values into a program, also into variables that are made later.

Both sides are graphs with names. They are walked together from their roots; a variable that both
have gets its value. What the program does not have yet waits: layers and optimizers make variables
when they are first used, and these get their values before anybody reads them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.errors import CheckpointError
from glasstape.loop import archive, objects
from glasstape.ports import keras_scopes, keras_state

_ENDING = ".ATTRIBUTES/VARIABLE_VALUE"


class Restoration:
    """One checkpoint on its way into the objects of a program.

    Args:
        path: The file.
        root: Gives the root of the program's objects, or None when it is gone.

    Attributes:
        nodes: The checkpoint's graph.
        matched: Numbers of the nodes that have found an object.
    """

    def __init__(self, path: str, root: Callable[[], Any]):
        self.path = path
        self.about = archive.read_about(path)
        self.nodes: list[dict[str, Any]] = self.about["graph"]
        self.matched: set[int] = set()
        self._root = root
        self._done: dict[int, Any] = {}
        # What no variable has asked for yet; kept, because the file may be deleted meanwhile.
        self._waiting: dict[str, np.ndarray] | None = None

    def run(self) -> None:
        """Give values to all variables that are there.

        Raises:
            CheckpointError: a variable has another shape or kind of dtype; none is changed then.
        """
        pairs = [(k, v) for k, v in self._matches() if not self._is_done(v)]
        for key, variable in pairs:
            self._check(key, variable)
        if pairs or self._waiting is None:
            values = self._values({key for key, _ in pairs})
            for key, variable in pairs:
                _write(variable, values[key])
                self._done[id(variable)] = weakref.ref(variable)
        self._wait()

    def missing_in_program(self) -> list[str]:
        """Names of the checkpoint's variables that no object has taken."""
        left = [n for i, n in enumerate(self.nodes) if i not in self.matched]
        return [node["variable"] for node in left if "variable" in node]

    def missing_in_checkpoint(self) -> list[str]:
        """Names of the program's variables that have no value in the checkpoint."""
        entries = objects.graph(self._root())
        variables = [e for e in entries if keras_state.is_variable(e.object)]
        return [name_of(e.path) for e in variables if not self._is_done(e.object)]

    def has_taken_anything(self, but: str) -> bool:
        """Whether a variable of another name than `but` was restored."""
        taken = {short(self.nodes[i].get("variable", but)) for i in self.matched}
        return bool(taken - {but})

    def stop(self) -> None:
        """Wait for nothing any more."""
        if self._settle in keras_state.awaiting:
            keras_state.awaiting.remove(self._settle)
        self._waiting = {}

    def _matches(self) -> list[tuple[str, Any]]:
        """Walk both graphs; the variables that were met, with their names in the file."""
        root = self._root()
        pairs: list[tuple[int, Any]] = [] if root is None else [(0, root)]
        seen, found = set(), []
        for number, item in pairs:  # grows while it is walked
            if (number, id(item)) in seen:
                continue
            seen.add((number, id(item)))
            node = self.nodes[number]
            if keras_state.is_variable(item) != ("variable" in node):
                continue
            if "variable" in node:
                if keras_state.raw_value(item) is None:
                    continue  # Keras has not initialised it yet
                found.append((node["variable"], item))
            self.matched.add(number)
            there = objects.children(item)
            pairs += [(n, there[name]) for name, n in node["children"].items() if name in there]
        return found

    def _check(self, key: str, variable: Any) -> None:
        layout = self.about["variables"][key]
        shape, dtype = keras_state.layout(variable)
        kinds = [np.dtype(archive.dtype(d)) for d in (layout["dtype"], dtype.name)]
        if tuple(layout["shape"]) == tuple(shape) and _kind(kinds[0]) == _kind(kinds[1]):
            return
        raise CheckpointError(
            f"{short(key)} of {self.path} does not fit the variable it belongs to.",
            expected=f"{dtype.name}{list(shape)}, which {variable.path} is",
            received=f"{layout['dtype']}{layout['shape']}, which the checkpoint has",
            fix="build the model as it was when the checkpoint was written, or restore only a "
            "part of it: tf.train.Checkpoint(part=...)",
            where=sources.user_source(),
        )

    def _values(self, keys: set[str]) -> dict[str, np.ndarray]:
        if self._waiting is None:
            found = archive.read_arrays(self.path, self.about["variables"], self.about)
            self._waiting = dict(found)
        return {key: self._waiting[key] for key in keys}

    def _wait(self) -> None:
        """For variables that are made later, as long as there are values for them."""
        left = set(self.missing_in_program())
        self._waiting = {k: v for k, v in (self._waiting or {}).items() if k in left}
        if left and self._settle not in keras_state.awaiting:
            keras_state.awaiting.append(self._settle)
        elif not left:
            self.stop()

    def _settle(self, variable: Any) -> bool:
        """Whether a variable that was just made has got its value."""
        if self._root() is None:
            self.stop()
            return False
        self.run()
        return self._is_done(variable)

    def _is_done(self, variable: Any) -> bool:
        known = self._done.get(id(variable))
        return known is not None and known() is variable


def name_of(path: tuple[str, ...]) -> str:
    """The name of a variable in a file, which is TensorFlow's for the same attributes."""
    parts = [part.replace(".", "..").replace("/", ".S") for part in path]
    return "/".join([*parts, _ENDING])


def short(name: str) -> str:
    """A variable's name for people to read."""
    return name.removesuffix(f"/{_ENDING}")


def _kind(dtype: np.dtype) -> str:
    return "f" if dtype.kind == "V" else "i" if dtype.kind == "u" else dtype.kind


def _write(variable: Any, value: np.ndarray) -> None:
    with keras_scopes.outside_step():
        variable.assign(value.astype(keras_state.layout(variable)[1]))
