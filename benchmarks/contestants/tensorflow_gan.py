"""The step of a GAN in `tf.function`."""

import keras
import tensorflow as tf

from benchmarks import gan_program
from benchmarks.contestants import loop

TITLE = "tf.function"


def prepare(case):
    batches = [tuple(map(tf.constant, batch)) for batch in gan_program.batches(case)]
    return loop(tf.function(gan_program.build(tf, keras, case)), batches)
