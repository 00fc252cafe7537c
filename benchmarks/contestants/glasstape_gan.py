"""`glasstape.function` around the step of a GAN."""

import jax.numpy as jnp
import keras

import glasstape as gt
from benchmarks import gan_program
from benchmarks.contestants import loop, settled

TITLE = "glasstape"


def prepare(case):
    batches = [tuple(map(jnp.asarray, batch)) for batch in gan_program.batches(case)]
    return settled(loop(gt.function(gan_program.build(gt, keras, case)), batches))
