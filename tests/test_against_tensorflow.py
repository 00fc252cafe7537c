"""The same program, the same weights and batches: TensorFlow's numbers are glasstape's numbers.

TensorFlow's are kept in `golden/`, made by `golden/make_with_tensorflow.py`. Set
GLASSTAPE_TENSORFLOW_PYTHON to an interpreter that has TensorFlow to make them afresh as well.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest

import glasstape as gt
from tests.golden import programs

GOLDEN = Path(__file__).parent / "golden"
EARLY = 20
TENSORFLOW_PYTHON = os.environ.get("GLASSTAPE_TENSORFLOW_PYTHON")


@pytest.fixture(scope="module")
def digits():
    return programs.load_digits()


def read_golden(net: str, directory: Path = GOLDEN) -> dict:
    return json.loads((directory / f"{net}.json").read_text())


def assert_same(ours: dict, theirs: dict) -> None:
    """1e-4 relative over the first 20 steps, 1 % over all that `ours` has."""
    for key in ("loss", "mean_loss", "accuracy"):
        steps = len(ours[key])
        assert steps >= EARLY
        np.testing.assert_allclose(
            ours[key][:EARLY], theirs[key][:EARLY], rtol=1e-4, err_msg=f"{key}, first {EARLY} steps"
        )
        np.testing.assert_allclose(
            ours[key], theirs[key][:steps], rtol=1e-2, err_msg=f"{key}, first {steps} steps"
        )


def assert_learned(numbers: dict) -> None:
    """Numbers that never move would agree without meaning anything."""
    assert np.mean(numbers["loss"][-10:]) < 0.6 * np.mean(numbers["loss"][:10])
    assert numbers["accuracy"][-1] > 1.5 * numbers["accuracy"][0]


@pytest.mark.parametrize("net", programs.NETS)
def test_compiled_step_gives_tensorflows_numbers(net, digits):
    theirs = read_golden(net)
    ours = programs.run(gt, keras, net, digits)
    assert_same(ours, theirs)
    assert_learned(ours)
    np.testing.assert_allclose(ours["test_loss"], theirs["test_loss"], rtol=1e-3)


@pytest.mark.parametrize("net", programs.NETS)
def test_eager_step_gives_tensorflows_numbers(net, digits):
    assert_same(programs.run(gt, keras, net, digits, EARLY, compiled=False), read_golden(net))


def test_another_initial_weight_would_be_noticed(digits, monkeypatch):
    original = programs.set_initial_weights

    def nudged(model):
        original(model)
        weights = model.get_weights()
        weights[0] = weights[0] * np.float32(1.002)
        model.set_weights(weights)

    monkeypatch.setattr(programs, "set_initial_weights", nudged)
    with pytest.raises(AssertionError, match=f"first {EARLY} steps"):
        assert_same(programs.run(gt, keras, "mlp", digits, EARLY), read_golden("mlp"))


def test_golden_files_are_small():
    assert sum(f.stat().st_size for f in GOLDEN.glob("*.json")) < 100_000


@pytest.mark.tensorflow
@pytest.mark.thorough
@pytest.mark.skipif(not TENSORFLOW_PYTHON, reason="GLASSTAPE_TENSORFLOW_PYTHON is not set")
def test_tensorflow_live(digits, tmp_path):
    images, labels = digits
    np.savez(tmp_path / "digits.npz", images=images, labels=labels)
    script = [TENSORFLOW_PYTHON, GOLDEN / "make_with_tensorflow.py", "--out", tmp_path]
    script += ["--digits", tmp_path / "digits.npz"]
    made = subprocess.run(script, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-2000:]
    for net in programs.NETS:
        theirs = read_golden(net, tmp_path)
        assert_same(programs.run(gt, keras, net, digits), theirs)
        assert_same(read_golden(net), theirs)  # the stored numbers are not out of date
