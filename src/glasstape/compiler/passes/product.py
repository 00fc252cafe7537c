"""Products of matrices by oneDNN, where XLA for CPUs first turns an array around or is slow.

A ``dot_general`` has dimensions that both sides share (stacks of matrices), that are summed over,
and that only one side has. XLA wants them in a certain order and copies what lies otherwise:
attention's heads, and the left side of a gradient by the weights. oneDNN reads an array as it lies
and writes the result as the next operation wants it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np

from glasstape.compiler.passes.layout import strides
from glasstape.kernels import library
from glasstape.ports.jax_program import Equation


class _Dimension(NamedTuple):
    """Of a product: its size, and its stride in the left, the right and the result (or 0)."""

    size: int
    left: int
    right: int
    result: int


@dataclass(frozen=True)
class Problem:
    """A product as oneDNN knows it, ``result[..., m, n] = left[..., m, k] @ right[..., k, n]``.

    Attributes:
        stacks: Dimensions of the stacks of matrices.
        m: Rows of the left and the result.
        k: What is summed over.
        n: Columns of the right and the result.
    """

    stacks: tuple[_Dimension, ...]
    m: _Dimension
    k: _Dimension
    n: _Dimension

    @property
    def numbers(self) -> np.ndarray:
        """As product.cc reads it."""
        left = [*(d.left for d in self.stacks), self.m.left, self.k.left]
        right = [*(d.right for d in self.stacks), self.k.right, self.n.right]
        result = [*(d.result for d in self.stacks), self.m.result, self.n.result]
        head = [len(self.stacks), self.m.size, self.k.size, self.n.size]
        return np.array([*head, *(d.size for d in self.stacks), *left, *right, *result], np.int64)

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        matrices = math.prod(d.size for d in self.stacks)
        return 2 * matrices * self.m.size * self.k.size * self.n.size

    def turned(self) -> Problem:
        """The same numbers as ``right.T @ left.T``."""
        stacks = tuple(_swapped(d) for d in self.stacks)
        return Problem(stacks, _swapped(self.n), _swapped(self.k), _swapped(self.m))


def _swapped(d: _Dimension) -> _Dimension:
    return _Dimension(d.size, d.right, d.left, d.result)


# So little is not worth a call.
LEAST = 10_000_000


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    if equation.name != "dot_general" or not equation.is_plain:
        return None
    order = equation.order
    problem = problem_of(equation, order)
    if problem is None or problem.operations < LEAST or not _is_behind(problem, equation.is_nested):
        return None
    turned = problem.n.result != 1
    if turned:
        problem = problem.turned()
    if not library.has(library.PRODUCT, problem.numbers):
        return None
    call = jax.ffi.ffi_call(library.PRODUCT, equation.outputs[0], output_layouts=order)

    def onednn_product(left: Any, right: Any) -> Any:
        left, right = (right, left) if turned else (left, right)
        return call(left, right, problem=problem.numbers)

    return onednn_product


def _is_behind(problem: Problem, is_nested: bool) -> bool:
    """Whether XLA's code is behind: on stacks, in loops, and where the left side lies in columns.

    With AVX-512, 2 cores, ms by XLA and by oneDNN: 128 times 128x32 by 32x128, as attention's heads
    lie, 1.5 and 0.7; 512x4096 by 4096x128 with the left in columns 5.1 and 2.5; in a round of a
    loop 64x1024 by 1024x256 with the right in columns 0.31 and 0.25. Single large products of
    arrays in rows run at the same speed.
    """
    return bool(problem.stacks) or is_nested or problem.m.left == 1


def problem_of(equation: Equation, order: Sequence[int]) -> Problem | None:
    """What a ``dot_general`` computes, its result's dimensions in memory in this order.

    None where oneDNN has no word for it.
    """
    (left_summed, right_summed), (left_shared, right_shared) = equation.params["dimension_numbers"]
    left, right = equation.inputs
    (result,) = equation.outputs
    left_strides, right_strides = (strides(a.shape, range(a.ndim)) for a in (left, right))
    of_result = iter(strides(result.shape, range(len(order)), order))

    shared = [
        _Dimension(left.shape[i], left_strides[i], right_strides[j], next(of_result))
        for i, j in zip(left_shared, right_shared, strict=True)
    ]
    rows = [
        _Dimension(left.shape[i], left_strides[i], 0, next(of_result))
        for i in range(len(left.shape))
        if i not in (*left_summed, *left_shared)
    ]
    columns = [
        _Dimension(right.shape[i], 0, right_strides[i], next(of_result))
        for i in range(len(right.shape))
        if i not in (*right_summed, *right_shared)
    ]
    summed = [
        _Dimension(left.shape[i], left_strides[i], right_strides[j], 0)
        for i, j in zip(left_summed, right_summed, strict=True)
    ]
    stacks, *sides = map(_merged, (shared, rows, summed, columns))
    if any(len(side) != 1 for side in sides):
        return None
    m, k, n = (side[0] for side in sides)
    # A matrix lies in rows or in columns.
    lies = 1 in (m.left, k.left) and 1 in (k.right, n.right) and 1 in (m.result, n.result)
    return Problem(tuple(stacks), m, k, n) if lies else None


def _merged(dimensions: list[_Dimension]) -> list[_Dimension]:
    """The same with those for one that lie behind one another everywhere."""
    made: list[_Dimension] = []
    for inner in sorted(dimensions, key=lambda d: (-d.left, -d.right)):
        if inner.size == 1:
            continue
        outer = made[-1] if made else None
        if outer is not None and outer[1:] == tuple(inner.size * s for s in inner[1:]):
            made[-1] = _Dimension(outer.size * inner.size, *inner[1:])
        else:
            made.append(inner)
    return made
