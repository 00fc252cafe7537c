"""Ctrl-C ends the demo between two steps, whenever it comes."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading

import pytest

from glasstape.cli.interrupt import CtrlC
from glasstape.monitor import runlog


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_a_step_is_finished_and_no_further_one_begins():
    begun, finished = [], []
    with pytest.raises(KeyboardInterrupt), CtrlC().heard() as ctrl_c:
        for _ in range(2):
            for batch in ctrl_c.between_steps(range(3)):
                begun.append(batch)
                if len(begun) == 5:
                    press()
                finished.append(batch)
    assert begun == finished == [0, 1, 2, 0, 1]


def test_the_second_one_does_not_wait():
    finished = []
    with pytest.raises(KeyboardInterrupt), CtrlC().heard() as ctrl_c:
        for batch in ctrl_c.between_steps(range(3)):
            press()
            press()
            finished.append(batch)
    assert finished == []


def test_before_the_first_batch_it_is_immediate():
    with pytest.raises(KeyboardInterrupt), CtrlC().heard():
        press()
        pytest.fail("not interrupted")


def test_one_that_was_swallowed_comes_back():
    with pytest.raises(KeyboardInterrupt), CtrlC().heard() as ctrl_c:
        with contextlib.suppress(KeyboardInterrupt):  # as a destructor or a callback of C++ would
            press()
        for _ in ctrl_c.between_steps([1]):
            pytest.fail("a step began")


def test_afterwards_everything_is_as_before():
    before = signal.getsignal(signal.SIGINT)
    with CtrlC().heard():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_may_run_it_too():
    seen = []

    def work():
        with CtrlC().heard() as ctrl_c:
            seen.extend(ctrl_c.between_steps([1, 2]))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [1, 2]


def interrupted(tmp_path, pattern):
    """Run the demo for very long, press Ctrl-C once a line matches, and see how it ends."""
    command = [sys.executable, "-m", "glasstape", "demo", "--epochs", "100000"]
    with subprocess.Popen(
        [*command, "--run-dir", str(tmp_path / "run")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        try:
            for line in demo.stdout:
                if re.match(pattern, line):
                    demo.send_signal(signal.SIGINT)
                    break
            output, errors = demo.communicate(timeout=60)
        finally:
            demo.kill()
    return demo.returncode, output, errors


@pytest.mark.thorough
def test_the_demo_says_what_was_reached(tmp_path):
    code, output, errors = interrupted(tmp_path, "Epoch 2,")
    assert code == 130
    assert "Traceback" not in output + errors
    epochs, accuracy = re.search(
        r"Stopped by Ctrl-C. Reached so far, after (\d+) epochs: test accuracy (.*)%", output
    ).groups()
    run = tmp_path / "run"
    assert runlog.read_about(run)["error"] == "KeyboardInterrupt"
    assert len(list(runlog.read_measurements(run))) > 10
    scalars = list(runlog.read_scalars(run))
    assert [int(s["epoch"]) for s in scalars] == list(range(1, int(epochs) + 1))
    assert f"{scalars[-1]['test_accuracy']:.2f}" == accuracy


def test_the_demo_ends_while_keras_is_imported(tmp_path):
    code, output, errors = interrupted(tmp_path, "Loading")
    assert code == 130
    assert "Stopped by Ctrl-C before the first epoch was over." in output
    assert "Traceback" not in output
    # Python reports an interrupt that a callback swallowed; that is not an end with a traceback.
    assert not errors or errors.startswith("Exception ignored")
