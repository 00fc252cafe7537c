"""CycleGAN: four networks, one persistent tape, pictures that have no partner.

J.-Y. Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
2017, arXiv:1703.10593; with pix2pix' U-Net as generator, as in TensorFlow's tutorial.

    python examples/gans/cyclegan.py                                a temple and a flower
    python examples/gans/cyclegan.py --data horse2zebra --size 256  downloaded (111 MB)
    python examples/gans/cyclegan.py --data FOLDER --size 256       with trainA and trainB in it
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

LAMBDA = 10.0


class Training:
    """Two generators, two discriminators, what trains them, and the step.

    ``to_b`` makes a B of an A, ``to_a`` an A of a B; ``is_a`` and ``is_b`` judge.
    """

    def __init__(self, size, filters):
        how = {"norm": "instance", "filters": filters}
        self.networks = {
            "to_a": make_generator(size, name="to_a", **how),
            "to_b": make_generator(size, name="to_b", **how),
            "is_a": make_discriminator(size, target=False, name="is_a", **how),
            "is_b": make_discriminator(size, target=False, name="is_b", **how),
        }
        self.optimizers = {name: keras.optimizers.Adam(2e-4, beta_1=0.5) for name in self.networks}
        self.cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        self.losses = {name: keras.metrics.Mean() for name in self.networks}

    def judged(self, logits, real):
        wanted = ops.ones_like(logits) if real else ops.zeros_like(logits)
        return self.cross_entropy(wanted, logits)

    @gt.function
    def step(self, a, b):
        to_a, to_b, is_a, is_b = self.networks.values()
        with gt.GradientTape(persistent=True) as tape:
            made_b, made_a = to_b(a, training=True), to_a(b, training=True)
            cycled_a, cycled_b = to_a(made_b, training=True), to_b(made_a, training=True)
            same_a, same_b = to_a(a, training=True), to_b(b, training=True)
            on_made_a, on_made_b = is_a(made_a, training=True), is_b(made_b, training=True)
            cycle = ops.mean(ops.abs(a - cycled_a)) + ops.mean(ops.abs(b - cycled_b))
            losses = {
                "to_a": self.judged(on_made_a, True)
                + LAMBDA * (cycle + 0.5 * ops.mean(ops.abs(a - same_a))),
                "to_b": self.judged(on_made_b, True)
                + LAMBDA * (cycle + 0.5 * ops.mean(ops.abs(b - same_b))),
                "is_a": 0.5 * (self.judged(is_a(a, training=True), True))
                + 0.5 * self.judged(on_made_a, False),
                "is_b": 0.5 * (self.judged(is_b(b, training=True), True))
                + 0.5 * self.judged(on_made_b, False),
            }
        # All gradients before the first update: each loss is that of the networks as they were.
        gradients = {
            name: tape.gradient(loss, self.networks[name].trainable_variables)
            for name, loss in losses.items()
        }
        for name, found in gradients.items():
            weights = self.networks[name].trainable_variables
            self.optimizers[name].apply_gradients(zip(found, weights, strict=True))
            self.losses[name](losses[name])


def load(source, size, pieces):
    """Pictures of A and of B."""
    if source == "photographs":
        both = [pictures.photograph(name) for name in ("china.jpg", "flower.jpg")]
        return [pictures.crops(picture, size, pieces, seed=i) for i, picture in enumerate(both)]
    folder = pictures.downloaded(source) if source in pictures.SHA256 else pathlib.Path(source)
    return [pictures.read(folder / part, size) for part in ("trainA", "trainB")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="photographs", help="photographs, horse2zebra, a folder")
    parser.add_argument("--size", type=int, default=32, help="pixels, a power of 2 from 32 on")
    parser.add_argument("--filters", type=int, help="of the first layer; 64, or 16 below 256")
    parser.add_argument("--pieces", type=int, default=100, help="how many, of each photograph")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/cyclegan"))
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args()

    keras.utils.set_random_seed(0)
    of_a, of_b = load(options.data, options.size, options.pieces)
    training = Training(options.size, options.filters or (64 if options.size >= 256 else 16))
    epochs_done = tf.Variable(0, trainable=False)
    checkpoint = tf.train.Checkpoint(
        networks=training.networks, optimizers=training.optimizers, epochs_done=epochs_done
    )
    manager = tf.train.CheckpointManager(checkpoint, options.out / "checkpoints", max_to_keep=3)
    if options.resume and manager.latest_checkpoint:
        checkpoint.restore(manager.latest_checkpoint)

    with gt.glass() as glass:
        for epoch in range(int(epochs_done) + 1, options.epochs + 1):
            for loss in training.losses.values():
                loss.reset_state()
            rng = np.random.default_rng(epoch)  # so that a resumed run goes on as it would have
            pairs = zip(rng.permutation(len(of_a)), rng.permutation(len(of_b)), strict=False)
            for i, j in pairs:
                training.step(of_a[i : i + 1], of_b[j : j + 1])
            numbers = {name: float(loss.result()) for name, loss in training.losses.items()}
            glass.log(epoch=epoch, **numbers)
            shown = ", ".join(f"{name} {value:.3f}" for name, value in numbers.items())
            glass.print(f"Epoch {epoch}, losses: {shown}")
            to_a, to_b = training.networks["to_a"], training.networks["to_b"]
            rows = [of_a[:8], to_b(of_a[:8], training=False)]
            rows += [of_b[:8], to_a(of_b[:8], training=False)]
            pictures.save_grid(options.out / f"epoch-{epoch:04}.png", rows)
            epochs_done.assign(epoch)
            manager.save()
    print(f"The pictures are in {options.out}, the run in {glass.run_dir}.")


if __name__ == "__main__":
    main()
