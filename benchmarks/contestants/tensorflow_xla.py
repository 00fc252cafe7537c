"""The chapter's step in `tf.function(jit_compile=True)`: TensorFlow's own way to XLA."""

import functools

import tensorflow as tf

from benchmarks.contestants import tensorflow_eager

TITLE = "tf.function, XLA"


def prepare(case):
    return tensorflow_eager.prepare(case, functools.partial(tf.function, jit_compile=True))
