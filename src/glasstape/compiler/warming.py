"""Have XLA for CPUs set itself up on another core while a model is built.

Its matrix library takes 25 to 30 ms the first time it is used in a process, which is a twentieth of
a small step's first call. Building a model uses one core, and so does tracing a step. Beside the
trace it would come late: it has to be traced and lowered itself, and Python runs one thread at a
time.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from typing import Any

import jax
import jax.monitoring
import numpy as np

from glasstape.compiler import memory

# A product that XLA hands to its library, as the gradient of a dense layer's kernel is.
_LEFT, _RIGHT = (32, 784), (32, 128)


def start_early() -> None:
    """Begin with it when XLA has compiled something, such as how a layer's weights are drawn.

    Before that nothing is known of devices, and asking for them would settle which there are.
    """
    jax.monitoring.register_event_duration_secs_listener(_heard)


def _heard(event: str, duration_secs: float, **kwargs: Any) -> None:
    del duration_secs, kwargs
    if event.endswith("/backend_compile_duration"):
        start()


@functools.cache
def start() -> None:
    """Begin with it, once a process; returns at once."""
    if jax.default_backend() != "cpu":
        return
    memory.keep()
    if (os.cpu_count() or 1) > 1:
        # Not a daemon: a process that ends in these milliseconds waits for it.
        threading.Thread(target=_warm_up, name="glasstape-warm-up").start()


def _warm_up() -> None:
    # Nothing depends on it: what is wrong here is told where the step itself meets it.
    with contextlib.suppress(Exception):
        left, right = (jax.device_put(np.ones(s, np.float32)) for s in (_LEFT, _RIGHT))
        jax.block_until_ready(jax.jit(warm_up)(left, right))


def warm_up(left: Any, right: Any) -> Any:
    """float32[a,b], float32[a,c] -> float32[b,c]: their product, the first one transposed."""
    return left.T @ right
