"""A variational autoencoder: the gradient passes through a random draw.

D. Kingma, M. Welling, "Auto-Encoding Variational Bayes", 2014, arXiv:1312.6114. Needs Pillow.

    python examples/tapes/vae.py [--epochs 100]
"""

import argparse

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
from keras import layers, ops

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--epochs", type=int, default=100)
options = parser.parse_args()

LATENT = 2
keras.utils.set_random_seed(0)
(images, _), (test_images, _) = gt.data.load_digits()
dataset = gt.data.Dataset.from_tensor_slices(images).shuffle(2000).batch(64, drop_remainder=True)

encoder = keras.Sequential(
    [layers.Flatten(), layers.Dense(256, activation="relu"), layers.Dense(2 * LATENT)]
)
decoder = keras.Sequential(
    [layers.Dense(256, activation="relu"), layers.Dense(64), layers.Reshape((8, 8, 1))]
)
optimizer = keras.optimizers.Adam(1e-3)
seed = keras.random.SeedGenerator(0)
mean_bound = keras.metrics.Mean()


def loss(images):
    """Minus the evidence lower bound, in nats a picture."""
    mean, log_variance = ops.split(encoder(images), 2, axis=-1)
    # Drawn as mean + deviation * noise, a value has a gradient for both.
    noise = keras.random.normal(ops.shape(mean), seed=seed)
    logits = decoder(mean + ops.exp(0.5 * log_variance) * noise)
    cross_entropy = ops.binary_crossentropy(images, logits, from_logits=True)
    reconstruction = ops.sum(cross_entropy, axis=(1, 2, 3))
    divergence = 0.5 * ops.sum(ops.exp(log_variance) + mean**2 - 1 - log_variance, axis=-1)
    return ops.mean(reconstruction + divergence)


@gt.function
def train_step(images):
    with gt.GradientTape() as tape:
        value = loss(images)
    variables = encoder.trainable_variables + decoder.trainable_variables
    gradients = tape.gradient(value, variables)
    optimizer.apply_gradients(zip(gradients, variables, strict=True))
    mean_bound(value)


test_loss = gt.function(loss)

for epoch in range(1, options.epochs + 1):
    mean_bound.reset_state()
    for batch in dataset:
        train_step(batch)
    if epoch % 20 == 0 or epoch == options.epochs:
        train, test = float(mean_bound.result()), float(test_loss(test_images))
        print(f"Epoch {epoch}, loss {train:.2f} nats a picture, on test pictures {test:.2f}")
where = np.linspace(-2, 2, 12, dtype="float32")
latent = np.stack(np.meshgrid(where, where), axis=-1).reshape(-1, 2)
made = np.asarray(ops.sigmoid(decoder(latent))).reshape(12, 12, 8, 8)
picture = made.transpose(0, 2, 1, 3).reshape(96, 96, 1).repeat(4, 0).repeat(4, 1)
keras.utils.save_img("vae.png", picture * 255, scale=False)
print("vae.png: what the decoder makes of a grid of points.")
