"""`glasstape.function` around the chapter's step."""

import jax.numpy as jnp
import keras

import glasstape as gt
from benchmarks import keras_program
from benchmarks.contestants import loop

TITLE = "glasstape"


def prepare(case):
    step = gt.function(keras_program.build(gt, keras, case).step)
    return loop(step, on_device(case))


def on_device(case):
    return [(jnp.asarray(images), jnp.asarray(labels)) for images, labels in case.batches()]
