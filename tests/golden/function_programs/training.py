"""Models, optimizers, metrics, random layers: their state from call to call."""

import os
import tempfile

import numpy as np

from .registry import program


def net(tf, units=2, **options):
    """Without randomness."""
    layer = tf.keras.layers.Dense(units, kernel_initializer="ones", **options)
    return tf.keras.Sequential([tf.keras.Input((3,)), layer])


def batch(tf, rows=2):
    numbers = np.arange(3.0 * rows, dtype="float32").reshape(rows, 3) / 10
    return tf.constant(numbers), tf.constant(np.ones((rows, 2), "float32"))


def training(tf, model, optimizer, metric=None):
    """The usual step."""

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            predicted = model(x, training=True)
            loss = tf.reduce_mean(tf.square(predicted - y))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        if metric is not None:
            metric.update_state(loss)
        return loss

    return step


OPTIMIZERS = {
    "sgd": lambda tf: tf.keras.optimizers.SGD(0.1),
    "momentum": lambda tf: tf.keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda tf: tf.keras.optimizers.Adam(0.1),
    "rmsprop": lambda tf: tf.keras.optimizers.RMSprop(0.1),
    "decay": lambda tf: tf.keras.optimizers.SGD(
        tf.keras.optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)
    ),
    "clipped": lambda tf: tf.keras.optimizers.SGD(1.0, global_clipnorm=0.1),
}


def _add(name, make):
    @program(name=name)
    def run(tf):
        model, optimizer = net(tf), make(tf)
        step = training(tf, model, optimizer)
        losses = [step(*batch(tf)) for _ in range(4)]
        state = [model.layers[0].kernel, optimizer.iterations.numpy().astype("int32")]
        return losses, state


for _name, _make in OPTIMIZERS.items():
    _add(_name, _make)


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
def learning_rate_set_between_calls(tf):
    model, optimizer = net(tf), tf.keras.optimizers.SGD(0.1)
    step = training(tf, model, optimizer)
    losses = [step(*batch(tf))]
    optimizer.learning_rate = 0.0
    losses += [step(*batch(tf)), step(*batch(tf))]
    optimizer.learning_rate.assign(0.5)
    losses += [step(*batch(tf)), step(*batch(tf))]
    return losses, step.experimental_get_tracing_count()


@program
def a_metric_over_calls(tf):
    metric = tf.keras.metrics.Mean()
    step = training(tf, net(tf), tf.keras.optimizers.SGD(0.1), metric)
    found = []
    for _ in range(2):
        for _ in range(2):
            step(*batch(tf))
        found.append(float(metric.result()))
        metric.reset_state()
    return found, metric.result(), step.experimental_get_tracing_count()


@program
def metrics_of_classes(tf):
    metric = tf.keras.metrics.SparseCategoricalAccuracy()

    @tf.function
    def step(labels, scores):
        metric.update_state(labels, scores)
        return metric.result()

    labels = tf.constant([0, 1, 1])
    scores = tf.constant([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    found = [step(labels, scores), step(labels, scores[:, ::-1])]
    metric.reset_state()
    return found, step(labels, scores)


@program
def a_metric_reset_inside(tf):
    metric = tf.keras.metrics.Sum()

    @tf.function
    def step(x):
        metric.reset_state()
        metric.update_state(x)
        metric.update_state(x)
        return metric.result()

    return step(tf.constant(1.0)), step(tf.constant(3.0)), metric.result()


@program
def metrics_of_two_steps(tf):
    mean = tf.keras.metrics.Mean()
    train = tf.function(lambda x: mean.update_state(x))
    test = tf.function(lambda x: mean(x))
    train(tf.constant(1.0))
    return test(tf.constant(3.0)), mean.result(), mean.variables[1]


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


@program
def a_frozen_layer(tf):
    model, optimizer = net(tf), tf.keras.optimizers.SGD(0.1)
    model.layers[0].bias.trainable = True
    frozen = tf.keras.layers.Dense(2, kernel_initializer="ones")
    frozen.trainable = False

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(frozen(model(x)) - y))
        variables = model.trainable_variables + frozen.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    losses = [step(*batch(tf)) for _ in range(2)]
    return losses, frozen.kernel, len(frozen.trainable_variables)


@program
def two_models_and_two_optimizers(tf):
    models = [net(tf), net(tf, use_bias=False)]
    optimizers = [tf.keras.optimizers.SGD(0.1), tf.keras.optimizers.Adam(0.1)]

    @tf.function
    def step(x, y):
        losses = []
        for model, optimizer in zip(models, optimizers, strict=True):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x) - y))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            losses.append(loss)
        return losses

    return [step(*batch(tf)) for _ in range(2)], [m.layers[0].kernel for m in models]


@program(
    differs="an optimizer may make its slots in a later trace; TensorFlow refuses variables "
    "created after the first call",
    ours={"tuple": [2, {"float32[]": [0.265]}]},
)
def an_optimizer_first_used_in_a_later_trace(tf):
    model, optimizer = net(tf, units=2), tf.keras.optimizers.Adam(0.1)

    @tf.function
    def step(x, y, train):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x) - y))
        if train:
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    step(*batch(tf), False)
    loss = step(*batch(tf), True)
    return step.experimental_get_tracing_count(), loss


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
def a_custom_training_class(tf):
    class Trainer:
        def __init__(self):
            self.model, self.optimizer = net(tf), tf.keras.optimizers.SGD(0.1)
            self.seen = tf.Variable(0, trainable=False)

        @tf.function
        def train_step(self, x, y):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(self.model(x) - y))
            variables = self.model.trainable_variables
            self.optimizer.apply_gradients(
                zip(tape.gradient(loss, variables), variables, strict=True)
            )
            self.seen.assign_add(x.shape[0])
            return loss

    trainer = Trainer()
    losses = [trainer.train_step(*batch(tf, rows)) for rows in (2, 2, 3)]
    return losses, trainer.seen, trainer.train_step.experimental_get_tracing_count()


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
def gradient_accumulation(tf):
    model, optimizer = net(tf), tf.keras.optimizers.SGD(0.1)
    sums = [tf.Variable(w * 0.0, trainable=False) for w in model.get_weights()]

    @tf.function
    def accumulate(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x) - y))
        gradients = tape.gradient(loss, model.trainable_variables)
        for total, gradient in zip(sums, gradients, strict=True):
            total.assign_add(gradient)
        return loss

    @tf.function
    def apply():
        pairs = [(total * 0.5, v) for total, v in zip(sums, model.trainable_variables, strict=True)]
        optimizer.apply_gradients(pairs)
        for total in sums:
            total.assign(total * 0.0)

    losses = []
    for _ in range(2):
        losses += [accumulate(*batch(tf)), accumulate(*batch(tf, 3))]
        apply()
    return losses, model.layers[0].kernel, sums[0]


@program
def a_recurrent_layer(tf):
    layer = tf.keras.layers.LSTM(2, kernel_initializer="ones", recurrent_initializer="zeros")
    step = tf.function(lambda x: layer(x))
    return step(tf.ones([1, 3, 2])), step(tf.zeros([1, 3, 2]))


@program
def moving_average_of_weights(tf):
    model, average = net(tf), tf.Variable(tf.zeros([3, 2]), trainable=False)
    step = training(tf, model, tf.keras.optimizers.SGD(0.1))

    @tf.function
    def update():
        kernel = model.layers[0].kernel
        average.assign(average * 0.5 + kernel * 0.5)

    for _ in range(2):
        step(*batch(tf))
        update()
    return average


@program
def fit_after_a_step_of_ones_own(tf):
    model, optimizer = net(tf), tf.keras.optimizers.SGD(0.1)
    step = training(tf, model, optimizer)
    x, y = batch(tf)
    step(x, y)
    model.compile(optimizer="sgd", loss="mse")
    model.fit(np.asarray(x), np.asarray(y), epochs=1, verbose=0)
    return step(x, y)
