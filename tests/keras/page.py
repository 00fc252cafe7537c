"""Makes docs/gradients.md from the tables and from the outcomes of the full comparison.

``python -m tests.keras.page`` writes the page; with ``--run`` it makes the full comparison in this
environment first and keeps its outcome in outcomes.json.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import platform
import time
from importlib import metadata
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "gradients.md"
OUTCOMES = HERE / "outcomes.json"
WAYS = {
    "test_compiled": "compiled",
    "test_compiled_and_nested": "compiled, second derivatives",
    "test_eager": "eager",
    "test_eager_and_nested": "eager, second derivatives",
}
MODULES = ("ops", "activations", "losses", "layers")

INTRODUCTION = """\
# Gradients of Keras

Every differentiable function of `keras.ops`, `keras.activations` and `keras.losses` and every layer
of `keras.layers`, in training and in inference mode, is differentiated by the tape and by
`jax.grad`, and the two are compared: by all floating-point inputs and all trainable variables,
compiled and in plain Python, once and twice.

`python -m tests.keras.page` makes this page from the tables in `tests/keras`;
`python -m tests.keras.page --run` makes the whole comparison in the environment at hand before and
adds its outcome. The ordinary test command makes most of it: all but the slowest compiled, every
tenth in plain Python.

## What is compared

A program is a function called with fixed random arrays, or a layer in one mode. Its results are
made a real number by a weighted sum plus half the sum of squares, so that linear functions have
second derivatives as well; the second derivative is that of the gradient's slope in a fixed
direction. Gradients must have the same shape and dtype and agree to 2e-4 of their size, plus 2e-5
of the largest. Each program must have a gradient that is finite and not zero, except those
listed as flat.

"""
DIFFERENCES = """\

## Where the reference is not plain `jax.grad`

- **Complex numbers.** The tape gives the conjugate of what `jax.grad` gives, as TensorFlow does;
  compared is the conjugate.
- **Assignments.** As in TensorFlow, no gradient passes through an assignment, and each reading of
  a variable counts towards its gradient. `SpectralNormalization`, which assigns its kernel while
  training, is the only layer where this shows; its reference has the assigned value replaced by
  one that stands still.
- **Loops.** `jax.grad` refuses `ops.while_loop`, and `ops.fori_loop` of a bound it does not know;
  references are the same steps without a loop, and `jax.lax.fori_loop`.
- **Layers** are called inside `keras.StatelessScope`, which hands out the values `jax.grad`
  differentiates by. `Layer.stateless_call` leaves out the activity regularizer of the layer itself.
"""


# ----- the full comparison -----


class _Counter:
    """Counts passed and failed comparisons by test and module."""

    def __init__(self):
        self.counts = collections.defaultdict(lambda: [0, 0])

    def pytest_runtest_logreport(self, report):
        test, _, name = report.nodeid.rpartition("::")[2].partition("[")
        if test in WAYS and report.when == "call":
            self.counts[test, name.partition(".")[0]][report.failed] += 1


def run():
    """Compare everything and keep the outcome; pytest's exit code."""
    os.environ["GLASSTAPE_FULL"] = "1"
    counter, start = _Counter(), time.perf_counter()
    code = pytest.main(["-q", "-p", "no:cacheprovider", str(HERE)], plugins=[counter])
    known = json.loads(OUTCOMES.read_text()) if OUTCOMES.exists() else {}
    known[_environment()] = {
        "minutes": round((time.perf_counter() - start) / 60, 1),
        "counts": {f"{test} {module}": n for (test, module), n in counter.counts.items()},
    }
    OUTCOMES.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")
    return code


def _environment():
    versions = [f"{name} {metadata.version(name.lower())}" for name in ("JAX", "Keras")]
    return ", ".join([*versions, f"Python {platform.python_version()}"])


def outcomes():
    """Of each environment: minutes, and (passed, failed) of each test and module."""
    return json.loads(OUTCOMES.read_text())


# ----- the page -----


def text():
    """The page."""
    sections = [_compared(), DIFFERENCES, _outcomes(), _notes(), _left_out()]
    return INTRODUCTION + "".join(sections)


def _table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def _compared():
    from tests.keras import exclusions, programs, test_gradients

    found = (programs.ENTRIES, exclusions.EXCLUDED, programs.aliases(), programs.names(),
             test_gradients.COMPILED)  # fmt: skip
    rows = []
    for module in MODULES:
        counts = [sum(name.startswith(f"{module}.") for name in names) for names in found]
        rows.append([f"`keras.{module}`", sum(counts[:3]), *counts])
    rows.append(["together", *(sum(column) for column in list(zip(*rows, strict=True))[1:])])
    head = ["module", "public names", "compared", "left out", "other names of the same",
            "programs", "of these compiled"]  # fmt: skip
    return (
        f"The names are those of Keras {programs.KERAS.rstrip('.')}; `keras.ops.image` is counted "
        "with `keras.ops`.\n\n" + _table(head, rows)
    )


def _outcomes():
    rows = []
    for environment, found in outcomes().items():
        counts = found["counts"]
        for test, way in WAYS.items():
            passed = [counts.get(f"{test} {module}", [0, 0]) for module in MODULES]
            rows.append([environment, way, *map(_passed, passed), found["minutes"]])
    head = ["environment", "way", *(f"`{module}`" for module in MODULES), "minutes, all ways"]
    return (
        "\n## Outcome of the whole comparison\n\n"
        "Programs whose gradients agree, of those compared. JAX on the CPU.\n\n"
        + _table(head, rows)
    )


def _passed(counts):
    return f"{counts[0]} of {sum(counts)}"


def _notes():
    from tests.keras import exclusions, programs

    reasons = collections.defaultdict(list)
    for name, entry in programs.ENTRIES.items():
        if entry.only_eager:
            reasons[entry.only_eager].append(name)
    return (
        "\n## Not compiled\n\nThese are compared in plain Python only:\n\n"
        + _list(reasons)
        + "\n## Flat\n\nDifferentiable almost everywhere with a derivative of zero, on the tape "
        "and by `jax.grad`:\n\n" + _names(exclusions.FLAT) + ".\n"
    )


def _left_out():
    from tests.keras import exclusions

    reasons = collections.defaultdict(list)
    for name, reason in exclusions.EXCLUDED.items():
        reasons[reason].append(name)
    return (
        "\n## Left out\n\n"
        + _list(reasons)
        + "\nTests see to it that the first three reasons hold, and that every public name is "
        "either compared or in this list.\n"
    )


def _list(reasons):
    return "".join(f"- {reason}: {_names(names)}.\n" for reason, names in reasons.items())


def _names(names):
    return ", ".join(f"`{name}`" for name in sorted(names))


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", action="store_true", help="make the full comparison first")
    code = run() if parser.parse_args().run else 0
    from tests.keras import programs

    if programs.is_the_tables_keras():
        PAGE.write_text(text(), encoding="utf-8")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
