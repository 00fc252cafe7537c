"""The benchmark command works; how fast anything is, is not tested."""

import json
import sys
import threading

import jax.numpy as jnp
import keras
import pytest
from benchmarks.__main__ import main
from benchmarks.bench import Bench, Entrant
from benchmarks.case import Case
from benchmarks.rows import first_step, gan
from benchmarks.worker import Worker, WorkerError

import glasstape as gt
from benchmarks import case, contestants, gan_program, page, race, rows, table
from glasstape.compiler import second_compile
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
    assert 0 < worker.seconds < 60
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


@pytest.mark.parametrize("name", all_but(["gans.dcgan"], case.gan_names()))
def test_every_gan_builds_with_its_batches(name):
    for size in Case(name, 1).definition.BATCH_SIZES:
        what = Case(name, size)
        nets = what.definition.build(keras)
        generators, discriminators = nets[: len(nets) // 2], nets[len(nets) // 2 :]
        given, real = gan_program.batches(what)[0]
        for generator, discriminator in zip(generators, discriminators, strict=True):
            assert given.shape == (size, *generator.input_shape[1:])
            assert real.shape == (size, *generator.output_shape[1:])
            assert discriminator.output_shape[-1] == 1


def test_the_nets_of_gans_are_not_trained_alone():
    asked = Bench(["mlp", "gans.dcgan"], {}, race.Effort(1, 0.01), pairs=1)
    assert asked.cases() == [Case("mlp", 32)]
    assert asked.gans() == [Case("gans.dcgan", 32)]


@pytest.mark.parametrize("net", ["mlp", "gans.dcgan"])
def test_few_batches_are_the_first_of_many(net):
    drawn = gan_program.batches if net in case.gan_names() else Case.batches
    many, few = drawn(Case(net, 32)), drawn(Case(net, 32, most_batches=2))
    assert len(many) > len(few) == 2
    for seen, expected in zip(few, many, strict=False):
        assert all((a == b).all() for a, b in zip(seen, expected, strict=True))


@pytest.mark.thorough
@pytest.mark.parametrize("name", case.gan_names())
def test_a_gans_step_trains_all_of_its_nets(name, monkeypatch):
    """Eager and compiled alike, and from the same initial weights each time."""
    what = Case(name, 2)  # of one picture alone batch norm makes nothing
    build, made = what.definition.build, []
    keep = lambda keras: made.append(build(keras)) or made[-1]  # noqa: E731
    monkeypatch.setattr(what.definition, "build", keep)

    def trained(wrap):
        step = wrap(gan_program.build(gt, keras, what))
        before = [net.get_weights()[0] for net in made[-1]]
        loss = float(step(*map(jnp.asarray, gan_program.batches(what)[0])))
        after = [net.get_weights()[0] for net in made[-1]]
        assert all((a != b).any() for a, b in zip(before, after, strict=True))
        return loss

    tolerance = 0.1 if what.definition.RANDOM else 1e-4
    assert trained(gt.function) == pytest.approx(trained(lambda step: step), rel=tolerance)


def measured(kind, monkeypatch):
    """The rows of all that is compared with TensorFlow, without waiting for it."""

    def run(steps):
        return 0.002 * steps, 1.0

    def in_a_fresh_process(self, entrant, case, timed):
        started.append((entrant, case))
        return entrant.contestant, 2.0 if "GLASSTAPE_CACHE" in entrant.environment else 3.0

    started = []
    monkeypatch.setattr(Bench, "_start", lambda self, name, case, stack: (name, run))
    monkeypatch.setattr(Bench, "in_a_fresh_process", in_a_fresh_process)
    nets = ["mlp", "chapter_cnn", *case.gan_names()]
    asked = Bench(nets, {"jax": "python", "tensorflow": "python"}, race.Effort(1, 0.01), 2)
    found = [table.line(row._asdict()) for row in kind.measure(asked)]
    assert list(kind.measure(bench())) == [], "without TensorFlow there is nothing to compare with"
    return found, started


def test_rows_of_gans(monkeypatch):
    found, _ = measured(gan, monkeypatch)
    gans = ["DCGAN 28x28, batch 32", "pix2pix 256x256, batch 1", "CycleGAN 128x128, batch 1"]
    assert [line.split(" | ")[0] for line in found] == gans
    assert " | glasstape_gan | tensorflow_gan | 2 | 2 | 1.000" in found[0]


def test_rows_of_the_first_step(monkeypatch):
    """The folder is filled before the first run is measured that finds programs in it."""
    found, started = measured(first_step, monkeypatch)
    ours, kept, *others = found
    assert ours.startswith("MLP 784-128-10, batch 32 | glasstape_function | tensorflow_function |")
    assert " | 3000 | 3000 | 1.000 " in ours
    assert " | glasstape_function, programs kept from an earlier run | tensorflow_f" in kept
    assert " | 2000 | 3000 | 0.667 " in kept
    assert [line.split(" | ")[0] for line in others[:4:2]] == [
        "chapter CNN, batch 32",
        "DCGAN 28x28, batch 32",
    ]
    assert " | glasstape_gan | tensorflow_gan | " in others[2]
    of_mlp = [entrant for entrant, of in started if of.net == "mlp"]
    filling, *runs = of_mlp
    new, later, other = runs[:3]
    assert runs == [new, later, other, other, later, new]
    assert later == filling
    assert new == Entrant("glasstape_function")
    assert {of.most_batches for _, of in started} == {1}


@pytest.mark.thorough
def test_a_first_step_keeps_its_programs(tmp_path):
    kept = Entrant("glasstape_function", {"GLASSTAPE_CACHE": str(tmp_path)})
    asked = Bench(["mlp"], {"jax": sys.executable}, race.Effort(1, 0.01), pairs=1)
    title, seconds = asked.in_a_fresh_process(kept, Case("mlp", 32, 1), first_step._first_step)
    assert title == "glasstape"
    assert seconds > 0
    assert any(tmp_path.glob("*-cache"))


def test_a_first_step_that_fails_is_reported(monkeypatch):
    def worker(self, name, case, **environment):
        raise WorkerError("no TensorFlow")

    monkeypatch.setattr(Bench, "worker", worker)
    asked = Bench(["mlp"], {"jax": "python", "tensorflow": "python"}, race.Effort(1, 0.01), 1)
    assert list(first_step.measure(asked)) == []
    assert asked.failures == {"first step, MLP 784-128-10, batch 32": "no TensorFlow"}


def test_a_first_call_waits_for_nothing(monkeypatch):
    """The second one begins when no program waits to be compiled anew."""
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait, name=second_compile.NAME)
    steps = []

    def run(count):
        if len(steps) == 3:
            waiting.set()
            thread.join()
        steps.append(count)
        return 0.1 * count, 1.0

    thread.start()
    settled = contestants.settled(run)
    assert settled(1) == (0.1, 1.0)
    assert steps == [1]
    assert settled(7)[0] == pytest.approx(0.7)
    assert steps == [1, 1, 1, 1, 1, 1, 7]
    settled(7)
    assert steps[-2:] == [7, 7]


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
