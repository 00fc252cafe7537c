"""The chapter's step in `tf.function`."""

import tensorflow as tf

from benchmarks.contestants import tensorflow_eager

TITLE = "tf.function"


def prepare(case):
    return tensorflow_eager.prepare(case, tf.function)
