"""Adversarial examples: the gradient for the picture, and a net that is trained to withstand it.

I. Goodfellow, J. Shlens, C. Szegedy, "Explaining and Harnessing Adversarial Examples", 2015,
arXiv:1412.6572 (the fast gradient sign method).

    python examples/tapes/adversarial.py
"""

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
from keras import layers, ops

EPSILON, EPOCHS = 0.15, 15

keras.utils.set_random_seed(0)
train, test = gt.data.load_digits()
dataset = gt.data.Dataset.from_tensor_slices(train).shuffle(2000).batch(32)
loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


class Classifier:
    """A net and its steps; `hardened` ones are trained on attacked pictures, too."""

    def __init__(self, hardened):
        self.hardened = hardened
        self.model = keras.Sequential(
            [layers.Conv2D(32, 3, activation="relu"), layers.Flatten(), layers.Dense(10)]
        )
        self.optimizer = keras.optimizers.Adam(2e-3)

    def attacked(self, images, labels):
        """Each pixel a little brighter or darker, the way that makes the loss larger."""
        with gt.GradientTape() as tape:
            tape.watch(images)
            loss = loss_function(labels, self.model(images))
        return ops.clip(images + EPSILON * ops.sign(tape.gradient(loss, images)), 0, 1)

    @gt.function
    def train_step(self, images, labels):
        attacked = self.attacked(images, labels) if self.hardened else None
        with gt.GradientTape() as tape:
            loss = loss_function(labels, self.model(images))
            if attacked is not None:
                loss = (loss + loss_function(labels, self.model(attacked))) / 2
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables, strict=True))

    @gt.function
    def accuracies(self, images, labels):
        """On the pictures, and on attacked ones."""
        found = []
        for pictures in (images, self.attacked(images, labels)):
            correct = ops.equal(ops.argmax(self.model(pictures), axis=-1), labels)
            found.append(ops.mean(ops.cast(correct, "float32")))
        return found


for hardened in (False, True):
    classifier = Classifier(hardened)
    for _ in range(EPOCHS):
        for images, labels in dataset:
            classifier.train_step(images, labels)
    clean, attacked = classifier.accuracies(*test)
    name = "trained against attacks" if hardened else "trained as usual"
    print(f"{name:24} accuracy {float(clean):.1%}, attacked {float(attacked):.1%}")
