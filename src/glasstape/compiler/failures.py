"""Errors of a step: the user's own lines, what was asked for, and nothing lost that can be kept."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.compiler.cost import Cost, size
from glasstape.errors import GlassTapeError, StepMemoryError

_DEBUG = "gt.run_functions_eagerly(True) runs the step as plain Python, for a debugger"


def explain_tracing(error: Exception, name: str) -> None:
    """Add the user's own lines to an error raised while a step was traced.

    Args:
        error: Likewise.
        name: The step's name.
    """
    lines = [f"  {f}: {f.text}" for f in sources.user_frames(error.__traceback__)]
    if lines:
        note = f"While tracing {name} (nothing was changed), your lines:\n" + "\n".join(lines)
        error.add_note(note if isinstance(error, GlassTapeError) else f"{note}\n{_DEBUG}.")


_warned: dict[Any, Any] = {}  # so that a line warns once, whatever it is called with


def tell_uncompiled(error: GlassTapeError, name: str) -> None:
    """Warn that a step runs as plain Python, because of an error raised while it was traced."""
    where: Any = error.where or sources.user_source()
    happened = str(error).replace("\n", "\n  ")
    warnings.warn_explicit(
        f"{name} is not compiled and runs as plain Python, which is slower:\n  {happened}",
        UserWarning,
        where.file,
        where.line,
        registry=_warned,
    )


def user_traceback(error: Exception) -> Any:
    """The user's frames of a traceback; all of them with ``JAX_TRACEBACK_FILTERING=off``."""
    if jax.config.jax_traceback_filtering == "off":  # pyright: ignore[reportAttributeAccessIssue]
        return error.__traceback__
    return sources.user_traceback(error.__traceback__)


def of_running(error: Exception, name: str, what_it_needs: Callable[[], str]) -> Exception:
    """An error raised by a running program, explained where that can be done.

    Args:
        error: Likewise.
        name: The step's name.
        what_it_needs: Says how much memory the program needs.
    """
    if "RESOURCE_EXHAUSTED" not in str(error) and not isinstance(error, MemoryError):
        error.add_note(f"While running {name} (nothing was changed).")
        return error
    return StepMemoryError(
        f"{name} ran out of memory.",
        expected=what_it_needs(),
        received=str(error).splitlines()[0],
        fix="use smaller batches, wrap large parts of the model in gt.recompute_grad, or compute "
        "in 16 bits (keras.config.set_dtype_policy('mixed_bfloat16')); nothing was changed",
        where=sources.user_source(),
    )


def memory_needed(run: Any, arguments: Sequence[Any]) -> str:
    """What a program needs, in words; compiles it once more.

    Args:
        run: A jitted function.
        arguments: What it is called with; may be deleted already.
    """
    layouts = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), tuple(arguments))
    try:
        cost = Cost.of("", run.lower(*layouts).compile())
    except Exception:  # told as a help for an error that is on its way
        cost = None
    if cost is None or cost.peak_bytes is None:
        return "a program that fits into memory"
    return (
        f"room for {size(cost.peak_bytes)}: {size(cost.argument_bytes)} for arguments and state, "
        f"{size(cost.result_bytes)} for results, {size(cost.temporary_bytes)} for intermediate "
        "values"
    )


def backup(values: Sequence[Any], needed: int) -> list[np.ndarray | None]:
    """Arrays that are about to be overwritten, as they are now, in the host's memory.

    What is there already is not copied: XLA overwrites no array of which there is a NumPy view.
    That costs the memory of another array all the same, so it is not done where memory cannot run
    out. Keep what you are given until it is sure that it is not wanted.

    Args:
        values: The arrays.
        needed: How many bytes the program that overwrites them needs at most, about.
    """
    if jax.default_backend() == "cpu" and needed < _free_memory() / 4:
        return [None for _ in values]
    return [np.asarray(v) if _is_here(v) else None for v in values]


def _free_memory() -> float:
    """In bytes, and 0 where it is not known (macOS), or bounded for this process."""
    try:
        import resource

        if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
            return 0
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ImportError, ValueError, OSError):
        return 0


def _is_here(value: Any) -> bool:
    is_key = jnp.issubdtype(value.dtype, jax.dtypes.prng_key)
    return value.is_fully_addressable and not is_key


def restored(copies: Sequence[Any], lost: Sequence[Any]) -> list[Any]:
    """The arrays of `backup`, where the present ones may be lost."""
    pairs = zip(copies, lost, strict=True)
    return [v if c is None else jax.device_put(c, v.sharding) for c, v in pairs]
