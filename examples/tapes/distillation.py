"""Distillation: a small net learns from what a large one thinks of each class.

G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural Network", 2015,
arXiv:1503.02531.

    python examples/tapes/distillation.py
"""

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
from keras import layers, ops

TEMPERATURE, EPOCHS, LABELLED = 4.0, 60, 200

keras.utils.set_random_seed(0)
(images, labels), test = gt.data.load_digits()
of_labels = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def make_net(units):
    return keras.Sequential(
        [layers.Flatten(), layers.Dense(units, activation="relu"), layers.Dense(10)]
    )


def trained(net, images, *targets, loss):
    """Train a net with `loss(logits, *targets)`; its accuracy on the test pictures."""
    optimizer = keras.optimizers.Adam(2e-3)
    dataset = gt.data.Dataset.from_tensor_slices((images, *targets)).shuffle(2000).batch(32)

    @gt.function
    def step(images, *targets):
        with gt.GradientTape() as tape:
            value = loss(net(images), *targets)
        gradients = tape.gradient(value, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))

    for _ in range(EPOCHS):
        for batch in dataset:
            step(*batch)
    correct = ops.equal(ops.argmax(net(test[0]), axis=-1), test[1])
    return float(ops.mean(ops.cast(correct, "float32")))


def like_the_teacher(logits, teachers):
    """How far two softened predictions are apart, times the temperature squared."""
    wanted = ops.softmax(teachers / TEMPERATURE)
    divergence = ops.sum(wanted * (ops.log(wanted) - ops.log_softmax(logits / TEMPERATURE)), -1)
    return ops.mean(divergence) * TEMPERATURE**2


teacher, pupil, alone = make_net(512), make_net(12), make_net(12)
of_teacher = trained(teacher, images, labels, loss=lambda x, y: of_labels(y, x))
print(f"teacher, all {len(labels)} labels          {of_teacher:.1%}")
few = images[:LABELLED], labels[:LABELLED]
by_itself = trained(alone, *few, loss=lambda x, y: of_labels(y, x))
print(f"small net, {LABELLED} labels              {by_itself:.1%}")
# The pupil sees no label at all, only what the teacher thinks.
opinions = teacher.predict(images, verbose=0)
of_pupil = trained(pupil, images, opinions, loss=like_the_teacher)
print(f"small net, the teacher's opinion {of_pupil:.1%}")
