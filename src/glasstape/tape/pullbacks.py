"""Pullbacks of single operations, by JAX's own derivative rules but for `convolutions`.

A pullback maps cotangents of an operation's outputs to cotangents of its inputs (Baydin et al.,
*Automatic differentiation in machine learning: a survey*, JMLR 18, 2018). `jax.vjp` is asked for
one operation at a time, never for the user's function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from glasstape.ports.jax_trace import Operation, float0, is_differentiable
from glasstape.tape import convolutions
from glasstape.tape.loops import differentiable_while


def linearize(
    operation: Operation, args: Sequence[Any], wrt: tuple[int, ...]
) -> tuple[list[Any], Callable[[list[Any]], Sequence[Any]]]:
    """Run `operation` and return its outputs and the pullback onto ``args[wrt]``.

    The pullback takes one cotangent an output, None meaning zero, and returns one an input.
    """
    if convolutions.has_rule(operation, args, wrt):
        return convolutions.linearize(operation, args, wrt)

    def of_followed(*followed: Any) -> list[Any]:
        full = list(args)
        for position, value in zip(wrt, followed, strict=True):
            full[position] = value
        if operation.name == "while":
            return differentiable_while(operation.params, full)
        return run.bind_opened(*full)

    run = operation.with_loops_replaced(differentiable_while)

    outs, vjp = jax.vjp(of_followed, *[args[i] for i in wrt])

    def pullback(cotangents: list[Any]) -> Sequence[Any]:
        return vjp([_cotangent(o, c) for o, c in zip(outs, cotangents, strict=True)])

    return outs, pullback


def _cotangent(out: Any, cotangent: Any) -> Any:
    if not is_differentiable(out):
        return np.zeros(out.shape, float0)
    return jax.numpy.zeros(out.shape, out.dtype) if cotangent is None else cotangent
