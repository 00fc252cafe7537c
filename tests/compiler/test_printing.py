"""`gt.print`: TensorFlow's text, at every call, in order. Texts were read off TensorFlow 2.21."""

import io

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape as gt


def printed(*inputs, way=lambda f: f, calls=1, **options):
    """What `gt.print` writes for inputs that arrive as a step's arguments."""
    stream = io.StringIO()
    step = way(lambda values: gt.print(*values, output_stream=stream, **options))
    for _ in range(calls):
        step(list(inputs))
    jax.effects_barrier()
    return stream.getvalue()


def array(values, dtype="float32"):
    return jnp.asarray(np.asarray(values), dtype)


TABLE = """[[0 1 2 ... 7 8 9]
 [10 11 12 ... 17 18 19]
 [20 21 22 ... 27 28 29]
 ...
 [70 71 72 ... 77 78 79]
 [80 81 82 ... 87 88 89]
 [90 91 92 ... 97 98 99]]"""
CUBE = "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]"
SUMMARY = """[[[0 ... 6]
  ...
  [42 ... 48]]

 ...

 [[294 ... 300]
  ...
  [336 ... 342]]]"""

TEXTS = [
    ((array(True, bool), array([True, False], bool)), {}, "1 [1 0]"),
    ((array(1 / 3),), {}, "0.333333343"),
    ((array(1e8),), {}, "1e+08"),
    ((array(16777216.0),), {}, "16777216"),
    ((array([123456.7, 1234567.0, 0.1]),), {}, "[123456.703 1234567 0.1]"),
    ((array([np.nan, np.inf, -np.inf, -0.0]),), {}, "[nan inf -inf -0]"),
    ((array([1 / 3, 0.1, 65504, 1e-4], "float16"),), {},
     "[0.333251953 0.0999755859 65504 0.000100016594]"),
    ((array([1 / 3, 0.1, 1000.5], "bfloat16"),), {}, "[0.333984375 0.100097656 1000]"),
    ((array(255, "uint8"), array(-3, "int8")), {}, "255 -3"),
    ((jnp.arange(10),), {}, "[0 1 2 ... 7 8 9]"),
    ((jnp.arange(6),), {}, "[0 1 2 3 4 5]"),
    ((jnp.arange(7),), {}, "[0 1 2 ... 4 5 6]"),
    ((jnp.arange(20),), {"summarize": 2}, "[0 1 ... 18 19]"),
    ((jnp.arange(8),), {"summarize": -1}, "[0 1 2 3 4 5 6 7]"),
    ((jnp.arange(100).reshape(10, 10),), {}, TABLE),
    ((jnp.arange(8).reshape(2, 2, 2),), {}, CUBE),
    ((jnp.arange(343).reshape(7, 7, 7),), {"summarize": 1}, SUMMARY),
    ((jnp.zeros(0),), {}, "[]"),
    (("a", 1, 2.5, None, [jnp.int32(1), "b"], {"k": jnp.float32(2)}), {},
     "a 1 2.5 None [1, 'b'] {'k': 2}"),
    (({"b": jnp.int32(1), "a": [2.5, "x"]},), {}, "{'a': [2.5, 'x'], 'b': 1}"),
    (((jnp.int32(1),), (jnp.int32(1), 2)), {}, "(1,) (1, 2)"),
    (([None, "s", 1.0, (jnp.int32(2),)],), {}, "[None, 's', 1.0, (2,)]"),
    (("it's", ["it's"], "é"), {}, "it's [\"it's\"] é"),
    (("a", "b", jnp.int32(3)), {"sep": ","}, "a,b,3"),
    ((True, [True, False]), {}, "True [True, False]"),
    (([], {}), {}, "[] {}"),
]  # fmt: skip


WITH_TENSORS = [t for t in TEXTS if any(isinstance(v, jax.Array) for v in jax.tree.leaves(t[0]))]


@pytest.mark.parametrize(("inputs", "options", "text"), TEXTS, ids=range(len(TEXTS)))
def test_text_eager(inputs, options, text):
    assert printed(*inputs, **options) == text + "\n"


@pytest.mark.parametrize(("inputs", "options", "text"), WITH_TENSORS, ids=range(len(WITH_TENSORS)))
def test_text_compiled_at_every_call(inputs, options, text):
    assert printed(*inputs, way=gt.function, calls=2, **options) == (text + "\n") * 2


def eager(step):
    return step


BOTH = pytest.mark.parametrize("way", [eager, gt.function], ids=["eager", "compiled"])


class TestEveryCall:
    @BOTH
    def test_without_any_tensor(self, way):
        assert printed("hello", 1, way=way, calls=3) == "hello 1\n" * 3

    @BOTH
    def test_without_anything(self, way):
        assert printed(way=way, calls=2) == "\n\n"

    @BOTH
    def test_end_and_stream(self, way):
        assert printed("x", way=way, calls=2, end="!") == "x!x!"

    @BOTH
    def test_a_file_by_its_name(self, way, tmp_path):
        path = tmp_path / "lines.txt"
        step = way(lambda x: gt.print("é", x, output_stream=f"file://{path}"))
        step(jnp.float32(0.5))
        step(jnp.float32(1.5))
        assert path.read_text(encoding="utf-8") == "é 0.5\né 1.5\n"

    @BOTH
    @pytest.mark.parametrize("stream", ["lines.txt", 3])
    def test_what_cannot_be_written_to(self, way, stream):
        with pytest.raises(gt.errors.StepTypeError) as caught:
            way(lambda x: gt.print(x, output_stream=stream))(jnp.float32(0.5))
        lines = str(caught.value).splitlines()
        assert lines[0] == "print was given an output_stream that cannot be written to."
        assert lines[2] == f"  Received: {stream!r}"
        assert lines[4].startswith(f"  At: {__file__}:")

    @BOTH
    def test_standard_error_by_default(self, way, capsys):
        way(lambda x: gt.print("value", x))(jnp.float32(0.5))
        assert capsys.readouterr() == ("", "value 0.5\n")

    @BOTH
    def test_variables_and_order(self, way):
        stream, v = io.StringIO(), gt.Variable(1.0)

        def step(x):
            gt.print("before", v, output_stream=stream)
            v.assign_add(x)
            gt.print("after", v, [v], output_stream=stream)
            gt.print("end", output_stream=stream)

        step = way(step)
        step(jnp.float32(2.0))
        step(jnp.float32(2.0))
        assert stream.getvalue() == "before 1\nafter 3 [3]\nend\nbefore 3\nafter 5 [5]\nend\n"

    @BOTH
    def test_inside_a_loop(self, way):
        stream = io.StringIO()

        def step(x):
            def body(carry, _):
                gt.print("carry", carry, output_stream=stream)
                return carry * 2, None

            return jax.lax.scan(body, x, None, length=3)[0]

        step = way(step)
        for _ in range(2):
            step(jnp.float32(1.0)).block_until_ready()
            jax.effects_barrier()
        assert stream.getvalue() == "carry 1\ncarry 2\ncarry 4\n" * 2

    @BOTH
    def test_order_around_a_loop(self, way):
        stream = io.StringIO()

        def step(x):
            gt.print("first", x, output_stream=stream)
            _, y = jax.lax.scan(
                lambda c, _: (c, gt.print("loop", c, output_stream=stream)), x, None, length=1
            )
            gt.print("last", x, output_stream=stream)
            return y

        way(step)(jnp.float32(1.0))
        jax.effects_barrier()
        assert stream.getvalue() == "first 1\nloop 1\nlast 1\n"

    @BOTH
    def test_two_loops_between_lines(self, way):
        stream = io.StringIO()

        def loop(word, x):
            body = lambda c, _: (c + 1, gt.print(word, c, output_stream=stream))  # noqa: E731
            return jax.lax.scan(body, x, None, length=2)[0]

        def step(x):
            x = loop("early", x)
            gt.print("one", output_stream=stream)
            x = loop("a", x)
            x = loop("b", x)
            gt.print("two", x, output_stream=stream)
            loop("late", x)

        step = way(step)
        for _ in range(2):
            step(jnp.float32(0.0))
            jax.effects_barrier()
        expected = "early 0\nearly 1\none\na 2\na 3\nb 4\nb 5\ntwo 6\nlate 6\nlate 7\n"
        assert stream.getvalue() == expected * 2

    @BOTH
    def test_inside_vmap(self, way):
        stream = io.StringIO()
        mapped = jax.vmap(lambda x: (gt.print("x", x, output_stream=stream), x)[1])
        way(mapped)(jnp.arange(3.0)).block_until_ready()
        jax.effects_barrier()
        assert sorted(stream.getvalue().split()) == sorted(["x", "0", "x", "1", "x", "2"])

    def test_what_was_printed_before_a_refusal_is_shown(self):
        stream, v = io.StringIO(), gt.Variable(1.0)

        @gt.function
        def step(x):
            with gt.GradientTape() as tape:
                loss = jnp.log(v * x)
            gt.print("loss", loss, output_stream=stream)
            v.assign_sub(tape.gradient(loss, v))

        with pytest.raises(gt.errors.NonFiniteLossError):
            step(jnp.float32(-1.0))
        assert stream.getvalue() == "loss nan\n"

    @BOTH
    def test_under_a_tape(self, way):
        stream = io.StringIO()

        def step(x):
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = x * x
                gt.print("y", y, output_stream=stream)
            return tape.gradient(y, x)

        assert float(way(step)(jnp.float32(3.0))) == 6.0
        assert stream.getvalue() == "y 9\n"


def test_printing_does_not_change_the_numbers():
    from tests.compiler import steps

    quiet, loud = steps.Training(), steps.Training()
    stream, plain = io.StringIO(), loud._step

    @gt.function
    def step(x, y):
        loss = plain(x, y)
        gt.print("loss", loss, loud.model.trainable_variables[0], output_stream=stream)
        return loss

    for number in range(3):
        quiet.step(*steps.batch(number))
        step(*steps.batch(number))
    assert stream.getvalue().count("loss") == 3
    steps.assert_same(quiet.snapshot(), loud.snapshot())


class TestSwitch:
    def step(self, stream):
        v = gt.Variable(0.0)

        @gt.function
        def step(x):
            v.assign_add(x)
            gt.print("v:", v, output_stream=stream)
            return jax.lax.fori_loop(0, 2, lambda i, x: _in_loop(x, stream), x)

        return step

    def test_off_and_on_again(self):
        stream = io.StringIO()
        step = self.step(stream)
        with gt.printing(False):
            step(jnp.float32(1.0))
            gt.print("eager", output_stream=stream)
        jax.effects_barrier()
        assert stream.getvalue() == ""
        step(jnp.float32(1.0))
        jax.effects_barrier()
        assert stream.getvalue() == "v: 2\nin the loop\nin the loop\n"
        assert step.traces[1].why == "printing was switched on"
        gt.printing(False)
        step(jnp.float32(1.0))
        gt.printing(True)
        jax.effects_barrier()
        assert stream.getvalue().count("\n") == 3
        assert len(step.traces) == 2  # each way has its program

    def test_off_nothing_is_left_in_the_program(self):
        def results(step):
            step(jnp.float32(1.0))
            ((*_, entry),) = step._table._entries.values()
            staged = entry.traced.staged
            return len(staged.out_layouts), staged.has_effects

        with gt.printing(False):
            silent = results(self.step(io.StringIO()))
        assert silent == (2, False)
        assert results(self.step(io.StringIO())) == (3, True)

    def test_steps_that_do_not_print_are_not_traced_again(self):
        step = gt.function(lambda x: x + 1)
        step(jnp.float32(1.0))
        with gt.printing(False):
            step(jnp.float32(1.0))
        assert len(step.traces) == 1


def _in_loop(x, stream):
    gt.print("in the loop", output_stream=stream)
    return x
