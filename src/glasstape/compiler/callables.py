"""What can become a `Function`: how it is called, what it is called, and methods of objects."""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

from glasstape import sources
from glasstape.errors import StepTypeError


def name_of(function: Callable[..., Any]) -> str:
    """The name of a callable; that of the function inside for a partial one."""
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", type(function).__name__)


class Parameters:
    """The parameters of a callable.

    Args:
        function: The callable; some written in C have no signature, and take what they are given.
    """

    def __init__(self, function: Callable[..., Any]):
        self._name = name_of(function)
        try:
            self._signature = inspect.signature(function)
        except (TypeError, ValueError):
            self._signature = None

    def bind(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """The call as all calls that mean the same are written: by position, with defaults.

        Raises:
            StepTypeError: the callable does not take these arguments.
        """
        if self._signature is None:
            return args, kwargs
        bound = self._bound(args, kwargs)
        bound.apply_defaults()
        return bound.args, bound.kwargs

    def by_name(self, args: tuple, kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
        """The arguments of a call with their names."""
        if self._signature is None:
            return [*((f"number {i}", v) for i, v in enumerate(args)), *kwargs.items()]
        found: list[tuple[str, Any]] = []
        for name, value in self._bound(args, kwargs).arguments.items():
            kind = self._signature.parameters[name].kind
            found += value.items() if kind is inspect.Parameter.VAR_KEYWORD else [(name, value)]
        return found

    def kind(self, name: str) -> str:
        """How an argument that `by_name` names can be given, such as ``"KEYWORD_ONLY"``."""
        if self._signature is None:
            return "POSITIONAL_ONLY"
        found = self._signature.parameters.get(name)
        if found is None or found.kind is inspect.Parameter.VAR_KEYWORD:
            return "KEYWORD_ONLY"
        return found.kind.name

    def _bound(self, args: tuple, kwargs: dict[str, Any]) -> inspect.BoundArguments:
        assert self._signature is not None  # noqa: S101 - our own invariant
        try:
            return self._signature.bind(*args, **kwargs)
        except TypeError as error:
            given = [f"{len(args)} by position"] if args else []
            given += [f"`{name}`" for name in kwargs]
            raise StepTypeError(
                f"{self._name} was called with arguments it does not take: {error}.",
                expected=f"{self._name}{self._signature}",
                received=", ".join(given) or "no argument",
                fix="call it as it is defined",
                where=sources.user_source(),
            ) from None


class WeakMethod:
    """A method that does not keep its object alive."""

    def __init__(self, function: Callable[..., Any], instance: Callable[[], Any]):
        functools.update_wrapper(self, function)
        with contextlib.suppress(TypeError, ValueError):  # it may have none
            self.__signature__ = inspect.signature(types.MethodType(function, self))
        self.function = function
        self._instance = instance

    @property
    def instance(self) -> Any:
        """The object, while it lives."""
        return self._instance()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return self.function(self._instance(), *args, **kwargs)


class Method:
    """A `Function` bound to an object, which lives as long as this does.

    The programs belong to the object and not to this: ``model.train_step`` makes a new one of
    these each time it is looked up. Everything a `Function` offers is here, too.
    """

    __slots__ = ("__self__", "__weakref__", "_function")

    def __init__(self, instance: Any, function: Any):
        self.__self__ = instance
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the step with the object as first argument."""
        return self._function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Method) and self._function is other._function

    def __hash__(self) -> int:
        return hash(self._function)

    def __repr__(self) -> str:
        return repr(self._function)
