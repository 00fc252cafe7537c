"""Keras variables: how they are read, written and lifted out of a Python step.

Three doors: `keras.StatelessScope`, through which all reads and writes pass inside a compiled
step; the ``value`` property of `keras.Variable`, which is the only place where a variable is read
in eager code; and its ``__init__``, because Keras refuses to create most variables inside a
stateless scope. Both methods are wrapped once; without an observer a read costs one comparison
more.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape import sources
from glasstape.errors import VariableCreationError
from glasstape.ports import keras_births, keras_loans, keras_scopes
from glasstape.ports.jax_trace import is_tracer
from glasstape.ports.keras_scopes import LiftScope, active_scope, in_step, outside_step
from glasstape.ports.versions import check_installed, choose_backend

choose_backend()
check_installed()

KerasVariable = keras.Variable

# observer(variable, raw value) -> the value to hand out (the same one, or an alias of it)
ReadObserver = Callable[[Any, Any], Any]


class _ThreadState(threading.local):
    def __init__(self) -> None:
        self.observers: tuple[ReadObserver, ...] = ()


_state = _ThreadState()
# Called before a variable is read outside a compiled step; compiled programs put a check here
# while an earlier call's verdict is still out. Process-wide: a verdict concerns every reader.
pending_verdicts: dict[int, Callable[[], None]] = {}


def is_variable(value: object) -> bool:
    """True for a Keras variable of any kind."""
    return isinstance(value, KerasVariable)


def is_layer(value: object) -> bool:
    """True for a Keras layer or model."""
    return isinstance(value, keras.Layer)


def all_layers(layer: Any) -> list[Any]:
    """A layer with all layers inside it."""
    return list(layer._flatten_layers())


def inner_layers(layer: Any) -> list[Any]:
    """The layers directly inside a layer."""
    return list(layer._flatten_layers(include_self=False, recursive=False))


def is_symbolic(value: object) -> bool:
    """True for a tensor without values, of which Keras makes functional models."""
    return isinstance(value, keras.KerasTensor)


def add_method(name: str, method: Callable[..., Any]) -> None:
    """Give Keras' variables a method, unless they have one of that name."""
    if not hasattr(KerasVariable, name):
        setattr(KerasVariable, name, method)


def raw_value(variable: Any) -> Any:
    """The stored array, without autocasting and without telling observers."""
    return variable._value


def set_raw_value(variable: Any, value: Any) -> None:
    """Replace the stored array by one of the same shape, dtype and layout."""
    variable._value = value


def creation_number(variable: Any) -> int:
    """Grows with every variable created; -1 for those made before glasstape was imported."""
    return getattr(variable, "_creation_number", -1)


def layout(variable: Any) -> tuple[tuple[int, ...], Any]:
    """Shape and dtype of the stored array, whether or not it is initialised yet."""
    value = variable._value
    if value is None:
        return tuple(variable.shape), jnp.dtype(variable._dtype)
    return tuple(value.shape), value.dtype


def add_observer(observer: ReadObserver) -> None:
    """Tell `observer` about every variable this thread reads."""
    _state.observers += (observer,)


def remove_observer(observer: ReadObserver) -> None:
    """Undo `add_observer`."""
    # By ==: a bound method is a new object each time it is looked up.
    _state.observers = tuple(o for o in _state.observers if o != observer)


@contextlib.contextmanager
def unobserved() -> Iterator[None]:
    """Tell nobody what is read in here: a step being traced is not read by the tapes around it."""
    observers, _state.observers = _state.observers, ()
    try:
        yield
    finally:
        _state.observers = observers


def _observed(variable: Any) -> None:
    """Tell the observers what `variable` is about to hand out."""
    scope = active_scope()
    lifted = isinstance(scope, LiftScope)
    if lifted:
        value = scope.get_current_value(variable)
    else:
        if scope is not None and scope.get_current_value(variable) is not None:
            return  # inside `stateless_call`: the value is a tensor of the user's own
        value = variable._value
        if value is None:
            return  # not initialised yet: Keras is inferring shapes
    for observer in _state.observers:
        handed_out = observer(variable, value)
        if handed_out is not value:
            if lifted:
                scope.replace(variable, handed_out)
            else:
                variable._value = handed_out
            value = handed_out


def current_value(variable: Any) -> Any:
    """What `variable` holds now, in its own dtype (``value`` may cast inside a layer's call)."""
    if _newborns and id(variable) in _newborns:
        _settle(variable)
    if _state.observers:
        _observed(variable)
    scope = active_scope()
    value = None if scope is None else scope.get_current_value(variable)
    return variable._value if value is None else value


# Whoever has values for variables that are not made yet: called with a new one before it is first
# read or assigned, and says whether it has got its value.
awaiting: list[Callable[[Any], bool]] = []
_newborns: dict[int, Any] = {}
_TRIES = 3  # a variable may be read before it belongs to anything
_settling = threading.RLock()  # a second thread that reads a new variable waits for its value


def _settle(variable: Any) -> None:
    """Let those who wait for `variable` give it its value."""
    key = id(variable)
    with _settling:
        newborn = _newborns.get(key)
        if newborn is None:
            return  # settled by another thread, or being settled by this one
        reference, tries = newborn
        if reference() is not variable:
            del _newborns[key]  # one that is gone had this number
            return
        if getattr(variable, "_value", None) is None:
            return  # not initialised yet: Keras is inferring shapes
        _newborns[key] = None
        answers = []
        try:
            # All of them: the last one counts.
            answers = [wait(variable) for wait in list(awaiting)]
        finally:
            if any(answers) or tries == _TRIES:
                del _newborns[key]
            else:
                _newborns[key] = (reference, tries + 1)


_original_value = KerasVariable.value.fget  # pyright: ignore[reportAttributeAccessIssue]
# Give a variable its value back, which Keras has taken for an epoch of `fit`.
revivers: list[Callable[[Any], None]] = []


def _revive(variable: Any) -> None:
    if active_scope() is None:
        for revive in revivers:
            revive(variable)


def _value(self: Any) -> Any:
    if self._value is None:
        _revive(self)
    if _newborns and id(self) in _newborns:
        _settle(self)
    if _state.observers:
        _observed(self)
    if pending_verdicts and active_scope() is None:
        keras_loans.take_back()  # what waits in a queue runs first: its verdict counts
        for verdict in list(pending_verdicts.values()):
            verdict()
    return _original_value(self)  # pyright: ignore[reportOptionalCall]


KerasVariable.value = property(_value, doc=KerasVariable.value.__doc__)

_original_init: Any = KerasVariable.__init__
_created = itertools.count()


def _init(self: Any, initializer: Any = None, *args: Any, **kwargs: Any) -> None:
    self._creation_number = next(_created)
    if awaiting:
        _newborns[id(self)] = (weakref.ref(self), 1)
    if not in_step():
        _original_init(self, initializer, *args, **kwargs)
        _fix_dtype(self)
        return
    if is_tracer(initializer):
        tensor = initializer
        if not keras_births.born_of(self, tensor):
            raise _not_known(tensor)
        initializer = np.zeros(tensor.shape, tensor.dtype)  # until the value is known
        keras_scopes.outermost_step().replace(self, tensor)
    keras_births.variable_born(self)
    with outside_step():
        _original_init(self, initializer, *args, **kwargs)
        _fix_dtype(self)


def _not_known(tensor: Any) -> VariableCreationError:
    return VariableCreationError(
        "A variable was created from a tensor of a loop, branch or program inside the step.",
        expected="an initial value the step itself computes, a number, or an initializer",
        received=f"a {tensor.dtype}{list(tensor.shape)} tensor that exists only in there",
        fix="create the variable outside and assign the tensor to it",
        where=sources.user_source(),
    )


def _fix_dtype(variable: Any) -> None:
    """A Python number makes a weakly typed array, and its first update one that is not.

    A step would be compiled a second time for it.
    """
    value = variable._value
    if getattr(value, "weak_type", False):
        variable._value = jax.lax.convert_element_type(value, value.dtype)


KerasVariable.__init__ = functools.wraps(_original_init)(_init)


_original_assign: Any = KerasVariable.assign


@functools.wraps(_original_assign)
def _assign(self: Any, value: Any) -> Any:
    if self._value is None:
        _revive(self)
    if _newborns and id(self) in _newborns:
        _settle(self)
    written = _original_assign(self, value)
    # The variable as it is read now where a tape may look on, as in TensorFlow: gradients do not
    # pass through an assignment.
    return self.value if _state.observers or in_step() else written


KerasVariable.assign = _assign

# Called with a variable whose `trainable` flag has just changed and with what it was.
trainable_listeners: list[Callable[[Any, bool], None]] = []
_original_trainable: Any = KerasVariable.trainable


def _set_trainable(self: Any, value: Any) -> None:
    before = self._trainable
    _original_trainable.fset(self, value)
    if self._trainable is not before:
        for listener in list(trainable_listeners):
            listener(self, before)


KerasVariable.trainable = _original_trainable.setter(_set_trainable)


@contextlib.contextmanager
def noting_trainable() -> Iterator[dict[int, bool]]:
    """Of the variables this thread freezes or unfreezes in here, by ``id``: what they were."""
    before: dict[int, bool] = {}
    thread = threading.get_ident()

    def note(variable: Any, was: bool) -> None:
        if threading.get_ident() == thread:
            before.setdefault(id(variable), was)

    trainable_listeners.append(note)
    try:
        yield before
    finally:
        trainable_listeners.remove(note)
