"""A tape knows tensors by identity. Each of these once gave, or could give, a wrong gradient."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt

EAGER_AND_COMPILED = pytest.mark.parametrize(
    "way", [lambda step: step, gt.function], ids=["eager", "compiled"]
)


def derivative(function, way=lambda f: f, at=2.0):
    """The tape's derivative of a function of one number."""

    def taped(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x)

    got = way(taped)(jnp.float32(at))
    return got if got is None else float(got)


def forwarding(x):
    same, double = jax.jit(lambda x: (x, 2 * x))(x)
    return same * double  # 2x²


def nested_forwarding(x):
    same = jax.jit(jax.jit(lambda x: x))(x)
    return same * x


def duplicated(x):
    a, b = jax.jit(lambda x: (lambda y: (y, y))(x * x))(x)
    return a + 10 * b  # 11x²


def through_a_branch(x):
    return jax.lax.cond(True, lambda x: x, lambda x: -x, x) * x


def through_a_scan(x):
    carry, _ = jax.lax.scan(lambda c, _: (c, None), x, None, length=2)
    return carry * x


def through_checkpoint(x):
    return jax.checkpoint(lambda x: x)(x) * x


def through_a_barrier(x):
    return jax.lax.optimization_barrier(x) * x


NO_STOP = {  # function, derivative at 2
    "forwarding jit": (forwarding, 8.0),
    "nested forwarding jit": (nested_forwarding, 4.0),
    "one output twice": (duplicated, 44.0),
    "branch": (through_a_branch, 4.0),
    "scan": (through_a_scan, 4.0),
    "checkpoint": (through_checkpoint, 4.0),
    "barrier": (through_a_barrier, 4.0),
    "astype to the same dtype": (lambda x: x.astype(x.dtype) * x, 4.0),
    "reshape to the same shape": (lambda x: x.reshape(x.shape) * x, 4.0),
    "asarray": (lambda x: jnp.asarray(x) * x, 4.0),
    "array": (lambda x: jnp.array(x) * x, 4.0),
    "device_put": (lambda x: jax.device_put(x) * x, 4.0),
    "device_put twice": (lambda x: jax.device_put(jax.device_put(x) * 3.0) * x, 12.0),
    "convert_to_tensor": (lambda x: keras.ops.convert_to_tensor(x) * x, 4.0),
    "cast": (lambda x: keras.ops.cast(x, "float32") * x, 4.0),
    "squeeze": (lambda x: jnp.squeeze(x) * x, 4.0),
    "real": (lambda x: jnp.real(x) * x, 4.0),
    "conjugate": (lambda x: jnp.conj(x) * x, 4.0),
    "positive": (lambda x: (+x) * x, 4.0),
    "identity layer": (lambda x: keras.layers.Identity()(x) * x, 4.0),
}


@EAGER_AND_COMPILED
@pytest.mark.parametrize("case", NO_STOP)
def test_operations_that_return_their_input_are_differentiated_once(case, way):
    function, expected = NO_STOP[case]
    assert derivative(function, way) == expected


STOPPED = {  # function, derivative at 2
    "jax": (lambda x: jax.lax.stop_gradient(x) * x, 2.0),
    "glasstape": (lambda x: gt.stop_gradient(x) * x, 2.0),
    "keras": (lambda x: keras.ops.stop_gradient(x) * x, 2.0),
    "both orders": (lambda x: x * x * gt.stop_gradient(x), 8.0),
    "of an intermediate": (lambda x: (lambda y: gt.stop_gradient(y) * y)(x * x), 16.0),
    "of a structure": (lambda x: gt.stop_gradient({"a": [x]})["a"][0] * x, 2.0),
    "twice": (lambda x: gt.stop_gradient(gt.stop_gradient(x)) * x, 2.0),
    "inside jit": (lambda x: jax.jit(lambda x: jax.lax.stop_gradient(x) * x)(x), 2.0),
    "all": (lambda x: gt.stop_gradient(x) * 3.0, None),
}


@EAGER_AND_COMPILED
@pytest.mark.parametrize("case", STOPPED)
def test_stop_gradient_stops_one_path(case, way):
    function, expected = STOPPED[case]
    assert derivative(function, way) == expected


def test_stop_gradient_of_a_variable():
    v = gt.Variable(2.0)
    with gt.GradientTape() as tape:
        y = v * gt.stop_gradient(v)
    assert float(tape.gradient(y, v)) == 2.0


def test_the_original_is_still_followed_after_stop_gradient():
    assert derivative(lambda x: (gt.stop_gradient(x), x * x)[1]) == 4.0


class Variables:
    """Steps on two variables; each returns (gradient of v, gradient of w)."""

    def __init__(self):
        self.v = gt.Variable(2.0, name="v")
        self.w = gt.Variable(3.0, name="w")

    def gradients(self, compute):
        with gt.GradientTape() as tape:
            y = compute()
        return tape.gradient(y, [self.v, self.w], unconnected_gradients="zero")

    def shared_array(self):
        self.v.assign(self.w)
        return self.gradients(lambda: self.v * self.v * self.w)

    def assign_between_use_and_gradient(self):
        with gt.GradientTape() as tape:
            y = self.v * self.v * self.w
        self.v.assign(100.0)
        return tape.gradient(y, [self.v, self.w])

    def read_back_an_assigned_tensor(self):
        def compute():
            self.v.assign(self.v * self.w)  # v = 6
            return self.v * self.w

        return self.gradients(compute)

    def use_the_tensor_and_the_variable(self):
        def compute():
            y = self.w * self.w  # 9
            self.v.assign(y)
            return y * self.v  # gradient of w: 2w · 9, of v: 9

        return self.gradients(compute)

    def both_values_of_one_variable(self):
        def compute():
            first = self.v * 5.0
            self.v.assign(7.0)
            return first + self.v * self.v  # 5 + 2·7, as TensorFlow adds both reads

        return self.gradients(compute)

    def assign_add_inside(self):
        def compute():
            self.v.assign_add(self.w)  # v = 5, no path to w
            return self.v * self.v

        return self.gradients(compute)

    def swap(self):
        v, w = self.v.value, self.w.value
        self.v.assign(w)
        self.w.assign(v)
        return self.gradients(lambda: self.v * self.v + self.w)


CASES = {
    "shared_array": (9 * 2.0, 9.0),
    "assign_between_use_and_gradient": (12.0, 4.0),
    "read_back_an_assigned_tensor": (3.0, 6.0),
    "use_the_tensor_and_the_variable": (9.0, 54.0),
    "both_values_of_one_variable": (19.0, 0.0),
    "assign_add_inside": (10.0, 0.0),
    "swap": (6.0, 1.0),
}


@EAGER_AND_COMPILED
@pytest.mark.parametrize("case", CASES)
def test_variables_and_the_arrays_in_them(case, way):
    """No gradient flows through an assignment, and none through a shared array."""
    got = way(getattr(Variables(), case))()
    assert tuple(map(float, got)) == CASES[case]


@EAGER_AND_COMPILED
def test_watched_tensor_assigned_to_a_variable(way):
    v = gt.Variable(1.0)

    def step(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            v.assign(x)
            y = v * x
        return tape.gradient(y, [x, v])

    assert [float(g) for g in way(step)(jnp.float32(3.0))] == [3.0, 3.0]


@EAGER_AND_COMPILED
def test_reading_a_reassigned_variable_inside_a_loop(way):
    """The new identity is made outside the loop's trace, or it would escape from it."""
    v = gt.Variable(2.0)

    def step(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            v.assign(x * 3.0)
            y, _ = jax.lax.scan(lambda c, _: (c + v.value, None), x, None, length=2)
        return tape.gradient(y, [x, v])

    got = way(step)(jnp.float32(5.0))
    assert [float(g) for g in got] == [1.0, 2.0]
    assert float(v.value) == 15.0


def test_a_variable_updated_and_read_by_a_second_tape():
    v = gt.Variable(2.0)
    for expected in (4.0, 0.0):
        with gt.GradientTape() as tape:
            y = v * v
        gradient = tape.gradient(y, v)
        assert float(gradient) == expected
        v.assign_sub(0.5 * gradient)


def test_views_of_one_variable_in_many_layers():
    """A layer used twice adds both uses up."""
    dense = keras.layers.Dense(3)
    x = jnp.ones((2, 3))
    dense.build(x.shape)
    kernel, bias = (v.value for v in dense.weights)
    with gt.GradientTape() as tape:
        y = keras.ops.sum(dense(keras.ops.tanh(dense(x))) ** 2)

    def function(kernel, bias):
        return jnp.sum((jnp.tanh(x @ kernel + bias) @ kernel + bias) ** 2)

    expected = jax.grad(function, (0, 1))(kernel, bias)
    for got, want in zip(tape.gradient(y, dense.weights), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5)


def test_numpy_round_trip_cuts_the_path():
    x = jnp.float32(2.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        y = jnp.asarray(np.asarray(x)) * 3.0
    assert tape.gradient(y, x) is None


def test_small_integers_and_shared_constants_are_not_confused():
    """JAX caches scalar constants; a cached one must not count as a watched tensor."""
    zero = jnp.zeros(())
    with gt.GradientTape() as tape:
        tape.watch(zero)
        y = jnp.zeros(()) + zero * 2.0 + jnp.float32(0.0)
    assert float(tape.gradient(y, zero)) == 2.0


def test_a_freed_tensor_gives_its_identity_to_nobody():
    x = jnp.float32(2.0)
    with gt.GradientTape() as tape:
        tape.watch(x)
        total = x * 0.0
        for _ in range(200):
            total = total + jnp.float32(1.0) * jnp.float32(2.0)  # short-lived, never watched
        y = total + x
    assert float(tape.gradient(y, x)) == 1.0
