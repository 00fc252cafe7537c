"""A program with a large block of intermediate values, compiled anew to have several that stay.

glibc gives larger blocks than `memory.keep` allows back to the system after each step: a third of
the time of the benchmarks' CNN at a batch of 256 goes into making their pages anew. XLA can take
several smaller ones instead, but it cannot write such a program to JAX' cache on disk, which is
what has the next run of a script start soon. So a step begins with the program as it was compiled
first, or found on disk. Once it has run for a while it is compiled a second time beside the
training, and the new program takes over between two calls. Both compute the same; only where the
values lie differs.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax

from glasstape.compiler import memory
from glasstape.ports import jax_cache

if TYPE_CHECKING:
    from glasstape.compiler.program import Program

# How large a block may be that XLA takes (jaxlib 0.10 to 0.12), in bytes. The heap it comes from
# has 64 MiB, with glibc's own words and what is left between blocks.
OPTIONS = {"xla_multiheap_size_constraint_per_heap": 60_000_000}
# It has to run for so many times what its first call took before it is compiled anew, and for so
# many seconds, since a program found on disk starts at once: a long training gains, and a short one
# has lost little.
PATIENCE, LEAST_SECONDS = 3.0, 3.0
# Of the threads that wait for the time to come, and that compile.
NAME = "glasstape-second-compile"


def plan(program: Program, layouts: Sequence[Any], seconds: float) -> None:
    """After a step's first call: have it compiled anew in a while, if that may pay.

    Args:
        program: The step; it is not kept alive.
        layouts: Of its program's arguments.
        seconds: What the first call took, with compiling.
    """
    if jax.default_backend() != "cpu":
        return
    largest = memory.keep().largest
    if not largest or program.staged.bytes_computed <= largest:
        return
    wait = max(PATIENCE * seconds, LEAST_SECONDS)
    timer = threading.Timer(wait, _ask, (weakref.ref(program), layouts))
    timer.name, timer.daemon = NAME, True
    timer.start()


def _ask(reference: weakref.ref[Program], layouts: Sequence[Any]) -> None:
    program = reference()
    if program is not None:
        program.compile_again_when_called(layouts)


def start(program: Program, layouts: Sequence[Any]) -> None:
    """Compile it anew on another thread, if its block is too large to be kept; returns at once."""
    # Not a daemon: XLA's compiler must not be cut off by the end of the process.
    threading.Thread(target=_compile, args=(program, layouts), name=NAME).start()


def _compile(program: Program, layouts: Sequence[Any]) -> None:
    # What runs now goes on, whatever happens here: XLA of another jaxlib may not know the option.
    with contextlib.suppress(Exception), jax_cache.nothing_written():
        if program.temporary_bytes(layouts) > memory.keep().largest:
            program.compile_again(layouts, OPTIONS)
