"""A recurrent net that writes: predict the next character, then write on by itself.

It learns from the help texts that come with Python, so nothing is downloaded.

    python examples/tapes/rnn_text.py [--steps 1500] [--file TEXT]
"""

import argparse
import pathlib
import pydoc_data.topics

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
from keras import layers

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--steps", type=int, default=1500)
parser.add_argument("--file", type=pathlib.Path, help="a text to learn from")
options = parser.parse_args()

LENGTH, BATCH, UNITS = 80, 32, 256
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

text = options.file.read_text() if options.file else "".join(pydoc_data.topics.topics.values())
alphabet = sorted(set(text))
codes = np.array([alphabet.index(c) for c in text[:200_000]], "int32")

net = keras.Sequential(
    [
        layers.Embedding(len(alphabet), 64),
        layers.GRU(UNITS, return_sequences=True),
        layers.Dense(len(alphabet)),
    ]
)
optimizer = keras.optimizers.Adam(2e-3, clipnorm=1.0)
loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@gt.function
def train_step(batch):
    with gt.GradientTape() as tape:
        loss = loss_function(batch[:, 1:], net(batch[:, :-1]))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
    return loss


@gt.function
def next_character(recent, temperature, seed):
    logits = net(recent[None])[0, -1]
    return keras.random.categorical(logits[None] / temperature, 1, seed=seed)[0, 0]


def write(start, count, temperature=0.6):
    """`count` more characters, one at a time."""
    recent = [alphabet.index(c) for c in start.rjust(LENGTH)[-LENGTH:]]
    for number in range(count):
        window = np.array(recent[-LENGTH:], "int32")
        seed = np.array([0, number], "uint32")
        recent.append(int(next_character(window, np.float32(temperature), seed)))
    return start + "".join(alphabet[c] for c in recent[LENGTH:])


mean_loss = keras.metrics.Mean()
for number in range(1, options.steps + 1):
    starts = rng.integers(len(codes) - LENGTH - 1, size=BATCH)
    mean_loss(train_step(np.stack([codes[s : s + LENGTH + 1] for s in starts])))
    if number % 250 == 0 or number == options.steps:
        bits = float(mean_loss.result()) / np.log(2)
        print(f"step {number}: {bits:.2f} bits a character")
        mean_loss.reset_state()
print(write("The ", 200))
