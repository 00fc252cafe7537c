"""Variables frozen and unfrozen between the calls of a step."""

import jax.numpy as jnp
import keras
import numpy as np

import glasstape as gt

X = jnp.ones((2, 3))


class Training:
    def __init__(self):
        keras.utils.set_random_seed(0)
        self.net = keras.Sequential([keras.Input((3,)), *(keras.layers.Dense(2) for _ in "ab")])
        self.optimizer = keras.optimizers.SGD(0.1)
        self.step = gt.function(self._step)

    def _step(self, x):
        with gt.GradientTape() as tape:
            loss = keras.ops.mean(self.net(x) ** 2)
        variables = self.net.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def changed(self):
        """Which kernels the next call changes."""
        before = [np.array(layer.kernel.value) for layer in self.net.layers]
        self.step(X)
        after = [np.array(layer.kernel.value) for layer in self.net.layers]
        return [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]


def test_a_frozen_layer_is_left_alone_and_the_step_says_why_it_traced():
    training = Training()
    first, _ = training.net.layers
    assert training.changed() == [True, True]
    first.trainable = False
    assert training.changed() == [False, True]
    assert training.changed() == [False, True]
    assert len(training.step.traces) == 2
    assert training.step.traces[1].why == (
        f"variable `{first.kernel.path}` (and 1 more) was trainable and is frozen now"
    )


def test_thawed_the_first_program_runs_again():
    training = Training()
    first, _ = training.net.layers
    training.changed()
    for _ in range(3):
        first.trainable = False
        assert training.changed() == [False, True]
        first.trainable = True
        assert training.changed() == [True, True]
    assert len(training.step.traces) == 2


def test_a_variable_by_itself():
    v, w = gt.Variable(1.0), gt.Variable(1.0)

    @gt.function
    def step():
        with gt.GradientTape() as tape:
            y = v * w
        return [g is not None for g in tape.gradient(y, [v, w])]

    assert [bool(b) for b in step()] == [True, True]
    w.trainable = False
    assert [bool(b) for b in step()] == [True, False]
    assert "was trainable and is frozen now" in step.traces[1].why


def test_flags_of_variables_the_step_does_not_read_do_not_matter():
    v, other = gt.Variable(1.0), gt.Variable(1.0)
    step = gt.function(lambda x: x * v)
    step(X)
    other.trainable = False
    step(X)
    assert len(step.traces) == 1


def test_setting_a_flag_to_what_it_is_does_not_matter():
    training = Training()
    training.changed()
    training.net.trainable = True
    training.changed()
    assert len(training.step.traces) == 1


def test_a_step_that_freezes_in_its_own_body_settles():
    """As GANs do: the discriminator is frozen while the generator trains."""
    training = Training()
    first, _ = training.net.layers

    @gt.function
    def step(x):
        first.trainable = True
        a = len(training.net.trainable_variables)
        first.trainable = False
        b = len(training.net.trainable_variables)
        return training.net(x), a, b

    for _ in range(4):
        _, a, b = step(X)
        assert (int(a), int(b)) == (4, 2)
    assert len(step.traces) == 2


def test_frozen_batch_normalization_uses_its_moving_statistics():
    norm = keras.layers.BatchNormalization()
    norm.build((None, 3))
    step = gt.function(lambda x: norm(x, training=True))
    x = jnp.arange(6.0).reshape(2, 3)
    batch_statistics = step(x)
    norm.trainable = False
    np.testing.assert_allclose(step(x), norm(x, training=False), rtol=1e-6)
    assert not np.allclose(step(x), batch_statistics)
