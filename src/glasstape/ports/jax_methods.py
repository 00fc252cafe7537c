"""Methods that JAX arrays lack, added to JAX' array class when ``glasstape.tf`` is imported.

Tensors are plain JAX arrays, so a TensorFlow program's ``loss.numpy()`` must be a method of these.
Only names that JAX does not have are added, and nothing of JAX' own is changed. A test fails when
JAX gets one of them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import jax
from jax.core import Tracer

# Names that were not added, because JAX has them by now.
taken: list[str] = []
# JAX' class of arrays and that of values in a program that is being traced.
_CLASSES = (jax.Array, Tracer)
# Of values in a program, which take no attributes: by id, with what tells that they are gone.
_attached: dict[int, tuple[weakref.ref[Any], Any]] = {}


def add(name: str, method: Callable[..., Any]) -> None:
    """Give JAX' arrays a method, unless they have one of that name.

    Args:
        name: Its name.
        method: Called with the array, which may be a value of a program that is being traced.
    """
    for owner in _CLASSES:
        found = getattr(owner, name, None)
        if found is None:
            setattr(owner, name, method)
        elif found is not method:
            taken.append(name)


def attach(array: Any, name: str, value: Any) -> None:
    """Give one array an attribute; of a value in a traced program `attached` finds it."""
    if not isinstance(array, Tracer):
        setattr(array, name, value)
        return
    key = id(array)
    _attached[key] = (weakref.ref(array, lambda _: _attached.pop(key, None)), value)


def attached(array: Any) -> Any:
    """What `attach` gave to a value of a traced program, or None."""
    return _attached.get(id(array), (None, None))[1]
