"""What belongs to what: the objects of a program that have variables, as a graph with names.

Names come from attributes, places in lists and keys of dicts, as in TensorFlow's object-based
checkpoints, never from Keras' counters (``dense_3``), which differ from run to run.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import keras

from glasstape.ports import keras_state

# An object with a method of this name says itself what belongs to it: a dict of names.
HOOK = "_checkpoint_children"
_NO_LAYER = keras.layers.InputLayer  # a Sequential model makes one when it is built
_OWNERS = (keras.optimizers.Optimizer, keras.metrics.Metric)


class Entry(NamedTuple):
    """One object of the graph.

    Attributes:
        object: The object.
        path: Its first path from the root, such as ``("model", "dense", "kernel")``.
        children: Name -> the child's number.
    """

    object: Any
    path: tuple[str, ...]
    children: dict[str, int]


def graph(root: Any) -> list[Entry]:
    """All objects that belong to `root`, each once, nearest first; the root is number 0."""
    entries = [Entry(root, (), {})]
    numbers = {id(root): 0}
    for entry in entries:  # grows while it is walked
        for name, child in children(entry.object).items():
            if id(child) not in numbers:
                numbers[id(child)] = len(entries)
                entries.append(Entry(child, (*entry.path, name), {}))
            entry.children[name] = numbers[id(child)]
    return entries


def is_trackable(value: Any) -> bool:
    """Whether `value` can have variables."""
    return keras_state.is_variable(value) or _children_of(value) is not None


def children(owner: Any) -> dict[str, Any]:
    """What belongs to `owner` directly, by name."""
    find = None if keras_state.is_variable(owner) else _children_of(owner)
    return {} if find is None else find(owner)


def _children_of(value: Any) -> Callable[[Any], dict[str, Any]] | None:
    if isinstance(value, type):
        return None
    if hasattr(value, HOOK):
        return lambda owner: getattr(owner, HOOK)()
    if isinstance(value, list | tuple | Mapping):
        return _of_container
    if keras_state.is_layer(value):
        return _of_layer
    if isinstance(value, _OWNERS):
        return _of_owner
    if isinstance(value, keras.random.SeedGenerator):
        return lambda owner: {"state": owner.state}
    # `tf.Module` and what looks like it.
    if hasattr(value, "trainable_variables") and hasattr(value, "submodules"):
        return lambda owner: _attributes(vars(owner), ())
    return None


def _of_container(owner: Any) -> dict[str, Any]:
    items = owner.items() if isinstance(owner, Mapping) else enumerate(owner)
    return {str(name): value for name, value in items if _has_variables(value)}


def _of_owner(owner: Any) -> dict[str, Any]:
    """An optimizer or metric: its variables in their order."""
    found = {f"variable-{n}": v for n, v in enumerate(owner.variables)}
    inner = getattr(owner, "inner_optimizer", None)
    return found if inner is None else {"inner_optimizer": inner, **found}


def _of_layer(layer: Any) -> dict[str, Any]:
    found = _attributes(vars(layer), _internal_names())
    known = {id(v) for v in _within(found.values())}
    inner = [v for v in keras_state.inner_layers(layer) if not isinstance(v, _NO_LAYER)]
    for number, child in enumerate(inner):
        if id(child) not in known:
            found[f"layer-{number}"] = child
    nested = {id(v) for child in inner for v in child.variables}
    for variable in layer.variables:
        if id(variable) not in known and id(variable) not in nested:
            found[_free(variable.name, found)] = variable
    return found


def _attributes(attributes: dict[str, Any], skipped: Any) -> dict[str, Any]:
    return {
        name.lstrip("_"): value
        for name, value in attributes.items()
        if name not in skipped and _has_variables(value)
    }


def _has_variables(value: Any) -> bool:
    """Containers count when something in them does."""
    if isinstance(value, list | tuple | Mapping):
        values = value.values() if isinstance(value, Mapping) else value
        return not isinstance(value, tuple) or any(map(_has_variables, values))
    return is_trackable(value)


def _within(values: Any) -> Iterator[Any]:
    """The values, those in containers, and what seed generators hold."""
    for value in values:
        yield value
        if isinstance(value, list | tuple | Mapping | keras.random.SeedGenerator):
            yield from _within(children(value).values())


def _free(name: str, taken: dict[str, Any]) -> str:
    number, free = 0, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


@functools.cache
def _internal_names() -> frozenset[str]:
    """Attributes in which Keras itself keeps book."""
    books = vars(keras.layers.Layer()).keys() | vars(keras.Model()).keys()
    return frozenset(books | {"_functional", "_nested_inputs", "_nested_outputs"})
