"""Keep the memory of a step for the next one, on CPUs.

XLA takes memory for a call's intermediate values when it begins, and frees it when it ends. glibc
gives so large blocks back to the system, which fills new pages with zeros for the next call: 9,900
page faults a step with the benchmarks' deep CNN, a tenth of its time (docs/passes.md). Three of
glibc's settings keep it (mallopt(3), *The GNU C Library*, 3.2.3.6):

- blocks of up to 64 MiB come from a heap instead of a mapping of their own; glibc's own rule goes
  up to 32 MiB, and before 2.35 it takes no more;
- up to 1 GiB that is free at the end of the heap stays;
- a thread's heap, of 64 MiB at most, is not given back when it is empty, which is what asking for
  more than two of them in advance amounts to (``heap_trim`` in malloc/arena.c). Nothing is touched
  in advance.

They hold for the process. XLA's threads allocate, so larger blocks would need a single arena
(M_ARENA_MAX) for all of them, for which small steps wait: an MLP's takes a fifth longer. Programs
that want larger ones are compiled anew to take several (`second_compile`).
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from typing import NamedTuple

from glasstape.environment import OFF

VARIABLE = "GLASSTAPE_ALLOCATOR"
MIB = 1 << 20
# Of glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_LARGEST = (64 * MIB, 32 * MIB)
_SETTINGS = {_TRIM_THRESHOLD: 1024 * MIB, _TOP_PAD: 129 * MIB}
# What a user sets who has said something about them: a variable for each, or one for all.
_GIVEN = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_TRIM_THRESHOLD_")
_GIVEN_TOGETHER = "GLIBC_TUNABLES"


class State(NamedTuple):
    """Whether a step's memory is kept.

    Attributes:
        largest: In blocks of up to so many bytes; 0 where it is not kept.
        reason: What is set, or why nothing is.
    """

    largest: int
    reason: str


@functools.cache
def keep() -> State:
    """Set the allocator, once a process, unless the user has said something about it."""
    if os.environ.get(VARIABLE, "").strip().lower() in OFF:
        return State(0, f"switched off by {VARIABLE}")
    given = [name for name in _GIVEN if name in os.environ or _is_together(name)]
    if given:
        return State(0, f"left as {given[0].lower().strip('_')} in your environment has it")
    if sys.platform != "linux":
        return State(0, "left as it is: this is for Linux")
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version") or not hasattr(library, "mallopt"):
        return State(0, "left as it is: the C library is not glibc")
    largest = next((n for n in _LARGEST if library.mallopt(_MMAP_THRESHOLD, n)), None)
    if largest is None or not all(library.mallopt(*setting) for setting in _SETTINGS.items()):
        return State(0, "left as it is: the C library refused")
    return State(largest, f"kept for the next step, in blocks of up to {largest // MIB} MiB")


def _is_together(name: str) -> bool:
    """Whether ``GLIBC_TUNABLES`` says it, such as ``glibc.malloc.top_pad=0``."""
    tunable = name.strip("_").lower().replace("_", ".", 1)
    return f"glibc.{tunable}=" in os.environ.get(_GIVEN_TOGETHER, "")
