"""Run the programs with `function` under TensorFlow and write down what they give.

Needs an environment with TensorFlow.

    python tests/golden/make_function_with_tensorflow.py [--out FILE]
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # what programs print is collected

# The package and not its folder: it takes from the tape programs beside it.
sys.path.insert(0, str(Path(__file__).parents[2]))

import tensorflow as tf

from tests.golden import function_programs as programs
from tests.golden import writing


def main() -> None:
    """Write one file, a line a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("function.json"))
    options = parser.parse_args()
    tf.get_logger().setLevel("ERROR")
    topics: dict[str, dict[str, object]] = {}
    for name in programs.PROGRAMS:
        topic, _, short = name.partition("/")
        topics.setdefault(topic, {})[short] = programs.run(name, programs.Tf(tf))
    versions = {"tensorflow": tf.__version__, "keras": tf.keras.__version__}
    options.out.write_text(writing.text(versions, topics))


if __name__ == "__main__":
    main()
