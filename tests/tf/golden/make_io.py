"""Run what `tests.tf` has of io, checkpoints and summaries under TensorFlow; write the results.

Needs an environment with TensorFlow, TensorBoard and Pillow.

    python -m tests.tf.golden.make_io [--out DIRECTORY]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import tensorflow as tf

from tests.tf import checkpoints, io_expressions, summaries


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    known = io_expressions.names(tf)
    results = {e: io_expressions.describe(e, known) for e in io_expressions.EXPRESSIONS}
    lines = [f"{json.dumps(e)}: {json.dumps(r)}" for e, r in results.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    Path(options.out, "io.json").write_text(text, encoding="utf-8")
    outcomes = {}
    for program in checkpoints.PROGRAMS:
        with tempfile.TemporaryDirectory() as folder:
            outcomes[program.__name__] = program(tf, folder)
    text = json.dumps(outcomes, indent=1) + "\n"
    Path(options.out, "checkpoints.json").write_text(text, encoding="utf-8")
    events = {}
    for program in summaries.PROGRAMS:
        with tempfile.TemporaryDirectory() as folder:
            said = program(tf, folder)
            files = sorted(Path(folder).iterdir())
            found = [
                e for f in files for r in tf.data.TFRecordDataset(str(f)) for e in described(r)
            ]
            events[program.__name__] = {"said": said, "events": found}
    text = json.dumps(events) + "\n"
    Path(options.out, "summaries.json").write_text(text, encoding="utf-8")


def described(record):
    """The summaries of a record."""
    return summaries.described(record.numpy())


if __name__ == "__main__":
    main()
