"""``glasstape demo``: train a small net on real data and watch its gradients."""

from __future__ import annotations

import ast
import contextlib
import enum
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glasstape.cli.imports import UNNEEDED, without
from glasstape.cli.interrupt import CtrlC
from glasstape.cli.words import WORDS, Words
from glasstape.errors import GlassTapeError

if TYPE_CHECKING:
    from glasstape import glass
    from glasstape.cli.training import EpochResult
    from glasstape.data import Dataset

PROGRAM = Path(__file__).with_name("training.py")
INTERRUPTED = 130  # what shells report of a program that Ctrl-C ended


class Data(enum.StrEnum):
    """What to train on."""

    digits = "digits"
    mnist = "mnist"


class Language(enum.StrEnum):
    """What to speak."""

    en = "en"
    ko = "ko"


EPOCHS = {Data.digits: 15, Data.mnist: 5}
# One program for all test images or for each thousand; the last batch may be a smaller one.
_TEST_BATCH = 1000


def demo(
    data: Annotated[
        Data, typer.Option(help="scikit-learn's digits (no download) or MNIST.")
    ] = Data.digits,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="MNIST's IDX or NPZ files; without it Keras downloads them once.",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="How many epochs; 15 for digits and 5 for mnist if not given."),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Images a step.")] = 32,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same numbers.")] = 0,
    language: Annotated[Language, typer.Option(help="What to print in.")] = Language.en,
    run_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help="What to keep the run in; runs/DATE-TIME if not given.",
        ),
    ] = None,
    table: Annotated[
        bool, typer.Option("--table/--no-table", help="Show the gradients of every layer.")
    ] = True,
) -> None:
    """Train a small convolutional net with a hand-written step and watch its gradients.

    Ctrl-C ends it with what was reached so far.
    """
    if data_dir is not None and data is not Data.mnist:
        raise typer.BadParameter("it needs --data mnist.", param_hint="--data-dir")
    if run_dir is not None and (run_dir / "run.json").exists():
        raise typer.BadParameter(f"{run_dir} holds a run already.", param_hint="--run-dir")
    words = WORDS[language.value]
    run = _Run(words)
    with _errors_without_traceback(words):
        try:
            with CtrlC().heard() as ctrl_c:
                _introduce(data, words)
                datasets = _load(data, data_dir, batch_size, seed)
                _import_keras(words, seed)
                with _glass(language if table else None, run_dir) as watch:
                    train_ds, test_ds = map(ctrl_c.between_steps, datasets)
                    run.train(watch, train_ds, test_ds, epochs or EPOCHS[data])
        except KeyboardInterrupt:
            run.summarize(interrupted=True)
            raise typer.Exit(INTERRUPTED) from None
    run.summarize()


class _Run:
    """One training run and what it reached.

    Args:
        words: The language to speak.
    """

    def __init__(self, words: Words):
        self._words = words
        self._reached: EpochResult | None = None
        self._folder: Path | None = None

    def train(
        self, watch: glass, train_ds: Iterable[Any], test_ds: Iterable[Any], epochs: int
    ) -> None:
        """Train, with one line an epoch."""
        from glasstape.cli.training import train

        self._folder = watch.run_dir
        for result in train(train_ds, test_ds, epochs):
            self._reached = result
            watch.print(self._words.epoch.format(*result))
            watch.log(**result._asdict())

    def summarize(self, interrupted: bool = False) -> None:
        """Say what was reached and where to look."""
        words, last = self._words, self._reached
        if last is not None:
            sentence = words.stopped if interrupted else words.reached
            sentence = sentence.format(accuracy=last.test_accuracy, epochs=last.epoch)
        else:
            sentence = words.stopped_early
        typer.echo(f"\n{sentence}")
        if self._folder is not None:
            typer.echo(words.folder.format(folder=self._folder))


def _load(data: Data, data_dir: Path | None, batch_size: int, seed: int) -> tuple[Dataset, Dataset]:
    from glasstape.data import Dataset, load_digits, load_mnist

    if data is Data.digits:
        train, test = load_digits()
    else:
        with without(*UNNEEDED):  # Keras' loader, asked when there is no folder, imports Keras
            train, test = load_mnist(data_dir)
    count = len(train[0])
    if batch_size > count:
        raise typer.BadParameter(f"there are only {count} images.", param_hint="--batch-size")
    # A last batch that is smaller would be compiled on its own, which takes seconds.
    train_ds = Dataset.from_tensor_slices(train).shuffle(count, seed=seed)
    return (
        train_ds.batch(batch_size, drop_remainder=True),
        Dataset.from_tensor_slices(test).batch(_TEST_BATCH),
    )


def _import_keras(words: Words, seed: int) -> None:
    typer.echo(f"{words.loading}\n")
    with without(*UNNEEDED):
        import keras

        keras.utils.set_random_seed(seed)


def _glass(language: Language | None, run_dir: Path | None) -> glass:
    from glasstape import glass
    from glasstape.monitor.views.terminal import TerminalView

    view = TerminalView(language=language.value) if language is not None else None
    return glass(show=view, run_dir=run_dir)


def _introduce(data: Data, words: Words) -> None:
    """Show the step while there is time to read it: Keras takes some seconds to import."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.syntax import Syntax

    typer.echo(f"{words.digits if data is Data.digits else words.mnist}\n{words.step}\n")
    code, console = _source("train_step"), Console()
    if console.is_terminal:
        # Colours of the terminal's own palette are readable on dark and light grounds.
        syntax = Syntax(
            code, "python", theme="ansi_dark", background_color="default", word_wrap=True
        )
        console.print(Padding(syntax, (0, 0, 0, 4)))
    else:
        typer.echo(textwrap.indent(code, " " * 4))
    typer.echo("\n" + words.program.format(file=PROGRAM))


def _source(function: str) -> str:
    """The text of a function of the training program, read without importing it."""
    text = PROGRAM.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            return textwrap.dedent("\n".join(text.splitlines()[first - 1 : node.end_lineno]))
    raise LookupError(function)


@contextlib.contextmanager
def _errors_without_traceback(words: Words) -> Iterator[None]:
    try:
        yield
    except GlassTapeError as error:
        # "At" names the line of the user's own program; here that is ours, and of no help.
        text = str(error).removesuffix(f"\n  At: {error.where}")
        typer.echo(f"{words.error}: {text}", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"{words.error}: {error}", err=True)
        raise typer.Exit(1) from None
