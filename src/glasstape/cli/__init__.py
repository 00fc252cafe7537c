"""The command line, one file a command.

A command imports JAX, Keras and NumPy when it runs, so that ``--help`` and ``--version`` answer
at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from glasstape import __version__
from glasstape.cli import build_kernels, demo, doctor, tf_check

# Rich's help pages and tracebacks cost a third of the start-up time and say nothing more.
app = typer.Typer(
    name="glasstape",
    help="TensorFlow's GradientTape training step for Keras 3 on JAX, made see-through.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(tf_check.tf_check)
app.command()(doctor.doctor)
app.command()(build_kernels.build_kernels)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"glasstape {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Options that need no command."""


def main() -> None:
    """Run the command line."""
    # A terminal that cannot show Korean or block characters gets question marks, not an error.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    app(prog_name="glasstape")
