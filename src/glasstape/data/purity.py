"""Whether a mapped function may be compiled: it must do nothing but compute.

A compiled function runs as Python only once. That may be done unasked only when nobody can tell:
it calls tensor libraries and functions of the user's that do likewise, and what it takes from
outside cannot change under it. Anything else (print, lists outside, files, Python's random
numbers, an object's attributes) runs element by element.
"""

from __future__ import annotations

import builtins
import dis
import functools
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

_LIBRARIES = ("glasstape", "jax", "jaxlib", "keras", "numpy", "math", "operator")
_BUILTINS = {
    abs, all, any, bool, complex, dict, divmod, enumerate, filter, float, int, isinstance, len,
    list, map, max, min, pow, range, reversed, round, slice, sorted, str, sum, tuple, zip,
}  # fmt: skip
# They change something, or look at something that changes.
_EFFECTS = {
    "print", "py_function", "numpy_function", "py_func", "pure_callback", "io_callback", "debug",
    "Variable", "assign", "assign_add", "assign_sub", "summary", "io", "gfile", "read_file",
    "write_file", "set_seed", "Generator", "SeedGenerator", "shared",
}  # fmt: skip
_FORBIDDEN = {"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "IMPORT_NAME",
              "YIELD_VALUE", "DELETE_DEREF"}  # fmt: skip
_SMALL = 4096  # bytes of an array that are looked at each pass
_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype, type(...))


class _NotPure(Exception):
    pass


def captured(function: Callable[..., Any]) -> tuple | None:
    """What `function` takes from outside, to compare it later; None: it may not be compiled."""
    try:
        return tuple(_function(function, set()))
    except _NotPure:
        return None


def names(function: Callable[..., Any]) -> set[str]:
    """The names a function uses, as far as they can be told."""
    code = getattr(getattr(function, "func", function), "__code__", None)
    found: set[str] = set()
    for part in _codes(code) if code else ():
        found.update(part.co_names)
    return found


def _function(function: Any, seen: set[int]) -> Iterator[Any]:
    if isinstance(function, functools.partial):
        yield from _value(function.func, seen)
        for value in (*function.args, *function.keywords.values()):
            yield from _value(value, seen)
        return
    if not isinstance(function, types.FunctionType):
        if _is_library(function):
            yield id(function)
            return
        raise _NotPure
    if id(function) in seen:
        return
    seen.add(id(function))
    yield id(function.__code__)
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    for value in (*defaults, *_taken(function)):
        yield from _value(value, seen)


def _taken(function: types.FunctionType) -> Iterator[Any]:
    """Values of closure and globals; refuses instructions that change anything."""
    stored, arrays = False, False
    for cell in function.__closure__ or ():
        try:
            value = cell.cell_contents
        except ValueError:
            raise _NotPure from None
        arrays = arrays or isinstance(value, np.ndarray)
        yield value
    for code in _codes(function.__code__):
        if _EFFECTS.intersection(code.co_names):
            raise _NotPure
        last = None
        for step in dis.get_instructions(code):
            nonlocal_store = step.opname == "STORE_DEREF" and step.argval in code.co_freevars
            if step.opname in _FORBIDDEN or nonlocal_store:
                raise _NotPure
            stored = stored or step.opname == "STORE_SUBSCR"
            if step.opname == "LOAD_GLOBAL":
                value = _global(function, step.argval)
                arrays = arrays or isinstance(value, np.ndarray)
                last = value
                yield value
            else:
                if last is np and step.argval == "random":
                    raise _NotPure
                last = None
    if stored and arrays:
        raise _NotPure


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _global(function: types.FunctionType, name: str) -> Any:
    try:
        return function.__globals__.get(name) or getattr(builtins, name)
    except AttributeError:
        if name in function.__globals__:
            return function.__globals__[name]
    except ValueError:  # an array has no truth
        return function.__globals__[name]
    raise _NotPure


def _value(value: Any, seen: set[int]) -> Iterator[Any]:
    if isinstance(value, _PLAIN):
        yield type(value), str(value)
    elif isinstance(value, tuple | frozenset):
        for member in value:
            yield from _value(member, seen)
    elif isinstance(value, np.ndarray):
        if value.nbytes > _SMALL or value.dtype == object:
            raise _NotPure
        yield value.dtype, value.shape, value.tobytes()
    elif isinstance(value, types.ModuleType):
        if value.__name__.partition(".")[0] not in _LIBRARIES:
            raise _NotPure
        if value.__name__.startswith("numpy.random"):
            raise _NotPure
    elif _is_library(value):
        yield id(value)
    elif callable(value):
        yield from _function(value, seen)
    else:
        raise _NotPure


def _is_library(value: Any) -> bool:
    """A function, class or object of a tensor library, or a harmless built-in."""
    if isinstance(value, types.FunctionType | type | types.BuiltinFunctionType):
        try:
            if value in _BUILTINS:
                return True
        except TypeError:
            return False
        home = getattr(value, "__module__", None) or ""
        return home.partition(".")[0] in _LIBRARIES and not home.startswith("numpy.random")
    home = type(value).__module__
    if home.startswith(("glasstape.compiler", "glasstape.data", "numpy.random")):
        return False  # a compiled step or a dataset has a state of its own
    return home.partition(".")[0] in _LIBRARIES
