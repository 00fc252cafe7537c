"""Run the tape programs under TensorFlow and write down what they give.

Needs an environment with TensorFlow. A program that gives the same in a compiled function as
without one is written down once.

    python tests/golden/make_tape_with_tensorflow.py [--out FILE]
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import tape_programs as programs
import tensorflow as tf
import writing


def main() -> None:
    """Write one file, a line a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("tape.json"))
    options = parser.parse_args()
    topics: dict[str, dict[str, object]] = {}
    for name in programs.PROGRAMS:
        topic, _, short = name.partition("/")
        topics.setdefault(topic, {}).update(_results(name, short))
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    options.out.write_text(writing.text(versions, topics))


def _results(name: str, short: str) -> dict[str, object]:
    """By way; the eager result stands for both when they agree."""
    results = {way: _result(name, way) for way in programs.PROGRAMS[name].ways}
    first = next(iter(results.values()))
    if all(programs.difference(r, first) is None for r in results.values()):
        return {short: first}
    return {f"{short} {way}": result for way, result in results.items()}


def _result(name: str, way: str) -> object:
    try:
        return programs.run(name, programs.Api(tf, keras, way))
    except Exception as error:
        return writing.raised(error)


if __name__ == "__main__":
    main()
