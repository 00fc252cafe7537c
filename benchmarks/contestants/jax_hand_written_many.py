"""Many hand-written steps in one program: `jax.lax.scan` over batches that came one by one."""

import jax
import jax.numpy as jnp

from benchmarks.contestants import STEPS_PER_CALL, loop_of_many, on_device
from benchmarks.contestants.jax_hand_written import make

TITLE = f"hand-written lax.scan over {STEPS_PER_CALL} steps"


def prepare(case):
    step, state = make(case)

    def steps(state, batches):
        columns = [jnp.stack(column) for column in zip(*batches, strict=True)]
        return jax.lax.scan(lambda state, batch: step(state, *batch), state, columns)

    steps = jax.jit(steps, donate_argnums=0)

    def next_steps(batches):
        nonlocal state
        state, losses = steps(state, batches)
        return losses[-1]

    return loop_of_many(next_steps, on_device(case))
