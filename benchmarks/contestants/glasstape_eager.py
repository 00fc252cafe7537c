"""The chapter's step without `function`."""

import keras

import glasstape as gt
from benchmarks import keras_program
from benchmarks.contestants import loop, on_device

TITLE = "glasstape, eager"


def prepare(case):
    return loop(keras_program.build(gt, keras, case).step, on_device(case))
