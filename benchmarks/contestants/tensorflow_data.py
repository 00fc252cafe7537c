"""`tf.data`, with its own choice of threads."""

import tensorflow as tf

from benchmarks import data_program

TITLE = "tf.data"


def prepare(case):
    return data_program.loop(data_program.batches(tf, case), data_program.first_number)
