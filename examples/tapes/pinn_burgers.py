"""A physics-informed net: the loss is a differential equation, its derivatives come from tapes.

M. Raissi, P. Perdikaris, G. Karniadakis, "Physics-informed neural networks", 2019,
doi:10.1016/j.jcp.2018.10.045. Burgers' equation, ``u_t + u u_x = (0.01 / pi) u_xx`` for x from -1
to 1 and t from 0 to 1, with ``u = -sin(pi x)`` at t = 0 and ``u = 0`` at both ends. Compared with
the exact solution (E. Cole, J. Hopf; C. Basdevant et al., 1986, doi:10.1016/0045-7930(86)90036-8).

    python examples/tapes/pinn_burgers.py [--steps 5000]
"""

import argparse

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
from keras import layers, ops

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--steps", type=int, default=5000)
options = parser.parse_args()

VISCOSITY = 0.01 / np.pi
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
net = keras.Sequential([layers.Dense(40, activation="tanh") for _ in range(5)] + [layers.Dense(1)])
optimizer = keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(2e-3, 1000, 0.7))

# Points inside, where the equation must hold, and points where the solution is known.
x, t = (rng.uniform(low, 1, (4000, 1)).astype("float32") for low in (-1, 0))
x_start = rng.uniform(-1, 1, (200, 1)).astype("float32")
t_end = rng.uniform(0, 1, (200, 1)).astype("float32")
x_known = np.concatenate([x_start, np.ones_like(t_end), -np.ones_like(t_end)])
t_known = np.concatenate([np.zeros_like(x_start), t_end, t_end])
u_known = np.concatenate([-np.sin(np.pi * x_start), 0 * t_end, 0 * t_end])


def u(x, t):
    return net(ops.concatenate([x, t], axis=1))


def residual(x, t):
    """How far the equation is from holding, at each point."""
    with gt.GradientTape() as second:
        second.watch(x)
        with gt.GradientTape() as first:
            first.watch((x, t))
            value = u(x, t)
        # Recorded by the outer tape, so it can be differentiated again.
        u_x, u_t = first.gradient(value, (x, t))
    u_xx = second.gradient(u_x, x)
    return u_t + value * u_x - VISCOSITY * u_xx


@gt.function
def step(x, t, x_known, t_known, u_known):
    with gt.GradientTape() as tape:
        of_equation = ops.mean(ops.square(residual(x, t)))
        of_data = ops.mean(ops.square(u(x_known, t_known) - u_known))
        loss = of_equation + of_data
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
    return of_equation, of_data


def exact(x, t):
    """Cole and Hopf's formula, by Gauss and Hermite's quadrature."""
    nodes, weights = np.polynomial.hermite.hermgauss(100)
    shifted = x[:, None] - np.sqrt(4 * VISCOSITY * t)[:, None] * nodes
    kernel = weights * np.exp(-np.cos(np.pi * shifted) / (2 * np.pi * VISCOSITY))
    return -(np.sin(np.pi * shifted) * kernel).sum(1) / kernel.sum(1)


for number in range(1, options.steps + 1):
    losses = step(x, t, x_known, t_known, u_known)
    if number % 1000 == 0 or number == options.steps:
        print("step {}: equation {:.2e}, known points {:.2e}".format(number, *map(float, losses)))
grid_x, grid_t = (g.ravel() for g in np.meshgrid(np.linspace(-1, 1, 101), np.linspace(0.05, 1, 20)))
found = np.asarray(u(grid_x[:, None].astype("float32"), grid_t[:, None].astype("float32")))[:, 0]
truth = exact(grid_x, grid_t)
error = np.linalg.norm(found - truth) / np.linalg.norm(truth)
print(f"Relative error against the exact solution: {error:.2%}")
