"""`LossScaleOptimizer` in loops of one's own: Keras 2's methods, and a scale that moves."""

import keras
import numpy as np
import pytest

import glasstape.tf as tf

quiet = pytest.mark.filterwarnings("ignore:.*old spelling:FutureWarning")
X = tf.constant([[0.1, 0.2, 0.3], [0.3, 0.1, 0.2]])


def network(policy):
    layer = tf.keras.layers.Dense(2, kernel_initializer="ones", dtype=policy)
    layer.build((None, 3))
    return layer


def squares(layer, x):
    return tf.reduce_mean(tf.square(tf.cast(layer(x), tf.float32)))


def trained(step, inputs):
    step = tf.function(step)
    return [float(step(x)) for x in inputs]


def test_a_scale_that_moved_is_not_the_first_one():
    # TensorFlow 2.21 with the same program: losses and kernel of the third step.
    layer = network("mixed_float16")
    optimizer = keras.optimizers.LossScaleOptimizer(tf.keras.optimizers.SGD(0.1))

    def step(x):
        with tf.GradientTape() as tape:
            loss = squares(layer, x)
            scaled = optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, layer.trainable_variables)
        optimizer.apply_gradients(zip(gradients, layer.trainable_variables, strict=True))
        return loss

    x = tf.fill([4, 3], 0.1)
    losses = trained(step, [x, 1000 * x, x])
    assert float(optimizer.dynamic_scale) == 2.0**14
    assert losses == pytest.approx([0.0898828, 89401.0, 0.0723841], rel=1e-4)
    assert layer.get_weights()[0] == pytest.approx(np.full((3, 2), 0.9943131), abs=1e-5)


@quiet
def test_unscaled_gradients_are_clipped_and_applied_as_they_are():
    def weights(optimizer, layer, scaled):
        def step(x):
            with tf.GradientTape() as tape:
                loss = squares(layer, x)
                target = optimizer.get_scaled_loss(loss) if scaled else loss
            gradients = tape.gradient(target, layer.trainable_variables)
            if scaled:
                gradients = optimizer.get_unscaled_gradients(gradients)
            gradients, norm = tf.clip_by_global_norm(gradients, 0.05)
            optimizer.apply_gradients(zip(gradients, layer.trainable_variables, strict=True))
            return norm

        norms = trained(step, [X, X, X])
        return norms, layer.get_weights()

    inner = tf.keras.optimizers.SGD(0.1)
    mixed = tf.keras.mixed_precision.LossScaleOptimizer(inner, "dynamic")
    plain = tf.keras.optimizers.SGD(0.1)
    norms, got = weights(mixed, network("float32"), scaled=True)
    expected_norms, expected = weights(plain, network("float32"), scaled=False)
    assert norms == pytest.approx(expected_norms, rel=1e-6)
    assert got[0] == pytest.approx(expected[0], rel=1e-6)
    assert got[1] == pytest.approx(expected[1], rel=1e-6)
    assert float(mixed.loss_scale) == 2.0**15
