"""Series of measurements: calls of one step on the same variables, under a name of their own.

Names repeat: two functions may be called ``train_step``, two models may both have a layer
``dense``. What a log says must still belong to one thing only.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasstape.monitor.runlog import VariableInfo


@dataclass
class Series:
    """The measured calls of one step on one list of variables.

    Attributes:
        label: The step's name, with a number behind it when another series has that name.
        variables: What each variable is called in this series.
        members: The variables, held weakly.
        calls: How many calls there were, where nobody else counts them.
    """

    label: str
    variables: list[VariableInfo]
    members: list[weakref.ref[Any]]
    calls: int = 0

    def is_of(self, variables: Sequence[Any]) -> bool:
        """Whether these are the variables; an ``id`` may have been given to another one since."""
        return all(m() is v for m, v in zip(self.members, variables, strict=True))


class SeriesTable:
    """Every series of a run."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, tuple[int, ...]], Series] = {}
        self._steps: Counter[str] = Counter()

    def __contains__(self, step: str) -> bool:
        return step in self._steps

    def find(self, step: str, variables: Sequence[Any]) -> Series:
        """The series of `step` on `variables`, a new one if need be."""
        key = step, tuple(map(id, variables))
        series = self._series.get(key)
        if series is None or not series.is_of(variables):
            self._steps[step] += 1
            label = _numbered(step, self._steps[step])
            members = [weakref.ref(v) for v in variables]
            series = self._series[key] = Series(label, describe(variables), members)
        return series


def describe(variables: Sequence[Any]) -> list[VariableInfo]:
    """Path, shape and dtype of each; a path that repeats gets a number on its layer."""
    seen: Counter[str] = Counter()
    infos = []
    for variable in variables:
        seen[variable.path] += 1
        layer, slash, name = variable.path.rpartition("/")
        count = seen[variable.path]
        path = _numbered(layer, count) + slash + name if layer else _numbered(name, count)
        infos.append(VariableInfo(path, tuple(variable.shape), str(variable.dtype)))
    return infos


def _numbered(name: str, count: int) -> str:
    return name if count == 1 else f"{name} ({count})"
