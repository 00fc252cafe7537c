"""Values of Python variables on their way into branches and loops, and out of them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.errors import ControlFlowTypeError, ControlFlowValueError
from glasstape.ports import jax_trace, keras_state

_ARRAYS = (jax.Array, np.ndarray, np.generic)
_NUMBERS = (bool, int, float, complex)
_COMPARED = (*_NUMBERS, str, bytes, type(None), enum.Enum, np.dtype, type)


class Undefined:
    """A name that nothing has been assigned to yet."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def read(self) -> Any:
        """What Python does when it is read."""
        raise UnboundLocalError(f"'{self.name}' is used before assignment")

    def __getitem__(self, key: Any) -> Undefined:
        return self


class UndefinedReturnValue:
    """The result of a function that has not returned yet."""


def is_undefined(value: Any) -> bool:
    """Whether it stands for no value."""
    return isinstance(value, Undefined | UndefinedReturnValue)


def is_tensor(value: Any) -> bool:
    """Whether Python cannot know its value, because a program is being traced."""
    if keras_state.is_variable(value):
        value = keras_state.current_value(value)
    return jax_trace.is_abstract(value)


def is_number(value: Any) -> bool:
    """Whether it is a number of Python's."""
    return isinstance(value, _NUMBERS)


def is_array_like(value: Any) -> bool:
    """Whether a program can compute with it."""
    return isinstance(value, (*_ARRAYS, *_NUMBERS)) or keras_state.is_variable(value)


def as_array(value: Any, dtype: Any = None) -> Any:
    """A tensor of it, strongly typed."""
    if keras_state.is_variable(value):
        value = keras_state.current_value(value)
    if dtype is None:
        dtype = jnp.result_type(value) if is_number(value) else value.dtype
    if isinstance(value, jax.Array) and value.dtype == dtype and not value.weak_type:  # pyright: ignore[reportAttributeAccessIssue]
        return value
    return jnp.asarray(value, dtype)


def same(a: Any, b: Any) -> bool:
    """Whether both are one value that Python knows."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, _COMPARED):
        return False
    return repr(a) == repr(b) if isinstance(a, float | complex) else bool(a == b)


class Flat(NamedTuple):
    """The value of one variable, taken apart; None is a leaf."""

    tree: Any
    leaves: list[Any]

    def rebuild(self, leaves: Sequence[Any] | None = None) -> Any:
        """The value with other leaves; containers are new ones."""
        return jax.tree.unflatten(self.tree, self.leaves if leaves is None else leaves)


def flatten(value: Any) -> Flat:
    """Take a value apart."""
    leaves, tree = jax.tree.flatten(value, is_leaf=lambda v: v is None)
    return Flat(tree, leaves)


def text(value: Any) -> str:
    """What it is, for a message."""
    if is_undefined(value):
        return "undefined"
    if keras_state.is_variable(value):
        return f"the variable {value.path!r}"
    if isinstance(value, _ARRAYS):
        return f"a {value.dtype}{list(value.shape)} tensor"
    if isinstance(value, _COMPARED):
        return f"{value!r}"
    return f"a {type(value).__name__}"


def truth(value: Any, construct: str) -> Any:
    """bool[] of a tensor that decides: a single number, in as many brackets as you like.

    Raises:
        ControlFlowValueError: it is not a single number.
    """
    array = as_array(value)
    if array.ndim and all(size == 1 for size in array.shape):
        array = array.reshape(())
    if array.ndim:
        raise ControlFlowValueError(
            f"The condition of {construct} is not a single truth value.",
            expected="a scalar",
            received=text(array),
            fix="say what decides: keras.ops.any(...) or keras.ops.all(...); to choose element "
            "by element use keras.ops.where",
            where=sources.user_source(),
        )
    return array if array.dtype == bool else array != 0


class Containers:
    """The lists, dicts and sets that blocks of code can see, to notice what is added to them.

    Args:
        blocks: The functions of translated code.
        construct: What they belong to, for the message.
        names: Of the variables they assign; an item is one, such as ``d['k']``.
    """

    def __init__(self, blocks: Iterable[Callable[..., Any]], construct: str, names: Iterable[str]):
        self._construct = construct
        self._seen: dict[int, tuple[str, Any, list[Any]]] = {}
        with_items = {name.partition("[")[0] for name in names if "[" in name}
        for block in blocks:
            for name, value in _closed_over(block):
                if isinstance(value, list | dict | set) and name not in with_items:
                    self._seen[id(value)] = (name, value, _contents(value))

    def check(self) -> None:
        """Raise `ControlFlowValueError` when one has changed."""
        for name, value, before in self._seen.values():
            now = _contents(value)
            if len(now) == len(before) and all(a is b for a, b in zip(now, before, strict=True)):
                continue
            kind = type(value).__name__
            raise ControlFlowValueError(
                f"The {kind} '{name}' is changed inside {self._construct} that a tensor decides "
                "about.",
                expected="variables that are assigned; this code is traced once, whatever the "
                f"tensor is, so the {kind} would be changed exactly once",
                received=f"{len(before)} items before, {len(now)} after tracing it",
                fix="assign tensors of a fixed shape: `rows = keras.ops.zeros((n, k))` before "
                "and `rows = rows.at[i].set(row)` inside; or loop over a Python range, which is "
                "unrolled",
                where=sources.user_source(),
            )


def _closed_over(block: Callable[..., Any]) -> Iterable[tuple[str, Any]]:
    names = block.__code__.co_freevars
    for name, cell in zip(names, block.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # nothing assigned yet
            continue


def _contents(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [part for item in value.items() for part in item]
    return list(value)


def none_mismatch(name: str, where_none: str, other: Any) -> ControlFlowValueError:
    """None on one side and something else on the other."""
    return ControlFlowValueError(
        f"'{name}' is None {where_none}.",
        expected="the same kind of value either way, since a tensor decides",
        received=f"None here, {text(other)} otherwise",
        fix=f"give '{name}' a tensor of the same shape and dtype there, such as zeros, and a flag "
        "that says whether it counts",
        where=sources.user_source(),
    )


def mismatch(
    name: str, what: str, first: str, second: str, places: tuple[str, str], fix: str
) -> ControlFlowTypeError | ControlFlowValueError:
    """A variable that differs in `what`: dtype, shape or structure."""
    kind = ControlFlowValueError if what == "shape" else ControlFlowTypeError
    return kind(
        f"'{name}' has {what} {first} {places[0]}, but {what} {second} {places[1]}.",
        expected=f"one {what}, since a tensor decides which value it has",
        received=f"{first} and {second}",
        fix=fix,
        where=sources.user_source(),
    )
