"""A run's log: plain files anyone can read, written as the run goes.

``run.json`` says when, with which versions, and which variables each step trains;
``gradients.jsonl`` has one line a measured call, with seven digits a number; ``scalars.jsonl`` one
line a `log`; ``traces.jsonl`` one line each time a step was traced, with the reason. Numbers that
JSON cannot hold are written as ``"nan"``, ``"inf"`` and ``"-inf"``.
"""

from __future__ import annotations

import errno
import json
import math
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from glasstape import sources
from glasstape.errors import GlassValueError, RunNotFoundError

_ABOUT, _GRADIENTS, _SCALARS = "run.json", "gradients.jsonl", "scalars.jsonl"
_TRACES = "traces.jsonl"
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

    Every line is handed to the operating system when it is written, so a reader sees it at once
    and it survives the end of the process. When the disk is full there is a warning and no more
    lines: a training must not end for its log.

    Args:
        folder: Where to write; made when it is not there.
        about: What to note in ``run.json``.

    Raises:
        GlassValueError: the folder cannot be written, or holds a run already.
    """

    def __init__(self, folder: Path, about: dict[str, Any]):
        self.folder = folder
        self._about = {"started": time.time(), **about, "columns": COLUMNS, "steps": {}}
        self._steps: dict[str, list[VariableInfo]] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Mode x: of two runs that want one folder, one is refused.
            self._files = {
                name: (folder / name).open("xb", buffering=0)
                for name in (_GRADIENTS, _SCALARS, _TRACES)
            }
            self._write_about()
        except OSError as error:
            raise _cannot_write(folder, error) from None

    def add(self, measurement: Measurement) -> None:
        """Append one measured call."""
        variables = list(measurement.variables)
        if self._steps.get(measurement.step) != variables:
            self._steps[measurement.step] = variables
            self._about["steps"][measurement.step] = [asdict(v) for v in variables]
            self._attempt(self._write_about)
        rows = [[_plain(_rounded(v)) for v in row] for row in measurement.values]
        line = {"step": measurement.step, "call": measurement.call, "values": rows}
        self._append(_GRADIENTS, line)

    def log(self, scalars: Mapping[str, float]) -> None:
        """Append one line of scalars."""
        self._append(_SCALARS, {k: _plain(v) for k, v in scalars.items()})

    def trace(self, step: str, **about: Any) -> None:
        """Append one time a step was traced."""
        self._append(_TRACES, {"step": step, **about})

    def close(self, **about: Any) -> None:
        """Note how the run ended and close the files."""
        self._about.update(ended=time.time(), **about)
        self._attempt(self._write_about)
        for file in self._files.values():
            file.close()
        self._files = {}

    def _append(self, name: str, line: dict[str, Any]) -> None:
        if name in self._files:
            self._attempt(_write_all, self._files[name], (json.dumps(line) + "\n").encode())

    def _attempt(self, write: Callable[..., Any], *args: Any) -> None:
        try:
            write(*args)
        except OSError as error:
            for file in self._files.values():
                file.close()
            self._files = {}
            warnings.warn(
                f"The run log in {self.folder} cannot be written any more ({error.strerror}); "
                "the training goes on without it.",
                stacklevel=2,
            )

    def _write_about(self) -> None:
        # Written aside and renamed, so that a reader never sees half of it.
        aside = self.folder / f"{_ABOUT}.new"
        aside.write_text(json.dumps(self._about, indent=1), encoding="utf-8")
        aside.replace(self.folder / _ABOUT)


def _write_all(file: FileIO, text: bytes) -> None:
    if file.write(text) < len(text):  # a full disk takes what it can
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _cannot_write(folder: Path, error: OSError) -> GlassValueError:
    if isinstance(error, FileExistsError) and folder.is_dir():
        happened, received = "The run folder holds a run already.", f"{folder} with a run log in it"
    else:
        happened = "The run folder cannot be written."
        received = f"{folder}: {error.strerror}"
    return GlassValueError(
        happened,
        expected="a folder for this run alone, or the path of one to be made",
        received=received,
        fix="name another run_dir, or leave it out to get a new folder in runs/",
        where=sources.user_source(),
    )


def read_about(folder: Path) -> dict[str, Any]:
    """The contents of ``run.json``.

    Raises:
        RunNotFoundError: the folder holds no run log.
    """
    try:
        return json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except OSError as error:
        raise RunNotFoundError(
            "There is no run log in this folder.",
            expected=f"a folder that gt.glass has written, with {_ABOUT} in it",
            received=f"{folder}: {error.strerror}",
            fix="name the run's own folder, such as runs/20250101-120000",
            where=sources.user_source(),
        ) from None


def read_measurements(folder: Path) -> Iterator[Measurement]:
    """The measured calls of a run, in order; of a run that is still going, those so far.

    Raises:
        RunNotFoundError: the folder holds no run log.

    Example:
        >>> from pathlib import Path
        >>> for m in read_measurements(Path("runs/none")):  # doctest: +SKIP
        ...     print(m.call, m.values[0][0])
    """
    steps = _read_steps(folder)
    for entry in _read_lines(folder / _GRADIENTS):
        if entry["step"] not in steps:  # met since; its variables were written before this line
            steps = _read_steps(folder)
        values = [[float(v) for v in row] for row in entry["values"]]
        yield Measurement(entry["step"], entry["call"], steps[entry["step"]], values)


def read_scalars(folder: Path) -> Iterator[dict[str, float]]:
    """The scalars of a run, one dictionary a `log`, in order.

    Raises:
        RunNotFoundError: the folder holds no run log.

    Example:
        >>> from pathlib import Path
        >>> for scalars in read_scalars(Path("runs/none")):  # doctest: +SKIP
        ...     print(scalars["loss"])
    """
    read_about(folder)
    for entry in _read_lines(folder / _SCALARS):
        yield {k: float(v) if isinstance(v, str) else v for k, v in entry.items()}


def read_traces(folder: Path) -> Iterator[dict[str, Any]]:
    """The traces of a run, in order: step, when, signature, why, seconds, compile_seconds.

    Raises:
        RunNotFoundError: the folder holds no run log.

    Example:
        >>> from pathlib import Path
        >>> for trace in read_traces(Path("runs/none")):  # doctest: +SKIP
        ...     print(trace["why"])
    """
    read_about(folder)
    yield from _read_lines(folder / _TRACES)


def _read_steps(folder: Path) -> dict[str, list[VariableInfo]]:
    return {
        name: [VariableInfo(i["path"], tuple(i["shape"]), i["dtype"]) for i in infos]
        for name, infos in read_about(folder)["steps"].items()
    }


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The complete lines: a run that was killed, or is still going, may have left half a one."""
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _rounded(value: float) -> float:
    """Statistics need no more digits, and text takes a third of the space."""
    return float(f"{value:.7g}")


def _plain(value: float) -> float | str:
    """A number as JSON can hold it."""
    return value if math.isfinite(value) else str(value)
