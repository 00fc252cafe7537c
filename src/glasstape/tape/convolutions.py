"""The gradient of a transposed convolution by its kernel, in a form that XLA has quick code for.

A transposed convolution (``lhs_dilation``, as in ``Conv2DTranspose`` and in the gradient of a
strided convolution by its input) is::

    y[u] = sum over k of x'[u + k * d - p] * w[k],   x'[s * j] = x[j], zero elsewhere

so, by the cotangent dy of y::

    dw[k] = sum over j of x[j] * dy[s * j - k * d + p]

which is the convolution of dy with x as its kernel, dilated by s, read backwards in k. JAX' rule
(`jax.lax.conv_general_dilated`) correlates x' with dy instead; XLA turns that into a window that
runs backwards, for which its CPU code has plain loops only: 20 to 130 times slower at the shapes of
a DCGAN and a pix2pix (JAX 0.10). Only the order of the additions differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from glasstape.ports.jax_trace import Operation


def has_rule(operation: Operation, args: Sequence[Any], wrt: tuple[int, ...]) -> bool:
    """True for a convolution whose gradient by the kernel is to be computed here."""
    if operation.name != "conv_general_dilated" or 1 not in wrt:
        return False
    params = operation.params
    return (
        any(step != 1 for step in params["lhs_dilation"])
        and all(step == 1 for step in params["window_strides"])
        and params["feature_group_count"] == params["batch_group_count"] == 1
        and all(jnp.issubdtype(a.dtype, jnp.floating) for a in args)
        # Not empty, and of known size but for the batch.
        and all(isinstance(args[0].shape[i], int) for i in params["dimension_numbers"][0][1:])
        and all(size for a in args for size in a.shape if isinstance(size, int))
        # XLA for GPUs hands both forms to its libraries.
        and jax.default_backend() == "cpu"
    )


def linearize(
    operation: Operation, args: Sequence[Any], wrt: tuple[int, ...]
) -> tuple[list[Any], Callable[[list[Any]], Sequence[Any]]]:
    """As `pullbacks.linearize`, of a convolution that `has_rule`."""
    x, kernel = args
    by_x = None
    if 0 in wrt:
        out, by_x = jax.vjp(lambda x: operation.bind(x, kernel)[0], x)
    else:
        out = operation.bind(x, kernel)[0]

    def pullback(cotangents: list[Any]) -> Sequence[Any]:
        (dy,) = cotangents
        gradient = kernel_gradient(x, dy, kernel, operation.params)
        return [gradient] if by_x is None else [*by_x(dy), gradient]

    return [out], pullback


def kernel_gradient(x: Any, dy: Any, kernel: Any, params: dict[str, Any]) -> Any:
    """What arrives at the kernel of a transposed convolution.

    Args:
        x: Its input.
        dy: The cotangent of its output.
        kernel: Its kernel; only shape and dtype are looked at.
        params: Of ``conv_general_dilated``.

    Returns:
        An array of the kernel's shape and dtype.
    """
    of_x, of_kernel, of_y = params["dimension_numbers"]
    sizes = zip(
        [x.shape[i] for i in of_x[2:]],
        [kernel.shape[i] for i in of_kernel[2:]],
        [dy.shape[i] for i in of_y[2:]],
        params["lhs_dilation"],
        params["rhs_dilation"],
        params["padding"],
        strict=True,
    )
    padding = []
    for of_input, taps, given, step, dilation, (low, _) in sizes:
        reach = (taps - 1) * dilation  # from the first tap to the last
        padding.append((reach - low, (of_input - 1) * step + 1 + low - given))
    backwards = lax.conv_general_dilated(
        dy,
        x.astype(dy.dtype),
        params["rhs_dilation"],
        padding,
        rhs_dilation=params["lhs_dilation"],
        # Batches are summed over, and the channels of y and x are the kernel's.
        dimension_numbers=lax.ConvDimensionNumbers(
            (of_y[1], of_y[0], *of_y[2:]), (of_x[1], of_x[0], *of_x[2:]), of_kernel
        ),
        precision=params["precision"],
        preferred_element_type=params["preferred_element_type"],
    )
    return lax.rev(backwards, of_kernel[2:]).astype(kernel.dtype)
