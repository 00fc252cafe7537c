"""`model.fit` on the JAX backend: one epoch over the same batches.

Timed from the beginning to the end of the epoch: what `fit` does before and after it is left out,
because an epoch here is shorter than a user's.
"""

import time

import keras
import numpy as np

TITLE = "Keras fit (JAX)"


class EpochTimer(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.start


def prepare(case, **options):
    model = case.model(keras)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
    images, labels = map(np.concatenate, zip(*case.batches(), strict=True))

    done = 0

    def run(steps):
        nonlocal done
        rows = np.arange(done, done + steps * case.batch_size) % len(images)
        done += len(rows)
        timer = EpochTimer()
        history = model.fit(
            images[rows],
            labels[rows],
            batch_size=case.batch_size,
            shuffle=False,
            verbose=0,
            callbacks=[timer],
        )
        return timer.seconds, history.history["loss"][-1]

    return run
