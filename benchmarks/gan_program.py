"""The training step of a GAN: nets with an optimizer each, in the words TensorFlow and glasstape
share.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle
from typing import Any

import numpy as np

from benchmarks.case import draw_weights

BATCHES = 16


def batches(case: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """What a generator is given and real pictures, the same in every process."""
    rng = np.random.default_rng(1)
    count = min(BATCHES, case.most_batches)
    return [case.definition.batch(rng, case.batch_size) for _ in range(count)]


def build(api: Any, keras: Any, case: Any) -> Callable[[Any, Any], Any]:
    """Build nets, optimizers and step.

    Args:
        api: The module that offers ``GradientTape``.
        keras: Keras on the matching backend.
        case: What is trained.

    Returns:
        The plain Python function ``step(given, real) -> loss``, the sum of the losses of all nets.
    """
    keras.utils.set_random_seed(0)
    nets = case.definition.build(keras)
    draw_weights(*nets)
    losses = case.definition.losses(keras)
    optimizers = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in nets]
    for optimizer, net in zip(optimizers, nets, strict=True):
        optimizer.build(net.trainable_variables)
    persistent = case.definition.PERSISTENT
    GradientTape = api.GradientTape  # glasstape imports it here, and not in the first call

    def step(given, real):
        with ExitStack() as recording:
            tapes = [
                recording.enter_context(GradientTape(persistent))
                for _ in range(1 if persistent else len(nets))
            ]
            found = losses(*nets, given, real)
        of_each = [
            tape.gradient(loss, net.trainable_variables)
            for tape, loss, net in zip(cycle(tapes), found, nets, strict=False)
        ]
        for gradients, net, optimizer in zip(of_each, nets, optimizers, strict=True):
            optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
        return sum(found)

    return step
