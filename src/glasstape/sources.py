"""The user's own file and line of an operation; framework frames are hidden."""

from __future__ import annotations

import functools
import linecache
import os
import sys
import sysconfig
import types
from typing import NamedTuple

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
_HIDDEN_PACKAGES = (
    "jax", "jaxlib", "keras", "numpy", "optree", "ml_dtypes", "typer", "click", "rich",
)  # fmt: skip
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


@functools.cache
def _hidden_roots() -> tuple[str, ...]:
    sites = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    roots = [os.path.join(s, p) + os.sep for s in sites for p in _HIDDEN_PACKAGES]
    return (_OWN, *roots)


@functools.lru_cache(maxsize=4096)
def is_user_file(filename: str) -> bool:
    """True when `filename` belongs to the user: not GlassTape, JAX, Keras or the stdlib."""
    if filename.startswith("<frozen") or filename == "<string>":
        return False
    if filename.startswith(_hidden_roots()):
        return filename.startswith(os.path.join(_OWN, "cli") + os.sep)
    in_stdlib = filename.startswith(_STDLIB) and "site-packages" not in filename
    return not in_stdlib


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


def user_frames(traceback: types.TracebackType | None) -> list[Source]:
    """The user's frames of an exception's traceback, outermost first."""
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if is_user_file(code.co_filename):
            frames.append(Source(code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return frames
