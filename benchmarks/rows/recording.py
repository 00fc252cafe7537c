"""What it costs that a tape writes an operation down."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.bench import Bench
from benchmarks.contestants import Run
from benchmarks.race import quartiles, race
from benchmarks.rows import Row

TITLE = "Recording an operation"
OPERATIONS = 100
AT_MOST = 15.0


def measure(bench: Bench) -> Iterator[Row]:
    if bench.against is not None:
        return
    import jax
    from jax import lax

    for title, operation in (("lax.add", lax.add), ("jitted add", jax.jit(lax.add))):
        runs = {"taped": _chain(operation, True), "plain": _chain(operation, False)}
        seconds = race(runs, bench.effort)
        pairs = zip(seconds["taped"], seconds["plain"], strict=True)
        low, median, high = quartiles([(a - b) / OPERATIONS * 1e6 for a, b in pairs])
        note = f"{median:.1f} µs more under a tape (middle half {low:.1f} to {high:.1f})"
        reached = "reached" if high <= AT_MOST else "MISSED" if low > AT_MOST else "unclear"
        yield Row(title, "glasstape", "no tape", note=f"{note}; target {AT_MOST:g}: {reached}")


def _chain(operation: Callable[..., Any], taped: bool) -> Run:
    """Each step adds a small array many times."""
    import jax.numpy as jnp

    import glasstape as gt

    start = jnp.ones((8, 8))

    def compute() -> Any:
        y = start
        for _ in range(OPERATIONS):
            y = operation(y, start)
        return y

    def under_a_tape() -> Any:
        with gt.GradientTape() as tape:
            tape.watch(start)
            return compute()

    step = under_a_tape if taped else compute

    def run(steps: int) -> tuple[float, float]:
        begin = time.perf_counter()
        for _ in range(steps):
            y = step()
        y.block_until_ready()
        return time.perf_counter() - begin, float(y[0, 0])

    return run
