"""`tf.summary.trace_on` and its like: a profile of JAX's, and no graph."""

from __future__ import annotations

import warnings
from typing import Any

import jax

from glasstape import sources
from glasstape.errors import SummaryError

_running: dict[str, Any] = {}  # what trace_on has started
_warned: dict[Any, Any] = {}  # so that a line in a loop warns once


def trace_on(graph: bool = True, profiler: bool = False, profiler_outdir: Any = None) -> None:
    """Start a profile, as ``tf.summary.trace_on``; a graph is not written, which is said once.

    Args:
        graph: Accepted; there is no graph of TensorFlow's to be written.
        profiler: Whether to write what runs when.
        profiler_outdir: The folder for that, which TensorBoard shows.

    Raises:
        SummaryError: `profiler` is given without a folder, or one is running already.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.trace_on(graph=False)
        >>> tf.summary.trace_off()
    """
    if _running:
        raise _refusal("no trace that runs already", "one", "call tf.summary.trace_off() first")
    if profiler and profiler_outdir is None:
        fix = "name it here: JAX writes into it from the start"
        raise _refusal("a folder, profiler_outdir, for the profile", "None", fix)
    if graph:
        _say_no_graph()
    if profiler:
        jax.profiler.start_trace(str(profiler_outdir))
    _running.update(profiler=profiler)


def trace_export(name: str, step: Any = None, profiler_outdir: Any = None) -> None:
    """Stop the trace and write the profile, as ``tf.summary.trace_export``.

    Args:
        name: Unused.
        step: Unused.
        profiler_outdir: Unused; `trace_on` takes it.

    Raises:
        SummaryError: no trace runs.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.trace_on(graph=False)
        >>> tf.summary.trace_export("step")
    """
    del name, step, profiler_outdir
    if not _running:
        raise _refusal("a trace that runs", "none", "call tf.summary.trace_on first")
    trace_off()


def trace_off() -> None:
    """Stop the trace, as ``tf.summary.trace_off``."""
    if _running.pop("profiler", False):
        jax.profiler.stop_trace()


def _say_no_graph() -> None:
    where = sources.user_source()
    warnings.warn_explicit(
        "tf.summary.trace_on writes no graph: a compiled step is a program of XLA's, which "
        "glasstape.function(...).program shows; profiler=True, profiler_outdir=... writes a "
        "profile",
        UserWarning,
        where.file,
        where.line,
        registry=_warned,
    )


def _refusal(expected: str, received: str, fix: str) -> SummaryError:
    return SummaryError(
        "A trace cannot be started or written.",
        expected=expected,
        received=received,
        fix=fix,
        where=sources.user_source(),
    )
