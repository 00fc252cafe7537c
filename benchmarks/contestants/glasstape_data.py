"""`gt.data`, as a TensorFlow program writes its pipeline."""

import glasstape.tf as tf
from benchmarks import data_program

TITLE = "glasstape data"


def prepare(case):
    return data_program.loop(data_program.batches(tf, case), data_program.first_number)
