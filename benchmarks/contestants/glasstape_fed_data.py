"""The chapter's step, fed by a dataset that is walked anew each epoch."""

import keras

import glasstape as gt
import glasstape.tf as tf
from benchmarks import data_program, keras_program

TITLE = "glasstape, fed by its dataset"


def prepare(case):
    step = gt.function(keras_program.build(gt, keras, case).step)
    return data_program.loop(data_program.batches(tf, case), step)
