"""Run the programs under TensorFlow and write down the numbers they give.

Needs an environment with TensorFlow. `--digits` takes the place of scikit-learn where that is not
installed: an NPZ file with the arrays that `programs.load_digits()` returns.

    python tests/golden/make_with_tensorflow.py [--out DIRECTORY] [--digits FILE] [NET ...]
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import programs
import tensorflow as tf


def main() -> None:
    """Write one file a net."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nets", nargs="*", default=list(programs.NETS), metavar="NET")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--digits", type=Path)
    options = parser.parse_args()
    digits = programs.load_digits(options.digits)
    for net in options.nets:
        numbers = {"tensorflow": tf.__version__, "keras": keras.__version__}
        numbers |= _rounded(programs.run(tf, keras, net, digits))
        (options.out / f"{net}.json").write_text(json.dumps(numbers) + "\n")


def _rounded(numbers: dict) -> dict:
    """Seven digits are what float32 holds."""
    return {
        key: [float(f"{v:.7g}") for v in value] if isinstance(value, list) else value
        for key, value in numbers.items()
    }


if __name__ == "__main__":
    main()
