"""What the ports rely on in JAX and Keras; a new release that breaks it fails here first."""

import jax
import jax.numpy as jnp
import keras
import pytest

from glasstape.ports import jax_program, jax_trace, keras_scopes, keras_state


class Everything:
    """A sink that follows every array and keeps the names of what ran."""

    shadows = ()

    def __init__(self):
        self.names = []

    def known(self, args):
        return tuple(range(len(args)))

    def knows_any(self, values):
        return False

    def execute(self, operation, args, known, eager):
        self.names.append(operation.name)
        return operation.run(args, eager)


@pytest.fixture
def recording():
    sink = Everything()
    trace = jax_trace.RecordingTrace(jax_trace.current_trace(), sink)
    trace.enter()
    yield sink
    trace.leave()


def test_a_recording_trace_returns_plain_arrays(recording):
    y = jax.lax.sin(jnp.ones(2))
    assert not jax_trace.is_tracer(y)
    assert "sin" in recording.names


def test_custom_derivatives_are_recorded_whole(recording):
    @jax.custom_jvp
    def rule(x):
        return jnp.sin(x)

    rule.defjvp(lambda p, t: (rule(*p), t[0]))
    rule(jnp.ones(2))
    assert recording.names[-1] == "custom_jvp_call"
    assert "sin" not in recording.names


def test_keras_does_not_notice_a_recording_trace(recording):
    layer = keras.layers.Dense(2)
    assert layer(jnp.ones((1, 3))).shape == (1, 2)
    assert layer.built


def test_reads_become_inputs_of_a_staged_program():
    def step(x):
        trace = jax_trace.current_trace()
        first = jax_program.bind_read(trace, 0, (), jnp.float32)
        inner = jax.jit(lambda x: x * jax_program.bind_read(trace, 1, (), jnp.float32))(x)
        return [first + inner]

    staged = jax_program.Staged(step, [jnp.float32(0)])
    assert staged.reads == [0, 1]
    (out,) = jax.jit(staged.run)([jnp.float32(10.0), jnp.float32(3.0)], [jnp.float32(2.0)])
    assert float(out) == 16.0


def test_the_stateless_scope_sees_every_read_and_write():
    v, written = keras.Variable(1.0), []
    scope = keras_scopes.LiftScope(lambda variable: jnp.float32(5.0), lambda v, x: x)
    with scope:
        seen = float(v.value)
        v.assign(7.0)
        written = list(scope.written.values())
        again = float(v.value)
    assert (seen, again) == (5.0, 7.0)
    assert [w is v for w in written] == [True]
    assert float(v.value) == 1.0


def test_the_active_scope_is_found():
    assert keras_scopes.active_scope() is None
    with keras.StatelessScope() as scope:
        assert keras_scopes.active_scope() is scope
    assert keras_scopes.active_scope() is None


def test_observers_come_and_go():
    v, seen = keras.Variable(1.0), []

    def observer(variable, value):
        seen.append(variable)
        return value

    keras_state.add_observer(observer)
    _ = v.value
    keras_state.remove_observer(observer)
    _ = v.value
    assert [s is v for s in seen] == [True]
