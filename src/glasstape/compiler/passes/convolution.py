"""Convolutions and their gradients by oneDNN, whose code for CPUs is far ahead of XLA's.

A ``conv_general_dilated`` is one of three things, whatever it was written as: a convolution, the
gradient of one by its input (which is what dilating the input makes, a transposed convolution
included), or its gradient by the kernel (which has a "kernel" as large as an image). oneDNN has
code of its own for each. `problem_of` finds out which, and says so in oneDNN's terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import jax
import numpy as np
from jax import lax

from glasstape.compiler.passes.layout import strides
from glasstape.kernels import library
from glasstape.ports.jax_program import Equation

KINDS = ("forward", "by source", "by weights")


@dataclass(frozen=True)
class Problem:
    """A convolution as oneDNN knows it: ``result = source * weights``, one of which is made.

    Attributes:
        kind: What is made: the result, the source's cotangent, or the weights'.
        n: How many images.
        groups: Of channels.
        channels: Of a group: of the source, of the result.
        source: Its size in space.
        result: Its size in space.
        kernel: The weights' size in space.
        stride: From one place of the kernel to the next.
        dilation: From one element of the kernel to the next.
        before: Zeros around the source.
        after: Zeros around the source, at the end; fewer than none where its end is not looked at.
        source_strides: Of the array, in elements: images, channels, space.
        weights_strides: Groups, channels of the result, of the source, space.
        result_strides: Images, channels, space.
    """

    kind: Literal["forward", "by source", "by weights"]
    n: int
    groups: int
    channels: tuple[int, int]
    source: tuple[int, ...]
    result: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    source_strides: tuple[int, ...]
    weights_strides: tuple[int, ...]
    result_strides: tuple[int, ...]

    @property
    def numbers(self) -> np.ndarray:
        """As convolution.cc reads it."""
        head = (KINDS.index(self.kind), len(self.kernel), self.n, self.groups, *self.channels)
        space = (self.source, self.result, self.kernel, self.stride, self.dilation)
        strides = (self.source_strides, self.weights_strides, self.result_strides)
        return np.array([*head, *sum((*space, self.before, self.after, *strides), ())], np.int64)

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        places = math.prod((*self.result, *self.kernel, *self.channels))
        return 2 * self.n * self.groups * places


def rewrite(equation: Equation) -> Callable[..., Any] | None:
    """See `jax_program.Rewrite`."""
    problem = problem_of(equation)
    if problem is None or problem.operations < LEAST or _is_better_left(problem):
        return None
    if not library.has(library.CONVOLUTION, problem.numbers):
        return None
    call = jax.ffi.ffi_call(
        library.CONVOLUTION,
        equation.outputs[0],
        input_layouts=equation.given_orders,
        output_layouts=equation.order,
    )
    space = equation.params["dimension_numbers"][1][2:]

    def onednn_convolution(lhs: Any, rhs: Any) -> Any:
        if problem.kind == "by source":
            # Read backwards, as a gradient does; XLA takes two such steps for none.
            rhs = lax.rev(rhs, space)
        return call(lhs, rhs, problem=problem.numbers)

    return onednn_convolution


# So little is not worth a call.
LEAST = 100_000
# oneDNN computes so many channels at a time, and its code for fewer is behind XLA's where they are
# made of more than these.
FEW_CHANNELS, FEW_SEEN = 8, 16


def _is_better_left(problem: Problem) -> bool:
    """Whether XLA's code is ahead, which it is where few channels are made of many, or one of any.

    With AVX-512, 2 cores, ms by XLA and by oneDNN: 7x7 at 1x128x128 from 16 channels to 3 4.4 and
    2.3, from 32 channels 2.0 and 4.5; 3x3 at 8x64x64 from 16 channels to 3 2.3 and 0.8, from 32
    channels 1.3 and 2.9; 5x5 at 32x28x28 from 64 channels to 1 5.6 and 11; 4x4 with step 2 at
    256x256 by an input of 6 channels from 16 2.4 and 1.2, of 3 channels from 32 1.5 and 2.6.
    """
    if problem.groups > 1 or problem.kind == "by weights":
        return False
    seen, made = problem.channels
    few, many = (seen, made) if problem.kind == "by source" else (made, seen)
    return few == 1 or (few < FEW_CHANNELS and many > FEW_SEEN)


def problem_of(equation: Equation) -> Problem | None:
    """What a ``conv_general_dilated`` computes; None where oneDNN has no word for it."""
    if equation.name != "conv_general_dilated" or not equation.is_plain:
        return None
    view = _View(equation)
    if not 1 <= view.rank <= 3:
        return None
    if any(step != 1 for step in view.input_step):
        problem = view.by_source()
    elif view.batch_groups > 1 or math.prod(view.rhs_space) > math.prod(view.out_space):
        problem = view.by_weights()
    else:
        problem = view.forward()
    if problem is None or min(problem.before) < 0:
        return None
    # oneDNN leaves out the end of a source, but no whole place of the kernel.
    fits = all(a + s > 0 for a, s in zip(problem.after, problem.stride, strict=True))
    return problem if fits else None


class _View:
    """A ``conv_general_dilated`` with its dimensions in order.

    `lax.conv_general_dilated` has the meaning of its parameters; dimension numbers are of batch,
    channels and space on the left; of the result's channels, the source's and space on the right.
    """

    def __init__(self, equation: Equation):
        params = equation.params
        lhs, rhs, out = params["dimension_numbers"]
        self._lhs, self._rhs = equation.inputs
        self._out = equation.outputs[0]
        self.rank = len(lhs) - 2
        self.window_step = tuple(params["window_strides"])
        self.input_step = tuple(params["lhs_dilation"])
        self.kernel_step = tuple(params["rhs_dilation"])
        self.low = tuple(low for low, _ in params["padding"])
        self.feature_groups = params["feature_group_count"]
        self.batch_groups = params["batch_group_count"]
        self.batch, self.depth, *self.lhs_space = (self._lhs.shape[i] for i in lhs)
        self.made, self.seen, *self.rhs_space = (self._rhs.shape[i] for i in rhs)
        self.out_space = [self._out.shape[i] for i in out[2:]]
        self._lhs_strides = strides(self._lhs.shape, lhs, equation.given_orders[0])
        self._rhs_strides = strides(self._rhs.shape, rhs, equation.given_orders[1])
        self._out_strides = strides(self._out.shape, out, equation.order)

    def forward(self) -> Problem | None:
        """Of lhs and rhs."""
        if self.batch_groups > 1:
            return None
        groups = self.feature_groups
        out, *rest = self._rhs_strides
        return self._problem(
            kind="forward",
            n=self.batch,
            groups=groups,
            channels=(self.seen, self.made // groups),
            source=self.lhs_space,
            result=self.out_space,
            kernel=self.rhs_space,
            stride=self.window_step,
            dilation=self.kernel_step,
            before=self.low,
            source_strides=self._lhs_strides,
            weights_strides=(out * (self.made // groups), out, *rest),
            result_strides=self._out_strides,
        )

    def by_source(self) -> Problem | None:
        """Of the result's cotangent, which is lhs, and of rhs read backwards."""
        if self.batch_groups > 1 or any(step != 1 for step in self.window_step):
            return None
        groups = self.feature_groups
        source, result, *space = self._rhs_strides
        reach = [(k - 1) * d for k, d in zip(self.rhs_space, self.kernel_step, strict=True)]
        return self._problem(
            kind="by source",
            n=self.batch,
            groups=groups,
            channels=(self.made // groups, self.seen),
            source=self.out_space,
            result=self.lhs_space,
            kernel=self.rhs_space,
            stride=self.input_step,
            dilation=self.kernel_step,
            before=tuple(r - low for r, low in zip(reach, self.low, strict=True)),
            source_strides=self._out_strides,
            weights_strides=(source * (self.made // groups), result, source, *space),
            result_strides=self._lhs_strides,
        )

    def by_weights(self) -> Problem | None:
        """Of the source, which is lhs with its images for channels, and the result's cotangent."""
        if self.feature_groups > 1:
            return None
        groups = self.batch_groups
        channels, images, *space = self._lhs_strides
        out_channels, out_images, *out_space = self._rhs_strides
        source, result, *kernel = self._out_strides
        return self._problem(
            kind="by weights",
            n=self.depth,
            groups=groups,
            channels=(self.batch // groups, self.made // groups),
            source=self.lhs_space,
            result=self.rhs_space,
            kernel=self.out_space,
            stride=self.kernel_step,
            dilation=self.window_step,
            before=self.low,
            source_strides=(images, channels, *space),
            weights_strides=(result * (self.made // groups), result, source, *kernel),
            result_strides=(out_images, out_channels, *out_space),
        )

    def _problem(self, **said: Any) -> Problem:
        said = {k: tuple(v) if isinstance(v, list) else v for k, v in said.items()}
        sides = ("source", "result", "kernel", "stride", "dilation", "before")
        return Problem(after=tuple(map(_after, *(said[name] for name in sides))), **said)


def _after(source: int, result: int, kernel: int, stride: int, dilation: int, before: int) -> int:
    """The zeros at the end: as many as the last place of the kernel needs."""
    needed = (result - 1) * stride + (kernel - 1) * dilation + 1 - source - before
    return needed if needed >= 0 else min(0, needed + stride - 1)
