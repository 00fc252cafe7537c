"""`tf.random.Generator`, on Keras' seed generators: their state is a variable of a step."""

from __future__ import annotations

import enum
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape.tf import _seeds, _stateless
from glasstape.tf._convert import as_tensor, available


class Algorithm(enum.Enum):
    """Names of algorithms, accepted for TensorFlow's sake: JAX's own is used."""

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


class Generator:
    """A source of random numbers of its own, as ``tf.random.Generator``.

    Make one with `from_seed` or `from_non_deterministic_state`. In a compiled step it goes on, too.

    Args:
        copy_from: Another generator, to start where it is.
        state: What `state` of another one was.
        alg: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> a, b = (tf.random.Generator.from_seed(1) for _ in range(2))
        >>> bool(tf.reduce_all(a.normal([3]) == b.normal([3])))
        True
    """

    def __init__(self, copy_from: Generator | None = None, state: Any = None, alg: Any = None):
        self._source = keras.random.SeedGenerator(0)
        if copy_from is not None:
            state = copy_from.state
        if state is not None:
            self.reset(state)

    @classmethod
    def from_seed(cls, seed: Any, alg: Any = None) -> Generator:
        """A generator that starts at a whole number."""
        made = cls()
        made.reset_from_seed(seed)
        return made

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """A generator that starts anywhere."""
        return cls.from_seed(int(np.random.SeedSequence().generate_state(1)[0]))

    @classmethod
    def from_state(cls, state: Any, alg: Any = None) -> Generator:
        """A generator that goes on where another one was."""
        return cls(state=state)

    @classmethod
    def from_key_counter(cls, key: Any, counter: Any, alg: Any = None) -> Generator:
        """A generator that starts at a key and a counter."""
        first = np.asarray(counter).reshape(-1)[0]
        return cls(state=np.array([int(key) % 2**32, int(first) % 2**32], np.uint32))

    @property
    def state(self) -> Any:
        """Where it is: a variable of two numbers."""
        return self._source.state

    @property
    def key(self) -> Any:
        """The first of them."""
        return self.state.value[0]

    @property
    def algorithm(self) -> int:
        """A number, for TensorFlow's sake."""
        return Algorithm.THREEFRY.value

    def reset(self, state: Any) -> None:
        """Go on where another generator was."""
        value = getattr(state, "value", state)
        self._source.state.assign(jnp.asarray(value).astype("uint32"))

    def reset_from_seed(self, seed: Any) -> None:
        """Start anew at a whole number."""
        start = np.random.SeedSequence(_seeds.whole_number(seed) % 2**64).generate_state(1)[0]
        self._source.state.assign(np.array([start, 0], np.uint32))

    def skip(self, delta: Any) -> None:
        """Leave out some draws."""
        self._source.state.assign_add(np.array([0, int(delta)], np.uint32))

    def split(self, count: int = 1) -> list[Generator]:
        """Several generators that start at different places."""
        numbers = np.asarray(jax.random.bits(self._next(), (count, 2), "uint32"))
        return [Generator(state=row * np.array([1, 0], np.uint32)) for row in numbers]

    def make_seeds(self, count: int = 1) -> Any:
        """Seeds for ``tf.random.stateless_*``, as the columns of a tensor."""
        bits = jax.random.bits(self._next(), (2, count), "uint32")
        return jax.lax.bitcast_convert_type(bits, jnp.int32)

    def normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> Any:
        """Numbers from a normal distribution."""
        return _stateless.normals(self._next(), shape, mean, stddev, dtype)

    def truncated_normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> Any:
        """Likewise, at most two standard deviations from the mean."""
        return _stateless.truncated_normals(self._next(), shape, mean, stddev, dtype)

    def uniform(
        self,
        shape: Any,
        minval: Any = 0,
        maxval: Any = None,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> Any:
        """Numbers from ``[minval, maxval)``; `maxval` is 1 when None, for floats."""
        return _stateless.uniforms(self._next(), shape, minval, maxval, dtype)

    def uniform_full_int(self, shape: Any, dtype: Any = "uint64", name: str | None = None) -> Any:
        """Whole numbers of all bits; of 32 unless ``jax_enable_x64`` is set."""
        return _stateless.uniforms(self._next(), shape, None, None, available(dtype))

    def binomial(
        self, shape: Any, counts: Any, probs: Any, dtype: Any = "int32", name: str | None = None
    ) -> Any:
        """How many of several trials succeed."""
        return _stateless.binomials(self._next(), shape, as_tensor(counts), probs, dtype)

    def _next(self) -> Any:
        _seeds.check_state_is_kept()
        return jax.random.wrap_key_data(jnp.asarray(self._source.next()), impl="threefry2x32")


_global: list[Generator] = []


def get_global_generator() -> Generator:
    """The generator that all share, made when it is first asked for.

    Returns:
        A `Generator`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.get_global_generator().normal([2]).shape
        (2,)
    """
    if not _global:
        _global.append(Generator.from_non_deterministic_state())
    return _global[0]


def set_global_generator(generator: Generator) -> None:
    """Let all share another generator.

    Args:
        generator: A `Generator`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.random.set_global_generator(tf.random.Generator.from_seed(1))
    """
    _global[:] = [generator]
