"""`model.fit` with ``steps_per_execution``: many steps in one program."""

from benchmarks.contestants import STEPS_PER_CALL, keras_fit

TITLE = f"Keras fit, steps_per_execution={STEPS_PER_CALL}"


def prepare(case):
    return keras_fit.prepare(case, steps_per_execution=STEPS_PER_CALL)
