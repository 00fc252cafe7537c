"""Errors of a step: the user's lines only, what was asked for, and nothing lost."""

import traceback

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.compiler import failures
from glasstape.errors import StepMemoryError

X = jnp.ones((2, 3))


def frames(error):
    """File name and line text of each frame of a traceback."""
    return [(f.filename.split("/")[-1], f.line) for f in traceback.extract_tb(error.__traceback__)]


def helper(x):
    return keras.ops.matmul(x, jnp.ones((4, 4)))


class TestWhileTracing:
    def raised(self, step=None):
        step = step or gt.function(lambda x: helper(x))
        with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever JAX calls it
            step(X)
        return raised.value

    def test_the_traceback_has_the_users_frames_only(self):
        own = [line for file, line in frames(self.raised()) if file == "test_failures.py"]
        assert own == [
            "step(X)",
            "step = step or gt.function(lambda x: helper(x))",
            "return keras.ops.matmul(x, jnp.ones((4, 4)))",
        ]
        others = {file for file, _ in frames(self.raised())} - {"test_failures.py"}
        assert others <= {"function.py"}  # the one frame that raises

    def test_the_notes_name_the_lines_and_what_to_do(self):
        (note,) = [n for n in self.raised().__notes__ if "While tracing" in n]
        assert note.startswith("While tracing <lambda> (nothing was changed), your lines:")
        assert "in helper: return keras.ops.matmul(x, jnp.ones((4, 4)))" in note
        assert "gt.run_functions_eagerly(True)" in note

    def test_everything_can_be_seen_on_demand(self):
        with _off():
            files = {file for file, _ in frames(self.raised())}
        assert {"step.py", "creations.py"} <= files

    def test_what_the_user_raises_stays_what_it_is(self):
        class Own(Exception):
            pass

        cause = KeyError("why")

        def step(x):
            try:
                raise cause
            except KeyError as error:
                raise Own("text") from error

        error = self.raised(gt.function(step))
        assert type(error) is Own
        assert error.args == ("text",)
        assert error.__cause__ is cause
        assert frames(error)[-1][1] == 'raise Own("text") from error'

    def test_in_a_step_inside_a_step_the_lines_are_told_once(self):
        inner = gt.function(helper)
        error = self.raised(gt.function(lambda x: inner(x)))
        assert sum("While tracing" in n for n in error.__notes__) == 1


class _off:
    def __enter__(self):
        self.before = jax.config.jax_traceback_filtering
        jax.config.update("jax_traceback_filtering", "off")

    def __exit__(self, *_):
        jax.config.update("jax_traceback_filtering", self.before)


class TestWhileRunning:
    def test_a_host_callback_that_raises_changes_nothing(self):
        v, fail = gt.Variable(1.0), [True]

        def on_host(x):
            if fail[0]:
                raise ValueError("from the host")
            return x

        @gt.function
        def step(x):
            v.assign_add(1.0)
            return jax.pure_callback(on_host, jax.ShapeDtypeStruct((), "float32"), x)

        for expected in (2.0, 3.0):
            fail[0] = True
            with pytest.raises(Exception, match="from the host") as raised:
                jax.block_until_ready(step(jnp.float32(5.0)))
            assert float(v.value) == expected - 1.0
            fail[0] = False
            assert float(step(jnp.float32(5.0))) == 5.0
            assert float(v.value) == expected
            if expected == 2.0:
                notes = getattr(raised.value, "__notes__", [])
                assert "While running step (nothing was changed)." in notes

    def test_out_of_memory_says_what_was_asked_for_and_changes_nothing(self):
        v = gt.Variable(jnp.ones(3))
        net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        before = [np.array(w.value) for w in net.weights]

        @gt.function
        def step(seed, size=1 << 20):
            v.assign_add(jnp.ones(3))
            net.layers[0].kernel.assign_add(jnp.ones((3, 2)))
            numbers = jax.random.normal(jax.random.key(seed), (size, size))
            return jnp.sort(numbers, axis=0)[0]

        with pytest.raises(StepMemoryError) as raised:
            step(jnp.int32(0))
        text = str(raised.value)
        assert "step ran out of memory." in text
        assert "room for 16.00 TiB" in text
        assert "16.00 TiB for intermediate values" in text
        assert "Out of memory allocating" in text
        assert "nothing was changed" in text
        assert f"{__file__}:" in text
        assert isinstance(raised.value, MemoryError)
        np.testing.assert_array_equal(v.value, np.ones(3))
        for w, b in zip(net.weights, before, strict=True):
            np.testing.assert_array_equal(w.value, b)
        step(jnp.int32(0), size=4)
        np.testing.assert_array_equal(v.value, 2 * np.ones(3))

    def test_what_is_overwritten_is_kept_once(self, monkeypatch):
        copies = []
        backup = failures.backup
        monkeypatch.setattr(failures, "backup", lambda v, n: copies.append(len(v)) or backup(v, n))
        v = gt.Variable(1.0)
        step = gt.function(lambda: v.assign_add(1.0) * 1.0)
        for _ in range(3):
            step()
            with gt.GradientTape():  # not donated: another program
                step()
        assert copies == [1], "a program that is not donated overwrites nothing"
        assert float(v.value) == 7.0

    def test_nothing_is_kept_where_memory_cannot_run_out(self):
        arrays = [jnp.ones(3), jax.random.key(0)]
        assert failures.backup(arrays, needed=1 << 20) == [None, None]

    @pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int8", "bool", "complex64"])
    def test_what_is_kept_survives_a_program_that_overwrites_it(self, dtype):
        a = jnp.ones((300, 7), dtype)
        kept = failures.backup([a], needed=1 << 60)
        overwrite = jax.jit(lambda a: a ^ a if dtype == "bool" else a * 0, donate_argnums=0)
        overwrite(a).block_until_ready()
        (back,) = failures.restored(kept, [a])
        assert back.dtype == dtype
        np.testing.assert_array_equal(back, np.ones((300, 7), dtype))


class TestWhatAProgramNeeds:
    def needed(self, step, *args):
        return gt.function(step)._known(gt.function(step)._sign(args, {})).staged.bytes_computed

    def test_it_is_the_size_of_all_that_is_computed(self):
        x = jnp.ones((10, 100))
        assert self.needed(lambda x: jnp.sin(jnp.cos(x)), x) == 2 * 4000

    def test_what_a_loop_goes_through_counts_once(self):
        x = jnp.ones(1000)
        step = lambda n: lambda x: jax.lax.fori_loop(0, n, lambda _, v: jnp.sin(v), x)  # noqa: E731
        assert 8000 <= self.needed(step(5), x) == self.needed(step(500), x) < 9000

    def test_xla_needs_less(self):
        net = keras.Sequential([keras.Input((50,)), keras.layers.Dense(70), keras.layers.Dense(2)])

        @gt.function
        def step(x):
            with gt.GradientTape() as tape:
                loss = keras.ops.mean(net(x) ** 2)
            return tape.gradient(loss, net.trainable_variables)

        x = jnp.ones((32, 50))
        known = step._known(step._sign((x,), {}))
        assert known.staged.bytes_computed > step.cost(x).temporary_bytes > 0
