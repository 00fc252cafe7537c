"""Run the AutoGraph programs under TensorFlow and write down what they give.

Needs an environment with TensorFlow.

    python tests/golden/make_autograph_with_tensorflow.py [--out FILE]
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import autograph_programs as programs
import keras
import tensorflow as tf
import writing


def main() -> None:
    """Write one file, a line a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("autograph.json"))
    options = parser.parse_args()
    results = {name: _result(name) for name in programs.PROGRAMS}
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    options.out.write_text(writing.text(versions, {"programs": results}))


def _result(name: str) -> object:
    try:
        api = programs.Api(tf, keras)
        return programs.describe(programs.PROGRAMS[name].run(api))
    except Exception as error:
        return writing.raised(error)


if __name__ == "__main__":
    main()
