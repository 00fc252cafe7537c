"""The examples of other uses of a tape: each runs, shortened, and does what it is for."""

import re

import pytest

from tests.examples.running import numbers, run

pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def test_actor_critic_holds_the_pole_longer_and_longer(tmp_path):
    lines = run("tapes/actor_critic.py", ["--episodes", "150"], tmp_path).splitlines()
    first, last = numbers(lines[0])[1], numbers(lines[-1])[1]
    assert last > first + 30


def test_adversarial_training_helps(tmp_path):
    output = run("tapes/adversarial.py", [], tmp_path)
    (clean, attacked), (hardened_clean, hardened_attacked) = map(numbers, output.splitlines())
    assert min(clean, hardened_clean) > 95
    assert attacked < 50 < hardened_attacked


def test_distillation_beats_few_labels(tmp_path):
    output = run("tapes/distillation.py", [], tmp_path)
    teacher, alone, pupil = (numbers(line)[-1] for line in output.splitlines())
    assert teacher > pupil > alone


def test_grad_cam_paints(tmp_path):
    pytest.importorskip("PIL")
    output = run("tapes/grad_cam.py", [], tmp_path, EPOCHS=20)
    assert numbers(output)[0] > 80
    assert (tmp_path / "grad_cam.png").stat().st_size > 1000


def test_maml_adapts_in_one_step(tmp_path):
    output = run("tapes/maml.py", ["--steps", "500"], tmp_path)
    before, after = numbers(re.search(r"A hundred new waves.*", output)[0])
    assert after < 0.85 * before


def test_pinn_comes_closer_to_the_equation(tmp_path):
    output = run("tapes/pinn_burgers.py", ["--steps", "300"], tmp_path)
    (error,) = numbers(output.splitlines()[-1])
    assert error < 65


def test_rnn_learns_to_spell(tmp_path):
    output = run("tapes/rnn_text.py", ["--steps", "60"], tmp_path)
    bits = numbers(output.splitlines()[0])[1]
    assert bits < 5.5, "six bits and more when it has learned nothing"
    assert "The " in output


def test_style_transfer_takes_the_style(tmp_path):
    pytest.importorskip("PIL")
    arguments = ["--steps", "100", "--size", "64"]
    lines = run("tapes/style_transfer.py", arguments, tmp_path).splitlines()
    first, last = numbers(lines[0])[1], numbers(lines[1])[1]
    assert last < 0.7 * first
    assert (tmp_path / "style_transfer.png").stat().st_size > 1000


def test_vae_learns(tmp_path):
    pytest.importorskip("PIL")
    output = run("tapes/vae.py", ["--epochs", "5"], tmp_path)
    _, train, test = numbers(output.splitlines()[0])
    assert train < 35
    assert test < 35
    assert (tmp_path / "vae.png").exists()
