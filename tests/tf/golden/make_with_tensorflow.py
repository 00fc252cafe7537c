"""Run the expressions and programs under TensorFlow and write down what they give.

Needs an environment with TensorFlow. `--digits` is an NPZ file with the arrays that
`tests/golden/programs.load_digits` returns, where scikit-learn is not installed.

    python -m tests.tf.golden.make_with_tensorflow [--out DIRECTORY] [--digits FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import tensorflow as tf

from tests.golden.programs import load_digits
from tests.tf import (
    episodes,
    expressions,
    expressions_ops,
    fit_programs,
    keras_expressions,
    kinks,
    logits,
    programs,
    ragged,
    tensors,
)


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--digits", type=Path)
    options = parser.parse_args()
    digits = load_digits(options.digits)
    with tempfile.TemporaryDirectory() as folder:
        programs.write_digits(*digits, Path(folder, "digits.npz"))
        lines = programs.run_chapter("tensorflow", folder)
    results = {e: expressions.describe(e, tf) for e in expressions.EXPRESSIONS}
    tensor_results = tensors.evaluate_all(tf)
    old = {e: expressions.describe(e, tf) for e in keras_expressions.EXPRESSIONS}
    fit = {name: _rounded(fit_programs.run(tf, name)) for name in fit_programs.PROGRAMS}
    numbers = {kind: _rounded(programs.train(tf, kind, digits)) for kind in programs.KINDS}
    contents = {"chapter": lines, "expressions": results, "models": numbers}
    contents |= {"tensors": tensor_results, **run_operations()}
    contents |= {"fit": fit, "keras_expressions": old}
    contents |= {"logits": {name: logits.run(tf, name) for name in logits.PROGRAMS}}
    contents |= {"kinks": {name: kinks.run(tf, name) for name in kinks.PROGRAMS}}
    contents |= {"ragged": ragged.describe_all(tf)}
    contents |= {"episodes": {e: episodes.run(tf, e) for e in episodes.EXPRESSIONS}}
    contents |= {"actor_critic": episodes.actor_critic(tf)[0]}
    for name, content in contents.items():
        text = json.dumps(content, ensure_ascii=False, indent=None)
        Path(options.out, f"{name}.json").write_text(text + "\n", encoding="utf-8")


def run_operations() -> dict:
    """What functions on tensors give, and which dtypes they take."""
    sections = expressions_ops.EXPRESSIONS.items()
    results = {key: [expressions_ops.describe(e, tf) for e in es] for key, es in sections}
    names = expressions_ops.UNARY + expressions_ops.BINARY
    dtypes = {name: expressions_ops.describe_dtypes(name, tf) for name in names}
    return {"operations": results, "operation_dtypes": dtypes}


def _rounded(numbers: dict) -> dict:
    """Seven digits are what float32 holds."""
    return {key: [float(f"{v:.7g}") for v in values] for key, values in numbers.items()}


if __name__ == "__main__":
    main()
