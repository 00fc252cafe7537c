"""The GANs run, write their pictures, and go on where they stopped as if they had not."""

import re

import pytest

from tests.examples.running import run

pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
PIECES = ["--pieces", "6", "--size", "32", "--filters", "4"]
GANS = {"dcgan": [], "wgan_gp": [], "pix2pix": PIECES, "cyclegan": PIECES}


def epochs(output):
    """The lines of the epochs, and what the networks have made, by name."""
    return re.findall(r"^Epoch .*$", output, re.MULTILINE)


@pytest.fixture(autouse=True)
def _pillow():
    pytest.importorskip("PIL")


@pytest.mark.parametrize("name", GANS)
def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(name, tmp_path):
    for folder in ("whole", "parts"):
        (tmp_path / folder).mkdir()
    whole = run(f"gans/{name}.py", [*GANS[name], "--epochs", "3"], tmp_path / "whole")
    run(f"gans/{name}.py", [*GANS[name], "--epochs", "2"], tmp_path / "parts")
    rest = run(f"gans/{name}.py", [*GANS[name], "--epochs", "3", "--resume"], tmp_path / "parts")
    assert [line.split(",")[0] for line in epochs(whole)] == ["Epoch 1", "Epoch 2", "Epoch 3"]
    assert epochs(rest) == epochs(whole)[2:]
    for folder in ("whole", "parts"):
        made = sorted(p.name for p in (tmp_path / folder / "runs" / name).glob("*.png"))
        assert made == ["epoch-0001.png", "epoch-0002.png", "epoch-0003.png"]
