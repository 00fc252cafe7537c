"""The benchmark command works; how fast anything is, is not tested."""

import json
import sys

import jax.numpy as jnp
import keras
import pytest
from benchmarks.__main__ import main
from benchmarks.bench import Bench
from benchmarks.case import Case
from benchmarks.nets.gans import dcgan
from benchmarks.rows import first_call, gan
from benchmarks.worker import Worker, WorkerError

import glasstape as gt
from benchmarks import case, contestants, gan_program, page, race, rows, table
from tests.repo.tree import ROOT
from tests.thorough import all_but

RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.json"))
QUICK = ["--quick", "--nets", "mlp", "--rows", "step", "--against", "jax_hand_written"]


def test_quick_run_prints_and_keeps_a_table(tmp_path, capsys):
    file = tmp_path / "results.json"
    returned = main([*QUICK, "--json", str(file)])
    printed = capsys.readouterr().out
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept == returned
    (row,) = kept["sections"][0]["rows"]
    assert row["ratio"][0] == pytest.approx(row["ours_ms"] / row["other_ms"], rel=0.9)
    assert "| MLP 784-128-10, batch 32 | glasstape | hand-written JAX |" in printed
    assert kept["versions"]["jax"]
    assert kept["failures"] == {}


@pytest.mark.thorough
def test_glass_rows(capsys):
    kept = main(["--quick", "--nets", "mlp", "--rows", "glass"])
    capsys.readouterr()
    cost, _, *weights = kept["sections"][0]["rows"]
    assert "its own choice" in cost["ours"]
    assert cost["ratio"][0] > 0
    assert [row["note"] for row in weights] == ["bit-equal"] * 2


@pytest.mark.thorough
def test_a_contestant_in_a_process_of_its_own():
    worker = Worker(sys.executable, "jax_hand_written", Case("mlp", 32))
    try:
        assert worker.title == "hand-written JAX"
        assert worker.versions["keras"] == keras.__version__
        (_, first), (seconds, later) = worker(1), worker(20)
    finally:
        worker.close()
    assert 0 < seconds < 60
    assert later != first


def test_a_worker_says_why_it_cannot_run():
    with pytest.raises(WorkerError, match=r"ModuleNotFoundError.*nobody"):
        Worker(sys.executable, "nobody", Case("mlp", 32))


def test_every_net_builds_with_its_batches():
    for name in case.net_names():
        for size in Case(name, 1).definition.BATCH_SIZES:
            what = Case(name, size)
            images, labels = what.batches()[0]
            assert images.shape == (size, *what.definition.INPUT_SHAPE)
            assert labels.shape == (size,)
        assert what.model(keras).output_shape == (None, 10)


@pytest.mark.parametrize("name", all_but(["dcgan"], case.gan_names()))
def test_every_gan_builds_with_its_batches(name):
    for size in Case(name, 1).definition.BATCH_SIZES:
        what = Case(name, size)
        generator, discriminator = what.definition.build(keras)
        given, real = gan_program.batches(what)[0]
        assert given.shape == (size, *generator.input_shape[1:])
        assert real.shape == (size, *generator.output_shape[1:])
        assert discriminator.output_shape[-1] == 1
        assert Bench([name], {}, race.Effort(1, 0.01), pairs=1).cases() == [what]


def test_the_nets_of_gans_are_not_trained_alone():
    assert not set(case.gan_names()) & set(case.net_names())


@pytest.mark.thorough
def test_a_gans_step_trains_both_of_its_nets(monkeypatch):
    """Eager and compiled alike, and from the same initial weights each time."""

    def trained(wrap):
        build, made = dcgan.build, []
        monkeypatch.setattr(dcgan, "build", lambda keras: made.append(build(keras)) or made[-1])
        step = wrap(gan_program.build(gt, keras, Case("gans.dcgan", 2)))
        before = [net.get_weights() for net in made[0]]
        noise, pictures = gan_program.batches(Case("gans.dcgan", 2))[0]
        loss = float(step(jnp.asarray(noise), jnp.asarray(pictures)))
        after = [net.get_weights() for net in made[0]]
        assert all((a != b).any() for a, b in zip(before[0][:1], after[0][:1], strict=True))
        assert all((a != b).any() for a, b in zip(before[1][:1], after[1][:1], strict=True))
        return loss

    assert trained(gt.function) == pytest.approx(trained(lambda step: step), rel=1e-4)


@pytest.mark.thorough
def test_rows_of_gans(monkeypatch):
    """What is compared, without waiting for it."""

    def run(steps):
        return 0.002 * steps, 1.0

    monkeypatch.setattr(Bench, "_start", lambda self, name, case, stack: (name, run))
    monkeypatch.setattr(first_call, "_first_call", lambda bench, name, case: (name, 3.0))
    asked = Bench(["mlp"], {"jax": "python", "tensorflow": "python"}, race.Effort(1, 0.01), 2)
    found = [table.line(row._asdict()) for row in gan.measure(asked)]
    assert [line.split(" | ")[0] for line in found] == [
        "DCGAN 28x28, batch 32",
        "DCGAN 28x28, batch 32: the first step",
        "pix2pix 256x256, batch 1",
        "pix2pix 256x256, batch 1: the first step",
    ]
    assert " | glasstape_gan | tensorflow_gan | 2 | 2 | 1.000" in found[0]
    assert list(gan.measure(bench())) == [], "without TensorFlow there is nothing to compare with"


def test_initial_weights_are_the_same_each_time():
    first, second = (Case("deep_cnn", 64).model(keras).get_weights() for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_contestants_know_their_interpreter():
    found = {name: contestants.interpreter(name) for name in contestants.names()}
    assert found["glasstape_function"] == found["keras_fit"] == "jax"
    assert found["tensorflow_eager"] == "tensorflow"
    assert found["torch_nn"] == "torch"


def bench(**more):
    return Bench(["mlp"], {"jax": "python"}, race.Effort(1, 0.01), pairs=1, **more)


def test_without_an_interpreter_a_contestant_is_left_out():
    assert not bench().wanted("torch_nn")
    assert bench().wanted("keras_fit")
    assert not bench(against=["jax_hand_written"]).wanted("keras_fit")


def test_contestants_that_train_something_else_are_refused(monkeypatch):
    losses = {"glasstape_function": 2.30, "jax_hand_written": 2.31}
    runs = {name: (name, lambda steps, loss=loss: (0.1, loss)) for name, loss in losses.items()}
    monkeypatch.setattr(Bench, "_start", lambda self, name, case, stack: runs[name])
    with pytest.raises(RuntimeError, match="do not train the same net"):
        with bench().open(list(losses), Case("mlp", 32)):
            pass


def test_a_contestant_that_fails_is_reported(monkeypatch):
    def start(self, name, case, stack):
        raise WorkerError("no compiler")

    monkeypatch.setattr(Bench, "_start", start)
    broken = bench()
    with broken.open(["torch_compile"], Case("mlp", 32)) as opened:
        assert opened == {}
    assert broken.failures == {"torch_compile, MLP 784-128-10, batch 32": "no compiler"}


def test_race_alternates_and_divides_by_the_steps():
    calls = []

    def contestant(name, a_step):
        def run(steps):
            calls.append((name, steps))
            return a_step * steps, 0.0

        return run

    runs = {"a": contestant("a", 0.001), "b": contestant("b", 0.002)}
    seconds = race.race(runs, race.Effort(blocks=2, seconds=0.01), multiple=4)
    assert [name for name, _ in calls[-4:]] == ["a", "b", "b", "a"]
    assert [steps for _, steps in calls[-2:]] == [8, 12]
    assert race.ratio(seconds["a"], seconds["b"]).median == pytest.approx(0.5)


def test_ratio_is_of_neighbouring_blocks():
    """Both twice as slow in a busy moment: the ratio does not move."""
    ours, theirs = [1.0, 2.0, 1.0], [2.0, 4.0, 2.0]
    assert race.ratio(ours, theirs) == race.Ratio(0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ([1.0] * 9, "reached"),
        ([1.2] * 9, "MISSED"),
        ([0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3], "too noisy to tell"),
        ([0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5], "too noisy to tell"),
    ],
)
def test_a_target_is_judged_by_what_the_spread_allows(ratios, verdict):
    made = rows.compare("net", ("ours", ratios), ("other", [1.0] * len(ratios)), at_most=1.05)
    assert f"≤ 1.05: {verdict}" in table.line(made._asdict())


def test_the_page_is_made_from_kept_results():
    results = [json.loads(f.read_text(encoding="utf-8")) for f in RESULTS]
    assert [f.name for f in RESULTS] == ["cpu.json", "cpu_kernels.json", "h200.json"]
    assert page.PAGE.read_text(encoding="utf-8") == table.page(*results)


def test_kept_results_are_small():
    assert RESULTS
    assert sum(f.stat().st_size for f in RESULTS) < 60_000
