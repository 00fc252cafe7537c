"""`glasstape.function` around the chapter's step."""

import keras

import glasstape as gt
from benchmarks import keras_program
from benchmarks.contestants import loop, on_device, settled

TITLE = "glasstape"


def prepare(case):
    step = gt.function(keras_program.build(gt, keras, case).step)
    return settled(loop(step, on_device(case)))
