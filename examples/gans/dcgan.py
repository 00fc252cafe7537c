"""DCGAN: two networks, two losses, two tapes, one compiled step.

A. Radford, L. Metz, S. Chintala, "Unsupervised Representation Learning with Deep Convolutional
Generative Adversarial Networks", 2016, arXiv:1511.06434.

    python examples/gans/dcgan.py                    digits that come with scikit-learn
    python examples/gans/dcgan.py --data mnist       MNIST, downloaded by Keras
    python examples/gans/dcgan.py --data FOLDER      MNIST's files in a folder
"""

import argparse
import pathlib

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
import pictures
from glasstape import tf
from keras import layers

SIZE, NOISE = 28, 100


def make_generator():
    return keras.Sequential(
        [
            keras.Input((NOISE,)),
            layers.Dense(7 * 7 * 128, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(64, 5, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(32, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(1, 5, strides=2, padding="same", activation="tanh"),
        ],
        name="generator",
    )


def make_discriminator():
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(32, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Conv2D(64, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ],
        name="discriminator",
    )


class Training:
    """The two networks, what trains them, and the step."""

    def __init__(self):
        self.generator, self.discriminator = make_generator(), make_discriminator()
        self.generator_optimizer = keras.optimizers.Adam(1e-4)
        self.discriminator_optimizer = keras.optimizers.Adam(1e-4)
        self.cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        self.seed = keras.random.SeedGenerator(0)
        self.losses = {"generator": keras.metrics.Mean(), "discriminator": keras.metrics.Mean()}

    @gt.function
    def step(self, images):
        noise = keras.random.normal((len(images), NOISE), seed=self.seed)
        with gt.GradientTape() as generator_tape, gt.GradientTape() as discriminator_tape:
            fakes = self.generator(noise, training=True)
            on_real = self.discriminator(images, training=True)
            on_fake = self.discriminator(fakes, training=True)
            # Both tapes record this one forward pass; it is computed once.
            generator_loss = self.cross_entropy(keras.ops.ones_like(on_fake), on_fake)
            discriminator_loss = self.cross_entropy(
                keras.ops.ones_like(on_real), on_real
            ) + self.cross_entropy(keras.ops.zeros_like(on_fake), on_fake)
        for tape, loss, network, optimizer in (
            (generator_tape, generator_loss, self.generator, self.generator_optimizer),
            (
                discriminator_tape,
                discriminator_loss,
                self.discriminator,
                self.discriminator_optimizer,
            ),
        ):
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        self.losses["generator"](generator_loss)
        self.losses["discriminator"](discriminator_loss)


def load(source):
    if source == "digits":
        return pictures.digits(SIZE)
    (images, _), _ = gt.data.load_mnist(None if source == "mnist" else source)
    return np.asarray(images, "float32") * 2 - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or a folder of MNIST's")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/dcgan"))
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args()

    keras.utils.set_random_seed(0)
    images = load(options.data)
    dataset = gt.data.Dataset.from_tensor_slices(images)
    training = Training()
    epochs_done = tf.Variable(0, trainable=False)
    checkpoint = tf.train.Checkpoint(
        generator=training.generator,
        discriminator=training.discriminator,
        generator_optimizer=training.generator_optimizer,
        discriminator_optimizer=training.discriminator_optimizer,
        seed=training.seed,
        epochs_done=epochs_done,
    )
    manager = tf.train.CheckpointManager(checkpoint, options.out / "checkpoints", max_to_keep=3)
    if options.resume and manager.latest_checkpoint:
        checkpoint.restore(manager.latest_checkpoint)
    # The same noise each time, so that one sees the pictures change.
    noise = np.random.default_rng(0).normal(size=(40, NOISE)).astype("float32")

    with gt.glass() as glass:
        for epoch in range(int(epochs_done) + 1, options.epochs + 1):
            for loss in training.losses.values():
                loss.reset_state()
            # An order for each epoch, so that a resumed run goes on as it would have.
            batches = dataset.shuffle(len(images), seed=epoch)
            batches = batches.batch(options.batch_size, drop_remainder=True)
            for batch in batches:
                training.step(batch)
            numbers = {name: float(loss.result()) for name, loss in training.losses.items()}
            glass.log(epoch=epoch, **numbers)
            glass.print(
                f"Epoch {epoch}, generator loss {numbers['generator']:.4f}, "
                f"discriminator loss {numbers['discriminator']:.4f}"
            )
            made = training.generator(noise, training=False)
            pictures.save_grid(options.out / f"epoch-{epoch:04}.png", np.split(made, 4))
            epochs_done.assign(epoch)
            manager.save()
    print(f"The pictures are in {options.out}, the run in {glass.run_dir}.")


if __name__ == "__main__":
    main()
