"""What each pass saves, for the table in docs/passes.md: the operation by XLA and by the pass.

In turns in one process, medians, on the CPU::

    python docs/measure_passes.py
"""

from __future__ import annotations

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.extend.core
import jax.numpy as jnp
import numpy as np
from jax import lax

import glasstape
from glasstape.compiler.passes.rewriting import PASSES
from glasstape.ports.jax_program import rewritten

ROUNDS = 15


def main() -> None:
    """Measure and print."""
    print(f"glasstape {glasstape.__version__}, jax {jax.__version__}, {os.cpu_count()} cores")
    for name, cases in CASES.items():
        for title, make in cases.items():
            function, arguments = make()
            theirs, ours = _ways(name, function, arguments)
            print(f"| {name} | {title} | {theirs:.2f} | {ours:.2f} | {theirs / ours:.1f}x |")


def _ways(name: str, function: Callable[..., Any], arguments: tuple) -> list[float]:
    """Milliseconds of the program as it is, and as the pass makes it."""
    program = jax.make_jaxpr(function)(*arguments)
    new = rewritten(program, PASSES[name])
    assert new is not program, "the pass leaves this alone"  # noqa: S101
    runs = [jax.jit(jax.extend.core.jaxpr_as_fun(p)) for p in (program, new)]
    for run in runs:
        jax.block_until_ready(run(*arguments))
    seconds: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for run, taken in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            jax.block_until_ready(run(*arguments))
            taken.append(time.perf_counter() - start)
    return [1e3 * statistics.median(taken) for taken in seconds]


def _max_pool(shape: tuple[int, ...], size: int, step: int, padding: str) -> Callable[[], Any]:
    def make() -> tuple[Callable[..., Any], tuple]:
        def pool(x: Any) -> Any:
            window, steps = (1, size, size, 1), (1, step, step, 1)
            return lax.reduce_window(x, -jnp.inf, lax.max, window, steps, padding)

        rng = np.random.default_rng(0)
        x = jnp.asarray(np.maximum(rng.standard_normal(shape), 0), "float32")  # as after a ReLU
        dy = jnp.asarray(rng.standard_normal(jax.eval_shape(pool, x).shape), "float32")
        return lambda x, dy: jax.vjp(pool, x)[1](dy), (x, dy)

    return make


CASES = {
    "max_pool_gradient": {
        "64x28x28x32, 2x2": _max_pool((64, 28, 28, 32), 2, 2, "VALID"),
        "64x14x14x64, 2x2": _max_pool((64, 14, 14, 64), 2, 2, "VALID"),
        "1x256x256x64, 2x2": _max_pool((1, 256, 256, 64), 2, 2, "VALID"),
        "32x56x56x64, 3x3 step 2": _max_pool((32, 56, 56, 64), 3, 2, "SAME"),
    }
}


if __name__ == "__main__":
    main()
