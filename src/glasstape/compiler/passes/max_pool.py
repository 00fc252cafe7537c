"""The gradient of a max-pooling: look for each window's largest value, hand it the cotangent.

XLA's ``select_and_scatter`` does the same, one window after the other with nothing vectorised: 6
to 31 times slower on a CPU (docs/passes.md). Both give the cotangent to the first of several
largest values, which after a ReLU are common, and both treat NaN alike, so windows that do not
overlap give the very same numbers; where they do, the order in which a few numbers are added
differs.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from glasstape.ports.jax_program import Equation

# Each place in a window is an operation or two; XLA is to compile them in no time.
MOST_TAPS = 64
# By the comparison that keeps what was found so far: of a pooling for the largest and the smallest.
_STAYS = {"ge": lax.ge, "le": lax.le}
_LEAST = {lax.ge: -np.inf, lax.le: np.inf}


class Windows(NamedTuple):
    """Of a pooling, for each dimension.

    Attributes:
        size: Of a window.
        step: From a window to the next one.
        padding: Before the first element, and after the last one.
    """

    size: tuple[int, ...]
    step: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]

    @property
    def taps(self) -> list[tuple[int, ...]]:
        """The places in a window, in the order in which XLA looks at them."""
        return [*itertools.product(*map(range, self.size))]

    @property
    def tile(self) -> bool:
        """Whether they lie beside each other, without padding."""
        return self.size == self.step and not any(map(any, self.padding))


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "select_and_scatter_add":
        return None
    cotangent, operand = equation.inputs
    sizes = (*cotangent.shape, *operand.shape)
    if operand.dtype != jnp.float32 or not all(isinstance(n, int) and n for n in sizes):
        return None
    params = equation.params
    size, step = tuple(params["window_dimensions"]), tuple(params["window_strides"])
    windows = Windows(size, step, tuple(map(tuple, params["padding"])))
    if math.prod(size) > MOST_TAPS:
        return None

    stays = _STAYS.get(params["select_prim"].name)
    if stays is None:
        return None

    def max_pool_gradient(dy: Any, x: Any) -> Any:
        return (_of_tiles if windows.tile else _of_any)(dy, x, windows, stays)

    return max_pool_gradient


def _of_tiles(dy: Any, x: Any, windows: Windows, stays: Callable[..., Any]) -> Any:
    """One pass over x to find the places, one over the gradient to write it."""
    covered = [n * size for n, size in zip(dy.shape, windows.size, strict=True)]
    tiled = _interleaved(dy.shape, windows.size)
    tiles = lax.slice(x, (0,) * x.ndim, covered).reshape(tiled)
    values = [tiles[tuple(i for k in tap for i in (slice(None), k))] for tap in windows.taps]
    place = _place_of_first(values, stays)
    ones = (1,) * x.ndim
    number = np.arange(len(values), dtype=np.int32).reshape(_interleaved(ones, windows.size))
    spread = _interleaved(dy.shape, ones)
    chosen = place.reshape(spread) == number
    gradient = jnp.where(chosen, dy.reshape(spread), jnp.zeros((), dy.dtype)).reshape(covered)
    rest = [(0, n - c, 0) for n, c in zip(x.shape, covered, strict=True)]
    return lax.pad(gradient, jnp.zeros((), dy.dtype), rest)


def _of_any(dy: Any, x: Any, windows: Windows, stays: Callable[..., Any]) -> Any:
    """Each place of the windows writes to a grid of its own; the grids are added up."""
    around = [(low, high, 0) for low, high in windows.padding]
    zero = jnp.zeros((), dy.dtype)
    # As JAX pads, whose padding may be chosen where a window has nothing larger.
    padded = lax.pad(x, jnp.asarray(_LEAST[stays], x.dtype), around)
    grids = [_Grid(tap, windows, dy.shape) for tap in windows.taps]
    place = _place_of_first([grid.of(padded) for grid in grids], stays)
    parts = [jnp.where(place == number, dy, zero) for number in range(len(grids))]
    spread = [
        lax.pad(part, zero, grid.back_to(x.shape)) for part, grid in zip(parts, grids, strict=True)
    ]
    return functools.reduce(jnp.add, spread)


class _Grid:
    """The elements at one place of all windows.

    Args:
        tap: The place.
        windows: All of them.
        counts: How many windows there are.
    """

    def __init__(self, tap: Sequence[int], windows: Windows, counts: Sequence[int]):
        self._first = tap
        self._step = windows.step
        self._low = [low for low, _ in windows.padding]
        reaches = [(n - 1) * step + 1 for n, step in zip(counts, windows.step, strict=True)]
        self._end = [first + reach for first, reach in zip(tap, reaches, strict=True)]

    def of(self, padded: Any) -> Any:
        """These of an array with its padding."""
        return lax.slice(padded, self._first, self._end, self._step)

    def back_to(self, shape: Sequence[int]) -> list[tuple[int, int, int]]:
        """What to pad them with to have them at their places in an array without padding."""
        return [
            (first - low, size + low - end, step - 1)
            for first, low, size, end, step in zip(
                self._first, self._low, shape, self._end, self._step, strict=True
            )
        ]


def _place_of_first(values: Sequence[Any], stays: Callable[..., Any]) -> Any:
    """The number of the first largest of these values."""
    found, place = values[0], jnp.zeros(values[0].shape, jnp.int32)
    for number, value in enumerate(values[1:], 1):
        keep = stays(found, value)
        place = jnp.where(keep, place, jnp.int32(number))
        found = jnp.where(keep, found, value)
    return place


def _interleaved(first: Sequence[int], second: Sequence[int]) -> list[int]:
    return [n for pair in zip(first, second, strict=True) for n in pair]
