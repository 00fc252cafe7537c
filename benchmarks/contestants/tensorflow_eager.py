"""The chapter's step in TensorFlow without `tf.function`."""

import keras
import tensorflow as tf

from benchmarks import keras_program
from benchmarks.contestants import loop

TITLE = "TensorFlow, eager"


def prepare(case, wrap=lambda step: step):
    batches = [tuple(map(tf.constant, batch)) for batch in case.batches()]
    return loop(wrap(keras_program.build(tf, keras, case).step), batches)
