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
adds its outcome; `--again EXPRESSION` makes the part that pytest's `-k` selects once more. The
ordinary test command makes most of it: all but the slowest compiled, every tenth in plain Python.

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


class _Outcome:
    """Which comparisons were made and which of them failed, by test."""

    def __init__(self):
        self.compared = {test: [] for test in WAYS}
        self.failed = {test: [] for test in WAYS}

    def pytest_runtest_logreport(self, report):
        test, _, name = report.nodeid.rpartition("::")[2].rstrip("]").partition("[")
        if test in WAYS and report.when == "call":
            self.compared[test].append(name)
            if report.failed:
                self.failed[test].append(name)


def run(only=None):
    """Compare everything, or again what `only` selects, and keep the outcome.

    Returns:
        pytest's exit code.
    """
    os.environ["GLASSTAPE_FULL"] = "1"
    outcome, start = _Outcome(), time.perf_counter()
    options = ["-k", only] if only else []
    code = pytest.main(["-q", str(HERE / "test_gradients.py"), *options], plugins=[outcome])
    known = outcomes() if OUTCOMES.exists() else {}
    if only:
        _replace(known[_environment()]["failed"], outcome)
        known[_environment()]["again"].append(only)
    else:
        minutes = round((time.perf_counter() - start) / 60, 1)
        known[_environment()] = {
            "minutes": minutes, "compared": _by_module(outcome), "failed": outcome.failed,
        }  # fmt: skip
    OUTCOMES.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")
    return code


def _replace(failed, outcome):
    for test, names in failed.items():
        kept = [n for n in names if n not in outcome.compared[test]]
        names[:] = [*kept, *outcome.failed[test]]


def _by_module(outcome):
    return {
        test: {m: sum(n.startswith(f"{m}.") for n in names) for m in MODULES}
        for test, names in outcome.compared.items()
    }


def _environment():
    versions = [f"{name} {metadata.version(name.lower())}" for name in ("JAX", "Keras")]
    return ", ".join([*versions, f"Python {platform.python_version()}"])


def outcomes():
    """Of each environment: minutes, how many were compared by test and module, which failed.

    And what was compared again since, as pytest's -k selects it.
    """
    return json.loads(OUTCOMES.read_text())


# ----- the page -----


def text():
    """The page."""
    sections = [_compared(), DIFFERENCES, _outcomes(), _notes(), _left_out()]
    return INTRODUCTION + "".join(sections)


def _table(head, rows, words=1):
    lines = [head, ["---"] * words + ["---:"] * (len(head) - words), *rows]
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
    rows, failures, known = [], [], outcomes()
    for environment, found in known.items():
        for test, way in WAYS.items():
            failed = found["failed"][test]
            compared = found["compared"][test]
            rows.append([environment, way, *(_agreed(compared, failed, m) for m in MODULES),
                         found["minutes"]])  # fmt: skip
            if failed:
                failures.append(f"- {environment}, {way}: {_names(failed)}.\n")
    head = ["environment", "way", *(f"`{module}`" for module in MODULES), "minutes, all ways"]
    return (
        "\n## Outcome of the whole comparison\n\n"
        "Programs whose gradients agree, of those compared. JAX on the CPU.\n\n"
        + _table(head, rows, words=2)
        + "\nThe minutes are those of two cores that had other work as well. Compared again after "
        "a test or GlassTape had been corrected:\n\n"
        + "".join(f"- {e}: {'; '.join(f['again']) or 'nothing'}.\n" for e, f in known.items())
        + ("\nNot in agreement:\n\n" + "".join(failures) if failures else "")
    )


def _agreed(compared, failed, module):
    wrong = sum(name.startswith(f"{module}.") for name in failed)
    return f"{compared[module] - wrong} of {compared[module]}"


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
    parser.add_argument("--run", action="store_true", help="make the whole comparison first")
    parser.add_argument("--again", metavar="EXPRESSION", help="or a part of it, see pytest -k")
    arguments = parser.parse_args()
    code = run(arguments.again) if arguments.run or arguments.again else 0
    import glasstape  # noqa: F401 - before keras: it chooses the backend
    from tests.keras import programs

    if programs.is_the_tables_keras():
        PAGE.write_text(text(), encoding="utf-8")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
