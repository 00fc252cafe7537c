"""The ways to train, one a file.

The first word of a file's name says what it runs in: ``tensorflow`` and ``torch`` in their own
interpreters, any other in this one. Names that end in ``_eager`` are for the eager rows, in
``_many`` for those of many steps in one dispatch. A file
offers ``TITLE`` and ``prepare(case)``, which gives a `Run`; only the process that runs it imports
it.
"""

from __future__ import annotations

import importlib
import pkgutil
import threading
import time
from collections.abc import Callable, Iterable
from itertools import cycle, islice
from typing import Any

# run(steps) trains on the next batches, waits for the results, and gives the seconds this took
# and the last loss. Its first call includes tracing and compiling.
Run = Callable[[int], tuple[float, float]]
# Of those that run many steps in one dispatch.
STEPS_PER_CALL = 32


def names() -> list[str]:
    """All contestants."""
    return [m.name for m in pkgutil.iter_modules(__path__)]


def interpreter(contestant: str) -> str:
    """``"jax"``, ``"tensorflow"`` or ``"torch"``."""
    first = contestant.split("_")[0]
    return first if first in ("tensorflow", "torch") else "jax"


def load(contestant: str) -> Any:
    """The contestant's module."""
    return importlib.import_module(f"benchmarks.contestants.{contestant}")


def loop(step: Callable[[Any, Any], Any], batches: Iterable[tuple[Any, Any]]) -> Run:
    """The training loop all contestants share; `step` gives the loss."""
    endless = cycle(batches)

    def run(steps: int) -> tuple[float, float]:
        start = time.perf_counter()
        loss: Any = None
        for images, labels in islice(endless, steps):
            loss = step(images, labels)
        loss = float(loss)  # waits for the result
        return time.perf_counter() - start, loss

    return run


def settled(run: Run) -> Run:
    """`run`, whose second call begins when no program waits to be compiled anew or is just now."""
    from glasstape.compiler import second_compile

    calls = 0

    def settled_run(steps: int) -> tuple[float, float]:
        nonlocal calls
        calls += 1
        quiet = 0
        while calls == 2 and quiet < 2:  # a program is compiled once it is called again
            waiting = any(t.name == second_compile.NAME for t in threading.enumerate())
            quiet = 0 if waiting else quiet + 1
            run(1)
        return run(steps)

    return settled_run


def loop_of_many(steps: Callable[[Any], Any], batches: Iterable[tuple[Any, Any]]) -> Run:
    """The training loop of those who are given `STEPS_PER_CALL` batches at a time."""
    endless = cycle(batches)

    def run(count: int) -> tuple[float, float]:
        start = time.perf_counter()
        loss: Any = None
        for _ in range(0, count, STEPS_PER_CALL):
            loss = steps([*islice(endless, STEPS_PER_CALL)])
        loss = float(loss)
        return time.perf_counter() - start, loss

    return run


def on_device(case: Any) -> list[tuple[Any, Any]]:
    """The batches as JAX' arrays."""
    import jax.numpy as jnp  # not in the interpreters of the others

    return [(jnp.asarray(images), jnp.asarray(labels)) for images, labels in case.batches()]
