"""Where `tf.random` takes its randomness from: one Keras seed generator a ``seed`` argument.

In TensorFlow each call draws new numbers, also with ``seed=``; Keras' functions repeat them when
given a number. The generators' states are Keras variables, so a compiled step carries them along.
"""

from __future__ import annotations

import operator
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape import sources
from glasstape.data import drawing
from glasstape.errors import StepTypeError, TensorTypeError
from glasstape.ports import jax_trace, keras_scopes

_UNSEEDED = 0  # what stands for the global seed until `set_seed` was called
_generators: dict[int | None, keras.random.SeedGenerator] = {}
_global_seed: list[int] = []


def next_key(seed: Any) -> Any:
    """JAX's next key for a function's ``seed`` argument."""
    return jax.random.wrap_key_data(jnp.asarray(generator(seed).next()), impl="threefry2x32")


def generator(seed: Any) -> keras.random.SeedGenerator:
    """The generator for a function's ``seed`` argument.

    Raises:
        StepTypeError: JAX is tracing and nothing would keep the generator's new state.
    """
    key = None if seed is None else whole_number(seed)
    if (draws := drawing.current()) is not None:
        return _OfElement(draws, key)
    check_state_is_kept()
    if key not in _generators:
        start = None if key is None and not _global_seed else _start(key)
        _generators[key] = keras.random.SeedGenerator(start)
    return _generators[key]


class _OfElement(keras.random.SeedGenerator):
    """The seeds of a dataset's element while a function is mapped over it; it has no state."""

    def __init__(self, draws: drawing.Draws, seed: int | None):
        # Not the base class', which makes a variable.
        self._draws = draws
        self._seed = seed

    def next(self, ordered: bool = True) -> Any:
        """The next one."""
        del ordered
        return self._draws.key(self._seed)


def check_state_is_kept() -> None:
    """Refuse to draw where each step would use the same numbers.

    Raises:
        StepTypeError: JAX is tracing and nothing would keep a generator's new state.
    """
    if not _keeps_state():
        raise _cannot_keep_state()


def set_seed(seed: Any) -> None:
    """Start every generator anew."""
    number = whole_number(seed) % 2**32
    keras.utils.set_random_seed(number)
    _global_seed[:] = [number]
    for key, known in _generators.items():
        known.state.assign(np.array([_start(key), 0], np.uint32))


def _start(key: int | None) -> int:
    """A generator's first state, from the global seed and its own."""
    seeds = [*(_global_seed or [_UNSEEDED]), *([] if key is None else [key % 2**64, 1])]
    return int(np.random.SeedSequence(seeds).generate_state(1)[0])


def _keeps_state() -> bool:
    """Whether a variable written now keeps its value, or only shapes are inferred.

    Not while JAX traces outside of a `glasstape.function`, as in ``jax.jit``, Keras' ``fit`` and
    inside its recurrent layers: each step would use the same numbers.
    """
    scope = keras_scopes.active_scope()
    if scope is None:
        return jax_trace.is_eager()
    return isinstance(scope, keras_scopes.LiftScope) or _inferring_shapes()


def _inferring_shapes() -> bool:
    """Whether Keras is building a model; a symbolic scope remembers the one around it."""
    with keras.SymbolicScope() as probe:
        return probe.original_scope is not None


def whole_number(seed: Any) -> int:
    """A seed as an int.

    Raises:
        TensorTypeError: it is not a whole number.
    """
    try:
        return operator.index(seed)
    except TypeError:
        raise TensorTypeError(
            "This is not a seed.",
            expected="a whole number",
            received=repr(seed),
            fix="pass an int",
            where=sources.user_source(),
        ) from None


def _cannot_keep_state() -> StepTypeError:
    return StepTypeError(
        "tf.random cannot draw new numbers here; each step would use the same ones.",
        expected="plain Python, or a step compiled by tf.function",
        received="a program traced in another way: by jax.jit, Keras' fit, or a recurrent layer",
        fix="give the layer self.seeds = keras.random.SeedGenerator(), and draw with "
        "keras.random.normal(..., seed=self.seeds)",
        where=sources.user_source(),
    )
