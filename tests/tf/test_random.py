"""`tf.random`: reproducible, and new numbers at each call."""

import random

import jax
import keras
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import StepTypeError, TensorTypeError
from glasstape.tf import _candidates


def draws(count=3, **options):
    return [np.asarray(tf.random.normal([4], **options)) for _ in range(count)]


def all_different(arrays):
    return len({array.tobytes() for array in arrays}) == len(arrays)


@pytest.mark.parametrize("options", [{}, {"seed": 7}])
def test_each_call_draws_new_numbers_and_a_seed_repeats_them(options):
    """As TensorFlow: also with an operation's own seed, calls differ from each other."""
    tf.random.set_seed(1)
    first = draws(**options)
    tf.random.set_seed(1)
    again = draws(**options)
    tf.random.set_seed(2)
    other = draws(**options)
    np.testing.assert_array_equal(first, again)
    assert all_different([*first, *other])


def test_seeds_have_sequences_of_their_own():
    tf.random.set_seed(1)
    first = draws(seed=7)
    tf.random.set_seed(1)
    draws(), draws(seed=8)
    np.testing.assert_array_equal(first, draws(seed=7))


def test_compiled_steps_draw_from_the_same_sequence():
    @tf.function
    def step():
        return tf.random.normal([4])

    tf.random.set_seed(3)
    eager = draws()
    tf.random.set_seed(3)
    compiled = [np.asarray(step()) for _ in range(2)] + draws(1)
    # XLA fuses the compiled step, which may round differently.
    np.testing.assert_allclose(eager, compiled, rtol=1e-6)
    assert step.experimental_get_tracing_count() == 1


def test_layers_and_datasets_are_reproducible_too():
    def run():
        tf.random.set_seed(5)
        order = tf.data.Dataset.from_tensor_slices(np.arange(50)).shuffle(50)
        kernel = tf.keras.layers.Dense(3)(np.ones((1, 4), "float32"))
        return [int(n) for n in order], np.asarray(kernel).tolist(), random.random()

    assert run() == run()


def test_moments():
    x = np.asarray(tf.random.normal([20_000], 5.0, 0.5))
    assert abs(x.mean() - 5) < 0.02
    assert abs(x.std() - 0.5) < 0.02
    u = np.asarray(tf.random.uniform([20_000], 2, 6))
    assert 2 <= u.min() < 2.01
    assert 5.99 < u.max() < 6
    assert abs(u.mean() - 4) < 0.05
    n = np.asarray(tf.random.uniform([20_000], -1, 3, tf.int32))
    assert np.unique(n).tolist() == [-1, 0, 1, 2]
    assert np.bincount(n + 1).min() > 4_500


def noisy():
    class Noise(keras.layers.Layer):
        def call(self, x):
            return x + tf.random.normal(x.shape[1:])

    inputs = keras.Input((3,))
    return keras.Model(inputs, Noise()(keras.layers.Dense(3)(inputs)))


def test_a_functional_model_is_built_and_called():
    model, x = noisy(), np.zeros((1, 3), "float32")
    step = tf.function(model)
    assert all_different([np.asarray(f(x)) for f in (model, model, step, step)])


@pytest.mark.parametrize("way", ["jit", "fit"])
def test_where_no_state_is_kept_it_is_refused(way):
    """Every step would see the same noise, and nobody would be told."""
    model, x = noisy(), np.zeros((4, 3), "float32")
    model.compile(loss="mse")
    with pytest.raises(StepTypeError) as caught:
        model.fit(x, x, verbose=0) if way == "fit" else jax.jit(lambda: tf.random.normal([2]))()
    message = str(caught.value)
    assert "tf.random cannot draw new numbers here; each step would use the same ones." in message
    assert "keras.random.SeedGenerator()" in message
    assert f"At: {__file__}:" in message


def test_candidates_come_after_as_many_tries_as_in_drawing_until_all_came():
    chosen = jax.numpy.array([0.5, 0.3, 0.2])
    keys = jax.random.split(jax.random.key(0), 2000)
    tries = jax.jit(jax.vmap(_candidates._tries, (0, None)))(keys, chosen)
    assert float(tries.mean()) == pytest.approx(1 + 1 / 0.5 + 1 / 0.2, abs=0.3)


def test_candidates():
    tf.random.set_seed(1)
    labels = tf.constant([[0], [9]], tf.int32)

    @tf.function
    def sample():
        return tuple(tf.random.log_uniform_candidate_sampler(labels, 1, 6, True, 10))

    first, again = sample(), sample()
    assert len(set(first[0].numpy().tolist())) == 6
    assert 0 < first[1][1, 0] < first[1][0, 0] <= 1
    assert again[0].numpy().tolist() != first[0].numpy().tolist()
    with pytest.raises(TensorTypeError, match="no more samples than there are classes"):
        tf.random.uniform_candidate_sampler(labels, 1, 11, True, 10)


def test_the_older_spelling():
    assert tf.random.experimental.Generator is tf.random.Generator
    seeds = tf.random.experimental.stateless_split([1, 2], 3)
    assert (seeds == tf.random.split([1, 2], 3)).all()
    folded = tf.random.experimental.stateless_fold_in([1, 2], 3)
    assert (folded == tf.random.fold_in([1, 2], 3)).all()
