"""Depthwise convolutions and their gradients, place by place of the kernel.

A depthwise convolution has a group for each channel, so nothing is summed but the few places of a
window. XLA for CPUs has plain loops for grouped convolutions; written as what it is, a sum of
products of arrays, it becomes one vectorised loop::

    y[i] = sum over k of x[s * i + d * k - p] * w[k]      dw[k] = sum over i of x[...] * dy[i]

The gradient by the input is the first form again, with zeros between the elements of dy. Only the
order of additions differs.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from glasstape.compiler.passes.layout import back, padded_images
from glasstape.ports.jax_program import Equation

# Each place of the kernel is an operation or two; XLA is to compile them in no time.
MOST_TAPS = 49


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "conv_general_dilated" or not equation.is_plain:
        return None
    params = equation.params
    lhs, rhs, out = params["dimension_numbers"]
    of_lhs, of_rhs = (a.shape for a in equation.inputs)
    made = of_rhs[rhs[0]]
    if params["feature_group_count"] == of_lhs[lhs[1]] == made > 1:
        sizes = [of_rhs[i] for i in rhs[2:]]
        compute = _product
    elif params["batch_group_count"] == of_lhs[lhs[0]] == made > 1:
        sizes = [equation.outputs[0].shape[i] for i in out[2:]]
        compute = _by_kernel
    else:
        return None
    if math.prod(sizes) > MOST_TAPS:
        return None
    shape = equation.outputs[0].shape

    def depthwise_convolution(x: Any, y: Any) -> Any:
        return compute(x, y, params, shape)

    return depthwise_convolution


def _product(x: Any, kernel: Any, params: dict[str, Any], shape: Sequence[int]) -> Any:
    """A convolution, or its gradient by the input; float32 of `shape`."""
    of_x, of_kernel, of_out = params["dimension_numbers"]
    padded = padded_images(x, of_x[0], of_x[1], of_x[2:], params)
    # Space, channels; there is one channel for each group.
    taps = kernel.transpose(*of_kernel[2:], of_kernel[0], of_kernel[1])[..., 0]
    counts = [shape[i] for i in of_out[2:]]
    parts = [
        part * taps[place]
        for place, part in _windows(
            padded, taps.shape[:-1], counts, params["rhs_dilation"], params["window_strides"]
        )
    ]
    return functools.reduce(jnp.add, parts).transpose(back(of_out[0], of_out[1], of_out[2:]))


def _by_kernel(x: Any, dy: Any, params: dict[str, Any], shape: Sequence[int]) -> Any:
    """The gradient by the kernel; float32 of `shape`.

    Images take the place of channels, and channels that of images.
    """
    of_x, of_dy, of_out = params["dimension_numbers"]
    padded = padded_images(x, of_x[1], of_x[0], of_x[2:], params)
    dy = dy.transpose(of_dy[1], *of_dy[2:], of_dy[0])
    sizes = [shape[i] for i in of_out[2:]]
    steps = params["window_strides"], params["rhs_dilation"]
    by_rows = len(sizes) > 1 and dy.size >= MANY
    sums = (_by_rows if by_rows else _at_once)(padded, dy, sizes, *steps)
    gradient = sums.reshape(1, *sizes, dy.shape[-1])
    return gradient.transpose(back(of_out[0], of_out[1], of_out[2:]))


# So much does not stay in a core's cache from one place of the kernel to the next. With AVX-512, 2
# cores, ms at once and by rows: 16x32x32x32 1.8 and 3.0, 32x14x14x256 19.7 and 7.0.
MANY = 1_000_000


def _at_once(
    padded: Any, dy: Any, sizes: Sequence[int], dilation: Sequence[int], stride: Sequence[int]
) -> Any:
    """Place by place: float32[places, channels]."""
    windows = _windows(padded, sizes, dy.shape[1:-1], dilation, stride)
    return jnp.stack([(part * dy).sum(range(dy.ndim - 1)) for _, part in windows])


def _by_rows(
    padded: Any, dy: Any, sizes: Sequence[int], dilation: Sequence[int], stride: Sequence[int]
) -> Any:
    """The same, row by row of dy, all of the kernel's places for each."""

    def add(number: Any, sums: Any) -> Any:
        row = lax.dynamic_index_in_dim(dy, number, 1, keepdims=False)
        parts = []
        for k in range(sizes[0]):
            first = number * stride[0] + k * dilation[0]
            seen = lax.dynamic_index_in_dim(padded, first, 1, keepdims=False)
            windows = _windows(seen, sizes[1:], row.shape[1:-1], dilation[1:], stride[1:])
            parts += [(part * row).sum(0) for _, part in windows]
        return sums + jnp.stack(parts)

    none = jnp.zeros((math.prod(sizes), *dy.shape[2:]), dy.dtype)
    sums = lax.fori_loop(0, dy.shape[1], add, none)
    return sums.sum(range(1, sums.ndim - 1))


def _windows(
    padded: Any,
    sizes: Sequence[int],
    counts: Sequence[int],
    dilation: Sequence[int],
    stride: Sequence[int],
) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Each place of a window, with the elements that lie there in all of the windows."""
    images, *_, channels = padded.shape
    for place in itertools.product(*map(range, sizes)):
        first = [k * d for k, d in zip(place, dilation, strict=True)]
        end = [f + (n - 1) * s + 1 for f, n, s in zip(first, counts, stride, strict=True)]
        yield place, lax.slice(padded, (0, *first, 0), (images, *end, channels), (1, *stride, 1))
