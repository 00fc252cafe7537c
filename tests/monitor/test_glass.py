"""What a glass sees, and how it behaves when things do not go as planned."""

import gc
import io
import json
import signal
import subprocess
import sys
import threading
import tracemalloc
import weakref

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from rich.console import Console

import glasstape as gt
from glasstape import errors
from glasstape.monitor.runlog import read_about, read_measurements, read_scalars
from glasstape.monitor.views.terminal import TerminalView
from tests.monitor import nets

EAGER, COMPILED = lambda step: step, gt.function
WAYS = pytest.mark.parametrize("way", [EAGER, COMPILED], ids=["eager", "compiled"])


@pytest.fixture
def look(tmp_path):
    """Makes glasses that show nothing and look at every call; `look.read()` is what was seen."""

    class Look:
        folder = tmp_path / "run"

        def __call__(self, every=1, **options):
            return gt.glass(**{"show": None, "run_dir": self.folder, "every": every, **options})

        def read(self):
            return list(read_measurements(self.folder))

    return Look()


def scalar_step(value=1.0, way=COMPILED):
    """A step on one variable of its own."""
    variable = gt.Variable(np.float32(value), name="v")
    optimizer = keras.optimizers.SGD(0.5)

    @way
    def step(x):
        with gt.GradientTape() as tape:
            loss = (variable * x).sum()
        optimizer.apply_gradients(zip(tape.gradient(loss, [variable]), [variable], strict=True))
        return loss

    return step, variable


# ----- the numbers -----


def plain_gradients(model, loss, images, labels):
    """By `jax.grad` on Keras' stateless API."""
    rest = [v.value for v in model.non_trainable_variables]

    def compute(weights):
        predictions, _ = model.stateless_call(weights, rest, images, training=True)
        return loss(labels, predictions)

    return jax.grad(compute)([v.value for v in model.trainable_variables])


class TestNumbers:
    @WAYS
    @pytest.mark.parametrize("net", [nets.mlp, nets.chapter_cnn])
    def test_norms_and_ratios_are_those_of_jax_grad(self, net, way, look):
        rate = 0.1
        training = nets.Training(net, way, keras.optimizers.SGD(rate))
        norms, ratios = [], []
        with look():
            for number in range(3):
                gradients = plain_gradients(training.model, training.loss, *nets.batch(number))
                norms.append([float(jnp.linalg.norm(g)) for g in gradients])
                sizes = [float(jnp.linalg.norm(v.value)) for v in training.weights]
                ratios.append([rate * n / s if s else np.inf for n, s in zip(norms[-1], sizes)])  # noqa: B905
                training.step(*nets.batch(number))
        seen = look.read()
        assert [m.call for m in seen] == [1, 2, 3]
        np.testing.assert_allclose([[r[0] for r in m.values] for m in seen], norms, rtol=1e-4)
        np.testing.assert_allclose([[r[4] for r in m.values] for m in seen], ratios, rtol=1e-4)
        assert np.inf in ratios[0]  # biases start at zero

    @WAYS
    def test_ratios_are_those_of_the_update_that_happened(self, way, look):
        """Adam's, with a decay: not to be computed from the gradient."""
        training = nets.Training(nets.mlp, way, keras.optimizers.AdamW(0.01))
        expected = []
        with look():
            for number in range(3):
                before = [np.array(v.value, float) for v in training.weights]
                training.step(*nets.batch(number))
                pairs = zip(before, [np.array(v.value, float) for v in training.weights])  # noqa: B905
                with np.errstate(divide="ignore"):
                    norm = np.linalg.norm
                    expected.append([float(np.divide(norm(b - a), norm(a))) for a, b in pairs])
        found = [[row[4] for row in m.values] for m in look.read()]
        np.testing.assert_allclose(found, expected, rtol=1e-3)

    @WAYS
    def test_a_value_that_is_not_finite(self, way, look):
        training = nets.Training(nets.mlp, way)
        images, labels = nets.batch()
        with gt.allow_nonfinite(), look():
            training.step(images.at[0, 0, 0, 0].set(jnp.nan), labels)
        (seen,) = look.read()
        assert np.isnan(seen.values[0][0])
        assert 0 < seen.values[0][3] < 1
        assert seen.values[0][3] == pytest.approx(1 / 36, abs=0.02)

    def test_what_is_clipped_and_when(self, look):
        """In eager code the gradients that were applied; in a step those the tape gave."""
        for way, expected in ((EAGER, 1.0), (COMPILED, 4.0)):
            variable, optimizer = gt.Variable(1.0), keras.optimizers.SGD(0.1)

            def step(x, variable=variable, optimizer=optimizer):
                with gt.GradientTape() as tape:
                    loss = variable * x
                gradient = jnp.clip(tape.gradient(loss, variable), -1, 1)
                optimizer.apply_gradients([(gradient, variable)])

            with look(run_dir=look.folder / way.__name__):
                way(step)(jnp.float32(4.0))
            (seen,) = read_measurements(look.folder / way.__name__)
            assert seen.values[0][0] == expected


# ----- several steps, models, tapes -----


class TestSeveral:
    def test_two_models_whose_steps_and_layers_have_the_same_names(self, look):
        (step_a, a), (step_b, b) = scalar_step(1.0), scalar_step(10.0)
        with look():
            for _ in range(3):
                step_a(jnp.float32(2.0))
                step_b(jnp.float32(3.0))
        seen = look.read()
        assert [(m.step, m.call) for m in seen] == [
            (step, call) for call in (1, 2, 3) for step in ("step", "step (2)")
        ]
        assert [m.values[0][0] for m in seen] == [2.0, 3.0] * 3
        assert seen[0].variables[0].path == a.path
        assert seen[1].variables[0].path == b.path
        assert seen[1].values[0][4] == pytest.approx(1.5 / 10)

    @WAYS
    def test_two_tapes_in_one_step(self, way, look):
        """As a GAN has them: two networks, two optimizers, one step."""
        one, other = nets.Training(nets.mlp), nets.Training(nets.mlp)

        @way
        def step(images, labels):
            with gt.GradientTape() as first, gt.GradientTape() as second:
                a = one.loss(labels, one.model(images))
                b = other.loss(labels, other.model(2 * images))
            one.optimizer.apply_gradients(
                zip(first.gradient(a, one.weights), one.weights, strict=True)
            )
            other.optimizer.apply_gradients(
                zip(second.gradient(b, other.weights), other.weights, strict=True)
            )

        expected = [
            float(jnp.linalg.norm(g))
            for training, scale in ((one, 1), (other, 2))
            for g in plain_gradients(
                training.model, training.loss, scale * nets.batch()[0], nets.batch()[1]
            )
        ]
        with look(every="auto"):
            for _ in range(12):
                step(*nets.batch())
        seen = look.read()
        if way is EAGER:
            assert [(m.step, m.call) for m in seen] == [
                ("step", 1), ("step (2)", 1), ("step", 11), ("step (2)", 11),
            ]  # fmt: skip
            norms = [row[0] for m in seen[:2] for row in m.values]
        else:
            assert {m.step for m in seen} == {"step"}
            norms = [row[0] for row in seen[0].values]
        np.testing.assert_allclose(norms, expected, rtol=1e-4)

    def test_a_variable_with_two_gradients(self, look):
        variable = gt.Variable(1.0, name="v")

        @gt.function
        def step(x):
            with gt.GradientTape(persistent=True) as tape:
                a, b = variable * x, variable * x * 5.0
            return tape.gradient(a, variable), tape.gradient(b, variable)

        with look():
            step(jnp.float32(2.0))
        (seen,) = look.read()
        assert [v.path for v in seen.variables] == [variable.path, f"{variable.path} (2)"]
        assert [row[0] for row in seen.values] == [2.0, 10.0]

    @WAYS
    def test_steps_without_gradients_or_variables(self, way, look):
        total = gt.Variable(0.0)
        with look():
            assert float(way(lambda x: x + 1)(jnp.float32(1.0))) == 2.0
            way(lambda x: total.assign_add(x))(jnp.float32(1.0))
        assert look.read() == []
        about = read_about(look.folder)
        assert (about["steps"], about["every"], about["error"]) == ({}, {}, None)

    def test_gradients_of_inputs_are_not_measured(self, look):
        @gt.function
        def step(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = x * x
            return tape.gradient(y, x)

        with look():
            assert float(step(jnp.float32(3.0))) == 6.0
        assert look.read() == []

    @pytest.mark.filterwarnings("ignore:Gradients do not exist")
    def test_eager_gradients_that_are_none_now_and_then(self, look):
        """One series, whichever path the model takes; None counts as zeros."""
        a, b = gt.Variable([1.0, 2.0], name="a"), gt.Variable([3.0], name="b")
        optimizer = keras.optimizers.SGD(0.1)
        with look():
            for used in (a, b, a):
                with gt.GradientTape() as tape:
                    loss = used.value.sum()
                gradients = tape.gradient(loss, [a, b])
                optimizer.apply_gradients(zip(gradients, [a, b], strict=True))
        seen = look.read()
        assert [(m.call, m.values[0][2], m.values[1][2]) for m in seen] == [
            (1, 0.0, 1.0), (2, 1.0, 0.0), (3, 0.0, 1.0),
        ]  # fmt: skip
        assert len(read_about(look.folder)["steps"]) == 1

    def test_every_shape_of_a_step_belongs_to_one_series(self, look):
        step, _ = scalar_step()
        with look():
            for size in (8, 8, 5):
                step(jnp.ones(size))
        assert [(m.step, m.call) for m in look.read()] == [("step", 1), ("step", 2), ("step", 3)]

    def test_methods_of_two_objects(self, look):
        class Trainer:
            def __init__(self, value):
                self.variable = gt.Variable(value)

            @gt.function
            def train_step(self, x):
                with gt.GradientTape() as tape:
                    loss = self.variable * x
                return tape.gradient(loss, self.variable)

        trainers = [Trainer(1.0), Trainer(2.0)]
        with look():
            for x in (3.0, 4.0):
                for trainer in trainers:
                    trainer.train_step(jnp.float32(x))
        assert [(m.step, m.values[0][0]) for m in look.read()] == [
            ("train_step", 3.0), ("train_step (2)", 3.0),
            ("train_step", 4.0), ("train_step (2)", 4.0),
        ]  # fmt: skip

    def test_keras_fit_is_left_alone(self, look):
        training = nets.Training(nets.mlp, EAGER)
        images, labels = nets.batch(size=12)
        with look():
            training.step(images, labels)
            training.model.compile("sgd", training.loss)
            training.model.fit(images, labels, batch_size=8, verbose=0)
            training.step(images, labels)
        assert [m.call for m in look.read()] == [1, 2]


# ----- when it looks -----


class TestWhen:
    @pytest.mark.parametrize("every", [1, 3, np.int64(4)])
    def test_every_kth_call_from_the_first_on(self, every, look):
        step, _ = scalar_step()
        with look(every):
            for _ in range(10):
                step(jnp.float32(1.0))
        assert [m.call for m in look.read()] == list(range(1, 11, int(every)))
        assert read_about(look.folder)["every"] == {"step": every}

    def test_a_step_that_was_compiled_before(self, look):
        step, _ = scalar_step()
        for _ in range(5):
            step(jnp.float32(1.0))
        with look(2):
            for _ in range(3):
                step(jnp.float32(1.0))
        step(jnp.float32(1.0))
        assert [m.call for m in look.read()] == [6, 8]

    def test_auto_chooses_and_notes_what_it_chose(self, look):
        training = nets.Training(nets.mlp)
        with look("auto"):
            training.run(80)
        calls = [m.call for m in look.read()]
        interval = read_about(look.folder)["every"]["train_step"]
        assert calls[:4] == [1, 3, 5, 7]
        assert 4 <= interval <= 200
        assert len(calls) < 45

    def test_one_glass_after_the_other_compiles_nothing_anew(self, look):
        step, _ = scalar_step()
        glasses, counts = [], []
        for epoch in range(3):
            with look(run_dir=look.folder / str(epoch)) as glass, compilations() as compiled:
                step(jnp.float32(1.0))
            counts.append(len(compiled))
            glasses.append(weakref.ref(glass))
        assert counts[0] > 0
        assert counts[1:] == [0, 0]
        del glass
        gc.collect()
        assert [ref() for ref in glasses] == [None] * 3
        assert all(list(read_measurements(look.folder / str(e))) for e in range(3))

    def test_a_step_without_gradients_compiles_once(self, look):
        step = gt.function(lambda x: x * 2 + 1)
        with look(), compilations() as compiled:
            step(jnp.float32(1.0))
            first = len(compiled)
            step(jnp.float32(1.0))
        assert len(compiled) == first > 0


class compilations:
    """The programs XLA compiles inside this context."""

    def __enter__(self):
        self.seen = []
        jax.monitoring.register_event_duration_secs_listener(self.listen)
        return self.seen

    def listen(self, event, duration, **details):
        if self.seen is not None and event == "/jax/core/compile/backend_compile_duration":
            self.seen.append(duration)

    def __exit__(self, *error):
        self.seen = None


# ----- the context -----


class TestNesting:
    @WAYS
    def test_the_innermost_glass_looks(self, way, look):
        step, _ = scalar_step(way=way)
        x = jnp.float32(1.0)
        with look(run_dir=look.folder / "outer"):
            step(x)
            with look(run_dir=look.folder / "inner"):
                step(x), step(x)
            step(x), step(x), step(x)
        counts = [len(list(read_measurements(look.folder / n))) for n in ("outer", "inner")]
        assert counts == [4, 2]

    def test_glasses_left_in_another_order(self, look):
        step, _ = scalar_step()
        first, second = look(run_dir=look.folder / "1"), look(run_dir=look.folder / "2")
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        step(jnp.float32(1.0))
        second.__exit__(None, None, None)
        step(jnp.float32(1.0))
        assert len(list(read_measurements(look.folder / "1"))) == 0
        assert len(list(read_measurements(look.folder / "2"))) == 1


class TestStates:
    def refused(self, action):
        with pytest.raises(errors.GlassStateError) as caught:
            action()
        text = str(caught.value)
        assert f"At: {__file__}:" in text
        assert isinstance(caught.value, RuntimeError)
        return text

    def test_a_glass_is_entered_once(self, look):
        glass = look()
        with glass:
            assert "This glass was entered before." in self.refused(glass.__enter__)
            glass.log(a=1)  # the first one goes on
        text = self.refused(glass.__enter__)
        assert "each writes a run folder of its own" in text
        assert "`with gt.glass(...) as glass:` with a new one" in text
        assert list(read_scalars(look.folder)) == [{"a": 1}]

    def test_not_inside_a_compiled_step(self, look):
        @gt.function
        def step(x):
            with look():
                return x

        text = self.refused(lambda: step(jnp.float32(1.0)))
        assert "A glass was opened inside a compiled step." in text
        assert "move the `with` out of the step" in text
        assert not look.folder.exists()

    def test_inside_a_tape_is_fine(self, look):
        x = jnp.float32(3.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            with look():
                y = x * x
        assert float(tape.gradient(y, x)) == 6.0

    def test_log_outside(self, look):
        glass = look()
        assert "glass.log was called while the glass is not open" in self.refused(
            lambda: glass.log(a=1)
        )
        with glass:
            pass
        self.refused(lambda: glass.log(a=1))

    def test_leaving_a_glass_that_was_never_entered(self, look):
        look().__exit__(None, None, None)
        assert not look.folder.exists()


class TestEnds:
    @pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, SystemExit])
    @WAYS
    def test_errors_pass_and_everything_is_closed(self, way, error, look):
        screen = io.StringIO()
        view = TerminalView(Console(file=screen, force_terminal=True))
        step, _ = scalar_step(way=way)
        glass = look(show=view)
        with pytest.raises(error), glass:
            step(jnp.float32(1.0))
            step(jnp.float32(1.0))
            raise error
        assert read_about(look.folder)["error"] == error.__name__
        assert len(look.read()) == 2
        assert screen.getvalue().count("\x1b[?25h") == 1  # the cursor is back
        step(jnp.float32(1.0))
        assert len(look.read()) == 2

    def test_the_verdict_of_the_last_call_is_noted(self, look):
        """A compiled step is not waited for; the end of the glass is the last occasion."""
        step, _ = scalar_step()
        with pytest.raises(errors.NonFiniteLossError):
            with look():
                step(jnp.float32(1.0))
                step(jnp.float32(jnp.nan))
        assert read_about(look.folder)["error"] == "NonFiniteLossError"

    def test_a_view_that_fails_leaves_nothing_open(self, look, monkeypatch):
        step, _ = scalar_step()
        view = TerminalView(Console(file=io.StringIO()))
        monkeypatch.setattr(view, "open", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            look(show=view).__enter__()
        assert read_about(look.folder)["error"] == "ZeroDivisionError"
        step(jnp.float32(1.0))  # nobody looks
        assert look.read() == []

    def test_a_refused_folder_leaves_nothing_open(self, look):
        look.folder.parent.joinpath("run").touch()
        with pytest.raises(errors.GlassValueError, match="cannot be written"):
            look().__enter__()
        step, _ = scalar_step()
        step(jnp.float32(1.0))

    @pytest.mark.thorough
    def test_ctrl_c(self, tmp_path):
        """A real one, in the middle of a compiled loop."""
        program = (
            "import sys, glasstape as gt, numpy as np\n"
            "v = gt.Variable(np.float32(1.0), name='weight')\n"
            "@gt.function\n"
            "def step():\n"
            "    with gt.GradientTape() as tape: loss = v * v\n"
            "    v.assign_sub(0.01 * tape.gradient(loss, v))\n"
            "with gt.glass(show='terminal', run_dir=sys.argv[1], every=1):\n"
            "    for _ in range(5): step()\n"
            "    print('training', flush=True)\n"
            "    while True: step()\n"
        )
        command = [sys.executable, "-c", program, str(tmp_path / "run")]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "training\n"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert err.rstrip().endswith("KeyboardInterrupt")
        assert "weight" in out  # the table is drawn at the end
        assert read_about(tmp_path / "run")["error"] == "KeyboardInterrupt"
        calls = [m.call for m in read_measurements(tmp_path / "run")]
        assert calls == list(range(1, len(calls) + 1))
        assert len(calls) >= 5


class TestArguments:
    @pytest.mark.parametrize(
        ("options", "parts"),
        [
            ({"show": "table"}, ["`show`", 'None, "terminal" or a TerminalView', "'table'"]),
            ({"show": 3}, ["`show`", "Received: 3"]),
            ({"every": 0}, ["`every`", 'a positive integer or "auto"', "Received: 0"]),
            ({"every": -2}, ["`every`", "Received: -2"]),
            ({"every": 2.5}, ["`every`", "Received: 2.5"]),
            ({"every": "often"}, ["`every`", "Received: 'often'"]),
            ({"every": None}, ["`every`", "Received: None"]),
        ],
    )
    def test_refusals(self, options, parts, look):
        with pytest.raises(errors.GlassValueError) as caught:
            look(**options)
        text = str(caught.value)
        for part in [*parts, "unknown value", "help(glasstape.glass)", f"At: {__file__}:"]:
            assert part in text
        assert isinstance(caught.value, ValueError)

    def test_a_folder_that_holds_a_run(self, look):
        with look():
            pass
        with pytest.raises(errors.GlassValueError) as caught:
            look().__enter__()
        assert "The run folder holds a run already." in str(caught.value)
        assert f"At: {__file__}:" in str(caught.value)

    def test_new_folders_by_default(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        glasses = [gt.glass(show=None) for _ in range(3)]
        assert len({g.run_dir for g in glasses}) == 3
        for glass in glasses:
            assert glass.run_dir.parent.name == "runs"
            with glass:
                glass.log(a=1)
            assert list(read_scalars(glass.run_dir)) == [{"a": 1}]

    def test_a_working_folder_that_cannot_be_written(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "runs").touch()
        with pytest.raises(errors.GlassValueError, match="cannot be written"):
            gt.glass(show=None).__enter__()


class TestLog:
    def test_every_kind_of_number(self, look):
        mean = keras.metrics.Mean()
        mean(jnp.array([1.0, 2.0]))
        with look() as glass:
            glass.log(epoch=1, loss=mean.result(), best=True, share=np.float64(0.1))
            glass.log(a=jnp.ones((1, 1)), v=gt.Variable(2.5), half=jnp.bfloat16(0.5), nan=np.nan)
        first, second = read_scalars(look.folder)
        assert first == {"epoch": 1, "loss": 1.5, "best": True, "share": 0.1}
        assert np.isnan(second.pop("nan"))
        assert second == {"a": 1.0, "v": 2.5, "half": 0.5}

    @pytest.mark.parametrize(
        "value", ["0.3", None, [1, 2], jnp.ones(3), [], 1j, [[1], [1, 2]], keras.metrics.Mean()]
    )
    def test_what_is_no_number(self, value, look):
        with look() as glass:
            with pytest.raises(errors.GlassValueError) as caught:
                glass.log(epoch=1, loss=value)
        text = str(caught.value)
        assert "something that is not a number for `loss`" in text
        assert f"Received: {repr(value)[:40]}" in text
        assert "metric.result()" in text
        assert f"At: {__file__}:" in text
        assert list(read_scalars(look.folder)) == []

    def test_a_value_of_a_step_that_is_being_traced(self, look):
        with look() as glass:

            @gt.function
            def step(x):
                glass.log(x=x)

            with pytest.raises(errors.GlassValueError, match="log outside of the step"):
                step(jnp.float32(1.0))


class TestPrint:
    def test_without_a_table(self, look, capsys):
        with look() as glass:
            glass.print("epoch 1: [bold] 100 %")
        assert capsys.readouterr().out == "epoch 1: [bold] 100 %\n"

    def test_above_the_table(self, look):
        screen = io.StringIO()
        with look(show=TerminalView(Console(file=screen, width=100))) as glass:
            nets.Training(nets.mlp).run(2)
            glass.print("epoch 1: [bold] 100 %")
        text = screen.getvalue()
        assert text.startswith("epoch 1: [bold] 100 %\n")
        assert "train_step" in text
        assert "kernel" in text


# ----- threads, memory -----


class TestThreads:
    def test_steps_called_from_other_threads(self, look):
        """One glass, three threads that train, the main thread trains, too."""
        steps = [scalar_step(1.0)[0] for _ in range(4)]
        failures = []

        def train(step):
            try:
                for _ in range(60):
                    step(jnp.float32(1e-3))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=train, args=(step,)) for step in steps[1:]]
        with look("auto"):
            for thread in threads:
                thread.start()
            train(steps[0])
            for thread in threads:
                thread.join()
        assert failures == []
        assert len({m.step for m in look.read()}) == 4

    def test_one_step_called_from_several_threads(self, look):
        step, variable = scalar_step(0.0)
        with look():
            threads = [
                threading.Thread(target=lambda: [step(jnp.float32(-2.0)) for _ in range(50)])
                for _ in range(3)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert float(variable.value) == 150.0
        assert len(look.read()) == 150

    def test_a_thread_that_outlives_the_glass(self, look):
        step, _ = scalar_step()
        go, done = threading.Event(), threading.Event()

        def train():
            while not done.is_set():
                step(jnp.float32(1e-3))
                go.set()

        thread = threading.Thread(target=train)
        with look():
            thread.start()
            go.wait()
        count = len(look.read())
        go.clear()
        go.wait()
        done.set()
        thread.join()
        assert len(look.read()) == count > 0


def test_memory_stays_flat_over_thousands_of_calls(look):
    step, _ = scalar_step()
    x = jnp.float32(1e-6)
    with look() as glass:

        def run(calls):
            longest = 0
            for _ in range(calls):
                step(x)
                longest = max(longest, len(glass._waiting))
            return longest

        run(200)
        gc.collect()
        arrays = len(jax.live_arrays())
        tracemalloc.start()
        start, _ = tracemalloc.get_traced_memory()
        longest = run(3000)
        gc.collect()
        end, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert longest < 100  # what waits is on its way through the device
        assert len(jax.live_arrays()) <= arrays + longest
        assert end - start < 100_000
    assert len(look.read()) == 3200
    assert glass._waiting == type(glass._waiting)()


def test_run_json_is_written_once_a_step(look):
    """Not at every call, nor back and forth between two steps of one name."""
    (step_a, _), (step_b, _) = scalar_step(), scalar_step()
    with look() as glass:
        writes = []
        original = glass._log._write_about
        glass._log._write_about = lambda: writes.append(1) or original()
        for _ in range(5):
            step_a(jnp.float32(1.0))
            step_b(jnp.float32(1.0))
        assert len(writes) == 2
    assert set(json.loads((look.folder / "run.json").read_text())["steps"]) == {"step", "step (2)"}
