"""The tape as plain graph data, and as a picture with numbers."""

import json
import re
import shutil
import subprocess

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras import layers, ops

import glasstape as gt
from glasstape import errors
from glasstape.tape import statistics


def net():
    return keras.Sequential(
        [
            keras.Input((3,)),
            keras.Sequential([layers.Dense(4, name="dense")], name="block"),
            layers.Dense(2, name="head"),
        ],
        name="net",
    )


def record(model, x, **options):
    with gt.GradientTape(persistent=True, **options) as tape:
        loss = ops.sum(ops.square(model(x)))
    return tape, loss


def by_name(graph, name):
    return next(n for n in graph["nodes"] if n["name"] == name)


class TestGraph:
    def test_nodes_and_edges(self):
        x = jnp.ones((2, 3))
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum(jnp.sin(x) * jnp.full((2, 3), 2.0))
        graph = tape.graph()
        kinds = {n["name"]: n["kind"] for n in graph["nodes"]}
        assert kinds == {
            "sin": "operation",
            "multiply": "operation",
            "reduce_sum": "operation",
            "tensor": "tensor",
            "constant": "constant",
        }
        names = [n["name"] for n in graph["nodes"]]
        edges = {(names[e["from"]], names[e["to"]], e["followed"]) for e in graph["edges"]}
        assert edges == {
            ("tensor", "sin", True),
            ("sin", "multiply", True),
            ("constant", "multiply", False),
            ("multiply", "reduce_sum", True),
        }
        sine = by_name(graph, "sin")
        assert sine["outputs"] == [{"shape": [2, 3], "dtype": "float32"}]
        assert sine["kept_bytes"] == 24
        assert sine["source"]["file"] == __file__
        assert "jnp.sin" in sine["source"]["text"]
        assert tape.gradient(y, x) is not None

    def test_each_record_is_a_node(self):
        tape, _ = record(net(), jnp.ones((2, 3)))
        nodes = [n for n in tape.graph()["nodes"] if n["kind"] == "operation"]
        assert [n["record"] for n in nodes] == list(range(len(tape.records)))
        assert [n["name"] for n in nodes] == [r.name for r in tape.records]

    def test_variables_and_layers(self):
        model = net()
        tape, _ = record(model, jnp.ones((2, 3)))
        graph = tape.graph()
        groups = {g["id"]: g for g in graph["groups"]}
        assert [g["path"] for g in groups.values()] == [
            "net",
            "net/block",
            "net/block/dense",
            "net/head",
        ]
        assert groups[2]["parent"] == 1
        assert groups[1]["parent"] == 0
        assert groups[0]["parent"] is None
        kernel = by_name(graph, model.layers[1].kernel.path)
        assert kernel["kind"] == "variable"
        assert groups[kernel["group"]]["path"] == "net/head"
        assert graph["watched_variables"] == [v.path for v in model.trainable_variables]

    def test_a_layer_called_twice_has_two_groups_and_one_variable_around_them(self):
        dense = layers.Dense(3, name="dense")
        dense.build((2, 3))
        x = jnp.ones((2, 3))
        with gt.GradientTape() as tape:
            dense(dense(x))
        graph = tape.graph()
        assert [g["path"] for g in graph["groups"]] == ["dense", "dense"]
        assert by_name(graph, "dense/kernel")["group"] is None
        assert sum(n["name"] == "dense/kernel" for n in graph["nodes"]) == 1

    def test_cuts_are_nodes(self):
        x = jnp.ones(3)
        with gt.GradientTape() as tape:
            tape.watch(x)
            _ = ops.sum(ops.stop_gradient(x * 2.0) * x)
        graph = tape.graph()
        cut = by_name(graph, "stop_gradient")
        assert cut["kind"] == "cut"
        names = [n["name"] for n in graph["nodes"]]
        ways = {(names[e["from"]], names[e["to"]]) for e in graph["edges"]}
        assert ("multiply", "stop_gradient") in ways
        assert any(to == "multiply" for start, to in ways if start == "stop_gradient")

    def test_it_is_plain_data(self):
        tape, _ = record(net(), jnp.ones((2, 3)))
        graph = tape.graph()
        assert json.loads(json.dumps(graph)) == graph

    def test_in_a_function(self):
        graphs, model = [], net()

        @gt.function
        def step(x):
            tape, loss = record(model, x)
            graphs.append(tape.graph())
            return loss

        step(jnp.ones((2, 3)))
        tape, _ = record(model, jnp.ones((2, 3)))
        kinds = [[(n["kind"], n["name"]) for n in g["nodes"]] for g in (graphs[0], tape.graph())]
        assert kinds[0] == kinds[1]

    def test_used_up(self):
        x = jnp.float32(1.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        tape.gradient(y, x)
        for ask in (tape.graph, tape.show):
            with pytest.raises(errors.TapeUsedUpError):
                ask()
        with pytest.raises(errors.TapeStateError, match="never recorded"):
            gt.GradientTape().graph()


class TestStatistics:
    def test_numbers(self):
        (found,) = statistics.measure([jnp.array([3.0, -4.0, 0.0, jnp.nan, jnp.inf])])
        assert found == (5.0, -4.0, 3.0, pytest.approx(0.2), pytest.approx(0.4))

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16", "int32", "bool", "complex64"])
    def test_dtypes(self, dtype):
        values = jnp.asarray([0, 1, 1], dtype)
        (found,) = statistics.measure([values])
        assert found == (pytest.approx(2**0.5), 0.0, 1.0, pytest.approx(1 / 3), 0.0)

    def test_squares_do_not_leave_the_range(self):
        big, small = statistics.measure([jnp.array([3e38, 3e38]), jnp.full(4, 1e-38)])
        assert big.norm == pytest.approx(3e38 * 2**0.5)
        assert small.norm == pytest.approx(2e-38)

    def test_what_has_no_numbers(self):
        import jax

        assert statistics.measure([None, jnp.zeros((0, 3)), jax.random.key(0)]) == [None] * 3


def data_of(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL).group(1))


class TestShow:
    def test_value_and_gradient_at_each_operation(self, tmp_path):
        model, x = net(), jnp.asarray(np.random.default_rng(0).normal(size=(2, 3)), "float32")
        tape, loss = record(model, x)
        path = tape.show(tmp_path / "tape.html", target=loss)
        assert path == tmp_path / "tape.html"
        nodes = {n["record"]: n for n in data_of(path)["nodes"] if n["kind"] == "operation"}
        cotangents = tape.cotangents(loss)
        for number, (r, arriving) in enumerate(zip(tape.records, cotangents, strict=True)):
            for of, array in (("values", r.outputs[0]), ("gradients", arriving[0])):
                told = nodes[number][of][0]
                np.testing.assert_allclose(told["norm"], np.linalg.norm(array), rtol=1e-5)
                np.testing.assert_allclose(told["low"], np.min(array), rtol=1e-6)
                np.testing.assert_allclose(told["high"], np.max(array), rtol=1e-6)
        assert nodes[len(tape.records) - 1]["target"]
        assert tape.gradient(loss, model.trainable_variables)[0] is not None

    def test_variables_have_their_gradient(self, tmp_path):
        model, x = net(), jnp.ones((2, 3))
        tape, loss = record(model, x)
        data = data_of(tape.show(tmp_path / "tape.html", target=loss))
        variables = model.trainable_variables
        for v, g in zip(variables, tape.gradient(loss, variables), strict=True):
            told = by_name(data, v.path)["gradients"][0]["norm"]
            np.testing.assert_allclose(told, np.linalg.norm(g), rtol=1e-5, atol=1e-6)

    def test_without_a_target(self, tmp_path):
        tape, _ = record(net(), jnp.ones((2, 3)))
        data = data_of(tape.show(str(tmp_path / "tape.html")))
        assert data["has_values"]
        assert not data["has_target"]
        assert {g for n in data["nodes"] for g in n["gradients"]} == {None}

    def test_in_a_function_it_shows_the_structure(self, tmp_path):
        model = net()

        @gt.function
        def step(x):
            tape, loss = record(model, x)
            tape.show(tmp_path / "tape.html", target=loss)
            return loss

        step(jnp.ones((2, 3)))
        data = data_of(tmp_path / "tape.html")
        assert not data["has_values"]
        assert by_name(data, "matmul")["outputs"] == [{"shape": [2, 4], "dtype": "float32"}]

    def test_nan_and_infinity_are_valid_json(self, tmp_path):
        x = jnp.array([0.0, jnp.inf])
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum(jnp.sqrt(x * 0.0))
        data = data_of(tape.show(tmp_path / "tape.html", target=y))
        assert by_name(data, "multiply")["values"][0]["nonfinite"] == 0.5

    def test_a_line_cannot_end_the_script(self, tmp_path):
        x = jnp.float32(1.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            _ = x * len("</script><!--")
        text = tape.show(tmp_path / "tape.html").read_text(encoding="utf-8")
        assert text.count("</script>") == 2
        assert "</script>" in by_name(data_of(tmp_path / "tape.html"), "multiply")["source"]["text"]

    def test_it_needs_no_network(self, tmp_path):
        tape, loss = record(net(), jnp.ones((2, 3)))
        text = tape.show(tmp_path / "tape.html", target=loss).read_text(encoding="utf-8")
        assert not re.search(r"@import|url\((?!#)|<link|src=", text)
        assert set(re.findall(r"https?://[^\"']+", text)) == {"http://www.w3.org/2000/svg"}

    def test_a_compiled_walk_and_nothing_else_is_compiled(self, tmp_path):
        from tests.tape.test_memory import Compilations

        model = net()
        tape, loss = record(model, jnp.ones((2, 3)))
        tape.show(tmp_path / "tape.html", target=loss)
        tape, loss = record(model, jnp.zeros((2, 3)))
        with Compilations() as compiled:
            tape.show(tmp_path / "tape.html", target=loss)
        assert compiled.count == 0


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
class TestInABrowser:
    def open(self, path, script=""):
        """The page's elements after it ran, and after `script`."""
        text = path.read_text(encoding="utf-8")
        errors = "onerror = (m) => { document.title = `failed: ${m}`; };"
        text = text.replace("<script>", f"<script>{errors}</script><script>", 1)
        path.write_text(text.replace("</body>", f"<script>{script}</script></body>"), "utf-8")
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,800"]
        options += [f"--user-data-dir={path.parent / 'profile'}", "--dump-dom"]
        done = subprocess.run(
            [BROWSER, *options, path.as_uri()],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "failed:" not in done.stdout.partition("<body>")[0]
        return done.stdout

    def test_boxes_are_drawn_from_the_outside_in(self, tmp_path):
        tape, loss = record(net(), jnp.ones((2, 3)))
        page = self.open(tape.show(tmp_path / "tape.html", target=loss))
        groups = re.findall(r'class="group" data-group="(\d+)"', page)
        assert groups == ["0", "1", "2", "3"]
        assert page.count('class="node') == len(tape.graph()["nodes"])
        assert "∇" in page

    def test_folding_goes_outwards(self, tmp_path):
        tape, loss = record(net(), jnp.ones((2, 3)))
        tape.show(tmp_path / "tape.html", target=loss)
        steps = "foldLayers(true); foldLayers(true);"
        page = self.open(tmp_path / "tape.html", steps)
        assert re.findall(r'aria-label="(\w+), folded"', page) == ["block", "head"]

    def test_a_cut_beside_the_way_is_no_fault(self, tmp_path):
        x = jnp.array([1.0, 3.0])
        with gt.GradientTape() as tape:
            tape.watch(x)
            loss = ops.sum(x**2)
            _ = ops.argmax(x)
        beside = self.open(tape.show(tmp_path / "tape.html", target=loss))
        assert "no cut leaves a variable" in beside
        with gt.GradientTape() as tape:
            tape.watch(x)
            loss = ops.sum(ops.stop_gradient(x))
        on_it = self.open(tape.show(tmp_path / "tape.html", target=loss))
        assert 'class="warning cut"' in on_it
