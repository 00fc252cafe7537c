"""Methods that JAX arrays lack, added to JAX' array class when ``glasstape.tf`` is imported.

Tensors are plain JAX arrays, so a TensorFlow program's ``loss.numpy()`` must be a method of these.
Only names that JAX does not have are added, and nothing of JAX' own is changed. A test fails when
JAX gets one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax.core import Tracer

# Names that were not added, because JAX has them by now.
taken: list[str] = []


def add(name: str, method: Callable[..., Any]) -> None:
    """Give JAX' arrays a method, unless they have one of that name.

    Args:
        name: Its name.
        method: Called with the array, which may be a value of a program that is being traced.
    """
    if hasattr(jax.Array, name) or hasattr(Tracer, name):
        if getattr(jax.Array, name, None) is not method:
            taken.append(name)
        return
    setattr(jax.Array, name, method)


def attach(array: Any, name: str, value: Any) -> None:
    """Give one array an attribute, where it takes one; values of a traced program do not."""
    if not isinstance(array, Tracer):
        setattr(array, name, value)
