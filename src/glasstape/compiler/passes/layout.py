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
    order = [images, *space, channels]
    return [order.index(i) for i in range(len(order))]


def strides(shape: Sequence[int], order: Sequence[int]) -> tuple[int, ...]:
    """In elements, of an array of this shape, of its dimensions in this order."""
    own = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
    return tuple(own[i] for i in order)
