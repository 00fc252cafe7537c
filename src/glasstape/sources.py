"""Where an operation comes from: the user's own file and line, and the Keras layer being called.

Framework frames are hidden. `mark` is called once a recorded operation, so it keeps a code object
and an instruction and leaves the line for later, and it does not walk further out than the
innermost layer's call: the user's line there is the same for all of the layer's operations.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import linecache
import os
import sys
import threading
import types
from typing import Any, NamedTuple

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
_HIDDEN_PACKAGES = (
    "jax", "jaxlib", "keras", "malt", "numpy", "optree", "ml_dtypes", "typer", "click", "rich",
)  # fmt: skip
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


@functools.cache
def _hidden_roots() -> tuple[str, ...]:
    """The folders of `_HIDDEN_PACKAGES`, wherever they are installed."""
    specs = filter(None, map(importlib.util.find_spec, _HIDDEN_PACKAGES))  # imports nothing
    folders = [f for spec in specs for f in spec.submodule_search_locations or ()]
    return (_OWN, *(os.path.abspath(f) + os.sep for f in folders))


@functools.lru_cache(maxsize=4096)
def is_user_file(filename: str) -> bool:
    """True when `filename` belongs to the user: not GlassTape, JAX, Keras or the stdlib."""
    if filename.startswith("<frozen") or filename == "<string>":
        return False
    if filename.startswith(_hidden_roots()):
        return filename.startswith(os.path.join(_OWN, "cli") + os.sep)
    in_stdlib = filename.startswith(_STDLIB) and "site-packages" not in filename
    return not in_stdlib


def is_own_file(filename: str) -> bool:
    """True for GlassTape's own code."""
    return filename.startswith(_OWN)


class Source(NamedTuple):
    """A place in the user's program.

    Example:
        >>> str(Source("train.py", 31, "train_step"))
        'train.py:31, in train_step'
    """

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        name = "" if self.function == "<module>" else f", in {self.function}"
        return f"{self.file}:{self.line}{name}"

    @property
    def text(self) -> str:
        """The source line itself, stripped; empty when the file cannot be read."""
        return linecache.getline(self.file, self.line).strip()


UNKNOWN = Source("<unknown>", 0, "<module>")


def user_source(depth: int = 1) -> Source:
    """The innermost frame of the caller's stack that is the user's own code."""
    frame: types.FrameType | None = sys._getframe(depth)
    while frame is not None:
        if is_user_file(frame.f_code.co_filename):
            return Source(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    return UNKNOWN


def lines(file: str) -> list[str]:
    """The lines of a source file; none when it cannot be read."""
    return linecache.getlines(file)


def definition(function: Any) -> Source:
    """Where a function is defined."""
    function = getattr(function, "__wrapped__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        return UNKNOWN
    return Source(code.co_filename, code.co_firstlineno, code.co_name)


def user_frames(traceback: types.TracebackType | None) -> list[Source]:
    """The user's frames of an exception's traceback, outermost first."""
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if is_user_file(code.co_filename):
            frames.append(Source(code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return frames


def user_traceback(traceback: types.TracebackType | None) -> types.TracebackType | None:
    """A traceback with the user's frames only; None when there are none."""
    if traceback is None:
        return None
    rest = user_traceback(traceback.tb_next)
    if not is_user_file(traceback.tb_frame.f_code.co_filename):
        return rest
    return types.TracebackType(rest, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)


# ----- places of recorded operations -----


class Call:
    """A Keras layer or loss while it is being called.

    Attributes:
        name: Its name.
        parent: The call it is part of, or None.
    """

    __slots__ = ("_place", "name", "parent")

    def __init__(self, name: str, parent: Call | None):
        self.name = name
        self.parent = parent
        self._place: tuple[types.CodeType, int] | None = None

    @property
    def path(self) -> str:
        """Names from the outermost call to this one, such as ``model/block/dense``."""
        return self.name if self.parent is None else f"{self.parent.path}/{self.name}"


class _Calls(threading.local):
    innermost: Call | None = None


_calls = _Calls()
_entrances: set[types.CodeType] = set()
# By file name: the hash of a code object goes through all its constants each time.
_kinds: dict[str, int] = {}
_HIDDEN, _USER, _MAY_BE_ENTRANCE = 0, 1, 2


def enter_call(name: str) -> Call:
    """Note that a layer of this name is called; give the result to `leave_call`."""
    call = _calls.innermost = Call(name, _calls.innermost)
    return call


def leave_call(call: Call) -> None:
    """Undo `enter_call`."""
    _calls.innermost = call.parent


def add_entrance(code: types.CodeType) -> None:
    """Say that each frame of `code` has entered one call and not left it yet."""
    _entrances.add(code)
    _kinds[code.co_filename] = _MAY_BE_ENTRANCE


class Mark(NamedTuple):
    """Where an operation ran, to be looked up later.

    Attributes:
        code: The user's innermost function, or None.
        instruction: How far it had come.
        call: The innermost layer or loss that was being called, or None.
    """

    code: types.CodeType | None
    instruction: int
    call: Call | None

    @property
    def source(self) -> Source:
        """The user's file and line."""
        code = self.code
        if code is None:
            return UNKNOWN
        positions = itertools.islice(code.co_positions(), self.instruction // 2, None)
        line = next(positions, (None,))[0]
        return Source(code.co_filename, line or code.co_firstlineno, code.co_name)

    @property
    def layer(self) -> str | None:
        """Path of the innermost Keras layer or loss that was being called."""
        return None if self.call is None else self.call.path


_tuple: Any = tuple.__new__


def mark(hidden: int = 1) -> Mark:
    """Where this thread is now.

    Args:
        hidden: So many frames, from the caller's on, are known not to be the user's. Walking over
            a frame costs 0.15 microseconds, jumping over it next to nothing.
    """
    innermost = call = _calls.innermost
    kinds, passed = _kinds, []
    place: tuple[types.CodeType | None, int] = (None, 0)
    frame: types.FrameType | None = sys._getframe(hidden)
    while frame is not None:
        try:
            kind = kinds[frame.f_code.co_filename]
        except KeyError:
            name = frame.f_code.co_filename
            kind = kinds[name] = int(is_user_file(name))
        if kind:
            if kind == _USER:
                place = frame.f_code, frame.f_lasti
                break
            if call is not None and frame.f_code in _entrances:
                if call._place is not None:
                    place = call._place
                    break
                passed.append(call)
                call = call.parent
        frame = frame.f_back
    for call in passed:
        call._place = place
    return _tuple(Mark, (*place, innermost))  # a quarter of what Mark(...) costs
