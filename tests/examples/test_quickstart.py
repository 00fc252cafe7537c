"""The example runs as it stands, and gives the same numbers without its decorators."""

import contextlib
import io
import re

import pytest

from tests.repo.tree import ROOT

FILE = ROOT / "examples" / "quickstart.py"
SOURCE = FILE.read_text(encoding="utf-8")


def run(source, folder):
    """The numbers of each epoch line of `source`, run as a program of its own."""
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(source, FILE, "exec"), {"__name__": "__main__"})
    assert re.search(r"^The run is in runs/\d{8}-\d{6}", output.getvalue(), re.MULTILINE)
    lines = re.findall(r"^Epoch .*$", output.getvalue(), re.MULTILINE)
    return [[float(n) for n in re.findall(r"\d+(?:\.\d+)?", line)] for line in lines]


@pytest.fixture(scope="module")
def as_it_stands(tmp_path_factory):
    return run(SOURCE, tmp_path_factory.mktemp("quickstart"))


def test_it_imports_glasstape_before_keras_and_is_short():
    assert SOURCE.index("import glasstape as gt") < SOURCE.index("import keras")
    assert len(SOURCE.splitlines()) <= 65


def test_it_learns_and_tells_of_each_epoch_alone(as_it_stands):
    assert [line[0] for line in as_it_stands] == list(range(1, 16))
    assert as_it_stands[-1][-1] > 97
    # Had the metrics not been reset, the last mean would still hold the first epochs' losses.
    losses = [line[1] for line in as_it_stands]
    assert losses[-1] < sum(losses) / len(losses) / 2


@pytest.mark.thorough
def test_the_same_numbers_without_decorators(as_it_stands, tmp_path):
    eager, decorators = re.subn(r"^@gt\.function.*\n", "", SOURCE, flags=re.MULTILINE)
    one_epoch, constants = re.subn(r"^EPOCHS = \d+$", "EPOCHS = 1", eager, flags=re.MULTILINE)
    assert (decorators, constants) == (2, 1)
    ((_, loss, accuracy, test_loss, test_accuracy),) = run(one_epoch, tmp_path)
    # Rounding: XLA sums in another order, and 45 updates of Adam carry that on. One image is 0.07
    # percent of the training images and 0.28 percent of the test images.
    _, *compiled = as_it_stands[0]
    assert compiled[::2] == pytest.approx([loss, test_loss], rel=1e-3)
    assert compiled[1::2] == pytest.approx([accuracy, test_accuracy], abs=0.3)
