"""The stored results, and TensorFlow's own when an interpreter that has it is given."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
TENSORFLOW_PYTHON = os.environ.get("GLASSTAPE_TENSORFLOW_PYTHON")


def read(name, folder=FOLDER):
    return json.loads(Path(folder, f"{name}.json").read_text(encoding="utf-8"))


def make(folder, digits):
    """Run TensorFlow; its results come to lie in `folder`."""
    command = [TENSORFLOW_PYTHON, "-m", "tests.tf.golden.make_with_tensorflow", "--out", folder]
    command += ["--digits", digits]
    made = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-2000:]
