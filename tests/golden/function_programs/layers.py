"""Layers in compiled steps: their weights, randomness and what they are built with."""

import os
import tempfile

import numpy as np

from .registry import program
from .training import batch, net, training


@program
def a_model_built_in_the_first_call(tf):
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Dense(2, kernel_initializer="ones", activation="relu"),
            layers.Dense(1, kernel_initializer="ones"),
        ]
    )
    step = tf.function(lambda x: model(x))
    x, _ = batch(tf)
    return step(x), step(x * 2.0), len(model.weights)


@program
def weights_set_between_calls(tf):
    model = net(tf)
    predict = tf.function(lambda x: model(x))
    x, _ = batch(tf)
    before = predict(x)
    model.set_weights([w * 2 + 1 for w in model.get_weights()])
    return before, predict(x), predict.experimental_get_tracing_count()


@program
def weights_loaded_between_calls(tf):
    model, optimizer = net(tf), tf.keras.optimizers.SGD(0.1)
    step = training(tf, model, optimizer)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.weights.h5")
        model.save_weights(path)
        losses = [step(*batch(tf)) for _ in range(2)]
        model.load_weights(path)
        losses += [step(*batch(tf)) for _ in range(2)]
    return losses, step.experimental_get_tracing_count()


@program
def weights_saved_between_calls(tf):
    model, optimizer = net(tf), tf.keras.optimizers.Adam(0.1)
    step = training(tf, model, optimizer)
    kept = []
    for _ in range(3):
        step(*batch(tf))
        kept.append([float(w.sum()) for w in model.get_weights()])
    return kept


@program
def batch_normalization(tf):
    layer = tf.keras.layers.BatchNormalization(momentum=0.5)
    step = tf.function(lambda x, training: layer(x, training=training))
    x = tf.constant([[1.0], [3.0]])
    results = [step(x, True), step(x, True), step(x, False)]
    return results, layer.moving_mean, layer.moving_variance


@program
def dropout_differs_at_each_call(tf):
    layer = tf.keras.layers.Dropout(0.5, seed=1)
    step = tf.function(lambda x: layer(x, training=True))
    x = tf.ones([8, 8])
    a, b = np.asarray(step(x)), np.asarray(step(x))
    return bool((a == b).all()), sorted(set(a.ravel().tolist())), bool(a.any())


@program
def dropout_of_one_seed_is_the_same(tf):
    def run():
        layer = tf.keras.layers.Dropout(0.5, seed=7)
        step = tf.function(lambda x: layer(x, training=True))
        return [np.asarray(step(tf.ones([4, 4]))) for _ in range(2)]

    return all(bool((a == b).all()) for a, b in zip(run(), run(), strict=True))


@program
def dropout_eager_and_compiled_are_the_same(tf):
    def run(way):
        layer = tf.keras.layers.Dropout(0.5, seed=7)
        step = way(lambda x: layer(x, training=True))
        return [np.asarray(step(tf.ones([4, 4]))) for _ in range(3)]

    pairs = zip(run(tf.function), run(lambda f: f), strict=True)
    return all(bool((a == b).all()) for a, b in pairs)


@program
def dropout_off(tf):
    layer = tf.keras.layers.Dropout(0.5)
    step = tf.function(lambda x, training: layer(x, training=training))
    return step(tf.ones([2, 2]), False)


@program
def gaussian_noise_differs(tf):
    layer = tf.keras.layers.GaussianNoise(1.0, seed=3)
    step = tf.function(lambda x: layer(x, training=True))
    a, b = np.asarray(step(tf.zeros([4]))), np.asarray(step(tf.zeros([4])))
    return bool((a == b).any()), bool((a == 0).any())


@program
def random_numbers_differ_at_each_call(tf):
    step = tf.function(lambda: tf.random.normal([4]))
    a, b = np.asarray(step()), np.asarray(step())
    return bool((a == b).any()), a.dtype.name


@program
def two_draws_in_one_call_differ(tf):
    step = tf.function(lambda: (tf.random.uniform([4]), tf.random.uniform([4])))
    a, b = (np.asarray(v) for v in step())
    return bool((a == b).any()), bool(((a >= 0) & (a < 1)).all())


@program
def a_seed_repeats_them(tf):
    def run():
        tf.random.set_seed(3)
        step = tf.function(lambda: tf.random.normal([4]))
        return [np.asarray(step()) for _ in range(2)]

    first, second = run(), run()
    return [bool((a == b).all()) for a, b in zip(first, second, strict=True)]


@program
def a_seed_generator(tf):
    generator = tf.keras.random.SeedGenerator(5)
    step = tf.function(lambda: tf.keras.random.normal([3], seed=generator))
    a, b = np.asarray(step()), np.asarray(step())
    return bool((a == b).any())


@program
def a_whole_number_as_seed_repeats(tf):
    step = tf.function(lambda: tf.keras.random.normal([3], seed=5))
    a, b = np.asarray(step()), np.asarray(step())
    return bool((a == b).all())


@program(
    differs="TensorFlow refuses the variables of a layer that is built after the first call",
    ours={"tuple": [{"float32[2,3]": [0, 0.1, 0.2, 0.3, 0.4, 0.5]}, {"float32[2,1]": [0.3, 1.2]}]},
)
def a_layer_built_in_a_later_trace(tf):
    layer = tf.keras.layers.Dense(1, kernel_initializer="ones")
    step = tf.function(lambda x, use: layer(x) if use else x)
    x, _ = batch(tf)
    return step(x, False), step(x, True)


@program
def a_custom_layer(tf):
    class Scale(tf.keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, x):
            self.calls.assign_add(1.0)
            return x * self.scale

    layer = Scale()
    step = tf.function(lambda x: layer(x))
    x, _ = batch(tf)
    results = [step(x), step(x * 2.0)]
    return results, layer.calls, [v.shape[0] for v in layer.trainable_variables]


@program
def a_recurrent_layer(tf):
    layer = tf.keras.layers.LSTM(2, kernel_initializer="ones", recurrent_initializer="zeros")
    step = tf.function(lambda x: layer(x))
    return step(tf.ones([1, 3, 2])), step(tf.zeros([1, 3, 2]))


@program
def loss_classes(tf):
    losses = tf.keras.losses
    step = tf.function(
        lambda y, p: (
            losses.MeanSquaredError()(y, p),
            losses.BinaryCrossentropy(from_logits=True)(y, p),
            losses.Huber(reduction="sum")(y, p),
        )
    )
    return step(tf.constant([[0.0], [1.0]]), tf.constant([[0.5], [-2.0]]))
