"""MAML: learn weights from which one step of gradient descent learns a new task.

C. Finn, P. Abbeel, S. Levine, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks",
2017, arXiv:1703.03400: sine waves of unknown height and phase, ten points each.

    python examples/tapes/maml.py [--steps 5000]
"""

import argparse

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
from keras import layers, ops

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--steps", type=int, default=5000)
options = parser.parse_args()

TASKS, POINTS, RATE = 10, 10, 0.02
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
net = keras.Sequential(
    [keras.Input((1,))]
    + [layers.Dense(40, activation="relu") for _ in range(2)]
    + [layers.Dense(1)]
)
optimizer = keras.optimizers.Adam(1e-3)


def tasks(count):
    """Points to learn from and points to be judged by, each ``[count, POINTS, 1]``."""
    height = rng.uniform(0.1, 5, (count, 1, 1))
    phase = rng.uniform(0, np.pi, (count, 1, 1))
    x = rng.uniform(-5, 5, (2, count, POINTS, 1))
    y = height * np.sin(x + phase)
    return [a.astype("float32") for pair in zip(x, y, strict=True) for a in pair]


def error(weights, x, y):
    """The net's squared error with these weights in place of its own."""
    return ops.mean(ops.square(net.stateless_call(weights, [], x)[0] - y))


def adapted(weights, x, y):
    """The weights after one step on a task; differentiable, so it can be learned through."""
    with gt.GradientTape() as tape:
        tape.watch(weights)
        loss = error(weights, x, y)
    gradients = tape.gradient(loss, weights)
    return [w - RATE * g for w, g in zip(weights, gradients, strict=True)]


@gt.function
def step(x, y, x_judge, y_judge):
    with gt.GradientTape() as tape:
        weights = [v.value for v in net.trainable_variables]
        losses = [error(adapted(weights, x[i], y[i]), x_judge[i], y_judge[i]) for i in range(TASKS)]
        loss = sum(losses) / TASKS
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
    return loss


@gt.function
def judged(x, y, x_judge, y_judge):
    """The error on a new task before and after one step."""
    weights = [v.value for v in net.trainable_variables]
    return error(weights, x_judge, y_judge), error(adapted(weights, x, y), x_judge, y_judge)


for number in range(1, options.steps + 1):
    loss = step(*tasks(TASKS))
    if number % 1000 == 0 or number == options.steps:
        print(f"step {number}: error after one step of adaptation {float(loss):.3f}")
found = np.array([judged(*(a[i] for a in new)) for new in [tasks(100)] for i in range(100)])
print("A hundred new waves: error {:.2f}, after one step {:.2f}".format(*found.mean(0)))
