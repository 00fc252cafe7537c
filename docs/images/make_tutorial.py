"""Make the tutorial's pictures: run its own program and keep what the glass draws.

PYTHONPATH=. python docs/images/make_tutorial.py
"""

import contextlib
import io
import re
import tempfile
from pathlib import Path

from rich.console import Console
from tests.repo import guides

import glasstape.tf as tf
from glasstape.monitor.views.terminal import TerminalView

ROOT = Path(__file__).parents[2]
WIDTH = 88


def main() -> None:
    """Write tutorial-classifier.svg, tutorial-gan.svg and tutorial-digits.png."""
    consoles: list[Console] = []

    def view() -> TerminalView:
        consoles.append(Console(record=True, width=WIDTH, file=io.StringIO(), color_system="256"))
        return TerminalView(consoles[-1])

    program = guides.program((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))
    program = program.replace("gt.glass()", "gt.glass(show=view())")
    names = {"__name__": "__main__", "view": view}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        file = Path("tutorial.py")
        file.write_text(program, encoding="utf-8")
        exec(compile(program, file, "exec"), names)
    for console, name in zip(consoles, ("classifier", "gan"), strict=True):
        draw(console, f"tutorial-{name}")
    made = names["generator"](tf.random.normal([40, names["NOISE"]])).numpy()
    grid = made.reshape(4, 10, 8, 8).transpose(0, 2, 1, 3).reshape(32, 80, 1)
    enlarged = grid.repeat(8, 0).repeat(8, 1) * 255
    tf.keras.utils.save_img(Path(__file__).with_name("tutorial-digits.png"), enlarged, scale=False)


def draw(console: Console, name: str) -> None:
    """What a console has shown as an SVG that loads no fonts from elsewhere."""
    svg = console.export_svg(title="glasstape", unique_id=name)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    Path(__file__).with_name(f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
