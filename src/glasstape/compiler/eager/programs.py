"""What can be run as a program, and the programs made so far."""

from __future__ import annotations

import functools
import types
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

import jax
import keras
import numpy as np

from glasstape.ports import jax_trace, keras_scopes

# Programs an object; more than that means that the loop changes its settings all the time.
MOST_PROGRAMS = 16
_SETTING = (bool, int, float, str, type(None))

P = TypeVar("P")


class Programs(Generic[P]):
    """Programs by the object they belong to and a key."""

    def __init__(self) -> None:
        # Objects are compared by identity; each entry goes when its object does.
        self._of: weakref.WeakKeyDictionary[Any, OrderedDict[Hashable, P]] = (
            weakref.WeakKeyDictionary()
        )

    def get(self, owner: Any, key: Hashable, make: Callable[[], P]) -> P:
        """The program of `owner` under `key`, made when there is none."""
        programs = self._of.get(owner)
        if programs is None:
            programs = self._of[owner] = OrderedDict()
        program = programs.get(key)
        if program is None:
            program = programs[key] = make()
            if len(programs) > MOST_PROGRAMS:
                programs.popitem(last=False)
        programs.move_to_end(key)
        return program


def may_compile() -> bool:
    """Whether a call here may become a program: not in another one, and `jax.jit` is on."""
    return (
        not jax.config.jax_disable_jit  # pyright: ignore[reportAttributeAccessIssue]
        and keras_scopes.active_scope() is None
    )


def may_take(inputs: Iterable[Any]) -> bool:
    """Whether each input of a program is an array with numbers in it, or None.

    Python numbers are not: a program would be made for each of them. Nor is a masked sequence:
    Keras reads its mask from the array that carries it.
    """
    return all(
        v is None
        or (
            isinstance(v, jax.Array | np.ndarray)
            and not jax_trace.is_tracer(v)
            and not hasattr(v, "_keras_mask")
        )
        for v in inputs
    )


@functools.cache
def is_kerass(thing: type | types.FunctionType) -> bool:
    """A class or function of Keras' own has no Python state that changes from call to call."""
    return thing.__module__.partition(".")[0] == "keras"


def settings(owner: Any) -> tuple[Any, ...]:
    """The Python numbers and names that Keras reads while it is traced."""
    return tuple([(k, v) for k, v in vars(owner).items() if isinstance(v, _SETTING)])


def function_settings(function: Any, arguments: dict[str, Any]) -> Hashable | None:
    """Tells calls of a function of Keras' own apart; None when a program cannot stand for it."""
    if not isinstance(function, types.FunctionType) or not is_kerass(function):
        return None
    if not all(isinstance(v, _SETTING) for v in arguments.values()):
        return None
    return (function, tuple(arguments.items()), *_global_settings())


def _global_settings() -> tuple[Any, ...]:
    config = keras.config
    return config.epsilon(), config.floatx(), config.image_data_format()
