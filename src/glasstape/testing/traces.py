"""`max_traces`: a test fails when a step is traced more often than it should."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from glasstape import sources
from glasstape.compiler.callables import Method
from glasstape.compiler.function import Function
from glasstape.errors import RetraceError, StepTypeError


@contextlib.contextmanager
def max_traces(fn: Function | Method, count: int) -> Iterator[None]:
    """Fail when `fn` is traced more than `count` times inside the ``with`` block.

    Args:
        fn: A `glasstape.function`.
        count: How many traces are allowed; 0 after the step has run before.

    Raises:
        RetraceError: it was traced more often; says why each time. An ``AssertionError``.
        StepTypeError: `fn` is no `glasstape.function`.

    Example:
        >>> import glasstape as gt
        >>> import jax.numpy as jnp
        >>> step = gt.function(lambda x: x * 2)
        >>> with gt.testing.max_traces(step, 1):
        ...     for _ in range(3):
        ...         y = step(jnp.ones(4))
    """
    if not isinstance(fn, Function | Method):
        raise StepTypeError(
            "max_traces was given something that is never traced.",
            expected="a function decorated with @gt.function",
            received=type(fn).__name__,
            fix="pass the decorated function itself",
            where=sources.user_source(),
        )
    before = len(fn.traces)
    yield
    made = fn.traces[before:]
    if len(made) > count:
        raise RetraceError(
            f"{getattr(fn, '__name__', 'The step')} was traced {len(made)} times.",
            expected=f"at most {count}",
            received="\n    ".join(["", *(line for t in made for line in str(t).splitlines())]),
            fix="pass numbers that change as tensors, and batches of one size and dtype",
            where=sources.user_source(),
        )
