"""What the tables are made of: a function, and the arrays it is differentiated at."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np


@dataclass(frozen=True)
class Values:
    """Random numbers of a kind; all different, and off the kinks of what takes them."""

    kind: str
    shape: tuple[int, ...]

    def draw(self, random):
        make = KINDS[self.kind]
        return jnp.asarray(make(random, self.shape))


def _uniform(low, high):
    return lambda random, shape: random.uniform(low, high, shape).astype("float32")


def _complex(random, shape):
    return (random.uniform(-1, 1, shape) + 1j * random.uniform(-1, 1, shape)).astype("complex64")


def _definite(random, shape):
    a = random.uniform(-1, 1, shape)
    return (a @ np.swapaxes(a, -1, -2) + 2 * np.eye(shape[-1])).astype("float32")


KINDS = {
    "real": _uniform(-2, 2),
    "positive": _uniform(0.3, 2),
    "unit": _uniform(-0.9, 0.9),
    "fraction": _uniform(0.1, 0.9),
    "above one": _uniform(1.2, 3),
    "image": _uniform(20, 230),
    "complex": _complex,
    "definite": _definite,
}


def real(*shape):
    return Values("real", shape)


def positive(*shape):
    return Values("positive", shape)


def unit(*shape):
    return Values("unit", shape)


def fraction(*shape):
    return Values("fraction", shape)


def above_one(*shape):
    return Values("above one", shape)


def image(*shape):
    return Values("image", shape)


def complexes(*shape):
    return Values("complex", shape)


def definite(size):
    return Values("definite", (size, size))


PYTHON_INT = "Keras makes a Python int of one of its tensors"


def integers(*values):
    return np.array(values, "int32")


class Case(NamedTuple):
    """A function of arrays and where it is differentiated.

    Attributes:
        function: Takes the inputs, returns arrays or a structure of them.
        inputs: `Values` and arrays; differentiated by those that are floating-point or complex.
        reference: The same function for `jax.grad` where JAX has no rule for `function` itself.
        only_eager: Why it cannot be compiled, where it cannot.
    """

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    reference: Callable[..., Any] | None = None
    only_eager: str | None = None


def case(function, *inputs, **how):
    return Case(function, inputs, **how)


def each(module, names, *inputs, **how):
    """One case for each of the functions called `names`, all of the same inputs."""

    def of(name):
        return lambda *args: getattr(module, name)(*args)

    return {name: Case(of(name), inputs, **how) for name in names.split()}


def seed(name):
    """Of the random numbers of a program; the same in every process."""
    return zlib.crc32(name.encode())


def draw(name, inputs):
    """The arrays of a case, the same ones every time."""
    random = np.random.default_rng(seed(name))
    made = [v.draw(random) if isinstance(v, Values) else v for v in inputs]
    return [jnp.asarray(v) if isinstance(v, np.ndarray) else v for v in made]
