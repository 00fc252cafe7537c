"""Sizes that are not known yet: JAX' symbolic dimensions, and the questions Python asks of them.

JAX' own code is made for symbolic dimensions: where it cannot tell whether two are equal it goes on
as if they were not, which is right for everything it does then. Other Python code is not:
``if x.shape[0] == 32`` would be False for every size. So while a program is traced, what such code
asks of a size (`Listener`) is answered by somebody who notes it; the program is then used for no
other size than those with the same answers.
"""

from __future__ import annotations

import contextlib
import dataclasses
import dis
import functools
import operator
import os
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import jax
import jax.export
import jaxlib
import numpy as np
import opt_einsum
from jax.core import ShapedArray
from jax.extend import linear_util
from jax.extend.core import InconclusiveDimensionOperation

is_symbolic = jax.export.is_symbolic_dim

# In the name of every symbol; a letter, as JAX wants it, and rare enough to be known in a string.
MARK = "ˑ"
_Dim: Any = type(jax.export.symbolic_shape("x")[0])


class Symbols:
    """A symbolic dimension for each name, none of them smaller than `least`; in one scope.

    Attributes:
        scope: Likewise.
        dimensions: By name.
    """

    def __init__(self, names: Sequence[str], least: int):
        self.scope = jax.export.SymbolicScope([f"{name} >= {least}" for name in names])
        made = jax.export.symbolic_shape(", ".join(names), scope=self.scope)
        self.dimensions = dict(zip(names, made, strict=True))


def placeholder(shape: Sequence[Any], dtype: Any, weak_type: bool) -> Any:
    """Stands for an array of this shape, some of whose sizes may be symbolic."""
    return ShapedArray(tuple(shape), np.dtype(dtype), weak_type=weak_type)


_FUNCTIONS = {"floordiv": operator.floordiv, "mod": operator.mod, "max": max, "min": min}


@functools.lru_cache(maxsize=4096)
def _formula(text: str) -> types.CodeType:
    return compile(text.replace("^", "**"), "<size>", "eval")


def size(dimension: Any, sizes: Mapping[str, int]) -> int:
    """The size of a dimension, given those of the symbols in it.

    By the text that JAX documents for symbolic dimensions, and in Python's own numbers, which do
    not overflow.
    """
    if not is_symbolic(dimension):
        return dimension
    scope = {"__builtins__": {}, **_FUNCTIONS}
    return eval(_formula(str(dimension)), scope, dict(sizes))


def mentions_size(value: Any, depth: int = 8) -> bool:
    """Whether a size not known yet is kept in a structure, a text, or what a function closes over.

    Python that runs later, outside the program, could not be told what it is.
    """
    if depth == 0:
        return False
    if isinstance(value, str):
        return MARK in value
    return is_symbolic(value) or any(mentions_size(v, depth - 1) for v in _inside(value))


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, functools.partial):
        yield from (value.func, value.args, value.keywords)
    elif isinstance(value, types.MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, types.FunctionType):
        yield from (value.__defaults__, value.__kwdefaults__)
        for cell in value.__closure__ or ():
            with contextlib.suppress(ValueError):  # a name that is not assigned yet
                yield cell.cell_contents
    elif isinstance(value, linear_util.WrappedFun):
        yield value.f
    elif callable(value) and dataclasses.is_dataclass(value):  # as JAX wraps a callback
        yield from (getattr(value, field.name) for field in dataclasses.fields(value))


# ----- questions -----


class Listener(Protocol):
    """Answers what Python code other than JAX' own asks of a symbolic dimension."""

    def compare(self, compare: Callable[[Any, Any], Any], dimension: Any, other: Any) -> Any:
        """The answer to ``compare(dimension, other)``; `compare` is one of `operator`'s."""
        ...

    def compared(self, dimension: Any, other: Any) -> None:
        """JAX went on as if `dimension` were not `other`."""
        ...

    def refuse(self, what: str) -> Exception:
        """The error to raise: what was asked for cannot be said."""
        ...


class _Active(threading.local):
    listener: Listener | None = None
    scope: Any = None

    def listener_for(self, dimension: Any) -> Listener | None:
        """JAX' caches compare with the dimensions of earlier traces, which are nobody's concern."""
        mine = self.listener is not None and self.scope in (None, dimension.scope)
        return self.listener if mine else None


_active = _Active()
_install_lock = threading.Lock()
_installed = 0


@contextlib.contextmanager
def answering(listener: Listener, scope: Any = None) -> Iterator[None]:
    """Let `listener` answer what is asked in this thread inside the block.

    Args:
        listener: Likewise.
        scope: Of the dimensions it is asked about; None for all.
    """
    _install(+1)
    before = _active.listener, _active.scope
    _active.listener, _active.scope = listener, scope
    try:
        yield
    finally:
        _active.listener, _active.scope = before
        _install(-1)


def is_answered() -> bool:
    """Whether somebody answers in this thread."""
    return _active.listener is not None


def _install(change: int) -> None:
    """Methods of our own on JAX' class as long as anybody listens: there is no other place."""
    global _installed
    with _install_lock:
        if _installed == 0:
            for name, method in _methods.items():
                setattr(_Dim, name, method)
        _installed += change
        if _installed == 0:
            for name in _methods:
                if name in _originals:
                    setattr(_Dim, name, _originals[name])
                else:
                    delattr(_Dim, name)


_JAX = tuple(os.path.dirname(str(p.__file__)) + os.sep for p in (jax, jaxlib, opt_einsum))
_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
# Our own code that keeps programs by their sizes, as JAX does. Not all of ours: some calls what the
# user would call.
_CAREFUL = (
    _HERE,
    *(os.path.normpath(_HERE + p) + os.sep for p in ("../tape", "../compiler/relax")),
)
_NUMPY = os.path.dirname(np.__file__) + os.sep
_STDLIB = os.path.dirname(os.__file__) + os.sep


_MADE = ("<string>", "<attrs", "<frozen")
_LIBRARY, _OURS, _OTHERS = "JAX", "ours", "others"


@functools.lru_cache(maxsize=4096)
def _owner(filename: str, function: str) -> str | None:
    """Whose code it is; None for what is called from anybody's."""
    # Not by the code object: two are equal whatever their files.
    if filename.startswith(_MADE):  # `exec` of the user's, or a method a dataclass was given
        return None if function.startswith("__") else _OTHERS
    if filename.startswith(_JAX):
        return _LIBRARY
    if filename.startswith(_CAREFUL):
        return _OURS
    in_stdlib = filename.startswith(_STDLIB) and "site-packages" not in filename
    return None if filename.startswith(_NUMPY) or in_stdlib else _OTHERS


def _owner_of(frame: types.FrameType) -> str | None:
    return _owner(frame.f_code.co_filename, frame.f_code.co_name)


def _asks() -> str:
    """Whose code has called the method that calls this."""
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None:
        owner = _owner_of(frame)
        if owner is not None:
            return owner
        frame = frame.f_back
    return _OTHERS


# Of JAX' functions, those whose result says whether two shapes are equal; others raise if not.
_COMPARE_SHAPES = ("array_equal", "array_equiv")


def _matters_to_jax(other: Any) -> bool:
    """Whether the result of a JAX function may be another one where a dimension is `other`."""
    frame: types.FrameType | None = sys._getframe(2)
    if isinstance(other, int) and other in (0, 1):
        # Squeezing, broadcasting, nothing to be done. Not JAX' caches, in C++: they compare with
        # the keys of whatever was traced before when a few bits of the hashes are the same.
        return frame is not None and _compares(frame)
    while frame is not None and _owner_of(frame) in (_LIBRARY, None):
        if frame.f_code.co_name in _COMPARE_SHAPES:
            return True
        frame = frame.f_back
    return False


def _compares(frame: types.FrameType) -> bool:
    """Whether a frame's own line compares, rather than something it calls."""
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] in ("COMPARE_OP", "CONTAINS_OP")


def _comparison(name: str) -> Callable[[Any, Any], Any]:
    original, compare = getattr(_Dim, name), getattr(operator, name.strip("_"))

    def method(self: Any, other: Any) -> Any:
        listener = _active.listener_for(self)
        if listener is None:
            return original(self, other)
        if _asks() == _LIBRARY:
            answer = original(self, other)
            if name == "__eq__" and not answer and _matters_to_jax(other):
                listener.compared(self, other)
            return answer
        if isinstance(other, jax.Array | np.ndarray):
            return compare(self.__jax_array__(), other)
        if is_symbolic(other) or isinstance(other, int | float | np.number | np.bool_):
            return listener.compare(compare, self, other)
        return original(self, other)

    return method


def original_compare(compare: Callable[[Any, Any], Any], dimension: Any, other: Any) -> bool:
    """What JAX says; raises where that depends on the size and it knows."""
    return _originals[f"__{compare.__name__}__"](dimension, other)


def _bool(self: Any) -> bool:
    listener = _active.listener_for(self)
    if listener is None or _asks() == _LIBRARY:
        return True  # as without this method
    return listener.compare(operator.ne, self, 0)


def _refused(name: str, what: str) -> Callable[..., Any]:
    """For JAX, and for us who know what we do, the method as it is; nobody else may call it."""
    original = vars(_Dim)[name]

    def method(self: Any) -> Any:
        listener = _active.listener_for(self)
        if listener is None or _asks() != _OTHERS:
            return original(self)
        raise listener.refuse(what)

    return method


def _is_too_deep(formula: str) -> bool:
    """Whether JAX looks through a size for minutes.

    Each convolution with steps and without padding halves a size and, as it could come out below
    zero, wraps it in a `max`; JAX looks for bounds of all of them, again for each one around it.
    Three take 0.2 seconds, four 40.
    """
    return formula.count("floordiv(") >= 3 and formula.count("max(") >= 2


def _whole(name: str) -> Callable[..., Any]:
    """Division of whole numbers; with a fraction, float32 might end on the other side of a step."""
    original = vars(_Dim)[name]

    def method(self: Any, other: Any, *rest: Any) -> Any:
        listener = _active.listener_for(self)
        is_number = isinstance(other, float | np.floating) or (
            name == "__rpow__" and isinstance(other, int | np.integer)  # may overflow
        )
        if listener is not None and _is_too_deep(str(self)):
            raise listener.refuse("whose formula JAX takes minutes to look through")
        if listener is None or not is_number or _asks() == _LIBRARY:
            return original(self, other, *rest)
        raise listener.refuse(f"in {name.strip('_')} with {other!r}")

    return method


def _number(name: str, kind: str) -> Callable[[Any], Any]:
    original = getattr(_Dim, name, None)

    def method(self: Any) -> Any:
        listener = _active.listener_for(self)
        if listener is None or _asks() == _LIBRARY:
            if original is not None:
                return original(self)
            raise TypeError(f"a symbolic dimension cannot be made {kind}")
        raise listener.refuse(f"as {kind}")

    return method


_INT = "a Python int"
_DIVISIONS = (
    "__floordiv__", "__rfloordiv__", "__mod__", "__rmod__", "__divmod__", "__rdivmod__", "__rpow__",
)  # fmt: skip
_COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
_methods: dict[str, Callable[..., Any]] = {
    **{name: _comparison(name) for name in _COMPARISONS},
    "__bool__": _bool,
    "__hash__": _refused("__hash__", "as the key of a dict or the like"),
    "__str__": _refused("__str__", "as text"),
    "__repr__": _refused("__repr__", "as text"),
    **{name: _whole(name) for name in _DIVISIONS},
    "__int__": _number("__int__", _INT),
    "__index__": _number("__index__", _INT),
    "__float__": _number("__float__", "a Python float"),
}
_originals = {name: vars(_Dim)[name] for name in _methods if name in vars(_Dim)}

__all__ = [
    "MARK", "InconclusiveDimensionOperation", "Listener", "Symbols", "answering", "is_answered",
    "is_symbolic", "mentions_size", "original_compare", "placeholder", "size",
]  # fmt: skip
