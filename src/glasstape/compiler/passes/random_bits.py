"""Random bits of several dimensions, drawn in a row.

The generator (threefry) makes the same bits either way, since it counts the elements in their
order. But XLA for CPUs compiles its twenty rounds for four dimensions in half a second to a second,
because each element's number is put together from four indices, and for one in a fifth of that;
the mask of a dropout comes up to twice as soon.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax

from glasstape.ports.jax_program import Equation

_THREEFRY = "key<fry>"


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "random_bits":
        return None
    (key,), (bits,) = equation.inputs, equation.outputs
    if key.shape or str(key.dtype) != _THREEFRY or len(bits.shape) < 2:
        return None

    def random_bits_in_a_row(key: Any) -> Any:
        return jax.random.bits(key, (math.prod(bits.shape),), bits.dtype).reshape(bits.shape)

    return random_bits_in_a_row
