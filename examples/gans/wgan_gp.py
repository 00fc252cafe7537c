"""WGAN-GP: a tape inside a tape, because the penalty is about a gradient.

I. Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, arXiv:1704.00028.

    python examples/gans/wgan_gp.py                  digits that come with scikit-learn
    python examples/gans/wgan_gp.py --data mnist     MNIST, downloaded by Keras
    python examples/gans/wgan_gp.py --data FOLDER    MNIST's files in a folder
"""

import argparse
import pathlib

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
import pictures
from dcgan import NOISE, SIZE, load, make_generator
from glasstape import tf
from keras import layers, ops

PENALTY, CRITIC_STEPS = 10.0, 5


def make_critic():
    # No batch normalization: the penalty is about the gradient of each picture by itself.
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(32, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Conv2D(64, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Flatten(),
            layers.Dense(1),
        ],
        name="critic",
    )


class Training:
    """The two networks, what trains them, and their steps."""

    def __init__(self):
        self.generator, self.critic = make_generator(), make_critic()
        self.generator_optimizer = keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)
        self.critic_optimizer = keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)
        self.seed = keras.random.SeedGenerator(0)
        self.losses = {"generator": keras.metrics.Mean(), "critic": keras.metrics.Mean()}

    def fakes(self, count):
        noise = keras.random.normal((count, NOISE), seed=self.seed)
        return self.generator(noise, training=True)

    def penalty(self, images, fakes):
        """How far the norm of the critic's gradient is from 1 between real and made pictures."""
        share = keras.random.uniform((len(images), 1, 1, 1), seed=self.seed)
        between = share * images + (1 - share) * fakes
        with gt.GradientTape() as tape:
            tape.watch(between)
            score = self.critic(between, training=True)
        gradients = tape.gradient(score, between)
        norms = ops.sqrt(ops.sum(ops.square(gradients), axis=(1, 2, 3)) + 1e-12)
        return ops.mean(ops.square(norms - 1))

    @gt.function
    def critic_step(self, images):
        fakes = self.fakes(len(images))
        with gt.GradientTape() as tape:
            on_real = self.critic(images, training=True)
            on_fake = self.critic(fakes, training=True)
            loss = ops.mean(on_fake) - ops.mean(on_real)
            loss = loss + PENALTY * self.penalty(images, fakes)
        gradients = tape.gradient(loss, self.critic.trainable_variables)
        self.critic_optimizer.apply_gradients(
            zip(gradients, self.critic.trainable_variables, strict=True)
        )
        self.losses["critic"](loss)

    @gt.function
    def generator_step(self, images):
        with gt.GradientTape() as tape:
            loss = -ops.mean(self.critic(self.fakes(len(images)), training=True))
        gradients = tape.gradient(loss, self.generator.trainable_variables)
        self.generator_optimizer.apply_gradients(
            zip(gradients, self.generator.trainable_variables, strict=True)
        )
        self.losses["generator"](loss)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or a folder of MNIST's")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/wgan_gp"))
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args()

    keras.utils.set_random_seed(0)
    images = load(options.data)
    dataset = gt.data.Dataset.from_tensor_slices(images)
    training = Training()
    epochs_done = tf.Variable(0, trainable=False)
    checkpoint = tf.train.Checkpoint(
        generator=training.generator,
        critic=training.critic,
        generator_optimizer=training.generator_optimizer,
        critic_optimizer=training.critic_optimizer,
        seed=training.seed,
        epochs_done=epochs_done,
    )
    manager = tf.train.CheckpointManager(checkpoint, options.out / "checkpoints", max_to_keep=3)
    if options.resume and manager.latest_checkpoint:
        checkpoint.restore(manager.latest_checkpoint)
    noise = np.random.default_rng(0).normal(size=(40, NOISE)).astype("float32")

    with gt.glass() as glass:
        for epoch in range(int(epochs_done) + 1, options.epochs + 1):
            for loss in training.losses.values():
                loss.reset_state()
            # An order for each epoch, so that a resumed run goes on as it would have.
            batches = dataset.shuffle(len(images), seed=epoch)
            batches = batches.batch(options.batch_size, drop_remainder=True)
            for number, batch in enumerate(batches):
                training.critic_step(batch)
                if number % CRITIC_STEPS == 0:
                    training.generator_step(batch)
            numbers = {name: float(loss.result()) for name, loss in training.losses.items()}
            glass.log(epoch=epoch, **numbers)
            glass.print(
                f"Epoch {epoch}, generator loss {numbers['generator']:.4f}, "
                f"critic loss {numbers['critic']:.4f}"
            )
            made = training.generator(noise, training=False)
            pictures.save_grid(options.out / f"epoch-{epoch:04}.png", np.split(made, 4))
            epochs_done.assign(epoch)
            manager.save()
    print(f"The pictures are in {options.out}, the run in {glass.run_dir}.")


if __name__ == "__main__":
    main()
