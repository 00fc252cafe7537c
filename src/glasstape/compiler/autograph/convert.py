"""Which of the functions a step calls are translated, and calling them.

Only the user's own code is: functions, methods, lambdas and callable objects whose file is not
JAX', Keras', NumPy's, the standard library's or ours, and the `call` of the user's Keras layers
wherever Keras calls it. Each is translated once; a function that cannot be runs as it is.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

import jax

from glasstape import sources
from glasstape.compiler.autograph import python_functions, session
from glasstape.compiler.callables import Method, WeakMethod
from glasstape.ports.malt_translation import (
    NotTranslatedError,
    Translation,
    in_original_context,
    originating_super,
    translate,
)

# On functions that are not to be translated, because they are already or must not be.
MARK = "_glasstape_as_it_is"
_NOT_PLAIN = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_IN_CONTEXT = (builtins.eval, builtins.globals, builtins.locals)

_lock = threading.RLock()
# By code object: the translation, or why there is none.
_translations: weakref.WeakKeyDictionary[types.CodeType, Translation | str] = (
    weakref.WeakKeyDictionary()
)


def as_it_is(function: Any) -> Any:
    """Mark a function that translated code defines: it is translated already."""
    setattr(function, MARK, True)
    return function


def is_users(function: Any) -> bool:
    """Whether it is a Python function of the user's own."""
    code = getattr(function, "__code__", None)
    return (
        isinstance(function, types.FunctionType)
        and code is not None
        and sources.is_user_file(code.co_filename)
    )


def is_translatable(function: Any) -> bool:
    """Whether to translate it, if its source can be read."""
    return (
        is_users(function)
        and not hasattr(function, MARK)
        and not function.__code__.co_flags & _NOT_PLAIN
    )


def why_not(code: types.CodeType) -> str | None:
    """Why the function of this code could not be translated, if that was tried."""
    found = _translations.get(code)
    return found if isinstance(found, str) else None


def translated(function: types.FunctionType) -> Callable[..., Any]:
    """The translated function, or the function itself when there is none."""
    from glasstape.compiler.autograph import operators

    code = function.__code__
    with _lock:
        translation = _translations.get(code)
        if translation is None:
            try:
                translation = translate(function)
            except NotTranslatedError as error:
                translation = str(error)
            _translations[code] = translation
    if isinstance(translation, str):
        return function
    return translation.bind(function, operators)


def call(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None, scope: Any = None
) -> Any:
    """Call `function` from translated code.

    Args:
        function: Whatever the user calls.
        args: By position.
        kwargs: By name, or None.
        scope: Of the translated function the call stands in.
    """
    kwargs = kwargs or {}
    if not args and not kwargs and isinstance(function, jax.Array):
        return function  # `v.value()`: the attribute was looked up, and was Keras' property
    if function is super and not args:
        return originating_super(args, scope)
    if any(function is f for f in _IN_CONTEXT):
        return in_original_context(function, args, scope)
    replacement = python_functions.overload(function)
    if replacement is not None:
        return replacement(*args, **kwargs)
    if not session.is_active():
        return function(*args, **kwargs)
    found, first = target(function)
    if found is None:
        return function(*args, **kwargs)
    if isinstance(function, functools.partial):
        args, kwargs = (*function.args, *args), {**function.keywords, **kwargs}
        return call(function.func, args, kwargs, scope)
    return translated(found)(*first, *args, **kwargs)


def target(function: Any) -> tuple[types.FunctionType | None, tuple[Any, ...]]:
    """The Python function behind a callable that is to be translated, and its first arguments."""
    if isinstance(function, functools.partial):
        return target(function.func)[0], ()
    if isinstance(function, types.MethodType):
        inner, first = function.__func__, (function.__self__,)
    elif isinstance(function, WeakMethod):
        inner, first = function.function, (function.instance,)
    elif isinstance(function, types.FunctionType):
        inner, first = function, ()
    elif isinstance(function, type | Method | types.BuiltinFunctionType):
        return None, ()
    else:
        name = "__call__"
        inner, first = getattr(type(function), name, None), (function,)
    return (inner, first) if is_translatable(inner) else (None, ())


def entire(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with everything of the user's that it calls translated."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with session.translating(True):
            return call(function, args, kwargs)

    return run


def untouched(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with nothing that it calls translated."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with session.translating(False):
            return function(*args, **kwargs)

    return as_it_is(run)
