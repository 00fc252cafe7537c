"""The same small programs with `function` under TensorFlow and under glasstape.

Compared are results, state afterwards, counts of traces and of Python's side effects, signatures,
printed text and the types of errors. TensorFlow's answers are kept in `golden/function.json`, made
by `golden/make_function_with_tensorflow.py`. Set GLASSTAPE_TENSORFLOW_PYTHON to an interpreter that
has TensorFlow to make them afresh as well.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

import glasstape.tf
from glasstape.errors import GlassTapeError
from tests.golden import function_programs
from tests.golden.function_programs import PROGRAMS, difference

GOLDEN = Path(__file__).parents[1] / "golden"
TENSORFLOW_PYTHON = os.environ.get("GLASSTAPE_TENSORFLOW_PYTHON")
# Raised by the program itself, or by Python before we are asked.
NOT_OURS = ("the user's own", "no_such_option")


def read_golden(path: Path = GOLDEN / "function.json") -> dict:
    """TensorFlow's result of each program."""
    content = json.loads(path.read_text())
    return {name: content[name.split("/")[0]][name.split("/")[1]] for name in PROGRAMS}


TENSORFLOW = read_golden()
DIFFERENT = [name for name, program in PROGRAMS.items() if program.differs]


def cases() -> list:
    found = []
    for name, program in PROGRAMS.items():
        reason = program.xfail
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        found.append(pytest.param(name, marks=marks))
    return found


def run(name: str):
    """The result under glasstape; checks that what it refuses, it explains."""
    tf = function_programs.Tf(glasstape.tf)
    result = function_programs.run(name, tf)
    for error in tf.errors:
        _check_explained(error)
    return result


def _check_explained(error: Exception) -> None:
    """Names the user's line; a refusal of ours says what to do as well."""
    said = "\n".join([str(error), *getattr(error, "__notes__", [])])
    if any(words in said for words in NOT_OURS):
        return
    assert "/function_programs/" in said, function_programs.explanation(error)
    assert "Do this:" in said or not isinstance(error, GlassTapeError)


@pytest.mark.parametrize("name", cases())
def test_as_tensorflow(name):
    program = PROGRAMS[name]
    expected = program.ours if program.differs else TENSORFLOW[name]
    found = difference(run(name), expected)
    assert found is None, found


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_is_said_to_differ_differs(name):
    assert difference(PROGRAMS[name].ours, TENSORFLOW[name])


def test_there_are_many_programs_and_few_differences():
    assert len(PROGRAMS) >= 300
    assert len(DIFFERENT) <= 55


def test_no_answer_is_left_of_a_program_that_is_gone():
    content = json.loads((GOLDEN / "function.json").read_text())
    del content["versions"]
    stored = {f"{topic}/{name}" for topic, results in content.items() for name in results}
    assert stored == set(PROGRAMS)


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        ("TypeError ValueError Exception", "ValueError Exception", True),
        ("RecursionError RuntimeError Exception", "RuntimeError", True),
        ("ValueError Exception", "TypeError ValueError Exception", False),
        ("TypeError Exception", "Exception", True),
        ("Exception", "TypeError Exception", False),
    ],
)
def test_an_error_must_be_of_the_expected_class(got, expected, same):
    found = difference([{"raises": got}, 1], [{"raises": expected}, 1])
    assert (found is None) is same
    assert difference([1, {"raises": got}], [{"raises": expected}, 1])


def test_text_and_records_are_compared():
    assert difference("a 1\n", "a 1\n") is None
    assert difference("a 1\n", "a 2\n")
    assert difference({"Point": [1, 2]}, {"tuple": [1, 2]})
    assert difference({"Point": [1, 2]}, {"Point": [1, 2.5]})
    assert difference({"Point": [1, 2]}, {"Point": [1, 2.00001]}) is None  # as rounding leaves it
    assert difference({"Point": [1, 0.5]}, {"Point": [1, True]})


@pytest.mark.tensorflow
@pytest.mark.thorough
@pytest.mark.skipif(not TENSORFLOW_PYTHON, reason="GLASSTAPE_TENSORFLOW_PYTHON is not set")
def test_tensorflow_live(tmp_path):
    """The stored answers are TensorFlow's own."""
    make = GOLDEN / "make_function_with_tensorflow.py"
    script = [TENSORFLOW_PYTHON, make, "--out", tmp_path / "t"]
    made = subprocess.run(script, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-2000:]
    live = read_golden(tmp_path / "t")
    differences = [(name, difference(TENSORFLOW[name], live[name])) for name in live]
    assert [d for d in differences if d[1]] == []
