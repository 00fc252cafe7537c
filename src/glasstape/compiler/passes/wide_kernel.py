"""Convolutions whose kernel has more places than the images, as one product of matrices.

XLA exchanges images and kernel where the kernel is the larger one, and reads it backwards then, for
which it has plain loops only on CPUs: 5x5 over images of 4x4, the end of many a discriminator, is
15 to 90 times slower than what is done here. Either each window is laid out as a row and multiplied
by the kernel; or, with zeros between the elements of the images (the gradient by the input of a
convolution with steps), each element is multiplied by the whole kernel, and what falls on the same
place is added::

    y[i] = sum over k of x[s * i + d * k - p] * w[k]        y[s * j - d * k + p] += x[j] * w[k]
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

# The windows' rows take so many times the memory of the result's places.
MOST_TAPS = 49


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "conv_general_dilated" or not equation.is_plain:
        return None
    params = equation.params
    lhs, rhs, out = params["dimension_numbers"]
    of_lhs, of_rhs = (a.shape for a in equation.inputs)
    taps = math.prod(of_rhs[i] for i in rhs[2:])
    if not math.prod(of_lhs[i] for i in lhs[2:]) < taps <= MOST_TAPS:
        return None
    if params["feature_group_count"] > 1 or params["batch_group_count"] > 1:
        return None
    dilated = any(step != 1 for step in params["lhs_dilation"])
    strided = any(step != 1 for step in params["window_strides"])
    compute = _by_elements if dilated and not strided else _by_windows
    counts = [equation.outputs[0].shape[i] for i in out[2:]]

    def wide_kernel_convolution(x: Any, kernel: Any) -> Any:
        y = compute(x, kernel, params, counts)
        return y.transpose(back(out[0], out[1], out[2:]))

    return wide_kernel_convolution


def _by_windows(x: Any, kernel: Any, params: dict[str, Any], counts: Sequence[int]) -> Any:
    """Each window as a row: float32[images, *counts, channels]."""
    of_x, of_kernel, _ = params["dimension_numbers"]
    rank = len(counts)
    windows = padded_images(x, of_x[0], of_x[1], of_x[2:], params)
    taps = kernel.transpose(*of_kernel[2:], of_kernel[1], of_kernel[0])
    steps = zip(counts, params["window_strides"], taps.shape, params["rhs_dilation"], strict=False)
    for axis, (count, stride, size, dilation) in enumerate(steps):
        # Gathered, since XLA takes a second to compile a slice for each place.
        places = stride * jnp.arange(count)[:, None] + dilation * jnp.arange(size)
        windows = jnp.take(windows, places, axis=1 + 2 * axis, mode="clip")
    of_space, of_taps = range(1, 2 * rank, 2), range(2, 2 * rank + 1, 2)
    windows = windows.transpose(0, *of_space, *of_taps, 2 * rank + 1)
    rows = windows.reshape(*windows.shape[: 1 + rank], -1)
    return jnp.matmul(rows, taps.reshape(-1, taps.shape[-1]), precision=params["precision"])


def _by_elements(x: Any, kernel: Any, params: dict[str, Any], counts: Sequence[int]) -> Any:
    """Each element times the kernel: float32[images, *counts, channels]."""
    of_x, of_kernel, _ = params["dimension_numbers"]
    x = x.transpose(of_x[0], *of_x[2:], of_x[1])
    # The kernel is left as it lies in memory, since for few images to turn it takes longer than to
    # use it. A gradient has read it backwards; XLA takes two such steps for none.
    kernel = lax.rev(kernel, of_kernel[2:])
    product = jnp.tensordot(x, kernel, (-1, of_kernel[1]), precision=params["precision"])
    own = [i for i in range(kernel.ndim) if i != of_kernel[1]]
    order = [own.index(i) for i in (*of_kernel[2:], of_kernel[0])]
    parts = product.transpose(*range(x.ndim - 1), *(x.ndim - 1 + i for i in order))
    taps = parts.shape[x.ndim - 1 : -1]
    parts = parts.reshape(*x.shape[:-1], -1, parts.shape[-1])
    none = jnp.zeros((), x.dtype)
    placed = [
        lax.pad(parts[..., number, :], none, [(0, 0, 0), *around, (0, 0, 0)])
        for number, around in enumerate(_shifts(x.shape[1:-1], taps, params, counts))
    ]
    return functools.reduce(jnp.add, placed)


def _shifts(
    sizes: Sequence[int], taps: Sequence[int], params: dict[str, Any], counts: Sequence[int]
) -> Iterator[list[tuple[int, int, int]]]:
    """For each place of the kernel, read backwards, the zeros around and between what it makes."""
    names = ("lhs_dilation", "rhs_dilation", "padding")
    sides = list(zip(sizes, counts, *(params[name] for name in names), strict=True))
    for place in itertools.product(*(range(size - 1, -1, -1) for size in taps)):
        yield [
            (low - k * dilation, count - (size - 1) * step - 1 - low + k * dilation, step - 1)
            for k, (size, count, step, dilation, (low, _)) in zip(place, sides, strict=True)
        ]
