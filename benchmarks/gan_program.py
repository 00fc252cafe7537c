"""The training step of a GAN: two nets, two tapes, two optimizers, in the words TensorFlow and
glasstape share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import draw_weights

BATCHES = 16


def batches(case: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """What a generator is given and real pictures, the same in every process."""
    rng = np.random.default_rng(1)
    return [case.definition.batch(rng, case.batch_size) for _ in range(BATCHES)]


def build(api: Any, keras: Any, case: Any) -> Callable[[Any, Any], Any]:
    """Build nets, optimizers and step.

    Args:
        api: The module that offers ``GradientTape``.
        keras: Keras on the matching backend.
        case: What is trained.

    Returns:
        The plain Python function ``step(given, real) -> loss``, the sum of both losses.
    """
    keras.utils.set_random_seed(0)
    generator, discriminator = case.definition.build(keras)
    draw_weights(generator, discriminator)
    losses = case.definition.losses(keras)
    optimizers = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2)]
    for optimizer, net in zip(optimizers, (generator, discriminator), strict=True):
        optimizer.build(net.trainable_variables)
    GradientTape = api.GradientTape  # glasstape imports it here, and not in the first call

    def step(given, real):
        with GradientTape() as generator_tape, GradientTape() as discriminator_tape:
            generator_loss, discriminator_loss = losses(generator, discriminator, given, real)
        for optimizer, tape, loss, net in (
            (optimizers[0], generator_tape, generator_loss, generator),
            (optimizers[1], discriminator_tape, discriminator_loss, discriminator),
        ):
            gradients = tape.gradient(loss, net.trainable_variables)
            optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
        return generator_loss + discriminator_loss

    return step
