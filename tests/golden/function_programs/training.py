"""Optimizers and metrics: their state from call to call."""

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


@program(
    differs="a variable that is frozen between calls is frozen: the step is traced again; in "
    "TensorFlow the trace goes on updating it",
    ours={"tuple": [[True, False, True], 2]},
)
def a_layer_frozen_between_calls(tf):
    model = net(tf)
    layer, optimizer = model.layers[0], tf.keras.optimizers.SGD(0.1)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x) - y))
        variables = model.trainable_variables
        if variables:
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))

    changed = []
    for trainable in (True, False, True):
        layer.trainable = trainable
        before = layer.get_weights()[0]
        step(*batch(tf))
        changed.append(bool((layer.get_weights()[0] != before).any()))
    return changed, step.experimental_get_tracing_count()


@program
def epochs_over_a_dataset(tf):
    x, y = batch(tf, 5)
    data = tf.data.Dataset.from_tensor_slices((np.asarray(x), np.asarray(y))).batch(2)
    step = training(tf, net(tf), tf.keras.optimizers.SGD(0.1))
    losses = [step(*pair) for _ in range(2) for pair in data]
    return losses, step.experimental_get_tracing_count()


@program
def evaluation_beside_training(tf):
    model, optimizer = net(tf), tf.keras.optimizers.SGD(0.1)
    step = training(tf, model, optimizer)
    x, y = batch(tf)

    @tf.function
    def evaluate(x, y):
        return tf.reduce_mean(tf.square(model(x, training=False) - y))

    found = []
    for _ in range(3):
        found += [step(x, y), evaluate(x, y)]
    return found


@program
def a_model_with_a_compiled_train_step(tf):
    class Net(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf.keras.layers.Dense(2, kernel_initializer="ones")
            self.mean = tf.keras.metrics.Mean()

        def call(self, x):
            return self.dense(x)

        @tf.function
        def train(self, x, y):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(self(x) - y))
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            self.mean.update_state(loss)
            return {"loss": loss, "mean": self.mean.result()}

    model = Net()
    model.compile(optimizer=tf.keras.optimizers.SGD(0.1))
    model(batch(tf)[0])
    return [model.train(*batch(tf)) for _ in range(3)]
