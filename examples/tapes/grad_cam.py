"""Grad-CAM: which pixels made the net decide? The gradient of a score for an inner layer's output.

R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", 2017, arXiv:1610.02391. Needs Pillow.

    python examples/tapes/grad_cam.py
"""

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
from keras import layers, ops

EPOCHS = 60

keras.utils.set_random_seed(0)
train, (images, labels) = gt.data.load_digits()

inputs = keras.Input((8, 8, 1))
hidden = layers.Conv2D(32, 3, padding="same", activation="relu")(inputs)
features = layers.Conv2D(64, 3, padding="same", activation="relu")(hidden)
scores = layers.Dense(10)(layers.GlobalAveragePooling2D()(features))
model = keras.Model(inputs, [features, scores])
classifier = keras.Model(inputs, scores)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
classifier.compile("adam", loss, metrics=["accuracy"])
classifier.fit(*train, epochs=EPOCHS, batch_size=32, verbose=0)
_, accuracy = classifier.evaluate(images, labels, verbose=0)
print(f"Test accuracy {accuracy:.2%}")


@gt.function
def heat_map(images):
    """Where the winning class finds its reasons, from 0 to 1, ``[n, 8, 8]``."""
    with gt.GradientTape() as tape:
        features, scores = model(images)
        winning = ops.max(scores, axis=-1)
    # `features` was never watched by hand: the tape knows what came from the variables.
    gradients = tape.gradient(winning, features)
    weights = ops.mean(gradients, axis=(1, 2), keepdims=True)
    heat = ops.relu(ops.sum(weights * features, axis=-1))
    return heat / (ops.max(heat, axis=(1, 2), keepdims=True) + 1e-9)


shown, heat = images[:10], np.asarray(heat_map(images[:10]))[..., None]
red = np.concatenate([np.maximum(shown, heat), shown * (1 - heat), shown * (1 - heat)], axis=-1)
rows = [np.repeat(shown, 3, -1), red]
picture = np.concatenate([np.concatenate(list(row), axis=1) for row in rows]).repeat(8, 0)
keras.utils.save_img("grad_cam.png", picture.repeat(8, 1) * 255, scale=False)
print("grad_cam.png: above what the net sees, below in red why it decides as it does.")
