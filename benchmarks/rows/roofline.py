"""How near each compiled step comes to what the processor can do.

Its matrix products and convolutions are hardly quicker than they would be at the speed of one large
matrix product. What else there is in it (batch norm, activations, the optimizer) comes on top, and
is most of the work in some nets.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks import gan_program, keras_program, products
from benchmarks.bench import Bench
from benchmarks.case import Case
from benchmarks.contestants import Run
from benchmarks.race import quartiles, race
from benchmarks.rows import Row, compare

TITLE = "Roofline"
SIZE = 2048  # rows and columns of the large product


def measure(bench: Bench) -> Iterator[Row]:
    if bench.against is not None:
        return
    peak = _peak()
    for case in [*bench.cases(), *bench.gans()]:
        name = "glasstape_gan" if case.is_gan else "glasstape_function"
        with bench.open([name], case) as opened:
            title, run = opened[name]
            seconds = race({"step": run, "peak": peak}, bench.effort)
        flops = _flops(case)
        at_peak = [s * flops / (2 * SIZE**3) for s in seconds["peak"]]
        rate = flops / quartiles(at_peak)[1] / 1e9
        other = f"its {flops / 1e9:.3g} GFLOP of products at {rate:.0f} GFLOP/s"
        yield compare(case.title, (title, seconds["step"]), (other, at_peak))


def _flops(case: Case) -> float:
    """Of the step as it is traced, before any pass."""
    import keras

    import glasstape as gt

    if case.is_gan:
        step, batches = gan_program.build(gt, keras, case), gan_program.batches(case)
    else:
        step, batches = keras_program.build(gt, keras, case).step, case.batches()
    passes = gt.passes()
    gt.passes(**dict.fromkeys(passes, False))
    try:
        entry: Any = gt.function(step)._inspected(batches[0], {}).entry
    finally:
        gt.passes(**passes)
    return products.flops(entry.traced.staged.program.jaxpr)


def _peak() -> Run:
    """A step of it is one large product."""
    import jax
    import jax.numpy as jnp

    product = jax.jit(jnp.matmul)
    left = right = jnp.ones((SIZE, SIZE))

    def run(steps: int) -> tuple[float, float]:
        start = time.perf_counter()
        for _ in range(steps):
            product(left, right).block_until_ready()
        return time.perf_counter() - start, 0.0

    return run
