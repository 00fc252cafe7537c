"""What to use for a TensorFlow name that is not there.

Imports nothing that takes a while: `glasstape tf-check` reads this file without importing JAX.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

# Namespaces whose functions `keras.ops` has under the same names, in one list.
_MATHEMATICS = ("", "linalg", "math", "nn", "signal")


def advice(
    full_name: str,
    ways: Mapping[str, str],
    needless: Mapping[str, str],
    in_keras: Callable[[str], bool],
) -> str:
    """The sentence "use ..." or "leave it out: ...".

    Args:
        full_name: Without the ``tf.`` in front.
        ways: What there is for names and for namespaces.
        needless: Why a name can be left out.
        in_keras: Whether Keras has a public object of that name.
    """
    if full_name in needless:
        return f"leave it out: {needless[full_name]}"
    if way := ways.get(full_name.removeprefix("math.")):
        return f"use {way}"
    if namesake := _namesake(full_name, in_keras):
        return f"use {namesake} (its arguments may differ)"
    namespace = full_name
    while namespace := namespace.rpartition(".")[0]:
        if way := ways.get(namespace):
            return f"use {way}"
    return "write it with keras.ops, Keras or jax.numpy"


def _namesake(full_name: str, in_keras: Callable[[str], bool]) -> str | None:
    """The public Keras object of that name."""
    namespace, _, last = full_name.rpartition(".")
    candidates = [full_name, f"ops.{full_name}"]
    if namespace in _MATHEMATICS:
        candidates = [f"ops.{last.removeprefix('reduce_')}", *candidates]
    return next((f"keras.{c}" for c in candidates if in_keras(c)), None)
