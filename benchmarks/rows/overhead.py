"""What a call costs beyond a hand-written donated `jax.jit`: a step with many small variables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.bench import Bench
from benchmarks.contestants import Run
from benchmarks.race import quartiles, race
from benchmarks.rows import Row, compare

TITLE = "Calling a step"
FEW, MANY = 60, 600
MICROSECONDS_MORE = 20.0
AT_MOST = 1.05


def measure(bench: Bench) -> Iterator[Row]:
    if bench.against is not None:
        return
    for count in (FEW, MANY):
        runs = {"ours": _glasstape(count), "theirs": _hand_written(count)}
        seconds = race(runs, bench.effort)
        case, titles = f"{count} state arrays", ("glasstape", "hand-written JAX, donated")
        if count == MANY:
            ours, theirs = zip(titles, (seconds["ours"], seconds["theirs"]), strict=True)
            yield compare(case, ours, theirs, at_most=AT_MOST)
            continue
        pairs = zip(seconds["ours"], seconds["theirs"], strict=True)
        low, median, high = quartiles([(a - b) * 1e6 for a, b in pairs])
        within = high <= MICROSECONDS_MORE
        reached = "reached" if within else "MISSED" if low > MICROSECONDS_MORE else "unclear"
        note = f"{median:.1f} µs more a call (middle half {low:.1f} to {high:.1f})"
        yield Row(case, *titles, note=f"{note}; target {MICROSECONDS_MORE:g}: {reached}")


def _glasstape(count: int) -> Run:
    import jax.numpy as jnp

    import glasstape as gt

    variables = [gt.Variable(jnp.full((8,), float(i))) for i in range(count)]

    @gt.function
    def step(x: Any) -> Any:
        for v in variables:
            v.assign(v * 0.5 + x)
        return x + 1.0

    return _loop(step)


def _hand_written(count: int) -> Run:
    import jax
    import jax.numpy as jnp

    state = [jnp.full((8,), float(i)) for i in range(count)]

    def pure(state: Any, x: Any) -> Any:
        return [s * 0.5 + x for s in state], x + 1.0

    jitted = jax.jit(pure, donate_argnums=0)

    def step(x: Any) -> Any:
        nonlocal state
        state, y = jitted(state, x)
        return y

    return _loop(step)


def _loop(step: Any) -> Run:
    import jax.numpy as jnp

    x = jnp.float32(0.0)
    step(x)

    def run(steps: int) -> tuple[float, float]:
        begin = time.perf_counter()
        for _ in range(steps):
            y = step(x)
        return time.perf_counter() - begin, float(y)

    return run
