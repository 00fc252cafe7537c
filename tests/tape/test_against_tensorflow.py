"""The same small tape programs under TensorFlow and under glasstape: numbers, dtypes, None, errors.

TensorFlow's answers are kept in `golden/tape.json`, made by `golden/make_tape_with_tensorflow.py`.
Set GLASSTAPE_TENSORFLOW_PYTHON to an interpreter that has TensorFlow to make them afresh as well.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import subprocess
from pathlib import Path

import jax
import keras
import pytest

import glasstape as gt
from glasstape.errors import GlassTapeError
from tests.golden import tape_programs
from tests.golden.tape_programs import PROGRAMS, difference

GOLDEN = Path(__file__).parents[1] / "golden"
TENSORFLOW_PYTHON = os.environ.get("GLASSTAPE_TENSORFLOW_PYTHON")
# Where TensorFlow raises a type of its own, or stumbles over an attribute that is missing.
STUMBLES = ("Exception", "AttributeError", "IndexError")


def read_golden(path: Path = GOLDEN / "tape.json") -> dict:
    """TensorFlow's result of each case."""
    content = json.loads(path.read_text())
    found = {}
    for name, way in tape_programs.cases():
        topic, _, short = name.partition("/")
        results = content[topic]
        found[name, way] = results[short] if short in results else results[f"{short} {way}"]
    return found


TENSORFLOW = read_golden()
CASES = pytest.mark.parametrize(("name", "way"), tape_programs.cases())
DIFFERENT = [case for case in tape_programs.cases() if PROGRAMS[case[0]].differs]


def run(name: str, way: str):
    with jax.enable_x64(True) if PROGRAMS[name].float64 else contextlib.nullcontext():
        return tape_programs.run(name, tape_programs.Api(gt, keras, way))


def assert_raises(name: str, way: str, builtin: str) -> None:
    """The type is TensorFlow's; what glasstape refuses, it explains with the user's line."""
    sensible = (TypeError, ValueError, RuntimeError)
    expected = sensible if builtin in STUMBLES else getattr(builtins, builtin)
    with pytest.raises(expected) as caught:
        run(name, way)
    if str(caught.value) != "the user's own":
        assert isinstance(caught.value, GlassTapeError)
        assert "Do this:" in str(caught.value)
        assert f"/tape_programs/{name.split('/')[0]}.py:" in str(caught.value)


def assert_same(result, expected) -> None:
    found = difference(result, expected)
    assert found is None, found


@CASES
def test_as_tensorflow(name, way):
    program = PROGRAMS[name]
    expected = program.ours if program.differs else TENSORFLOW[name, way]
    if isinstance(expected, dict) and "raises" in expected:
        assert_raises(name, way, expected["raises"])
    else:
        assert_same(run(name, way), expected)


@pytest.mark.parametrize(("name", "way"), DIFFERENT)
def test_what_is_said_to_differ_differs(name, way):
    assert difference(PROGRAMS[name].ours, TENSORFLOW[name, way])


def test_there_are_many_programs_and_few_differences():
    assert len(PROGRAMS) >= 250
    assert len(DIFFERENT) <= 25


def test_no_answer_is_left_of_a_program_that_is_gone():
    content = json.loads((GOLDEN / "tape.json").read_text())
    del content["versions"]
    stored = {f"{topic}/{key.split()[0]}" for topic, results in content.items() for key in results}
    assert stored == set(PROGRAMS)


ONE = {"float32[2]": [1, 2.5]}


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (None, ONE),
        (ONE, None),
        ({"float32[2]": [1, 2.5001]}, ONE),
        ({"float16[2]": [1, 2.5]}, ONE),
        ({"float32[1,2]": [1, 2.5]}, ONE),
        ({"float32[2]": [1, float("nan")]}, ONE),
        ([ONE], {"tuple": [ONE]}),
        ([ONE], [ONE, ONE]),
        ([ONE, None], [None, ONE]),
        ({"dict": {"a": ONE}}, {"dict": {"b": ONE}}),
        (1, True),
        ({"raises": "ValueError"}, {"raises": "TypeError"}),
        ({"float32[]": [0]}, {"float32[]": [float("inf")]}),
    ],
)
def test_a_difference_is_noticed(got, expected):
    assert difference(got, expected)


def test_rounding_is_no_difference():
    assert difference({"float32[2]": [1.000001, 2.5]}, ONE) is None
    assert difference({"float32[]": [float("nan")]}, {"float32[]": [float("nan")]}) is None
    assert difference({"dict": {"b": 1, "a": 2}}, {"dict": {"a": 2, "b": 1}}) is None


@pytest.mark.tensorflow
@pytest.mark.thorough
@pytest.mark.skipif(not TENSORFLOW_PYTHON, reason="GLASSTAPE_TENSORFLOW_PYTHON is not set")
def test_tensorflow_live(tmp_path):
    """The stored answers are TensorFlow's own."""
    script = [TENSORFLOW_PYTHON, GOLDEN / "make_tape_with_tensorflow.py", "--out", tmp_path / "t"]
    made = subprocess.run(script, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-2000:]
    live = read_golden(tmp_path / "t")
    differences = [(case, difference(TENSORFLOW[case], live[case])) for case in live]
    assert [d for d in differences if d[1]] == []
