"""`tf.nest`: nested tuples, lists, dicts and the like, as trees of what they hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import tree

from glasstape.tf import _elsewhere
from glasstape.tf._translate import translated

__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]


@translated("nest.flatten")
def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """What a nested structure holds, as a flat list; dicts in the order of their keys.

    Args:
        structure: Nested tuples, lists, dicts; anything else is a single element.
        expand_composites: Unused.

    Returns:
        A list.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nest.flatten({"b": 3, "a": (1, [2])})
        [1, 2, 3]
    """
    return tree.flatten(structure)


@translated("nest.map_structure")
def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """A structure like the first, with what a function gives for the elements of all.

    Args:
        func: Called with one element of each structure.
        structure: One or several nested structures of the same form.
        kwargs: ``check_types=False`` lets lists stand for tuples.

    Returns:
        A nested structure.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nest.map_structure(lambda x, y: x + y, {"a": 1}, {"a": 2})
        {'a': 3}
    """
    kwargs.pop("expand_composites", None)
    if not callable(func):
        raise TypeError(f"func must be callable, not {func!r}")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, kwargs.get("check_types", True))
    columns = zip(*(tree.flatten(s) for s in structure), strict=True)
    return pack_sequence_as(structure[0], [func(*column) for column in columns])


@translated("nest.pack_sequence_as")
def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """A flat list's elements in the form of a nested structure.

    Args:
        structure: The form.
        flat_sequence: As many elements as it has.
        expand_composites: Unused.

    Returns:
        A nested structure.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nest.pack_sequence_as({"a": 0, "b": [0]}, [1, 2])
        {'a': 1, 'b': [2]}
    """
    return tree.pack_sequence_as(structure, list(flat_sequence))


@translated("nest.assert_same_structure")
def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Refuse two structures that differ in form.

    Args:
        nest1: A nested structure.
        nest2: Another.
        check_types: Whether a list differs from a tuple.
        expand_composites: Unused.

    Returns:
        None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nest.assert_same_structure({"a": 1}, {"a": 2})
    """
    if check_types:
        tree.assert_same_structure(nest1, nest2)
    elif len(tree.flatten(nest1)) != len(tree.flatten(nest2)):
        raise ValueError("the structures do not hold equally many elements")


@translated("nest.is_nested")
def is_nested(structure: Any) -> bool:
    """Whether something is a tuple, list, dict or the like.

    Args:
        structure: Anything.

    Returns:
        A bool.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.nest.is_nested([1]), tf.nest.is_nested(1)
        (True, False)
    """
    return keras.tree.is_nested(structure)


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
