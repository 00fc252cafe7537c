"""`tf.Module`: an object that knows the variables in its attributes."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from glasstape import sources
from glasstape.errors import ModuleNameError
from glasstape.ports import keras_state
from glasstape.tf._contexts import name_scope, scoped_name

_F = TypeVar("_F", bound=Callable[..., Any])


class Module:
    """Base class of what has variables in its attributes, as ``tf.Module``.

    Variables are found in attributes, in lists and dicts in them, in other modules and in Keras
    layers. Nothing else is needed: a tape or a compiled step sees each variable when it is read.

    Args:
        name: An identifier; made of the class's name when None.

    Raises:
        ModuleNameError: it is no identifier.

    Example:
        >>> import glasstape.tf as tf
        >>> class Line(tf.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.w, self.b = tf.Variable(2.0), tf.Variable(1.0)
        ...     def __call__(self, x):
        ...         return self.w * x + self.b
        >>> len(Line().trainable_variables)
        2
    """

    # Attributes that are not looked into.
    _TF_MODULE_IGNORED_PROPERTIES: frozenset[str] = frozenset()

    def __init__(self, name: str | None = None):
        if name is None:
            name = _snake_case(type(self).__name__)
        if not str(name).isidentifier():
            raise ModuleNameError(
                "A tf.Module was given a name that is no identifier.",
                expected="letters, digits and underscores, such as 'encoder_1'",
                received=repr(name),
                fix="rename it",
                where=sources.user_source(),
            )
        self._name = name
        self._scope = scoped_name(name) + "/"  # that of the place where it was made, as well

    @property
    def name(self) -> str:
        """The module's name."""
        return getattr(self, "_name", _snake_case(type(self).__name__))

    @property
    def name_scope(self) -> name_scope:
        """The context that puts the module's name before those of the variables made in it."""
        return name_scope(getattr(self, "_scope", self.name + "/"))

    @property
    def variables(self) -> tuple[Any, ...]:
        """All variables, by the order of the attributes' names."""
        return tuple(self._flatten(predicate=keras_state.is_variable, expand_composites=True))

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those that tapes watch."""
        return tuple([v for v in self.variables if v.trainable])

    @property
    def non_trainable_variables(self) -> tuple[Any, ...]:
        """The others."""
        return tuple([v for v in self.variables if not v.trainable])

    @property
    def submodules(self) -> tuple[Any, ...]:
        """All modules and Keras layers inside this one."""
        return tuple(self._flatten(predicate=_is_module))

    def _flatten(
        self,
        recursive: bool = True,
        predicate: Callable[[Any], bool] | None = None,
        attribute_traversal_key: Any = None,
        with_path: bool = False,
        expand_composites: bool = False,
    ) -> Iterator[Any]:
        """What lies in the attributes, as TensorFlow's; subclasses of programs call it."""
        del attribute_traversal_key, expand_composites
        wanted = predicate or (lambda _: True)
        for path, value in _walk(self, (), {id(self)}, recursive):
            if wanted(value):
                yield (path, value) if with_path else value

    @classmethod
    def with_name_scope(cls, method: _F) -> _F:
        """Run a method in the module's `name_scope`."""

        @functools.wraps(method)
        def scoped(self: Any, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return scoped  # pyright: ignore[reportReturnType]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


def _snake_case(name: str) -> str:
    return re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", name).lower().strip("_")


def _is_module(value: Any) -> bool:
    return isinstance(value, Module) or keras_state.is_layer(value)


def _walk(
    owner: Any, path: tuple[Any, ...], seen: set[int], recursive: bool
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """All that lies in a module, first its own, then that of the modules in it."""
    inside: list[tuple[tuple[Any, ...], Any]] = []
    for place, value in _own(owner):
        if id(value) in seen:
            continue
        seen.add(id(value))
        yield (*path, *place), value
        if recursive and _is_module(value):
            inside.append(((*path, *place), value))
    for place, module in inside:
        yield from _walk(module, place, seen, recursive)


def _own(owner: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The leaves in a module's attributes; a layer's are its variables, in Keras' order."""
    if keras_state.is_layer(owner):
        yield from [(("variables", n), v) for n, v in enumerate(owner.variables)]
        return
    ignored = type(owner)._TF_MODULE_IGNORED_PROPERTIES
    for name in sorted(vars(owner)):
        if name not in ignored:
            yield from _leaves(vars(owner)[name], (name,))


def _leaves(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, list | tuple):
        for n, item in enumerate(value):
            yield from _leaves(item, (*path, n))
    elif isinstance(value, Mapping):
        for key in sorted(value, key=str):
            yield from _leaves(value[key], (*path, key))
    else:
        yield path, value
