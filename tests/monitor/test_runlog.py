"""The log: what is written is read again, also of a run that was killed or still goes on."""

import json
import math
import resource
import signal
import subprocess
import sys
import warnings
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glasstape as gt
from glasstape.errors import GlassValueError, RunNotFoundError
from glasstape.monitor.runlog import (
    COLUMNS,
    Measurement,
    RunLog,
    VariableInfo,
    read_about,
    read_measurements,
    read_scalars,
    read_traces,
)

KERNEL = VariableInfo("net/dense/kernel", (4, 3), "float32")
BIAS = VariableInfo("net/dense/bias", (3,), "bfloat16")
ROW = (1.0, 0.5, 0.25, 0.0, 1e-3)


def measurement(call=1, step="train_step", variables=(KERNEL, BIAS), rows=(ROW, ROW)):
    return Measurement(step, call, list(variables), [list(row) for row in rows])


def strict_json(text):
    """As a reader in another language takes it: no NaN, no Infinity."""

    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def test_variables_know_their_layer():
    assert (KERNEL.layer, KERNEL.name) == ("net/dense", "kernel")
    alone = VariableInfo("scale", (), "float32")
    assert (alone.layer, alone.name) == ("", "scale")


class TestRoundTrip:
    def test_measurements(self, tmp_path):
        log = RunLog(tmp_path / "a" / "run", {"jax": "1.2"})
        written = [
            measurement(1),
            measurement(1, "other", [BIAS], [ROW]),
            measurement(3, rows=[ROW, [0.1, 0.2, 0.3, 0.4, 1e-30]]),
        ]
        for each in written:
            log.add(each)
        log.close(error=None)
        assert list(read_measurements(tmp_path / "a" / "run")) == written

    numbers = st.floats(width=32, allow_nan=False)

    @given(st.lists(st.tuples(*[numbers] * len(COLUMNS)), min_size=1, max_size=4))
    def test_seven_digits_of_every_number(self, tmp_path_factory, rows):
        folder = tmp_path_factory.mktemp("run")
        log = RunLog(folder, {})
        variables = [replace(KERNEL, path=str(i)) for i in range(len(rows))]
        log.add(measurement(variables=variables, rows=rows))
        log.close()
        (read,) = read_measurements(folder)
        np.testing.assert_allclose(read.values, rows, rtol=1e-6)

    def test_numbers_that_json_cannot_hold(self, tmp_path):
        log = RunLog(tmp_path, {})
        special = [math.nan, math.inf, -math.inf, 0.0, -0.0]
        log.add(measurement(rows=[special, ROW]))
        log.log({"a": math.nan, "b": -math.inf, "epoch": 3})
        log.close()
        for file in tmp_path.glob("*.json*"):
            for text in [file.read_text()] if file.suffix == ".json" else file.open():
                strict_json(text)
        (read,) = read_measurements(tmp_path)
        np.testing.assert_array_equal(read.values[0], special)
        (scalars,) = read_scalars(tmp_path)
        assert math.isnan(scalars["a"])
        assert scalars["b"] == -math.inf
        assert scalars["epoch"] == 3

    def test_scalars_keep_every_digit(self, tmp_path):
        log = RunLog(tmp_path, {})
        written = [{"step": 123456789, "time": 1764000000.25, "loss": 0.1}, {"손실": 1e-300}]
        for scalars in written:
            log.log(scalars)
        assert list(read_scalars(tmp_path)) == written
        log.close()

    def test_what_is_noted_about_the_run(self, tmp_path):
        log = RunLog(tmp_path, {"jax": "1.2"})
        log.add(measurement())
        log.close(error="KeyboardInterrupt", every={"train_step": 4})
        about = read_about(tmp_path)
        assert about["jax"] == "1.2"
        assert about["columns"] == list(COLUMNS)
        assert about["ended"] >= about["started"]
        assert (about["error"], about["every"]) == ("KeyboardInterrupt", {"train_step": 4})
        assert about["steps"]["train_step"][1] == {
            "path": "net/dense/bias", "shape": [3], "dtype": "bfloat16",
        }  # fmt: skip
        assert {f.name for f in tmp_path.iterdir()} == {
            "run.json", "gradients.jsonl", "scalars.jsonl", "traces.jsonl",
        }  # fmt: skip


class TestUnfinishedRuns:
    def test_lines_can_be_read_at_once(self, tmp_path):
        log = RunLog(tmp_path, {})
        assert list(read_measurements(tmp_path)) == []
        for call in range(1, 4):
            log.add(measurement(call))
            log.log({"call": call})
            assert len(list(read_measurements(tmp_path))) == call
            assert len(list(read_scalars(tmp_path))) == call
        assert "ended" not in read_about(tmp_path)
        log.close()

    def test_a_step_that_comes_while_reading(self, tmp_path):
        log = RunLog(tmp_path, {})
        log.add(measurement(1))
        reading = read_measurements(tmp_path)
        assert next(reading).step == "train_step"
        log.add(measurement(1, "late", [BIAS], [ROW]))
        assert next(reading).variables == [BIAS]
        log.close()

    def test_a_last_line_that_is_cut_short(self, tmp_path):
        log = RunLog(tmp_path, {})
        for call in (1, 2):
            log.add(measurement(call))
            log.log({"call": call})
        log.close()
        for name, read in (("gradients", read_measurements), ("scalars", read_scalars)):
            path = tmp_path / f"{name}.jsonl"
            content = path.read_bytes()
            first = content.index(b"\n") + 1
            for length in range(len(content)):
                path.write_bytes(content[:length])
                assert len(list(read(tmp_path))) == (length >= first)

    def test_a_process_that_is_killed(self, tmp_path):
        program = (
            "import sys, time, pathlib; from tests.monitor import test_runlog as t;"
            "log = t.RunLog(pathlib.Path(sys.argv[1]), {}); log.add(t.measurement(7));"
            "log.log({'a': 1}); print('written', flush=True); time.sleep(60)"
        )
        command = [sys.executable, "-c", program, str(tmp_path / "run")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "written\n"
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert list(read_measurements(tmp_path / "run")) == [measurement(7)]
        assert list(read_scalars(tmp_path / "run")) == [{"a": 1}]

    def test_half_a_line_is_never_followed_by_another(self, tmp_path):
        """A disk that is full takes a part of a line; a moment later there may be room again."""
        log = RunLog(tmp_path, {})
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        log.log({"a": 1})
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (12, hard))
            with pytest.warns(UserWarning, match="cannot be written any more"):
                log.log({"a": 2})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert (tmp_path / "scalars.jsonl").stat().st_size == 12
        log.log({"a": 3})
        log.close()
        assert list(read_scalars(tmp_path)) == [{"a": 1}]

    def test_a_full_disk_ends_the_log_and_not_the_training(self, tmp_path):
        log = RunLog(tmp_path, {})
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        # Here files of 3000 bytes play the full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, hard))
        try:
            with warnings.catch_warnings(record=True) as warned:
                for call in range(200):
                    log.add(measurement(call))
                    log.log({"call": call})
                log.close(error=None)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert len(warned) == 1
        text = str(warned[0].message)
        assert str(tmp_path) in text
        assert "the training goes on without it" in text
        read = [m.call for m in read_measurements(tmp_path)]
        assert 5 < len(read) < 200
        assert read == list(range(len(read)))


class TestFolders:
    def refused(self, folder):
        with pytest.raises(GlassValueError) as caught:
            RunLog(folder, {})
        text = str(caught.value)
        assert f"At: {__file__}:" in text
        assert "name another run_dir, or leave it out" in text
        return text

    def test_an_empty_folder_and_one_with_other_files_will_do(self, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        RunLog(tmp_path, {}).close()
        assert (tmp_path / "notes.txt").read_text() == "mine"

    @pytest.mark.parametrize("closed", [True, False])
    def test_a_folder_with_a_run_is_not_touched(self, tmp_path, closed):
        log = RunLog(tmp_path, {"jax": "1.2"})
        log.add(measurement())
        if closed:
            log.close()
        text = self.refused(tmp_path)
        assert "The run folder holds a run already." in text
        assert f"Received: {tmp_path} with a run log in it" in text
        assert len(list(read_measurements(tmp_path))) == 1
        assert read_about(tmp_path)["jax"] == "1.2"
        log.close()

    def test_a_file_is_in_the_way(self, tmp_path):
        (tmp_path / "file").touch()
        text = self.refused(tmp_path / "file")
        assert "The run folder cannot be written." in text
        assert f"Received: {tmp_path / 'file'}: File exists" in text
        assert "Not a directory" in self.refused(tmp_path / "file" / "below")

    @pytest.mark.parametrize("reason", ["Permission denied", "Read-only file system"])
    def test_a_folder_that_cannot_be_written(self, tmp_path, monkeypatch, reason):
        """Tests may run as root, whom nothing is forbidden."""

        def refuse(*args, **kwargs):
            raise PermissionError(13, reason)

        monkeypatch.setattr(type(tmp_path), "open", refuse)
        assert f"Received: {tmp_path}: {reason}" in self.refused(tmp_path)

    @pytest.mark.parametrize("read", [read_measurements, read_scalars])
    def test_reading_where_no_run_is(self, tmp_path, read):
        for folder in (tmp_path, tmp_path / "none"):
            with pytest.raises(RunNotFoundError) as caught:
                list(read(folder))
            text = str(caught.value)
            assert "There is no run log in this folder." in text
            assert f"Received: {folder}: No such file or directory" in text
            assert f"At: {__file__}:" in text
            assert isinstance(caught.value, FileNotFoundError)


def test_no_file_is_left_open(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        log = RunLog(tmp_path, {})
        log.add(measurement())
        log.close()
        log.close()  # twice is harmless
        list(read_measurements(tmp_path))
        del log


def test_every_trace_of_a_step_is_noted_with_its_reason(tmp_path):
    step = gt.function(lambda x, factor: x * factor)
    step(jnp.ones(2), 1)
    with gt.glass(show=None, run_dir=tmp_path / "run"):
        step(jnp.ones(2), 1)
        step(jnp.ones(2), 2)
        step(jnp.ones(3), 2)
    step(jnp.ones(4), 2)
    first, second = read_traces(tmp_path / "run")
    assert first["step"] == "<lambda>"
    assert first["why"] == "argument `factor` was the Python int 1, is now 2: pass it as a tensor"
    assert second["signature"] == "float32[3], 2"
    assert [t["seconds"] > 0 and t["compile_seconds"] > 0 for t in (first, second)] == [True, True]
    assert first["when"] <= second["when"]
