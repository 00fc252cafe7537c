"""A glass changes nothing: after 100 steps every bit is the same with and without."""

import numpy as np
import pytest

import glasstape as gt
from glasstape.monitor.runlog import read_measurements
from tests.monitor import nets


def assert_same_bits(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b, strict=True)
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("net", nets.NETS)
def test_compiled(net, tmp_path):
    training = nets.Training(net)
    start = training.snapshot()
    expected = training.run()
    assert any((a != b).any() for a, b in zip(start, expected, strict=True))
    for every in (1, "auto"):
        training.restore(start)
        with gt.glass(show=None, run_dir=tmp_path / str(every), every=every):
            found = training.run()
        assert_same_bits(found, expected)
    calls = [m.call for m in read_measurements(tmp_path / "1")]
    assert len(calls) == 100
    assert 5 < len(list(read_measurements(tmp_path / "auto"))) < 100


@pytest.mark.parametrize("net", nets.NETS)
def test_eager(net, tmp_path):
    training = nets.Training(net, way=lambda step: step)
    start = training.snapshot()
    expected = training.run(30)
    for every in (1, "auto"):
        training.restore(start)
        with gt.glass(show=None, run_dir=tmp_path / str(every), every=every):
            found = training.run(30)
        assert_same_bits(found, expected)
    assert [m.call for m in read_measurements(tmp_path / "1")] == list(range(1, 31))
    assert [m.call for m in read_measurements(tmp_path / "auto")] == [1, 11, 21]


def test_the_first_call_compiled_under_a_glass(tmp_path):
    """Another order of compiling: the program that looks comes first."""
    plain = nets.Training(nets.batch_norm_and_dropout).run(20)
    training = nets.Training(nets.batch_norm_and_dropout)
    with gt.glass(show=None, run_dir=tmp_path / "run"):
        training.run(10)
    for number in range(10, 20):
        training.step(*nets.batch(number))
    assert_same_bits(training.snapshot(), plain)


@pytest.mark.parametrize(
    "other",
    [np.float32([0, 0, -0.0]), np.float32([0, 1e-45, 0]), np.zeros(3), np.zeros(2, np.float32)],
)
def test_one_bit_would_be_noticed(other):
    zeros = [np.zeros(3, np.float32)]
    assert_same_bits(zeros, [zeros[0].copy()])
    with pytest.raises(AssertionError):
        assert_same_bits(zeros, [other])
