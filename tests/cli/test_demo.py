"""The main job: a net that learns real digits, told line by line, with a run folder."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

import glasstape as gt
from glasstape.cli import app, demo, training
from glasstape.cli.words import ENGLISH, KOREAN
from glasstape.monitor import runlog
from tests.repo.tree import ROOT

MNIST = ROOT.parent / "shared" / "data" / "mnist"
LINE = re.compile(
    r"^Epoch (\d+), loss (\d\.\d{5}), accuracy (\d+\.\d\d)%, "
    r"test loss (\d\.\d{5}), test accuracy (\d+\.\d\d)%$",
    re.MULTILINE,
)


def run(*arguments):
    # Wide enough for every column, whatever numbers other tests' layers gave to the names.
    return CliRunner(env={"COLUMNS": "120"}).invoke(app, ["demo", *map(str, arguments)])


def epochs(result):
    assert result.exit_code == 0, result.output
    return [tuple(map(float, line)) for line in LINE.findall(result.output)]


@pytest.fixture(scope="module")
def main_job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "run"
    return run("--run-dir", folder), folder


# ----- the main job -----


def test_it_learns(main_job):
    lines = epochs(main_job[0])
    assert [line[0] for line in lines] == list(range(1, 16))
    assert lines[-1][1] < 0.1 < lines[0][1]
    assert lines[-1][-1] > 97


def test_it_ends_with_the_test_accuracy_and_the_run_folder(main_job):
    result, folder = main_job
    *_, last, where = result.output.strip().splitlines()
    assert last == f"Test accuracy: {epochs(result)[-1][-1]:.2f}% after 15 epochs."
    assert where.endswith(f": {folder}")


def test_it_shows_every_layers_gradients_and_has_nothing_to_remark(main_job):
    output = main_job[0].output
    assert "Gradients of train_step, call" in output
    for layer, shape in (("conv2d", "3×3×1×32"), ("dense", "1152×128"), ("dense", "128×10")):
        assert re.search(rf"^{layer}\S* +kernel +{shape} ", output, re.MULTILINE)
    assert "remark" not in output


def test_the_run_folder_holds_what_was_seen(main_job):
    result, folder = main_job
    about = runlog.read_about(folder)
    assert about["error"] is None
    assert about["ended"] > about["started"]
    measurements = list(runlog.read_measurements(folder))
    assert len(measurements) > 20
    assert {m.step for m in measurements} == {"train_step"}
    assert [v.name for v in measurements[0].variables] == ["kernel", "bias"] * 3
    assert np.isfinite([m.values for m in measurements[1:]]).all()
    scalars = [tuple(s.values()) for s in runlog.read_scalars(folder)]
    np.testing.assert_allclose(scalars, epochs(result), atol=0.006)


def test_the_step_it_shows_is_the_step_it_runs(main_job):
    text = Path(training.__file__).read_text(encoding="utf-8")
    shown = demo._source("train_step")
    assert shown.startswith("@gt.function\ndef train_step(images, labels):")
    for line in shown.splitlines():
        assert f"    {line}\n" in text
        assert f"    {line}\n" in main_job[0].output
    assert training.__file__ in main_job[0].output


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_other_seeds_learn_too(seed):
    keras.utils.set_random_seed(seed)
    datasets = demo._load(demo.Data.digits, None, 32, seed)
    *_, last = training.train(*datasets, demo.EPOCHS[demo.Data.digits])
    assert last.test_accuracy > 97


# ----- languages -----


def test_the_korean_line_is_the_chapters():
    line = KOREAN.epoch.format(1, 0.12345, 97.12, 0.12345, 97.12)
    assert line == (
        "에포크: 1, 손실: 0.12345, 정확도: 97.12%, 테스트 손실: 0.12345, 테스트 정확도: 97.12%"
    )


def test_korean_and_the_same_seed_gives_the_same_numbers(main_job, tmp_path):
    result = run("--language", "ko", "--epochs", 2, "--seed", 0, "--run-dir", tmp_path)
    number, percent = r"(\d\.\d{5})", r"(\d+\.\d\d)%"
    line = re.compile(
        rf"^에포크: (\d), 손실: {number}, 정확도: {percent}, "
        rf"테스트 손실: {number}, 테스트 정확도: {percent}$",
        re.MULTILINE,
    )
    numbers = [tuple(map(float, found)) for found in line.findall(result.output)]
    assert numbers == epochs(main_job[0])[:2]
    assert "train_step의 그래디언트, " in result.output
    *_, last, where = result.output.strip().splitlines()
    assert re.fullmatch(rf"테스트 정확도: {percent} \(2 에포크\)", last)
    assert where.endswith(f": {tmp_path}")
    for english in ENGLISH:
        assert english.split("{")[0] not in result.output


def test_every_sentence_is_there_in_both_languages():
    for english, korean in zip(ENGLISH, KOREAN, strict=True):
        assert re.search("[가-힣]", korean)
        fields = re.compile(r"\{\w*")
        assert sorted(fields.findall(english)) == sorted(fields.findall(korean))


# ----- data -----


def tiny_mnist(folder, count=64):
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), np.uint8)
    labels = np.arange(count) % 10
    np.savez(folder / "mnist.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    return folder


def test_mnist_from_a_local_folder_without_the_table(tmp_path):
    folder = MNIST if MNIST.is_dir() else tiny_mnist(tmp_path)
    options = ("--data", "mnist", "--data-dir", folder, "--epochs", 1, "--no-table")
    result = run(*options, "--run-dir", tmp_path / "run")
    (line,) = epochs(result)
    assert line[-1] > (90 if folder is MNIST else 0)
    assert "Gradients of" not in result.output
    assert list(runlog.read_measurements(tmp_path / "run")), "kept though not shown"


# ----- refusals -----


def refused(*arguments):
    result = run(*arguments)
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def test_a_folder_that_is_not_there(tmp_path):
    code, output = refused("--data", "mnist", "--data-dir", tmp_path / "nowhere")
    assert code == 1
    assert f"Error: There is no folder {tmp_path / 'nowhere'}.\n  Expected: mnist.npz" in output
    assert "Received: no such folder" in output
    assert "Do this:" in output
    assert "At:" not in output, "the line is ours, not the user's"


def test_a_file_that_is_cut_short(tmp_path):
    file = tiny_mnist(tmp_path) / "mnist.npz"
    file.write_bytes(file.read_bytes()[:-2000])
    code, output = refused("--data", "mnist", "--data-dir", tmp_path, "--language", "ko")
    assert code == 1
    assert f"오류: {file}" in output


def test_a_run_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    code, output = refused("--epochs", 1, "--run-dir", tmp_path / "file" / "run")
    assert code == 1
    assert "Error: " in output


def test_a_run_folder_that_holds_a_run(main_job):
    code, output = refused("--run-dir", main_job[1])
    assert code == 2
    assert "holds a run already" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "cifar"], "'digits', 'mnist'"),
        (["--language", "fr"], "'en', 'ko'"),
        (["--epochs", "0"], "--epochs"),
        (["--batch-size", "0"], "--batch-size"),
        (["--batch-size", "1438"], "there are only 1437 images"),
        (["--seed", "-1"], "--seed"),
        (["--data-dir", "."], "it needs --data mnist"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_options(arguments, said):
    code, output = refused(*arguments)
    assert code == 2
    assert said in output


def test_an_error_of_the_training_itself_has_no_traceback(monkeypatch, tmp_path):
    """A label the net has no class for, found inside the compiled step."""
    load = demo._load

    def spoiled(*arguments):
        (images, labels) = next(iter(load(*arguments)[0]))
        bad = gt.data.Dataset.from_tensor_slices((images, labels + 5)).batch(32)
        return bad, bad

    monkeypatch.setattr(demo, "_load", spoiled)
    code, output = refused("--run-dir", tmp_path)
    assert code == 1
    assert "Error: " in output
    assert "label" in output.lower()
    assert runlog.read_about(tmp_path)["error"] == "LabelRangeError"
