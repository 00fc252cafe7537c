"""What a tape's records tell: operation, shapes, line, layer, size; and the tape as a table."""

import inspect
import threading
import time

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape import errors, sources


def here(offset=0):
    """File and line of the caller."""
    frame = inspect.currentframe().f_back
    return frame.f_code.co_filename, frame.f_lineno + offset


def place(record):
    return record.source.file, record.source.line


@pytest.fixture
def x():
    return jnp.ones((2, 3))


class TestOneRecord:
    def test_what_it_tells(self, x):
        w = jnp.ones((3, 4))
        with gt.GradientTape() as tape:
            tape.watch(x)
            _, line = jnp.matmul(x, w), here()
        (record,) = tape.records
        assert record.name == "matmul"
        assert record.input_shapes == ((2, 3), (3, 4))
        assert record.output_shapes == ((2, 4),)
        assert record.input_dtypes == record.output_dtypes * 2 == (jnp.float32, jnp.float32)
        assert place(record) == line
        assert record.source.function == "test_what_it_tells"
        assert record.layer is None
        assert record.kept_bytes == 4 * (2 * 4 + 3 * 4)  # the result, and what is not followed
        text = f"<Record matmul: f32[2,3], f32[3,4] -> f32[2,4], {record.source}>"
        assert repr(record) == text

    def test_primitives_and_functions_have_their_names(self, x):
        @jax.jit
        def _my_function(x):
            return jnp.sin(x)

        @jax.custom_jvp
        def my_rule(x):
            return x

        my_rule.defjvp(lambda p, t: (my_rule(*p), t[0]))
        with gt.GradientTape() as tape:
            tape.watch(x)
            jax.lax.sin(x)
            jax.nn.relu(x)
            _my_function(x)
            my_rule(x)
        assert [r.name for r in tape.records] == ["sin", "relu", "my_function", "my_rule"]

    def test_the_users_functions_have_their_names(self, x):
        @gt.custom_gradient
        def my_gradient(x):
            return x * 2.0, lambda dy: dy

        @gt.recompute_grad
        def my_block(x):
            return jnp.sin(x)

        with gt.GradientTape() as tape:
            tape.watch(x)
            my_gradient(x)
            my_block(x)
        assert [r.name for r in tape.records] == ["my_gradient", "my_block"]

    def test_a_number_has_no_shape(self, x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            _ = x * 2
        (record,) = tape.records
        assert record.input_shapes[1] == ()

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16", "complex64"])
    def test_dtypes_are_written_short(self, dtype):
        x = jnp.ones(2, dtype)
        with gt.GradientTape() as tape:
            tape.watch(x)
            _ = -x
        short = {"float16": "f16", "bfloat16": "bf16", "complex64": "c64"}[dtype]
        assert f"{short}[2] -> {short}[2]" in repr(tape.records[0])

    def test_the_line_of_a_statement_over_several_lines(self, x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            _ = (
                x
                + 1.0
            )  # fmt: skip
        code = inspect.currentframe().f_code
        assert place(tape.records[0])[1] > code.co_firstlineno
        assert tape.records[0].source.text in ("x", "+ 1.0", "_ = (")


class Doubling(keras.layers.Layer):
    def call(self, inputs):
        self.line = here(1)
        return inputs * 2.0


class TestLayers:
    def test_the_innermost_layer_and_its_path(self, x):
        inner = keras.Sequential([keras.layers.Dense(3, name="dense")], name="inner")
        model = keras.Sequential(
            [keras.Input((3,)), inner, keras.layers.ReLU(name="act")], name="outer"
        )
        with gt.GradientTape() as tape:
            out = model(x)
            _ = out + 1.0
        layers = [r.layer for r in tape.records]
        assert layers == ["outer/inner/dense", "outer/inner/dense", "outer/act", None]

    def test_a_loss_is_named_like_a_layer(self, x):
        loss = keras.losses.MeanSquaredError(name="mse")
        with gt.GradientTape() as tape:
            tape.watch(x)
            loss(jnp.zeros((2, 3)), x)
        assert {r.layer for r in tape.records} == {"mse"}

    def test_each_call_has_the_line_it_was_made_at(self, x):
        layer = keras.layers.ReLU()
        with gt.GradientTape() as tape:
            tape.watch(x)
            y, first = layer(x), here()
            _, second = layer(y), here()
        assert [place(r) for r in tape.records] == [first, second]

    def test_the_users_own_layer_has_its_own_line(self, x):
        layer = Doubling()
        with gt.GradientTape() as tape:
            tape.watch(x)
            layer(x)
        assert place(tape.records[0]) == layer.line
        assert tape.records[0].layer == layer.name

    def test_the_users_function_inside_keras_layer(self, x):
        def twice(t):
            places.append(here(1))
            return t * 2.0

        places = []
        layer = keras.layers.Activation(twice)
        with gt.GradientTape() as tape:
            tape.watch(x)
            layer(x)
        assert place(tape.records[0]) == places[-1]

    def test_a_layer_called_by_the_users_layer(self, x):
        class Outer(keras.layers.Layer):
            def __init__(self):
                super().__init__(name="outer")
                self.inner = keras.layers.ReLU(name="inner")

            def call(self, inputs):
                places.append(here(1))
                return self.inner(inputs)

        places, layer = [], Outer()
        with gt.GradientTape() as tape:
            tape.watch(x)
            layer(x)
        assert tape.records[0].layer == "outer/inner"
        assert place(tape.records[0]) == places[-1]

    def test_a_layer_that_fails_is_left(self, x):
        class Failing(keras.layers.Layer):
            def call(self, inputs):
                raise RuntimeError("mine")

        with gt.GradientTape() as tape:
            tape.watch(x)
            with pytest.raises(RuntimeError, match="mine"):
                Failing()(x)
            _ = x * 2.0
        assert [r.layer for r in tape.records] == [None]
        assert sources._calls.innermost is None

    def test_a_layer_can_still_be_called_by_its_own_signature(self):
        assert "args" in inspect.signature(keras.layers.Dense.__call__).parameters

    def test_threads_do_not_see_each_others_layers(self, x):
        inside, done, seen = threading.Event(), threading.Event(), []

        class Waiting(keras.layers.Layer):
            def call(self, inputs):
                inside.set()
                done.wait(30)
                return inputs

        def other():
            inside.wait(30)
            with gt.GradientTape() as tape:
                tape.watch(x)
                _ = x * 2.0
            seen.extend(tape.records)
            done.set()

        thread = threading.Thread(target=other)
        thread.start()
        Waiting()(x)
        thread.join()
        assert [r.layer for r in seen] == [None]


class TestCompiled:
    def test_records_in_a_function(self, x):
        model = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(4, name="dense")], name="net"
        )
        told = []

        @gt.function
        def step(x):
            with gt.GradientTape() as tape:
                y = keras.ops.sum(model(x))
            told.append([(r.name, r.layer, place(r)) for r in tape.records])
            told.append((str(tape), here(-2)))
            return tape.gradient(y, model.trainable_variables)

        step(x)
        (records, (table, line)) = told
        assert [r[:2] for r in records] == [
            ("matmul", "net/dense"),
            ("add", "net/dense"),
            ("reduce_sum", None),
        ]
        assert {r[2] for r in records} == {line}
        assert "matmul" in table


class TestTable:
    def test_the_table(self, x):
        model = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(4, name="dense")], name="net"
        )
        with gt.GradientTape() as tape:
            _, (_, line) = model(x), here()
        rows = [row.split() for row in str(tape).splitlines()]
        assert rows == [
            ["GradientTape:", "2", "operations,", "88", "B", "kept"],
            ["operation", "shapes", "layer", "line", "kept"],
            f"0 matmul f32[2,3], f32[3,4] -> f32[2,4] net/dense {FILE}:{line} 56 B".split(),
            f"1 add f32[2,4], f32[4] -> f32[2,4] net/dense {FILE}:{line} 32 B".split(),
        ]

    def test_columns_are_aligned(self, x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            _ = jnp.sin(x) * jnp.ones((2, 3))
        _, head, *rows = str(tape).splitlines()
        assert {row.index(" f32") for row in rows} == {head.index(" shapes")}

    def test_a_long_tape_loses_its_middle(self):
        x = y = jnp.float32(1.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            for _ in range(100):
                y = jax.lax.neg(y)
        lines = str(tape).splitlines()
        assert len(lines) == 2 + 40 + 1
        assert lines[22] == "... 60 more ..."
        assert lines[21].split()[0] == "19"
        assert lines[23].split()[0] == "80"

    def test_an_array_kept_twice_counts_once(self):
        x, c = jnp.ones(10), jnp.ones(10)
        with gt.GradientTape() as tape:
            tape.watch(x)
            _ = jax.lax.mul(jax.lax.mul(x, c), c)
        assert str(tape).startswith("GradientTape: 2 operations, 120 B kept")

    @pytest.mark.parametrize("width", [60, 80, 120])
    def test_it_fits_into_the_terminal(self, x, width, monkeypatch):
        monkeypatch.setenv("COLUMNS", str(width))
        names = {"name": "a_layer_with_a_name_that_says_what_it_is_for_and_more"}
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, **names)], name="net")
        with gt.GradientTape() as tape:
            model(x)
        _, head, first, second = str(tape).splitlines()
        assert max(map(len, (head, first, second))) <= width
        assert first.endswith(" 56 B")
        assert "matmul" in first
        assert "it_is_for_and_more"[-8:] in first
        if width >= 80:
            assert "-> f32[2,4]" in first
            assert f" {FILE}:" in first or f"{FILE[-6:]}:" in first

    def test_inputs_give_way_as_a_whole(self):
        from glasstape.tape.table import _shorten

        text = "f32[2,3], f32[3,4] -> f32[2,4]"
        assert _shorten(text, 30) == text
        assert _shorten(text, 29) == "f32[2,3], … -> f32[2,4]"
        assert _shorten(text, 22) == "… -> f32[2,4]"
        assert _shorten(text, 9) == "f32[2,4]"
        assert _shorten(text, 5) == "…2,4]"

    def test_nothing_recorded(self):
        assert str(gt.GradientTape()) == "GradientTape: nothing recorded"

    def test_repr(self, x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum(x)
        assert repr(tape) == "<GradientTape: 1 operations>"
        tape.gradient(y, x)
        assert repr(tape) == "<GradientTape: 0 operations, used up>"
        assert repr(gt.GradientTape(persistent=True)) == "<GradientTape: 0 operations, persistent>"

    @pytest.mark.parametrize(
        ("count", "text"),
        [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_499, "999 kB"), (999_500, "1 MB"),
         (12_345_678, "12.3 MB"), (5_000_000_000, "5 GB")],
    )  # fmt: skip
    def test_sizes(self, count, text):
        from glasstape.tape.table import size

        assert size(count) == text


FILE = "test_records.py"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch, tmp_path):
    """Files outside of the working folder are shown without their folders; nothing gives way."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


class TestCotangents:
    def test_they_are_those_of_jax(self):
        w = jnp.asarray(np.random.default_rng(0).normal(size=(3, 4)).astype("float32"))
        x = jnp.asarray(np.random.default_rng(1).normal(size=(2, 3)).astype("float32"))

        def tail(h):
            return jnp.sum(jnp.tanh(h) ** 2)

        with gt.GradientTape() as tape:
            tape.watch(x)
            h = x @ w
            y = tail(h)
        found = tape.cotangents(y)
        assert len(found) == len(tape.records)
        expected = jax.grad(tail)(h)
        np.testing.assert_allclose(found[0][0], expected, rtol=1e-5)
        assert found[-1] == (1.0,)

    def test_output_gradients(self, x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * 3.0
            z = jnp.sin(y)
        found = tape.cotangents(z, jnp.full((2, 3), 2.0))
        np.testing.assert_allclose(found[0][0], 2.0 * jnp.cos(y), rtol=1e-6)

    def test_none_where_no_way_leads_to_the_target(self, x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum(x)
            _ = jnp.sin(x)
        assert [c is None for (c,) in tape.cotangents(y)] == [False, True]

    def test_whole_numbers_have_none(self, x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            values, _ = jax.lax.top_k(x, 2)
            y = jnp.sum(values)
        assert [len(c) for c in tape.cotangents(y)] == [2, 1]
        assert tape.cotangents(y)[0][1] is None

    def test_the_tape_is_not_used_up(self, x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum(x * x)
        tape.cotangents(y)
        assert tape.gradient(y, x).tolist() == [[2.0] * 3] * 2
        with pytest.raises(errors.TapeUsedUpError, match="can only be used"):
            tape.cotangents(y)

    def test_nothing_of_it_is_recorded(self, x):
        with gt.GradientTape(persistent=True) as outer, gt.GradientTape(persistent=True) as tape:
            tape.watch(x)
            outer.watch(x)
            y = jnp.sum(x * x)
            counts = len(outer.records), len(tape.records)
            tape.cotangents(y)
            tape.why(y, x)
        assert (len(outer.records), len(tape.records)) == counts

    def test_complex_numbers_follow_the_tapes_convention(self):
        z = jnp.array([1.0 + 2.0j, 3.0 - 1.0j])
        with gt.GradientTape(persistent=True) as tape:
            tape.watch(z)
            h = z * (2.0 - 1.0j)
            y = jnp.sum(jnp.abs(h) ** 2)
        np.testing.assert_allclose(tape.cotangents(y)[0][0], tape.gradient(y, h), rtol=1e-6)

    def test_in_a_function(self, x):
        @gt.function
        def step(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = jnp.sum(jnp.sin(x * 2.0))
            return [c for (c,) in tape.cotangents(y)]

        np.testing.assert_allclose(step(x)[0], jnp.cos(x * 2.0), rtol=1e-6)

    def test_the_second_time_compiles_nothing(self, x):
        from tests.tape.test_memory import Compilations

        def look(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = jnp.sum(jnp.sin(x * 2.0))
            return tape.cotangents(y)

        other = x + 1.0
        look(x)
        with Compilations() as compiled:
            look(other)
        assert compiled.count == 0

    def test_a_long_chain_compiles_about_as_fast_as_its_gradient(self):
        """With XLA's fusion, that of 150 operations took 30 times as long."""
        x = y = jnp.ones(3)
        with gt.GradientTape(persistent=True) as tape:
            tape.watch(x)
            for _ in range(150):
                y = y * 1.0001
        laps = [time.perf_counter()]
        for ask in (
            lambda: tape.gradient(y, x),
            lambda: tape.cotangents(y),
            lambda: tape.why(y, x),
        ):
            ask()
            laps.append(time.perf_counter())
        gradient, cotangents, why = np.diff(laps)
        assert cotangents < 8 * gradient
        assert why < 8 * gradient
