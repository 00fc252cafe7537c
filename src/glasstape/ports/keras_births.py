"""What a step creates while it is traced: variables, and the Keras objects that own variables.

A step that creates a variable each time it runs is a mistake a compiled one would hide: Python
runs once, so the variable would live on from call to call.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras

from glasstape import sources


class Birth(NamedTuple):
    """An object created by the user's code.

    Attributes:
        reference: Gives it, or None when nobody has it any more.
        text: What it is.
        source: Where it was created.
    """

    reference: Callable[[], Any]
    text: str
    source: sources.Source


class Births:
    """Notes what is created in the step that is traced.

    Args:
        refuse: Called at once with each variable the user's code makes; may raise.

    Attributes:
        variables: Those the user's code makes itself, not a layer or optimizer of Keras'.
        computed: Those that are created from tensors of the step, each with its tensor.
        owns: Whether a tensor is of the step itself, and not of a loop inside it.
    """

    def __init__(self, refuse: Callable[[Birth], None] | None = None):
        self.computed: list[tuple[Any, Any]] = []
        self.owns: Callable[[Any], bool] = lambda _: False
        self.variables: list[Birth] = []
        self._owners: list[tuple[Any, sources.Source]] = []
        self._refuse = refuse

    def begin(self) -> None:
        """The step is traced from its beginning."""
        self.variables.clear()
        self._owners.clear()
        self.computed.clear()

    def add_variable(self, variable: Any) -> None:
        """A variable is about to be made."""
        birth = Birth(weakref.ref(variable), "a variable", sources.user_source(3))
        self.variables.append(birth)
        if self._refuse is not None:
            self._refuse(birth)

    def add_owner(self, owner: Any) -> None:
        """A layer, metric, optimizer or seed generator is about to be made."""
        if not any(owner is known for known, _ in self._owners):
            self._owners.append((owner, sources.user_source(3)))

    def owners(self) -> list[Birth]:
        """Those of these that have variables; lets go of them all."""
        owners, self._owners = self._owners, []
        return [
            Birth(weakref.ref(owner), f"a {type(owner).__name__}", source)
            for owner, source in owners
            if getattr(owner, "variables", None) or hasattr(owner, "state")
        ]


class _Watching(threading.local):
    births: Births | None = None


_watching = _Watching()


@contextlib.contextmanager
def watched(births: Births) -> Iterator[None]:
    """Note in `births` what this thread creates."""
    before, _watching.births = _watching.births, births
    try:
        yield
    finally:
        _watching.births = before


def born_of(variable: Any, tensor: Any) -> bool:
    """Note that a variable is created from a tensor of the step; False when that cannot be."""
    births = _watching.births
    if births is None or not births.owns(tensor):
        return False
    births.computed.append((variable, tensor))
    return True


def variable_born(variable: Any) -> None:
    """Called by `keras_state` when a variable is created in a step."""
    births = _watching.births
    if births is not None and _made_by_user(2):
        births.add_variable(variable)


def _made_by_user(depth: int) -> bool:
    """Whether the code that made it is the user's, and not that of a layer of Keras'."""
    frame = sys._getframe(depth)
    while frame.f_back is not None and sources.is_own_file(frame.f_code.co_filename):
        frame = frame.f_back
    return sources.is_user_file(frame.f_code.co_filename)


def _noting_init(original: Callable) -> Callable:
    @functools.wraps(original)
    def __init__(self, *args, **kwargs):
        if _watching.births is not None:
            _watching.births.add_owner(self)
        original(self, *args, **kwargs)

    return __init__


def _noting_new(original: Callable) -> Callable:
    @functools.wraps(original)
    def __new__(cls, *args, **kwargs):
        layer = original(cls, *args, **kwargs)
        if _watching.births is not None:
            _watching.births.add_owner(layer)
        return layer

    return __new__


for _kind in (keras.metrics.Metric, keras.optimizers.Optimizer, keras.random.SeedGenerator):
    _kind.__init__ = _noting_init(_kind.__init__)
# Not `__init__`, whose arguments Keras looks up to be able to save a layer.
keras.layers.Layer.__new__ = _noting_new(keras.layers.Layer.__new__)  # pyright: ignore
