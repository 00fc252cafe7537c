"""Models with imperative steps, as public TensorFlow programs write them, trained by `fit`.

Nothing here imports TensorFlow or glasstape.tf: ``tf`` is an argument. Weights are drawn by NumPy
and rows are not shuffled, so both see the same.
"""

from __future__ import annotations

import warnings

import numpy as np

from tests.tf.programs import fixed

ROWS, BATCH = 88, 16  # five whole batches and half a one


def rows():
    """Inputs, and targets that depend on them."""
    numbers = np.random.default_rng(7)
    x = numbers.normal(size=(ROWS, 6)).astype("float32")
    y = (np.tanh(x @ numbers.normal(size=(6, 2))) + 0.1 * x[:, :2]).astype("float32")
    return x, y


def classes():
    """Inputs, and which of three classes."""
    x, y = rows()
    return x, (y[:, :1] > 0).astype("int32")[:, 0] + (y[:, 1] > 0.3)


def dense_model(tf, base):
    layers = tf.keras.layers
    inputs = tf.keras.Input((6,))
    hidden = layers.Dense(5, activation="tanh", kernel_regularizer="l2")(inputs)
    return base(inputs, layers.Dense(2)(hidden))


def tape_step(tf):
    """The step of Keras' guide "Customizing what happens in fit()"."""

    class Custom(tf.keras.Model):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))  # noqa: B905
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred)
            return {m.name: m.result() for m in self.metrics}

    model = dense_model(tf, Custom)
    model.compile(tf.keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    return model, model.fit(*rows(), validation_data=rows(), **settings(epochs=3))


def own_metrics(tf):
    """Trackers of its own, listed by a property; a `test_step` as well."""

    class Custom(tf.keras.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.loss_tracker = tf.keras.metrics.Mean(name="loss")
            self.mae_metric = tf.keras.metrics.MeanAbsoluteError(name="mae")

        @property
        def metrics(self):
            return [self.loss_tracker, self.mae_metric]

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = tf.reduce_mean(tf.square(y - y_pred))
            trainable = self.trainable_variables
            gradients = tape.gradient(loss, trainable)
            self.optimizer.apply_gradients(zip(gradients, trainable))  # noqa: B905
            self.loss_tracker.update_state(loss)
            self.mae_metric.update_state(y, y_pred)
            return {"loss": self.loss_tracker.result(), "mae": self.mae_metric.result()}

        def test_step(self, data):
            x, y = data
            self.mae_metric.update_state(y, self(x, training=False))
            return {"mae": self.mae_metric.result()}

    model = dense_model(tf, Custom)
    model.compile(optimizer=tf.keras.optimizers.SGD(0.05, momentum=0.9))
    return model, model.fit(*rows(), validation_split=0.25, **settings(epochs=2))


def weighted(tf):
    """Sample weights, taken apart in the step."""

    class Custom(tf.keras.Model):
        def train_step(self, data):
            if len(data) == 3:
                x, y, sample_weight = data
            else:
                sample_weight = None
                x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=y_pred, sample_weight=sample_weight)
            trainable = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, trainable), trainable))  # noqa: B905
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred, sample_weight=sample_weight)
            return {m.name: m.result() for m in self.metrics}

    model = dense_model(tf, Custom)
    model.compile(optimizer=tf.keras.optimizers.RMSprop(0.01), loss="mse", weighted_metrics=["mse"])
    weights = np.linspace(0, 2, ROWS).astype("float32")
    return model, model.fit(*rows(), sample_weight=weights, **settings())


def class_weighted(tf):
    """`super().train_step`, and class weights."""

    class Custom(tf.keras.Model):
        def train_step(self, data):
            logs = super().train_step(data)
            logs["doubled"] = 2.0 * logs["loss"]
            return logs

    inputs = tf.keras.Input((6,))
    model = Custom(inputs, tf.keras.layers.Dense(3, activation="softmax")(inputs))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = {0: 1.0, 1: 2.0, 2: 0.5}
    return model, model.fit(*classes(), class_weight=weights, **settings())


def old_spellings(tf):
    """What the step looked like before Keras 3."""

    class Custom(tf.keras.Model):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))  # noqa: B905
            self.compiled_metrics.update_state(y, y_pred)
            return {m.name: m.result() for m in self.metrics}

    model = dense_model(tf, Custom)
    model.compile("sgd", loss="mse", metrics=["mae"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model, model.fit(*rows(), **settings())


def gan(tf):
    """Two networks, two optimizers, a `compile` of its own, no `call`."""
    layers = tf.keras.layers

    class GAN(tf.keras.Model):
        def __init__(self, discriminator, generator):
            super().__init__()
            self.discriminator = discriminator
            self.generator = generator
            self.d_loss_metric = tf.keras.metrics.Mean(name="d_loss")
            self.g_loss_metric = tf.keras.metrics.Mean(name="g_loss")

        def compile(self, d_optimizer, g_optimizer, loss_fn):
            super().compile()
            self.d_optimizer = d_optimizer
            self.g_optimizer = g_optimizer
            self.loss_fn = loss_fn

        @property
        def metrics(self):
            return [self.d_loss_metric, self.g_loss_metric]

        def train_step(self, real):
            if isinstance(real, tuple):
                real = real[0]
            latent = real[:, :3]  # no random numbers: TensorFlow's are others
            fake = self.generator(latent)
            both = tf.keras.ops.concatenate([fake, real], axis=0)
            ones, zeros = (
                tf.keras.ops.ones_like(latent[:, :1]),
                tf.keras.ops.zeros_like(latent[:, :1]),
            )
            labels = tf.keras.ops.concatenate([ones, zeros], axis=0)
            with tf.GradientTape() as tape:
                d_loss = self.loss_fn(labels, self.discriminator(both))
            weights = self.discriminator.trainable_weights
            self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights))  # noqa: B905
            with tf.GradientTape() as tape:
                predictions = self.discriminator(self.generator(latent))
                g_loss = self.loss_fn(zeros, predictions)
            weights = self.generator.trainable_weights
            self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights))  # noqa: B905
            self.d_loss_metric.update_state(d_loss)
            self.g_loss_metric.update_state(g_loss)
            return {m.name: m.result() for m in self.metrics}

    discriminator = tf.keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(1)])
    generator = tf.keras.Sequential([layers.Dense(7, activation="relu"), layers.Dense(6)])
    model = GAN(discriminator, generator)
    model.compile(
        d_optimizer=tf.keras.optimizers.Adam(learning_rate=0.003),
        g_optimizer=tf.keras.optimizers.Adam(learning_rate=0.002),
        loss_fn=tf.keras.losses.BinaryCrossentropy(from_logits=True),
    )
    data = tf.data.Dataset.from_tensor_slices(rows()[0]).batch(BATCH)
    return model, model.fit(data, epochs=3, verbose=0)


def extra_losses(tf):
    """An autoencoder with `add_loss` in its `call`, built by its first batch, and dictionaries."""

    class Custom(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder = tf.keras.layers.Dense(3, activation="tanh")
            self.norm = tf.keras.layers.BatchNormalization(momentum=0.5)
            self.decoder = tf.keras.layers.Dense(6)
            self.loss_tracker = tf.keras.metrics.Mean(name="loss")

        def call(self, inputs, training=False):
            code = self.norm(self.encoder(inputs["x"]), training=training)
            self.add_loss(0.1 * tf.reduce_mean(tf.square(code)))
            return self.decoder(code)

        def train_step(self, data):
            x = data["x"]
            with tf.GradientTape() as tape:
                output = self(data, training=True)
                loss = tf.reduce_mean(tf.square(x - output)) + sum(self.losses)
            trainable = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, trainable), trainable))  # noqa: B905
            self.loss_tracker.update_state(loss)
            return {"loss": self.loss_tracker.result()}

    model = Custom()
    model.compile(optimizer="adam")
    return model, model.fit({"x": rows()[0]}, **settings(epochs=3))


def several_steps(tf):
    """`steps_per_execution` and `steps_per_epoch`, from a dataset without an end."""
    return defaults(tf, {"steps_per_execution": 2}, {"steps_per_epoch": 4}, repeated=True)


def eagerly(tf):
    """`run_eagerly=True`."""
    return defaults(tf, {"run_eagerly": True}, {})


def callbacks(tf):
    """A schedule by callback, stopping early, and the best weights."""
    keras = tf.keras.callbacks
    halve = keras.LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)
    stop = keras.EarlyStopping(monitor="val_loss", min_delta=1.0, patience=2)
    options = {"callbacks": [halve, stop], "epochs": 9, "validation_data": rows()}
    return defaults(tf, {"jit_compile": True}, options)


def defaults(tf, compile_options, fit_options, repeated=False):
    class Custom(tf.keras.Model):
        def train_step(self, data):
            return super().train_step(data)

    model = dense_model(tf, Custom)
    model.compile("adam", loss="mse", metrics=["mae"], **compile_options)
    options = {**settings(), **fit_options}
    if repeated:
        del options["batch_size"], options["shuffle"]
        dataset = tf.data.Dataset.from_tensor_slices(rows()).batch(BATCH).repeat()
        return model, model.fit(dataset, **options)
    return model, model.fit(*rows(), **options)


def settings(epochs=2):
    return {"batch_size": BATCH, "epochs": epochs, "shuffle": False, "verbose": 0}


PROGRAMS = {
    program.__name__: program
    for program in (
        tape_step,
        own_metrics,
        weighted,
        class_weighted,
        old_spellings,
        gan,
        extra_losses,
        several_steps,
        eagerly,
        callbacks,
    )
}


def run(tf, name):
    """The history and the weights afterwards, as lists of numbers by name."""
    with fixed(tf):
        model, history = PROGRAMS[name](tf)
    numbers = {key: [float(v) for v in values] for key, values in history.history.items()}
    for index, weight in enumerate(model.get_weights()):
        numbers[f"weight {index}"] = [float(v) for v in np.asarray(weight).reshape(-1)[:6]]
    return numbers
