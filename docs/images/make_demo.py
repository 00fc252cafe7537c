"""Make demo.svg: run `glasstape demo` in a real terminal (tmux) and draw its last screen.

python docs/images/make_demo.py
"""

import io
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH, HEIGHT = 100, 30
SECONDS = 120
PICTURE = Path(__file__).with_name("demo.svg")


def tmux(*arguments: str) -> str:
    """What a command of a tmux server of our own prints."""
    command = ["tmux", "-L", "glasstape-picture", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def run_demo() -> str:
    """The terminal's last screen, with its colours."""
    with tempfile.TemporaryDirectory() as folder:
        command = f"cd {folder} && {sys.executable} -m glasstape demo; sleep 9"
        tmux("new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), command)
        try:
            for _ in range(SECONDS):
                time.sleep(1)
                screen = tmux("capture-pane", "-p", "-e")
                if "Run folder" in screen:
                    return screen.rstrip()
        finally:
            tmux("kill-server")
    raise TimeoutError(f"the demo did not end within {SECONDS} s:\n{screen}")


def draw(screen: str) -> str:
    """The screen as an SVG that loads no fonts from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(screen))
    svg = console.export_svg(title="glasstape demo", unique_id="demo")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(draw(run_demo()), encoding="utf-8")
