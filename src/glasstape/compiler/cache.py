"""Compiled programs kept on disk between runs, in a folder that stays small.

JAX finds, writes and reads the programs (see `ports.jax_cache`). The folder is kept small here:
JAX' own bound (``jax_compilation_cache_max_size``) needs the package filelock, locks the folder at
every look, opens a file for each entry at every write, and until JAX 0.11 never writes again once
a process was killed between two of its files. An entry that was cut short would stay for ever, too.
"""

from __future__ import annotations

import atexit
import os
import pathlib
import shutil
import tempfile
import time
import warnings
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from glasstape import sources
from glasstape.environment import OFF, ON, user_folder
from glasstape.errors import CacheError
from glasstape.ports import jax_cache

VARIABLE = "GLASSTAPE_CACHE"
MAX_BYTES = 2**30
# Single operations of eager code are worth keeping (1.4 ms instead of 20), but there is no end of
# them. They are told by their size: 2 to 4 KB, where the least of steps has 7.
SMALL, MOST_SMALL = 4096, 2000
# A long process looks after the folder each time it has written so many entries.
_WRITES_BETWEEN = 500
# What is younger may be still being written by another process.
_SETTLED = 10.0
# JAX leaves a file cut short, and warns at every program, when the disk is full.
_ROOM = 2**26
_STAMP = ".looked-after"


def compilation_cache(
    folder: str | os.PathLike[str] | bool | None = True, *, max_bytes: int = MAX_BYTES
) -> pathlib.Path | None:
    """Say where compiled programs are kept between runs, or that they are not.

    It is on without this call: the second run of a script loads the programs of the first, with
    the same numbers to the last bit. The environment variable ``GLASSTAPE_CACHE`` does the same as
    `folder`, for programs one does not want to edit: a folder, ``on`` or ``off``. What you have set
    up for JAX (``JAX_COMPILATION_CACHE_DIR``, ``JAX_ENABLE_COMPILATION_CACHE`` or ``jax.config``)
    wins over both. Programs are code: let nobody write into the folder whom you do not trust.

    Args:
        folder: The folder; made when it is not there. True for the user's cache folder, such as
            ``~/.cache/glasstape``; None or False to keep nothing.
        max_bytes: The programs that were not used for the longest time go when there are more
            bytes. Looked at when the process ends, and now and then before.

    Returns:
        The folder in use from now on, or None.

    Raises:
        CacheError: `max_bytes` is negative or no number.

    Example:
        >>> import glasstape as gt
        >>> print(gt.compilation_cache(None))
        None
    """
    if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes < 0:
        raise CacheError(
            "compilation_cache was given a size that is none.",
            expected="max_bytes as a whole number, such as 2**30",
            received=repr(max_bytes),
            fix="leave it out; compilation_cache(None) keeps nothing",
            where=sources.user_source(),
        )
    jax_cache.stop()
    if folder is not None and folder is not False and not jax_cache.set_by_user():
        _use(user_folder() if folder is True else pathlib.Path(folder), max_bytes)
    found = jax_cache.folder_in_use()
    return None if found is None else pathlib.Path(found)


def set_up() -> None:
    """Keep programs where the environment says, or in the user's cache folder."""
    chosen = os.environ.get(VARIABLE, "").strip()
    is_off = chosen.lower() in OFF or (not chosen and not jax_cache.loads_quietly())
    if not is_off and not jax_cache.set_by_user():
        _use(user_folder() if chosen.lower() in ON else pathlib.Path(chosen), MAX_BYTES)


def _use(folder: pathlib.Path, max_bytes: int) -> None:
    keeper = Keeper(max_bytes)
    listener = jax_cache.Listener(keeper.prepare, keeper.before_write)
    jax_cache.use(os.path.abspath(os.path.expanduser(folder)), listener)


class Keeper:
    """Looks after one folder.

    Args:
        max_bytes: How large it may grow.
    """

    def __init__(self, max_bytes: int):
        self._max_bytes = max_bytes
        self._writes = 0

    def prepare(self, folder: str) -> bool:
        """Make the folder; say so, once, when it cannot be used."""
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                reason = None if _has_room(folder) else "the disk is full"
        except OSError as error:
            reason = error.strerror or str(error)
        if reason is None:
            return True
        source = sources.user_source()
        warnings.warn_explicit(
            f"Compiled programs cannot be kept in {folder} ({reason}), so this run and the next "
            f"one compile everything anew. Name another folder with the environment variable "
            f"{VARIABLE} or glasstape.compilation_cache(folder), or switch it off: {VARIABLE}=off",
            UserWarning,
            source.file,
            source.line,
        )
        return False

    def before_write(self, folder: str) -> None:
        """Count an entry, and look after the folder at the end or when there are many."""
        is_there = os.path.isdir(folder) and _has_room(folder)
        if not is_there and not self.prepare(folder):
            jax_cache.stop()
            return
        if self._writes == 0:
            atexit.register(look_after, folder, self._max_bytes)
        self._writes += 1
        if self._writes % _WRITES_BETWEEN == 0:
            look_after(folder, self._max_bytes)


# ----- the folder -----


def _has_room(folder: str) -> bool:
    return shutil.disk_usage(folder).free > _ROOM


class Entry(NamedTuple):
    """A file of the folder.

    Attributes:
        path: Where it is.
        size: In bytes.
        used: When it was written or, as far as the file system notes that, last read.
        written: When it was written.
    """

    path: str
    size: int
    used: float
    written: float


def look_after(folder: str, max_bytes: int) -> None:
    """Delete what was cut short, and what was not used for the longest time."""
    if jax_cache.evicts():
        return
    try:
        entries = list(_entries(folder))
        settled = time.time() - _SETTLED
        broken = _broken(entries, _last_look(folder), settled)
        sound = [e for e in entries if e.path not in {b.path for b in broken}]
        for entry in [*broken, *superfluous(sound, max_bytes)]:
            _delete(entry.path)
        stamp = os.path.join(folder, _STAMP)
        with open(stamp, "w", encoding="ascii"):
            os.utime(stamp, (settled, settled))
    except OSError:  # somebody else has deleted the folder, or taken the rights to it
        return


def superfluous(entries: Sequence[Entry], max_bytes: int) -> list[Entry]:
    """What to delete: single operations beyond `MOST_SMALL`, then the oldest beyond `max_bytes`."""
    newest_first = sorted(entries, key=lambda e: e.used, reverse=True)
    found, small, total = [], 0, 0
    for entry in newest_first:
        small += entry.size < SMALL
        too_many = entry.size < SMALL and small > MOST_SMALL
        if too_many or total + entry.size > max_bytes:
            found.append(entry)
        else:
            total += entry.size
    return found


def _entries(folder: str) -> Iterator[Entry]:
    """Every file but our own, in folders inside, too: there XLA keeps what it tuned for a GPU."""
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if name != _STAMP:
                try:
                    about = os.stat(path)
                except OSError:  # another process was quicker
                    continue
                used = max(about.st_atime, about.st_mtime)
                yield Entry(path, about.st_size, used, about.st_mtime)


def _last_look(folder: str) -> float:
    try:
        return os.stat(os.path.join(folder, _STAMP)).st_mtime
    except OSError:
        return 0.0


def _broken(entries: Sequence[Entry], since: float, until: float) -> list[Entry]:
    """Entries cut short by a full disk or a killed process: JAX neither deletes nor repairs them.

    Each entry is read once, when it is new.
    """
    new = (e for e in entries if e.path.endswith("-cache") and since <= e.written < until)
    return [e for e in new if not _is_whole(e.path)]


def _is_whole(path: str) -> bool:
    try:
        content = pathlib.Path(path).read_bytes()
    except OSError:
        return True  # gone, or not ours to judge
    if content[:1] != b"\x78":
        return len(content) > 0  # not zlib's: JAX uses zstandard where it is installed
    try:
        zlib.decompress(content)
    except zlib.error:
        return False
    return True


def _delete(path: str) -> None:
    for name in (path, path.removesuffix("-cache") + "-atime"):
        try:
            os.unlink(name)
        except OSError:  # another process was quicker, or has it open (Windows)
            continue
