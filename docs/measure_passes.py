"""What each pass saves, for the table in docs/passes.md: the operation by XLA and by the pass.

In turns in one process, medians, on the CPU::

    python docs/measure_passes.py

With the kernels' numbers where they are built (``glasstape build-kernels``).
"""

from __future__ import annotations

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.extend.core
import jax.numpy as jnp
import numpy as np
from jax import lax

import glasstape
from glasstape.compiler.passes.rewriting import PASSES, WHOLE
from glasstape.kernels import library
from glasstape.ports.jax_program import rewritten

ROUNDS = 15


def main() -> None:
    """Measure and print."""
    print(f"glasstape {glasstape.__version__}, jax {jax.__version__}, {os.cpu_count()} cores")
    for name, cases in CASES.items():
        for title, make in cases.items():
            function, arguments = make()
            theirs, ours = _ways(name, function, arguments)
            print(f"| {name} | {title} | {theirs:.2f} | {ours:.2f} | {theirs / ours:.1f}x |")


def _ways(name: str, function: Callable[..., Any], arguments: tuple) -> list[float]:
    """Milliseconds of the program as it is, and as the pass makes it."""
    program = jax.make_jaxpr(function)(*arguments)
    new = WHOLE[name](program) if name in WHOLE else rewritten(program, PASSES[name])
    assert new is not program, "the pass leaves this alone"  # noqa: S101
    runs = [jax.jit(jax.extend.core.jaxpr_as_fun(p)) for p in (program, new)]
    for run in runs:
        jax.block_until_ready(run(*arguments))
    seconds: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for run, taken in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            jax.block_until_ready(run(*arguments))
            taken.append(time.perf_counter() - start)
    return [1e3 * statistics.median(taken) for taken in seconds]


def _max_pool(shape: tuple[int, ...], size: int, step: int, padding: str) -> Callable[[], Any]:
    def make() -> tuple[Callable[..., Any], tuple]:
        def pool(x: Any) -> Any:
            window, steps = (1, size, size, 1), (1, step, step, 1)
            return lax.reduce_window(x, -jnp.inf, lax.max, window, steps, padding)

        rng = np.random.default_rng(0)
        x = jnp.asarray(np.maximum(rng.standard_normal(shape), 0), "float32")  # as after a ReLU
        dy = jnp.asarray(rng.standard_normal(jax.eval_shape(pool, x).shape), "float32")
        return lambda x, dy: jax.vjp(pool, x)[1](dy), (x, dy)

    return make


def _convolution(which: str, shape: tuple[int, ...], out: int, size: int, step: int, groups: int):
    def make() -> tuple[Callable[..., Any], tuple]:
        def convolve(x: Any, w: Any) -> Any:
            return lax.conv_general_dilated(
                x,
                w,
                (step, step),
                "SAME",
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
                feature_group_count=groups,
            )

        rng = np.random.default_rng(0)
        channels = shape[-1] // groups
        x = jnp.asarray(rng.standard_normal(shape), "float32")
        w = jnp.asarray(rng.standard_normal((size, size, channels, out)), "float32")
        dy = jnp.asarray(rng.standard_normal(jax.eval_shape(convolve, x, w).shape), "float32")
        if which == "forward":
            return convolve, (x, w)
        if which == "by input":
            return lambda dy, w: jax.linear_transpose(lambda x: convolve(x, w), x)(dy), (dy, w)
        return lambda x, dy: jax.linear_transpose(lambda w: convolve(x, w), w)(dy), (x, dy)

    return make


def _convolutions() -> dict[str, Any]:
    """A deep CNN's, a DCGAN's, a U-Net's of one picture, and those with groups."""
    nets = {
        "64x28x28x32 to 32, 3x3": ((64, 28, 28, 32), 32, 3, 1, 1),
        "256x14x14x64 to 128, 5x5 step 2": ((256, 14, 14, 64), 128, 5, 2, 1),
        "1x32x32x512 to 1024, 4x4 step 2": ((1, 32, 32, 512), 1024, 4, 2, 1),
        "8x56x56x64, 3x3, 4 groups": ((8, 56, 56, 64), 64, 3, 1, 4),
        "8x56x56x64, 3x3, depthwise": ((8, 56, 56, 64), 64, 3, 1, 64),
        "8x56x56x64, 3x3 step 2, depthwise": ((8, 56, 56, 64), 64, 3, 2, 64),
    }
    return _with_gradients(nets)


def _depthwise() -> dict[str, Any]:
    return _with_gradients(
        {
            "8x56x56x64, 3x3": ((8, 56, 56, 64), 64, 3, 1, 64),
            "8x56x56x64, 3x3 step 2": ((8, 56, 56, 64), 64, 3, 2, 64),
            "32x7x7x512, 3x3": ((32, 7, 7, 512), 512, 3, 1, 512),
            "32x8x8x16, 3x3": ((32, 8, 8, 16), 16, 3, 1, 16),
        }
    )


def _wide_kernels() -> dict[str, Any]:
    """The ends of a WGAN's, a DCGAN's and a U-Net's nets."""
    nets = {
        "64x4x4x256 to 512, 5x5 step 2": ((64, 4, 4, 256), 512, 5, 2, 1),
        "64x8x8x128 to 256, 5x5 step 2": ((64, 8, 8, 128), 256, 5, 2, 1),
        "16x2x2x512, 3x3": ((16, 2, 2, 512), 512, 3, 1, 1),
        "1x2x2x512, 4x4 step 2": ((1, 2, 2, 512), 512, 4, 2, 1),
    }
    # By the kernel there is no kernel, and those of 8x8 are not smaller than theirs.
    cases = _with_gradients(nets)
    left = "by kernel", "64x8x8x128 to 256, 5x5 step 2, forward"
    return {title: make for title, make in cases.items() if not title.endswith(left)}


def _few_channels() -> dict[str, Any]:
    """The ends of generators and discriminators."""
    nets = {
        "1x128x128x16 to 3, 7x7": ((1, 128, 128, 16), 3, 7, 1, 1),
        "1x33x33x128 to 1, 5x5": ((1, 33, 33, 128), 1, 5, 1, 1),
        "32x28x28x64 to 1, 5x5": ((32, 28, 28, 64), 1, 5, 1, 1),
        "32x28x28x64 to 3, 3x3": ((32, 28, 28, 64), 3, 3, 1, 1),
        "8x64x64x32 to 3, 3x3": ((8, 64, 64, 32), 3, 3, 1, 1),
    }
    return {f"{title}, by kernel": _convolution("by kernel", *net) for title, net in nets.items()}


def _in_a_loop(which: str, shape: tuple[int, ...], size: int) -> Callable[[], Any]:
    """Four rounds, each of which begins with what the last one made."""

    def make() -> tuple[Callable[..., Any], tuple]:
        function, (given, other) = _convolution(which, shape, shape[-1], size, 1, 1)()

        def by_input(dy: Any, w: Any) -> Any:
            return lax.fori_loop(0, 4, lambda _, dy: function(dy, w)[0], dy)

        def by_kernel(x: Any, dy: Any) -> Any:
            first = jnp.zeros((size, size, shape[-1], shape[-1]), "float32")
            return lax.fori_loop(0, 4, lambda _, w: function(x, dy + w[0, 0, 0])[0], first)

        return (by_input if which == "by input" else by_kernel), (given, other)

    return make


def _product(left: tuple[int, ...], right: tuple[int, ...], numbers: Any) -> Callable[[], Any]:
    def make() -> tuple[Callable[..., Any], tuple]:
        rng = np.random.default_rng(0)
        arrays = (jnp.asarray(rng.standard_normal(s), "float32") for s in (left, right))
        return lambda x, y: lax.dot_general(x, y, numbers), tuple(arrays)

    return make


def _products() -> dict[str, Any]:
    """A Transformer's: attention's heads as they lie, and gradients by weights."""
    heads, by_weights = (32, 128, 4, 32), (((0,), (0,)), ((), ()))
    return {
        "32x128x4x32, queries by keys": _product(heads, heads, (((3,), (3,)), ((0, 2), (0, 2)))),
        "32x4x128x128 by 32x128x4x32, of values": _product(
            (32, 4, 128, 128), heads, (((3,), (1,)), ((0, 1), (0, 2)))
        ),
        "4096x512 by 4096x128, over rows": _product((4096, 512), (4096, 128), by_weights),
        "4096x128 by 4096x512, over rows": _product((4096, 128), (4096, 512), by_weights),
    }


def _recurrent(time: int, batch: int, units: int, gates: int) -> Callable[[], Any]:
    """The gradient of a simple recurrent layer by its weights."""

    def make() -> tuple[Callable[..., Any], tuple]:
        def loss(w: Any, xs: Any) -> Any:
            def round_(h: Any, x: Any) -> tuple[Any, None]:
                return jnp.tanh((h @ w).reshape(batch, gates, units).sum(1) + x), None

            return jnp.sum(lax.scan(round_, jnp.zeros((batch, units)), xs)[0])

        rng = np.random.default_rng(0)
        w, xs = (
            jnp.asarray(rng.standard_normal(s) / units, "float32")
            for s in ((units, gates * units), (time, batch, units))
        )
        return jax.grad(loss), (w, xs)

    return make


def _gated(time: int, batch: int, units: int) -> Callable[[], Any]:
    """The gradient of an LSTM by its weights, of rows that are a ninth of its state."""

    def make() -> tuple[Callable[..., Any], tuple]:
        def loss(w: Any, u: Any, xs: Any) -> Any:
            def round_(carry: Any, x: Any) -> tuple[Any, None]:
                h, c = carry
                i, f, g, o = jnp.split(x @ w + h @ u, 4, axis=1)
                c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
                return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

            zero = jnp.zeros((batch, units))
            return jnp.sum(lax.scan(round_, (zero, zero), xs)[0][0])

        rng = np.random.default_rng(0)
        shapes = (units // 9, 4 * units), (units, 4 * units), (time, batch, units // 9)
        arrays = (jnp.asarray(rng.standard_normal(s) / units, "float32") for s in shapes)
        return jax.grad(loss, (0, 1)), tuple(arrays)

    return make


def _with_gradients(nets: dict[str, tuple]) -> dict[str, Any]:
    return {
        f"{title}, {which}": _convolution(which, *net)
        for title, net in nets.items()
        for which in ("forward", "by input", "by kernel")
    }


CASES = {
    "few_channels_gradient": _few_channels(),
    "depthwise_convolution": _depthwise(),
    "wide_kernel_convolution": _wide_kernels(),
    "nested_convolution": {
        f"8x56x56x64, 3x3, {which}, 4 rounds": _in_a_loop(which, (8, 56, 56, 64), 3)
        for which in ("by input", "by kernel")
    },
    "onednn_convolution": _convolutions() if library.state().library is not None else {},
    "onednn_product": _products() if library.state().library is not None else {},
    "sums_after_loop": {
        "28 rounds, 64x256 by 256x1024": _recurrent(28, 64, 256, 4),
        "64 rounds, 32x512 by 512x1536": _recurrent(64, 32, 512, 3),
    },
    **{
        name: {"LSTM, 28 rounds, 64x256": _gated(28, 64, 256)}
        for name in ("recomputed_residuals", "joined_products", "turned_before_loop")
    },
    "max_pool_gradient": {
        "64x28x28x32, 2x2": _max_pool((64, 28, 28, 32), 2, 2, "VALID"),
        "64x14x14x64, 2x2": _max_pool((64, 14, 14, 64), 2, 2, "VALID"),
        "1x256x256x64, 2x2": _max_pool((1, 256, 256, 64), 2, 2, "VALID"),
        "32x56x56x64, 3x3 step 2": _max_pool((32, 56, 56, 64), 3, 2, "SAME"),
    },
}


if __name__ == "__main__":
    main()
