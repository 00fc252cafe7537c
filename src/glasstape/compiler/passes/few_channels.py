"""Gradients by the kernel of convolutions that make few channels, as a product of matrices.

Code for convolutions makes as many channels at once as a register holds numbers. The last layer of
a generator makes three, that of a discriminator one, and most of the work is for nothing. But with
the places of the kernel, few channels are many rows::

    dw[k] = sum over p of dy[k, p] * x[p]        dy[k, p] = dy[p + low - d * k]

What is laid out for each place are the few channels, not x.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from glasstape.compiler.passes.layout import inverse
from glasstape.ports.jax_program import Equation

# Of so many the code of oneDNN is ahead at times.
FEW = 5
# Places of a kernel, and rows of the product: below there is little to gain, and above it is lost.
LEAST_TAPS, MOST_ROWS = 4, 150
# Of what is laid out: 128 MB.
MOST_NUMBERS = 2**25


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "conv_general_dilated" or not equation.is_plain:
        return None
    params = equation.params
    (lhs, rhs, out), (x, dy) = params["dimension_numbers"], equation.inputs
    if params["feature_group_count"] > 1 or params["batch_group_count"] > 1:
        return None
    if any(step != 1 for step in (*params["lhs_dilation"], *params["rhs_dilation"])):
        return None
    sizes = [equation.outputs[0].shape[i] for i in out[2:]]
    taps, made = math.prod(sizes), dy.shape[rhs[0]]
    # Of a gradient by the kernel what is made is small, and the "kernel" is as large as an image.
    if math.prod(dy.shape[i] for i in rhs[2:]) <= taps or made >= FEW:
        return None
    if taps < LEAST_TAPS or taps * made > MOST_ROWS:
        return None
    if taps * made * math.prod(x.shape) // x.shape[lhs[0]] > MOST_NUMBERS:
        return None

    def few_channels_gradient(x: Any, dy: Any) -> Any:
        return _by_kernel(x, dy, params, sizes)

    return few_channels_gradient


def _by_kernel(x: Any, dy: Any, params: dict[str, Any], sizes: Sequence[int]) -> Any:
    """Images take the place of channels in x and dy, and channels that of images in x."""
    of_x, of_dy, of_out = params["dimension_numbers"]
    x = x.transpose(of_x[1], *of_x[2:], of_x[0])
    dy = dy.transpose(of_dy[0], of_dy[1], *of_dy[2:])
    steps = params["window_strides"]
    sides = zip(x.shape[1:-1], dy.shape[2:], sizes, steps, params["padding"], strict=True)
    around = [
        ((size - 1) * d - low, count - 1 + low - (made - 1), 0)
        for count, made, size, d, (low, _) in sides
    ]
    laid = lax.pad(dy, jnp.zeros((), dy.dtype), [(0, 0, 0), (0, 0, 0), *around])
    rank = len(sizes)
    for i in reversed(range(rank)):
        size, d, count = sizes[i], steps[i], x.shape[1 + i]
        axis = laid.ndim - rank + i
        starts = [(size - 1 - k) * d for k in range(size)]
        laid = jnp.stack([lax.slice_in_dim(laid, s, s + count, axis=axis) for s in starts])
    # Places of the kernel, channels of dy, images, space.
    space = range(1, 1 + rank)
    made = jnp.tensordot(
        laid,
        x,
        ([rank + 1, *(rank + 1 + i for i in space)], [0, *space]),
        precision=params["precision"],
    )
    return made.transpose(inverse([*of_out[2:], of_out[1], of_out[0]]))
