"""JAX' cache of compiled programs on disk: used when nobody has set it up otherwise.

What the user sets for JAX, in the environment or in ``jax.config``, before or after this, wins.
Read through `jax.monitoring`, whose events come right before JAX looks into the folder and right
before it writes there. (Names of the events and of the settings: tests/ports/test_jax_cache.py.)
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.monitoring
from jax.experimental.compilation_cache import compilation_cache as jax_compilation_cache

_FOLDER, _ENABLED = "jax_compilation_cache_dir", "jax_enable_compilation_cache"
_MAX_SIZE = "jax_compilation_cache_max_size"
_LINES_COUNT = "jax_compilation_cache_include_metadata_in_key"
# JAX keeps only what took a second or more to compile. Our steps of small nets take less.
_LEAST_SECONDS = "jax_persistent_cache_min_compile_time_secs"
_JAX_LEAST_SECONDS, OUR_LEAST_SECONDS = 1.0, 0.0
_LOOKS, _WRITES = "/compile_requests_use_cache", "/cache_misses"


class Listener(NamedTuple):
    """What is to be done about the folder in use.

    Attributes:
        before_first_look: Makes the folder; says whether it can be used.
        before_write: Called each time something is about to be written there.
    """

    before_first_look: Callable[[str], bool]
    before_write: Callable[[str], None]


class _InUse(NamedTuple):
    folder: str
    listener: Listener


_lock = threading.RLock()
_in_use: _InUse | None = None
_has_looked = False


def _setting(name: str) -> Any:
    return getattr(jax.config, name)


def loads_quietly() -> bool:
    """False where JAX loads programs for the CPU with two lines of noise each, until 0.10.1."""
    return jax.__version_info__ >= (0, 10, 2)


def evicts() -> bool:
    """Whether JAX itself keeps the folder small, because the user has asked it to."""
    return _setting(_MAX_SIZE) != -1


def folder_in_use() -> str | None:
    """Where compiled programs are kept now, by whoever said so."""
    if not _setting(_ENABLED):
        return None
    return _setting(_FOLDER) or None


def set_by_user() -> bool:
    """Whether the user has set up JAX' cache, or switched it off."""
    ours = _in_use.folder if _in_use else None
    return not _setting(_ENABLED) or (_setting(_FOLDER) not in (None, ours))


def use(folder: str, listener: Listener) -> None:
    """Keep compiled programs in a folder from now on."""
    global _in_use, _has_looked
    with _lock:
        _in_use, _has_looked = _InUse(folder, listener), False
        jax.config.update(_FOLDER, folder)
        is_default = _setting(_LEAST_SECONDS) == _JAX_LEAST_SECONDS
        if is_default and _LEAST_SECONDS.upper() not in os.environ:
            jax.config.update(_LEAST_SECONDS, OUR_LEAST_SECONDS)
        jax_compilation_cache.reset_cache()  # JAX looks at its settings once


def stop() -> None:
    """Undo `use`; what the user has set meanwhile stays."""
    global _in_use
    with _lock:
        if _in_use is None:
            return
        if _setting(_FOLDER) == _in_use.folder:
            jax.config.update(_FOLDER, None)
        if _setting(_LEAST_SECONDS) == OUR_LEAST_SECONDS:
            jax.config.update(_LEAST_SECONDS, _JAX_LEAST_SECONDS)
        _in_use = None
        jax_compilation_cache.reset_cache()


def nothing_written() -> contextlib.AbstractContextManager[None]:
    """What is compiled meanwhile is not kept on disk; found there it may be."""
    return _meanwhile(_LEAST_SECONDS, math.inf)


def compile_with_its_lines(lowered: Any) -> Any:
    """Compile; what is found on disk may have been made of the same program at other lines."""
    with _meanwhile(_LINES_COUNT, True):
        return lowered.compile()


@contextlib.contextmanager
def _meanwhile(name: str, value: Any) -> Iterator[None]:
    """A setting as it is wanted for a while; what somebody else says meanwhile stays."""
    before = _setting(name)
    jax.config.update(name, value)
    try:
        yield
    finally:
        if _setting(name) == value:
            jax.config.update(name, before)


def _heard(event: str, **about: Any) -> None:
    del about
    if _in_use is None or not event.startswith("/jax/compilation_cache/"):
        return
    if event.endswith(_LOOKS):
        _before_look()
    elif event.endswith(_WRITES):
        with _lock:
            in_use = _in_use
        if in_use is not None:
            in_use.listener.before_write(in_use.folder)


def _before_look() -> None:
    global _has_looked
    with _lock:
        if _in_use is None:
            return
        if set_by_user():
            stop()
        elif not _has_looked:
            _has_looked = True
            if not _in_use.listener.before_first_look(_in_use.folder):
                stop()


jax.monitoring.register_event_listener(_heard)
