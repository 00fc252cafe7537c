"""Whole programs under glasstape.tf print the numbers they print under TensorFlow."""

import re

import numpy as np
import pytest

import glasstape.tf as tf
from tests.golden.programs import load_digits
from tests.tf import programs
from tests.tf.golden.alike import different
from tests.tf.golden.read import FOLDER, TENSORFLOW_PYTHON, make, read

NUMBER = re.compile(r"\d+\.?\d*")
LINE = re.compile(
    r"에포크: \d+, 손실: \d+\.\d{5}, 정확도: \d+\.\d\d%, "
    r"테스트 손실: \d+\.\d{5}, 테스트 정확도: \d+\.\d\d%"
)


@pytest.fixture(scope="module")
def digits():
    return load_digits()


@pytest.fixture
def folder(digits, tmp_path):
    programs.write_digits(*digits, tmp_path / "digits.npz")
    return tmp_path


def assert_same_lines(ours, theirs):
    """The same text, with numbers equal to 1e-3: 20 steps an epoch, printed to five digits."""
    assert [NUMBER.sub("#", line) for line in ours] == [NUMBER.sub("#", line) for line in theirs]
    for our_line, their_line in zip(ours, theirs, strict=True):
        pair = [[float(n) for n in NUMBER.findall(line)] for line in (our_line, their_line)]
        np.testing.assert_allclose(*pair, rtol=1e-3, err_msg=f"{our_line}\n{their_line}")


def assert_same_numbers(ours, theirs):
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4, err_msg=name)


def without_decorators(text):
    assert text.count("@tf.function\n") == 2
    return text.replace("@tf.function\n", "")


def test_the_chapter_prints_what_it_prints_under_tensorflow(folder):
    lines = programs.run_chapter("glasstape.tf", folder)
    assert all(LINE.fullmatch(line) for line in lines)
    assert_same_lines(lines, read("chapter"))


def test_the_chapter_without_decorators_prints_the_same(folder):
    lines = programs.run_chapter("glasstape.tf", folder, epochs=1, change=without_decorators)
    assert_same_lines(lines, read("chapter")[:1])


def test_another_learning_rate_would_be_noticed(folder):
    def change(text):
        return text.replace("optimizers.Adam()", "optimizers.Adam(0.00101)")

    lines = programs.run_chapter("glasstape.tf", folder, epochs=1, change=change)
    with pytest.raises(AssertionError):
        assert_same_lines(lines, read("chapter")[:1])


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "eager"])
@pytest.mark.parametrize("kind", programs.KINDS)
def test_models_give_tensorflows_numbers(kind, compiled, digits):
    theirs = read("models")[kind]
    ours = programs.train(tf, kind, digits, compiled=compiled)
    assert_same_numbers(ours, theirs)
    assert ours["steps"] == [20]
    assert np.mean(ours["loss"][-5:]) < np.mean(ours["loss"][:5])  # and it learns


def test_stored_results_are_small():
    assert sum(f.stat().st_size for f in FOLDER.glob("*.json")) < 250_000


@pytest.mark.tensorflow
@pytest.mark.thorough
@pytest.mark.skipif(not TENSORFLOW_PYTHON, reason="GLASSTAPE_TENSORFLOW_PYTHON is not set")
def test_tensorflow_live(folder, digits):
    np.savez(folder / "all.npz", images=digits[0], labels=digits[1])
    make(folder, folder / "all.npz")
    theirs = read("chapter", folder)
    assert_same_lines(programs.run_chapter("glasstape.tf", folder), theirs)
    assert_same_lines(read("chapter"), theirs)  # the stored results are not out of date
    for kind in programs.KINDS:
        assert_same_numbers(programs.train(tf, kind, digits), read("models", folder)[kind])
        assert_same_numbers(read("models")[kind], read("models", folder)[kind])
    same = "expressions tensors operations operation_dtypes keras_expressions logits ragged kinks"
    for name in same.split():
        assert different(read(name, folder), read(name)) == []
    for name, theirs in read("fit", folder).items():
        assert_same_numbers(read("fit")[name], theirs)


def test_another_result_would_be_noticed():
    stored = {"a": ["float32[2] 1 2", 0.5, {"error": "ValueError"}], "b": True}
    assert (
        different({"a": ["float32[2] 1.00001 2", 0.50001, stored["a"][2]], "b": True}, stored) == []
    )
    others = ["float32[2] 1.001 2", "float32[1] 1 2", "float64[2] 1 2", "int32[2] 1 2", "1 2", None]
    for other in others:
        assert different({"a": [other, *stored["a"][1:]], "b": True}, stored)
    assert different({"a": stored["a"], "b": 1}, stored)
    assert different({"a": stored["a"]}, stored)
    assert different({"a": [stored["a"][0], 0.501, stored["a"][2]], "b": True}, stored) == [
        "/a[1]: 0.501 and 0.5"
    ]
