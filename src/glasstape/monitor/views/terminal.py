"""The live table in the terminal: every layer's gradients, with a small history."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from glasstape.monitor.runlog import Measurement

# Drawing takes some milliseconds of the training thread; twice a second is enough to see.
SECONDS_BETWEEN_DRAWINGS = 0.5
HISTORY = 16
_BARS = "▁▂▃▄▅▆▇█"


class TerminalView:
    """Shows the last measurement of each step as a table that is drawn over itself.

    On anything but a terminal nothing is drawn until the end.

    Args:
        console: Where to draw; standard output when None.
    """

    def __init__(self, console: Console | None = None):
        self._console = console or Console()
        self._live: Live | None = None
        self._drawn = 0.0
        self._last: dict[str, Measurement] = {}
        self._norms: dict[tuple[str, int], deque[float]] = defaultdict(
            lambda: deque(maxlen=HISTORY)
        )

    def open(self) -> None:
        """Start drawing."""
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, redirect_stderr=True)
            self._live.start()

    def add(self, measurement: Measurement) -> None:
        """Take a measurement and draw when it is time to."""
        self._last[measurement.step] = measurement
        for row, values in enumerate(measurement.values):
            self._norms[measurement.step, row].append(values[0])
        now = time.perf_counter()
        if self._live is not None and now - self._drawn > SECONDS_BETWEEN_DRAWINGS:
            self._drawn = now
            self._live.update(self._picture(), refresh=True)

    def print(self, text: str) -> None:
        """Write a line above the table."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        """Draw the last state and leave it standing."""
        picture = self._picture() if self._last else None
        if self._live is not None:
            if picture is not None:
                self._live.update(picture, refresh=True)
            self._live.stop()
            self._live = None
        elif picture is not None:
            self._console.print(picture)

    def _picture(self) -> Table:
        grid = Table.grid()
        for measurement in self._last.values():
            grid.add_row(self._table(measurement))
        return grid

    def _table(self, measurement: Measurement) -> Table:
        table = Table(
            title=f"gradients of {measurement.step}, call {measurement.call}",
            title_justify="left",
            header_style="bold",
        )
        table.add_column("layer", overflow="ellipsis", no_wrap=True, max_width=28)
        table.add_column("variable", no_wrap=True)
        for name in ("norm", "max", "zeros", "not finite", "update/weight"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("norm before → now", no_wrap=True, min_width=HISTORY)
        above = None
        for row, (variable, values) in enumerate(
            zip(measurement.variables, measurement.values, strict=True)
        ):
            shape = "×".join(map(str, variable.shape))
            layer = variable.layer if variable.layer != above else ""
            above = variable.layer
            norms = self._norms[measurement.step, row]
            table.add_row(
                layer,
                Text.assemble(variable.name, (f" {shape}", "dim")),
                *_cells(list(values)),
                Text(history(list(norms)), style="cyan"),
            )
        return table


def _cells(values: list[float]) -> list[Text]:
    norm, largest, zeros, nonfinite, ratio = values
    return [
        Text(f"{norm:.3g}", style="" if math.isfinite(norm) else "bold red"),
        Text(f"{largest:.3g}"),
        Text(f"{zeros:.0%}", style="yellow" if zeros > 0.9 else ""),
        Text(f"{nonfinite:.0%}", style="bold red" if nonfinite > 0 else "dim"),
        Text(f"{ratio:.1e}", style="yellow" if ratio > 0.1 else ""),
    ]


def history(values: list[float]) -> str:
    """A small bar chart of positive numbers on a logarithmic scale; ``!`` where not finite.

    Example:
        >>> history([1.0, 10.0, 100.0])
        '▁▅█'
    """
    logs = [math.log10(v) if v > 0 and math.isfinite(v) else None for v in values]
    known = [v for v in logs if v is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    span = max(high - low, 0.3)  # less than a factor of two is drawn as a flat line
    bars = []
    for value, log in zip(values, logs, strict=True):
        if log is None:
            bars.append("!" if not math.isfinite(value) else " ")
        else:
            bars.append(_BARS[round((log - low) / span * (len(_BARS) - 1))])
    return "".join(bars)
