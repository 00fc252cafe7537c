"""A run's log: plain files anyone can read, written as the run goes.

``run.json`` says when, with which versions, and which variables each step trains;
``gradients.jsonl`` has one line a measured call; ``scalars.jsonl`` one line a `log`. Numbers that
JSON cannot hold are written as ``"nan"``, ``"inf"`` and ``"-inf"``.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

COLUMNS = ("gradient_norm", "gradient_max", "zeros", "nonfinite", "update_ratio")


@dataclass(frozen=True)
class VariableInfo:
    """A variable whose gradient is measured.

    Attributes:
        path: Its Keras path, such as ``sequential/dense/kernel``.
        shape: Its shape.
        dtype: Its dtype.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def layer(self) -> str:
        """The path without the variable's own name."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The variable's own name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Measurement:
    """One measured call of a step.

    Attributes:
        step: Name of the step.
        call: Which call of that step it was, from 1.
        variables: One a row.
        values: One row a variable, one value a column of `COLUMNS`.
    """

    step: str
    call: int
    variables: Sequence[VariableInfo]
    values: Sequence[Sequence[float]]


class RunLog:
    """Writes the log of one run into a folder of its own.

    Args:
        folder: Where to write; made when it is not there.
        about: What to note in ``run.json``.
    """

    def __init__(self, folder: Path, about: dict[str, Any]):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._about = {"started": time.time(), **about, "columns": COLUMNS, "steps": {}}
        self._files: dict[str, TextIO] = {}
        self._write_about()

    def add(self, measurement: Measurement) -> None:
        """Append one measured call."""
        infos = [asdict(v) for v in measurement.variables]
        steps = self._about["steps"]
        if steps.get(measurement.step) != infos:
            steps[measurement.step] = infos
            self._write_about()
        rows = [[_plain(v) for v in row] for row in measurement.values]
        line = {"step": measurement.step, "call": measurement.call, "values": rows}
        self._append("gradients.jsonl", line)

    def log(self, scalars: dict[str, float]) -> None:
        """Append one line of scalars."""
        self._append("scalars.jsonl", {k: _plain(v) for k, v in scalars.items()})

    def close(self, **about: Any) -> None:
        """Note how the run ended and close the files."""
        self._about.update(ended=time.time(), **about)
        self._write_about()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def flush(self) -> None:
        """Make what was written so far visible to readers."""
        for file in self._files.values():
            file.flush()

    def _append(self, name: str, line: dict[str, Any]) -> None:
        if name not in self._files:
            self._files[name] = (self.folder / name).open("a", encoding="utf-8")
        self._files[name].write(json.dumps(line) + "\n")

    def _write_about(self) -> None:
        # Written aside and renamed, so that a reader never sees half of it.
        aside = self.folder / "run.json.new"
        aside.write_text(json.dumps(self._about, indent=1), encoding="utf-8")
        aside.replace(self.folder / "run.json")


def read_about(folder: Path) -> dict[str, Any]:
    """The contents of ``run.json``."""
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def read_measurements(folder: Path) -> Iterator[Measurement]:
    """The measured calls of a run, in order.

    Example:
        >>> from pathlib import Path
        >>> for m in read_measurements(Path("runs/none")):  # doctest: +SKIP
        ...     print(m.call, m.values[0][0])
    """
    steps = {
        name: [VariableInfo(i["path"], tuple(i["shape"]), i["dtype"]) for i in infos]
        for name, infos in read_about(folder)["steps"].items()
    }
    path = folder / "gradients.jsonl"
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            values = [[float(v) for v in row] for row in entry["values"]]
            yield Measurement(entry["step"], entry["call"], steps[entry["step"]], values)


def _plain(value: float) -> float | str:
    """A number as JSON can hold it, with the digits float32 has."""
    number = float(value)
    return float(f"{number:.7g}") if math.isfinite(number) else str(number)
