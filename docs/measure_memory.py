"""Whether a long eager loop holds memory flat, and one whose structure changes at every step.

    python docs/measure_memory.py [--steps 10000] [--structures 1000]

Prints, after so many steps of each loop: the arrays alive and their size, the resident memory of
the process, and how many compiled walks the tape keeps.
"""

import argparse
import gc
import os
import random
import resource
import sys

os.environ["GLASSTAPE_CACHE"] = "off"  # nothing in the user's home

import glasstape as gt  # before keras: it chooses the JAX backend

# isort: split
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers, ops

from glasstape.tape import reverse


def resident_bytes() -> int:
    """Of this process, now; where Linux does not tell, the most it ever was."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def report(step: int) -> None:
    """One line of the table."""
    gc.collect()
    arrays = jax.live_arrays()
    size = sum(a.nbytes for a in arrays)
    print(
        f"{step:>7}  {len(arrays):>6}  {size / 1e6:>8.3f} MB  {resident_bytes() / 1e6:>8.1f} MB  "
        f"{len(reverse.PROGRAMS):>8}",
        flush=True,
    )


def run(title: str, step, steps: int) -> None:
    """Call `step` so often, and report after 10, 100, 1,000 ... steps and at the end."""
    print(f"\n{title}\n   step  arrays         size      resident  programs")
    marks = {10**k for k in range(1, 9)} | {steps // 2, steps}
    for number in range(1, steps + 1):
        step()
        if number in marks:
            report(number)


def training_step():
    """An eager step of a small net with dropout and Adam, on other data each time."""
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ]
    )
    loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam()
    data = np.random.default_rng(0)

    def step() -> None:
        x = jnp.asarray(data.normal(size=(32, 64)), "float32")
        y = jnp.asarray(data.integers(0, 10, 32))
        with gt.GradientTape() as tape:
            loss = loss_function(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    return step


def changing_step():
    """An eager step through 1 to 6 layers with activations drawn at random."""
    dense = [layers.Dense(16) for _ in range(6)]
    for layer in dense:
        layer.build((8, 16))
    activations = [ops.tanh, ops.relu, ops.sigmoid, ops.sin]
    draw = random.Random(0)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(8, 16)), "float32")

    def step() -> None:
        used = dense[: draw.randint(1, len(dense))]
        with gt.GradientTape() as tape:
            h = x
            for layer in used:
                h = draw.choice(activations)(layer(h))
            loss = ops.mean(h**2)
        variables = [v for layer in used for v in layer.trainable_variables]
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(0.1 * gradient)

    return step


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--structures", type=int, default=1000)
    options = parser.parse_args()
    run("a training step", training_step(), options.steps)
    run("a step of another structure each time", changing_step(), options.structures)
