"""pix2pix: from drawings to photographs, with two tapes in one compiled step.

P. Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017,
arXiv:1611.07004. Its settings: Adam with 2e-4 and beta 0.5, lambda 100, batches of one picture,
random jitter; with ``--size 256`` its networks, too.

    python examples/gans/pix2pix.py                           pieces of a photograph
    python examples/gans/pix2pix.py --data facades --size 256 facades, downloaded (34 MB)
    python examples/gans/pix2pix.py --data FOLDER --size 256  PNG or JPEG files, target | input
"""

import argparse
import pathlib

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
import pictures
from glasstape import tf
from keras import ops
from networks import make_discriminator, make_generator

LAMBDA = 100.0


class Training:
    """The two networks, what trains them, and the step."""

    def __init__(self, size, filters):
        self.generator = make_generator(size, filters=filters)
        self.discriminator = make_discriminator(size, filters=filters)
        self.generator_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.discriminator_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        names = ("generator", "l1", "discriminator")
        self.losses = {name: keras.metrics.Mean() for name in names}

    @gt.function
    def step(self, inputs, targets):
        with gt.GradientTape() as generator_tape, gt.GradientTape() as discriminator_tape:
            made = self.generator(inputs, training=True)
            on_real = self.discriminator([inputs, targets], training=True)
            on_made = self.discriminator([inputs, made], training=True)
            l1 = ops.mean(ops.abs(targets - made))
            adversarial = self.cross_entropy(ops.ones_like(on_made), on_made)
            generator_loss = adversarial + LAMBDA * l1
            discriminator_loss = self.cross_entropy(
                ops.ones_like(on_real), on_real
            ) + self.cross_entropy(ops.zeros_like(on_made), on_made)
        weights = self.generator.trainable_variables
        gradients = generator_tape.gradient(generator_loss, weights)
        self.generator_optimizer.apply_gradients(zip(gradients, weights, strict=True))
        weights = self.discriminator.trainable_variables
        gradients = discriminator_tape.gradient(discriminator_loss, weights)
        self.discriminator_optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self.losses["generator"](generator_loss)
        self.losses["l1"](l1)
        self.losses["discriminator"](discriminator_loss)


def load(source, size, pieces):
    """``(inputs, targets)`` to train on and to look at."""
    if source == "photograph":
        # The left of the picture to train on, the right to look at; not the empty sky above.
        picture = pictures.photograph("china.jpg")[100:]
        train = pictures.crops(picture[:, :460], size, pieces, seed=0)
        test = pictures.crops(picture[:, 460:], size, 8, seed=1)
        return (pictures.drawings(train), train), (pictures.drawings(test), test)
    if source == "facades":
        folder = pictures.downloaded("facades")
        parts = [
            (pictures.read(folder / f"{part}B", size), pictures.read(folder / f"{part}A", size))
            for part in ("train", "test")
        ]
        return parts[0], tuple(part[:8] for part in parts[1])
    both = pictures.read(source, 2 * size)[:, ::2]  # side by side in one file
    inputs, targets = both[:, :, size:], both[:, :, :size]
    return (inputs[:-8], targets[:-8]), (inputs[-8:], targets[-8:])


def jitter(rng, *images):
    """Enlarged by an eighth, cut at a random place, mirrored half of the time; all alike."""
    size = images[0].shape[1]
    larger = size + size // 8
    top, left = rng.integers(larger - size + 1, size=2)
    mirrored = -1 if rng.random() < 0.5 else 1
    found = []
    for image in images:
        enlarged = np.asarray(ops.image.resize(image, (larger, larger), interpolation="nearest"))
        found.append(enlarged[:, top : top + size, left : left + size][:, :, ::mirrored])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="photograph", help="photograph, facades, or a folder")
    parser.add_argument("--size", type=int, default=64, help="pixels, a power of 2 from 32 on")
    parser.add_argument("--filters", type=int, help="of the first layer; 64, or 16 below 256")
    parser.add_argument("--pieces", type=int, default=200, help="how many, of the photograph")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/pix2pix"))
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args()

    keras.utils.set_random_seed(0)
    train, (test_inputs, test_targets) = load(options.data, options.size, options.pieces)
    training = Training(options.size, options.filters or (64 if options.size >= 256 else 16))
    epochs_done = tf.Variable(0, trainable=False)
    checkpoint = tf.train.Checkpoint(
        generator=training.generator,
        discriminator=training.discriminator,
        generator_optimizer=training.generator_optimizer,
        discriminator_optimizer=training.discriminator_optimizer,
        epochs_done=epochs_done,
    )
    manager = tf.train.CheckpointManager(checkpoint, options.out / "checkpoints", max_to_keep=3)
    if options.resume and manager.latest_checkpoint:
        checkpoint.restore(manager.latest_checkpoint)

    with gt.glass() as glass:
        for epoch in range(int(epochs_done) + 1, options.epochs + 1):
            for loss in training.losses.values():
                loss.reset_state()
            rng = np.random.default_rng(epoch)  # so that a resumed run goes on as it would have
            for i in rng.permutation(len(train[0])):
                training.step(*jitter(rng, *(part[i : i + 1] for part in train)))
            numbers = {name: float(loss.result()) for name, loss in training.losses.items()}
            glass.log(epoch=epoch, **numbers)
            glass.print(
                f"Epoch {epoch}, generator loss {numbers['generator']:.3f} "
                f"(L1 {numbers['l1']:.4f}), discriminator loss {numbers['discriminator']:.3f}"
            )
            # With training=True, as in the paper: dropout is the noise, and batch normalization
            # that of the picture itself.
            made = [training.generator(test_inputs[i : i + 1], training=True) for i in range(8)]
            rows = [test_inputs, np.concatenate(made), test_targets]
            pictures.save_grid(options.out / f"epoch-{epoch:04}.png", rows)
            epochs_done.assign(epoch)
            manager.save()
    print(f"The pictures are in {options.out}, the run in {glass.run_dir}.")


if __name__ == "__main__":
    main()
