"""Python control flow on tensors: TensorFlow's answers, and those of the same Python run eagerly.

TensorFlow's are kept in `golden/autograph.json`, made by `make_autograph_with_tensorflow.py`.
"""

import builtins
import json
from pathlib import Path

import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.errors import GlassTapeError
from tests.golden import autograph_programs
from tests.golden.autograph_programs import PROGRAMS, Api, describe

GOLDEN = json.loads((Path(autograph_programs.__file__).parent / "autograph.json").read_text())
TENSORFLOW = GOLDEN["programs"]
SAME = [name for name, program in PROGRAMS.items() if program.ours is None]
OURS = [name for name, program in PROGRAMS.items() if program.ours is not None]
REFUSED = [name for name in SAME if "raises" in str(TENSORFLOW[name])]
WORKING = [name for name in PROGRAMS if name not in REFUSED]


def run(name):
    return describe(PROGRAMS[name].run(Api(gt, keras)))


def flat(result):
    """Dtypes and numbers in order."""
    if isinstance(result, dict) and "dtype" in result:
        return [(result["dtype"], np.asarray(result["values"]))]
    parts = result.values() if isinstance(result, dict) else result
    return [found for part in parts for found in flat(part)]


def assert_close(result, expected, dtypes=True):
    result, expected = flat(result), flat(expected)
    assert len(result) == len(expected)
    for (dtype, numbers), (expected_dtype, expected_numbers) in zip(result, expected, strict=True):
        assert dtype == expected_dtype or not dtypes
        np.testing.assert_allclose(numbers, expected_numbers, rtol=2e-5, atol=2e-6)


def test_every_program_is_written_down():
    assert set(TENSORFLOW) == set(PROGRAMS)


@pytest.mark.parametrize("name", [n for n in SAME if n not in REFUSED])
def test_as_tensorflow(name):
    assert_close(run(name), TENSORFLOW[name])


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_by_tensorflow(name):
    """The type is TensorFlow's; the message shows the line of the program."""
    with pytest.raises(getattr(builtins, TENSORFLOW[name]["raises"])) as caught:
        run(name)
    assert isinstance(caught.value, GlassTapeError)
    assert "Do this:" in str(caught.value)
    lines = Path(autograph_programs.__file__).read_text().splitlines()
    place = str(caught.value).rpartition("At: ")[2]
    file, line = place.partition(",")[0].rsplit(":", 1)
    assert file == autograph_programs.__file__
    start = lines.index(f"def {name}(api):")
    assert start < int(line) - 1 < start + 14


@pytest.mark.parametrize("name", OURS)
def test_what_is_said_to_differ_differs(name):
    if "raises" not in TENSORFLOW[name]:
        with pytest.raises(AssertionError):
            assert_close(run(name), TENSORFLOW[name])


@pytest.mark.parametrize("name", WORKING)
def test_as_eagerly(name):
    """Dtypes aside: a Python number that Python decides about stays one in eager code."""
    compiled = run(name)
    gt.run_functions_eagerly(True)
    try:
        eager = run(name)
    finally:
        gt.run_functions_eagerly(False)
    assert_close(compiled, eager, dtypes=False)
