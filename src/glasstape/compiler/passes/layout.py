"""How arrays lie in memory; images with their dimensions in one order, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax


def padded_images(
    x: Any, images: int, channels: int, space: Sequence[int], params: dict[str, Any]
) -> Any:
    """In the order images, space, channels, with zeros around and between the elements."""
    sides = zip(params["padding"], params["lhs_dilation"], strict=True)
    around = [(0, 0, 0), *((low, high, step - 1) for (low, high), step in sides), (0, 0, 0)]
    return lax.pad(x.transpose(images, *space, channels), jnp.zeros((), x.dtype), around)


def back(images: int, channels: int, space: Sequence[int]) -> list[int]:
    """What brings images, space, channels to where they belong."""
    return inverse([images, *space, channels])


def inverse(order: Sequence[int]) -> list[int]:
    """What brings dimensions in this order to where they belong."""
    return [order.index(i) for i in range(len(order))]


def strides(
    shape: Sequence[int], order: Sequence[int], in_memory: Sequence[int] | None = None
) -> tuple[int, ...]:
    """In elements, of an array of this shape, of its dimensions in this order.

    Args:
        shape: Of the array.
        order: Of the dimensions that are told.
        in_memory: The order in which the dimensions lie in memory, the last one without gaps; as
            they are counted, if None.
    """
    lies = list(in_memory or range(len(shape)))
    own = {d: math.prod(shape[i] for i in lies[place + 1 :]) for place, d in enumerate(lies)}
    return tuple(own[i] for i in order)
