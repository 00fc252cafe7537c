"""Run the AutoGraph programs under TensorFlow and write down what they give.

Needs an environment with TensorFlow.

    python tests/golden/make_autograph_with_tensorflow.py [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import autograph_programs as programs
import keras
import tensorflow as tf


def main() -> None:
    """Write one file, a line a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("autograph.json"))
    options = parser.parse_args()
    results = {name: _result(name) for name in programs.PROGRAMS}
    versions = json.dumps({"tensorflow": tf.__version__, "keras": keras.__version__})
    lines = [f"{json.dumps(k)}:{_compact(v)}" for k, v in results.items()]
    text = f'{{\n"versions": {versions},\n"programs": {{\n' + ",\n".join(lines) + "\n}\n}\n"
    options.out.write_text(text)


def _result(name: str) -> object:
    try:
        api = programs.Api(tf, keras)
        return programs.describe(programs.PROGRAMS[name].run(api))
    except Exception as error:
        # The nearest built-in class: glasstape's must be derived from it, too.
        builtin = next(c for c in type(error).__mro__ if c.__module__ == "builtins")
        return {"raises": builtin.__name__}


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    main()
