"""What `GradientTape` promises its caller: sources, targets, modes, the context, its errors.

Expected values marked (TF) were read off TensorFlow 2.21 running the same lines.
"""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape import errors


def scalar(value):
    return jnp.float32(value)


def watched(value, **options):
    """A tensor and an open tape that watches it."""
    tape = gt.GradientTape(**options)
    x = scalar(value)
    tape.__enter__()
    tape.watch(x)
    return x, tape


class TestSources:
    def test_keeps_the_structure_of_the_sources(self):
        v, x = gt.Variable(2.0), scalar(3.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = v * x * x
        got = tape.gradient(y, {"a": [v], "b": (x, {"c": v})})
        assert jax.tree.map(float, got) == {"a": [9.0], "b": (12.0, {"c": 9.0})}

    @pytest.mark.parametrize("empty", [[], (), {}])
    def test_no_sources(self, empty):
        x = scalar(2.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        assert tape.gradient(y, empty) == empty

    def test_intermediate_results_are_sources(self):
        x = scalar(2.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            z = y * y * x
        got = tape.gradient(z, [x, y])
        assert [float(g) for g in got] == [5 * 2.0**4, 2 * 4.0 * 2.0]

    def test_target_is_its_own_source(self):
        x = scalar(2.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        assert [float(g) for g in tape.gradient(y, [x, y])] == [4.0, 1.0]  # (TF)

    def test_watched_target_as_source(self):
        x = scalar(2.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
        assert float(tape.gradient(x, x)) == 1.0  # (TF)

    def test_variable_as_target(self):
        v = gt.Variable(2.0)
        with gt.GradientTape() as tape:
            _ = v * v
        assert float(tape.gradient(v, v)) == 1.0  # (TF)

    def test_equal_numbers_are_different_tensors(self):
        x, twin = scalar(2.0), scalar(2.0)
        with gt.GradientTape() as tape:
            tape.watch([x, twin])
            y = x * x * twin
        assert [float(g) for g in tape.gradient(y, [x, twin])] == [8.0, 4.0]

    def test_same_source_twice(self):
        x, tape = watched(3.0)
        with tape_closing(tape):
            y = x * x
        assert [float(g) for g in tape.gradient(y, [x, x])] == [6.0, 6.0]

    def test_a_python_number_taking_part_has_no_say(self):
        x, tape = watched(3.0)
        with tape_closing(tape):
            y = 2.0 * x + np.float32(1.0) * x
        assert float(tape.gradient(y, x)) == 3.0


class tape_closing:
    """Leaves a tape that `watched` has entered."""

    def __init__(self, tape):
        self.tape = tape

    def __enter__(self):
        return self.tape

    def __exit__(self, *exc_info):
        self.tape.__exit__(*exc_info)


class TestTargets:
    def test_several_targets_are_summed(self):
        x, tape = watched(3.0)
        with tape_closing(tape):
            targets = {"a": x * x, "b": [5.0 * x]}
        assert float(tape.gradient(targets, x)) == 11.0

    def test_the_same_target_twice_counts_twice(self):
        x, tape = watched(3.0)
        with tape_closing(tape):
            y = x * x
        assert float(tape.gradient([y, y], x)) == 12.0

    def test_an_array_target_is_summed(self):
        x = jnp.arange(4.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x**3
        np.testing.assert_allclose(tape.gradient(y, x), 3 * x**2)

    def test_output_gradients_weigh_the_targets(self):
        x = jnp.arange(1.0, 4.0)
        seeds = (jnp.array([1.0, 0.0, 2.0]), jnp.full(3, 10.0))
        with gt.GradientTape() as tape:
            tape.watch(x)
            targets = (x * x, jnp.sin(x))
        _, pull = jax.vjp(lambda x: (x * x, jnp.sin(x)), x)
        got = tape.gradient(targets, x, output_gradients=seeds)
        np.testing.assert_allclose(got, pull(seeds)[0], rtol=1e-6)

    def test_none_among_the_output_gradients_means_ones(self):
        x, tape = watched(3.0)
        with tape_closing(tape):
            targets = [x * x, 2.0 * x]
        assert float(tape.gradient(targets, x, output_gradients=[scalar(10.0), None])) == 62.0

    def test_empty_target(self):
        x, tape = watched(3.0)
        with tape_closing(tape):
            _ = x * x
        assert tape.gradient([], x) is None  # (TF)


class TestUnconnected:
    def test_none_by_default(self):
        x, other = scalar(2.0), gt.Variable([1.0, 2.0])
        with gt.GradientTape() as tape:
            tape.watch(x)
            y, _ = x * x, other * 2.0
        assert tape.gradient(y, [other, x])[0] is None

    @pytest.mark.parametrize("zero", ["zero", gt.UnconnectedGradients.ZERO])
    def test_zeros_on_request(self, zero):
        x, other = scalar(2.0), gt.Variable([1.0, 2.0])
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        got = tape.gradient(y, {"o": other, "x": x}, unconnected_gradients=zero)
        assert got["o"].shape == (2,)
        assert got["o"].dtype == other.dtype
        assert not got["o"].any()
        assert float(got["x"]) == 4.0

    def test_an_unwatched_source(self):
        x, y = scalar(2.0), scalar(3.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            z = x * y
        assert tape.gradient(z, y) is None

    def test_a_tensor_made_before_the_tape(self):
        x = scalar(2.0)
        y = x * x
        with gt.GradientTape() as tape:
            tape.watch(x)
            z = y * 3.0
        assert tape.gradient(z, x) is None

    def test_watching_after_the_use_is_too_late(self):
        x = scalar(2.0)
        with gt.GradientTape() as tape:
            y = x * x
            tape.watch(x)
            z = y + 3.0 * x
        assert float(tape.gradient(z, x)) == 3.0


class TestOneUse:
    def test_a_tape_is_used_up_by_gradient(self):
        x, tape = watched(3.0)
        with tape_closing(tape):
            y = x * x
        tape.gradient(y, x)
        with pytest.raises(RuntimeError, match="can only be used to compute one set of gradients"):
            tape.gradient(y, x)

    def test_the_message_names_the_way_out_and_the_line(self):
        x, tape = watched(3.0)
        with tape_closing(tape):
            y = x * x
        tape.gradient(y, x)
        with pytest.raises(errors.TapeUsedUpError) as caught:
            tape.gradient(y, x)
        assert "persistent=True" in str(caught.value)
        assert f"{__file__}:" in str(caught.value)

    def test_a_persistent_tape_answers_again(self):
        x, tape = watched(3.0, persistent=True)
        with tape_closing(tape):
            y = x * x
            z = y * y
        assert float(tape.gradient(z, x)) == 108.0
        assert float(tape.gradient(y, x)) == 6.0
        assert float(tape.gradient(z, y)) == 18.0

    @pytest.mark.parametrize("persistent", [False, True])
    def test_gradient_inside_the_context(self, persistent):
        x = scalar(3.0)
        with gt.GradientTape(persistent=persistent) as tape:
            tape.watch(x)
            y = x * x
            gradient = tape.gradient(y, x)
        assert float(gradient) == 6.0

    def test_a_persistent_tape_records_its_own_gradient(self):
        x = scalar(2.0)
        with gt.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x * x * x
            first = tape.gradient(y, x)
        assert float(tape.gradient(first, x)) == 12.0

    def test_entering_again_goes_on_recording(self):
        x = scalar(3.0)
        tape = gt.GradientTape()
        with tape:
            tape.watch(x)
            y = x * x
        with tape:
            z = y * x
        assert float(tape.gradient(z, x)) == 27.0  # (TF)

    def test_entering_a_used_up_tape_starts_afresh(self):
        x = scalar(3.0)
        tape = gt.GradientTape()
        for power in (2, 3):
            with tape:
                tape.watch(x)
                y = x**power
            got = tape.gradient(y, x)
        assert float(got) == 27.0  # (TF)


class TestWatching:
    def test_watched_variables_come_in_order_of_creation(self):
        a, b, c = (gt.Variable(1.0, name=n) for n in "abc")
        with gt.GradientTape() as tape:
            _ = b * a
            _ = b + c
        assert [v.name for v in tape.watched_variables()] == ["a", "b", "c"]  # (TF)

    def test_watched_variables_remain_after_gradient(self):
        v = gt.Variable(1.0)
        with gt.GradientTape() as tape:
            y = v * v
        tape.gradient(y, v)
        assert [w is v for w in tape.watched_variables()] == [True]  # (TF)

    def test_variables_are_watched_only_on_request(self):
        v, w = gt.Variable(2.0), gt.Variable(3.0)
        with gt.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(v)
            y = v * w
        assert [float(g) if g is not None else None for g in tape.gradient(y, [v, w])] == [3, None]

    def test_untrainable_variables_are_not_watched(self):
        v = gt.Variable(2.0, trainable=False)
        with gt.GradientTape() as tape:
            y = v * v
        assert tape.gradient(y, v) is None

    def test_untrainable_variables_can_be_watched(self):
        v = gt.Variable(2.0, trainable=False)
        with gt.GradientTape() as tape:
            tape.watch(v)
            y = v * v
        assert float(tape.gradient(y, v)) == 4.0

    def test_watch_takes_structures(self):
        x, y, v = scalar(2.0), scalar(3.0), gt.Variable(4.0, trainable=False)
        with gt.GradientTape() as tape:
            tape.watch({"x": x, "rest": [y, (v,)]})
            z = x * y * v
        assert [float(g) for g in tape.gradient(z, [x, y, v])] == [12.0, 8.0, 6.0]

    def test_plain_keras_variables_are_watched(self):
        v = keras.Variable([1.0, 2.0])
        with gt.GradientTape() as tape:
            y = keras.ops.sum(v * v)
        np.testing.assert_allclose(tape.gradient(y, v), [2.0, 4.0])

    def test_an_integer_tensor_is_not_watched_but_said(self):
        with gt.GradientTape() as tape:
            with pytest.warns(UserWarning, match=r"only floating-point and complex.*int32"):
                tape.watch(jnp.int32(3))


class TestStopping:
    def test_nothing_is_recorded_while_stopped(self):
        x = scalar(3.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            with tape.stop_recording():
                hidden = y * x
            z = y + hidden
        assert float(tape.gradient(z, x)) == 6.0

    def test_a_variable_first_read_while_stopped(self):
        v = gt.Variable(3.0)
        with gt.GradientTape() as tape:
            with tape.stop_recording():
                a = v * 2.0
            y = v * a
        assert float(tape.gradient(y, v)) == 6.0

    def test_recording_goes_on_after_an_exception_in_there(self):
        x = scalar(3.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            with pytest.raises(KeyError), tape.stop_recording():
                raise KeyError
            y = x * x
        assert float(tape.gradient(y, x)) == 6.0

    def test_gradient_while_stopped(self):
        x = scalar(3.0)
        with gt.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x * x
            with tape.stop_recording():
                first = tape.gradient(y, x)
            z = first * y
        assert float(tape.gradient(z, x)) == 36.0

    def test_reset_forgets(self):
        x = scalar(2.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            tape.reset()
            tape.watch(x)
            z = y * x
        assert float(tape.gradient(z, x)) == 4.0  # (TF)

    def test_reset_forgets_what_was_watched(self):
        x, v = scalar(2.0), gt.Variable(1.0)
        with gt.GradientTape() as tape:
            tape.watch(x)
            _ = v * x
            tape.reset()
            y = x * x
        assert tape.watched_variables() == ()
        assert tape.gradient(y, x) is None


def _stop_outside():
    with gt.GradientTape().stop_recording():
        pass


def _enter_twice():
    tape = gt.GradientTape()
    with tape, tape:
        pass


def _gradient(target, source, **options):
    x = scalar(2.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape.gradient(*(v(x, y) if callable(v) else v for v in (target, source)), **options)


def of_x(x, y):
    return x


def of_y(x, y):
    return y


def _watch(value):
    with gt.GradientTape() as tape:
        tape.watch(value)


REFUSALS = {
    "watch numpy": (lambda: _watch(np.ones(2)), ValueError, "tape.watch", "numpy.ndarray"),
    "watch float": (lambda: _watch(1.0), ValueError, "tape.watch", "float"),
    "watch None": (lambda: _watch(None), ValueError, "tape.watch", "NoneType"),
    "target None": (lambda: _gradient(None, of_x), TypeError, "without a target", "target=None"),
    "target float": (lambda: _gradient(1.0, of_x), TypeError, "(target)", "float"),
    "source numpy": (lambda: _gradient(of_y, np.ones(2)), TypeError, "(source)", "numpy.ndarray"),
    "source None": (lambda: _gradient(of_y, None), TypeError, "(source)", "NoneType"),
    "unknown mode": (
        lambda: _gradient(of_y, of_x, unconnected_gradients="foo"),
        ValueError, "unconnected_gradients", "'foo'",
    ),
    "seed shape": (
        lambda: _gradient(of_y, of_x, output_gradients=jnp.ones(2)),
        ValueError, "wrong shape", "(2,)",
    ),
    "seed count": (
        lambda: _gradient(of_y, of_x, output_gradients=[scalar(1.0)] * 2),
        ValueError, "do not fit the targets", "2",
    ),
    "enter twice": (_enter_twice, ValueError, "already recording", "a second one"),
    "stop outside": (_stop_outside, RuntimeError, "not recording", "outside"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_explain_themselves(case):
    """The built-in type is TensorFlow's (where TensorFlow has one and does not crash)."""
    call, builtin, happened, received = REFUSALS[case]
    with pytest.raises(errors.GlassTapeError) as caught:
        call()
    text = str(caught.value)
    assert isinstance(caught.value, builtin)
    assert happened in text.splitlines()[0]
    assert received in next(t for t in text.splitlines() if t.strip().startswith("Received:"))
    assert "Do this:" in text
    assert f"At: {__file__}:" in text


def test_an_integer_target_has_no_gradient_and_says_so():
    with pytest.warns(UserWarning, match=r"a target of dtype int32 has no gradient"):
        assert _gradient(lambda x, y: jnp.int32(3), of_x) is None


def test_a_refused_gradient_does_not_use_the_tape_up():
    x, tape = watched(3.0)
    with tape_closing(tape):
        y = x * x
    with pytest.raises(ValueError, match="unconnected"):
        tape.gradient(y, x, unconnected_gradients="foo")
    assert float(tape.gradient(y, x)) == 6.0


def test_results_are_plain_arrays():
    x, tape = watched(3.0)
    with tape_closing(tape):
        y = x * x
    plain = type(jnp.ones(()))
    assert type(y) is plain
    assert type(tape.gradient(y, x)) is plain
