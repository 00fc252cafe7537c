"""What a step's checks found is told at the end of the program, or of a notebook's cell."""

import subprocess
import sys
import textwrap

import pytest

STEP = """
import glasstape as gt
import numpy as np

weight = gt.Variable(1.0)

@gt.function
def step(x):
    with gt.GradientTape() as tape:
        loss = weight * x
    weight.assign_sub(0.1 * tape.gradient(loss, weight))
    return loss

step(np.float32(1.0))
"""
TOLD = "NonFiniteLossError: "


def run(program):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def run_cells(cells):
    """As a notebook does; "cell" and its number before what each prints."""
    return run(f"""
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance(colors="NoColor")
        for number, cell in enumerate({cells!r}):
            print("cell", number, flush=True)
            shell.run_cell(cell)
    """)


def test_the_last_call_of_a_program_that_reads_nothing_after_it():
    """And a frame of the library's is nothing to show there."""
    ended = run(STEP + "step(np.float32('nan'))")
    assert TOLD in ended.stderr
    assert "Traceback" not in ended.stderr


def test_nothing_is_told_twice():
    read = "try:\n    weight.value\nexcept gt.errors.NonFiniteLossError:\n    pass"
    ended = run(f"{STEP}step(np.float32('nan'))\n{read}")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_error_a_program_ends_with_stays_the_last_word():
    ended = run(STEP + "step(np.float32('nan'))\nraise ValueError('my own')")
    assert ended.stderr.endswith("ValueError: my own\n")


def test_a_cell_of_a_notebook():
    """The error stands under the cell that earned it, and the next cell runs."""
    pytest.importorskip("IPython")
    cells = [STEP, "step(np.float32('nan')); 1", "print('weight', float(weight.value))"]
    ended = run_cells(cells)
    _, earned, after = ended.stdout.split("cell ")[1:]
    assert TOLD in earned
    assert "Error in callback" not in ended.stdout
    assert "weight 0.89" in after
    assert TOLD not in after + ended.stderr


def test_a_cell_that_failed_is_not_told_about_its_steps_as_well():
    """The error waits for the next cell, or for whoever reads a variable."""
    pytest.importorskip("IPython")
    cells = [STEP, "step(np.float32('nan')); raise ValueError('my own')", "1"]
    ended = run_cells(cells)
    _, failed, after = ended.stdout.split("cell ")[1:]
    assert "ValueError: my own" in failed
    assert TOLD not in failed
    assert TOLD in after
