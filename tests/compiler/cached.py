"""Programs whose compiled form is kept on disk; test_cache.py runs them in fresh processes.

    python -m tests.compiler.cached FOLDER

Prints for each a hash of all its numbers and how many of its programs came from the disk.
"""

import collections
import hashlib
import json
import sys

import glasstape as gt

# isort: split
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

events = collections.Counter()


def heard(event, **_):
    events[event.rpartition("/")[-1]] += 1


jax.monitoring.register_event_listener(heard)


def training(net):
    keras.utils.set_random_seed(0)
    body = {
        "mlp": [layers.Dense(16, activation="relu"), layers.Dropout(0.2)],
        "cnn": [layers.Reshape((4, 4, 1)), layers.Conv2D(4, 3), layers.ReLU(), layers.Flatten()],
    }[net]
    model = keras.Sequential([keras.Input((16,)), *body, layers.Dense(3, activation="softmax")])
    optimizer, mean = keras.optimizers.Adam(), keras.metrics.Mean()
    accuracy = keras.metrics.SparseCategoricalAccuracy()
    loss_function = keras.losses.SparseCategoricalCrossentropy()

    def step(x, y):
        with gt.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = loss_function(y, predictions)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        mean(loss)
        accuracy(y, predictions)

    def variables():
        return [*model.variables, *optimizer.variables, *mean.variables, *accuracy.variables]

    return step, variables


def train(net, way):
    step, variables = training(net)
    step = way(step)
    random = np.random.default_rng(0)
    x = jnp.asarray(random.normal(size=(8, 16)), "float32")
    y = jnp.asarray(random.integers(0, 3, 8), "int32")
    for _ in range(3):
        step(x, y)
    return b"".join(np.asarray(v.value).tobytes() for v in variables())


def printing():
    """A loop with a host callback inside."""

    @gt.function
    def count(x):
        def body(carry, _):
            gt.print("at", carry, output_stream=sys.stdout)
            return carry + 1.0, None

        return jax.lax.scan(body, x, None, length=2)[0]

    result = np.asarray(count(jnp.float32(1.0))).tobytes()
    jax.effects_barrier()
    return result


def glass(net):
    with gt.glass(show=None, run_dir=sys.argv[1], every=2):
        return train(net, gt.function)


def donation():
    """Whether a step overwrites its state in place."""
    v = gt.Variable(jnp.zeros(4096))
    step = gt.function(lambda: v.assign_add(jnp.ones(4096)) * 0.0)
    step()
    pointers = []
    for _ in range(4):
        step()
        pointers.append(v.value.unsafe_buffer_pointer())
    return b"in place" if len(set(pointers)) <= 2 else b"copied"


PROGRAMS = {
    "mlp": lambda: train("mlp", gt.function),
    "cnn": lambda: train("cnn", gt.function),
    "eager": lambda: train("mlp", lambda f: f),
    "glass": lambda: glass("mlp"),
    "printing": printing,
    "donation": donation,
}

if __name__ == "__main__":
    found = {}
    for name, program in PROGRAMS.items():
        events.clear()
        result = hashlib.sha256(program()).hexdigest()
        found[name] = {"result": result, "hits": events["cache_hits"]}
        found[name]["misses"] = events["compile_requests_use_cache"] - events["cache_hits"]
    print(json.dumps(found))
