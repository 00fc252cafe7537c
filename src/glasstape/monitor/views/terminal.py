"""The live table in the terminal: every layer's gradients, with their history."""

from __future__ import annotations

import time

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from glasstape.monitor.runlog import Measurement
from glasstape.monitor.views import table
from glasstape.monitor.views.history import History

# Drawing takes some milliseconds of the training thread: at most two drawings a second, and at
# most a hundredth of the time.
SECONDS_BETWEEN_DRAWINGS, SHARE_OF_TIME = 0.5, 0.01
_LINES_ABOVE = 3  # of the screen, left to what is printed above the tables

WAITING = {
    "en": "Waiting for the first step to be compiled",
    "ko": "첫 스텝이 컴파일되기를 기다리는 중",
}


class TerminalView:
    """Shows the last measurement of each step as a table that is drawn over itself.

    What is printed meanwhile appears above the table. On anything but a terminal nothing is
    drawn until the end.

    Args:
        console: Where to draw; standard output when None.
        language: Of headings and remarks.

    Example:
        >>> view = TerminalView()
        >>> view.open()
        >>> view.print("epoch 1")
        epoch 1
        >>> view.close()
    """

    def __init__(self, console: Console | None = None, language: table.Language = "en"):
        self._console = console or Console()
        self._language: table.Language = language
        self._live: Live | None = None
        self._next_drawing = 0.0
        self._last: dict[str, Measurement] = {}
        self._histories: dict[str, list[History]] = {}

    def open(self) -> None:
        """Start drawing."""
        if self._console.is_terminal:
            waiting = Text(f"{WAITING[self._language]} ...", style="dim")
            self._live = Live(waiting, console=self._console, auto_refresh=False)
            self._live.start(refresh=True)

    def add(self, measurement: Measurement) -> None:
        """Take a measurement and draw when it is time to."""
        self._last[measurement.step] = measurement
        if measurement.step not in self._histories:
            self._histories[measurement.step] = [History() for _ in measurement.values]
        for history, values in zip(
            self._histories[measurement.step], measurement.values, strict=True
        ):
            history.add(values[0])
        now = time.perf_counter()
        if self._live is not None and now > self._next_drawing:
            self._live.update(self._picture(), refresh=True)
            took = time.perf_counter() - now
            self._next_drawing = now + max(SECONDS_BETWEEN_DRAWINGS, took / SHARE_OF_TIME)

    def print(self, text: str) -> None:
        """Write a line above the table."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        """Draw the last state and leave it standing."""
        live, self._live = self._live, None
        if live is not None:
            live.update(self._picture() if self._last else Text(), refresh=True)
            live.stop()
        elif self._last:
            self._console.print(self._picture())

    def _picture(self) -> Group:
        options = self._console.options
        height = None
        if self._console.is_terminal:
            height = (options.size.height - _LINES_ABOVE) // len(self._last)
        pictures = [
            table.draw(
                measurement,
                self._histories[step],
                options.max_width,
                height,
                self._language,
                options.ascii_only,
            )
            for step, measurement in self._last.items()
        ]
        return Group(*(line for lines in pictures for line in lines))
