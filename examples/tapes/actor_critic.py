"""Actor and critic: a policy gradient, with the pole on a cart written out below.

R. Sutton, A. Barto, "Reinforcement Learning", 2nd edition, 2018, chapter 13.5; the cart is that of
A. Barto, R. Sutton, C. Anderson, 1983, doi:10.1109/TSMC.1983.6313077.

    python examples/tapes/actor_critic.py [--episodes 600]
"""

import argparse
import collections

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
from keras import layers, ops

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--episodes", type=int, default=600)
options = parser.parse_args()

LONGEST, DISCOUNT, GOAL = 200, 0.99, 195
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

inputs = keras.Input((4,))
common = layers.Dense(128, activation="relu")(inputs)
model = keras.Model(inputs, [layers.Dense(2)(common), layers.Dense(1)(common)])
optimizer = keras.optimizers.Adam(5e-3)
huber = keras.losses.Huber(reduction="sum")


def moved(state, action):
    """The cart 0.02 s later; Euler's method."""
    _, speed, angle, turning = state
    force = 10.0 if action else -10.0
    sin, cos = np.sin(angle), np.cos(angle)
    push = (force + 0.05 * turning**2 * sin) / 1.1
    spin = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    pull = push - 0.05 * spin * cos / 1.1
    return state + 0.02 * np.array([speed, pull, turning, spin])


@gt.function
def action_logits(state):
    return model(state[None])[0][0]


def play():
    """One episode: states and actions, padded to LONGEST, and how long it lasted."""
    state, states, actions = rng.uniform(-0.05, 0.05, 4), [], []
    while len(states) < LONGEST and abs(state[0]) < 2.4 and abs(state[2]) < 0.2095:
        states.append(state.astype("float32"))
        logits = np.asarray(action_logits(states[-1]))
        actions.append(int(rng.random() < 1 / (1 + np.exp(logits[0] - logits[1]))))
        state = moved(state, actions[-1])
    length = len(states)
    # One shape for all episodes, so that the step is traced once.
    pad = LONGEST - length
    states = np.concatenate([states, np.zeros((pad, 4), "float32")])
    return states, np.array(actions + [0] * pad, "int32"), length


def returns(length):
    """The discounted reward still to come at each time, as far from the mean as usual."""
    found = (1 - DISCOUNT ** np.arange(length, 0, -1)) / (1 - DISCOUNT)
    found = (found - found.mean()) / (found.std() + 1e-8)
    return np.concatenate([found, np.zeros(LONGEST - length)]).astype("float32")


@gt.function
def step(states, actions, expected, played):
    with gt.GradientTape() as tape:
        logits, values = model(states)
        values = values[:, 0]
        chosen = ops.take_along_axis(ops.log_softmax(logits), actions[:, None], axis=1)[:, 0]
        advantage = gt.stop_gradient(expected - values)
        actor_loss = -ops.sum(played * chosen * advantage)
        critic_loss = huber(expected * played, values * played)
        loss = actor_loss + critic_loss
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))


recent = collections.deque(maxlen=100)
for episode in range(1, options.episodes + 1):
    states, actions, length = play()
    played = (np.arange(LONGEST) < length).astype("float32")
    step(states, actions, returns(length), played)
    recent.append(length)
    if episode % 50 == 0:
        print(f"episode {episode}: the pole stood {np.mean(recent):.0f} of {LONGEST} steps")
    if len(recent) == recent.maxlen and np.mean(recent) > GOAL:
        print(f"Solved after {episode} episodes.")
        break
