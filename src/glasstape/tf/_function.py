"""`tf.function`, with TensorFlow's arguments in TensorFlow's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import glasstape
from glasstape.compiler import input_signature as _signatures
from glasstape.tf import _text

_signatures.text_maker[:] = [_text.as_strings]


def function(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: Any = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: Any = None,
) -> Any:
    """Compile a Python step into one XLA program, as ``tf.function``; see `glasstape.function`.

    Args:
        func: The step. Left out when used as ``@tf.function(...)``.
        input_signature: Handed on, like the four that follow.
        autograph: Handed on.
        jit_compile: Handed on.
        reduce_retracing: Handed on.
        experimental_implements: Accepted for TensorFlow's sake; unused.
        experimental_autograph_options: Unused.
        experimental_attributes: Unused.
        experimental_relax_shapes: Older name of `reduce_retracing`.
        experimental_compile: Older name of `jit_compile`.
        experimental_follow_type_hints: Unused.

    Returns:
        A `glasstape.Function` to call like the step, or a decorator making one.

    Raises:
        StepTypeError: `func` cannot be called, or an option is not available yet.

    Example:
        >>> import glasstape.tf as tf
        >>> @tf.function(experimental_relax_shapes=True)
        ... def double(x):
        ...     return 2 * x
        >>> float(double(tf.constant(1.5)))
        3.0
    """
    del experimental_implements, experimental_autograph_options, experimental_attributes
    del experimental_follow_type_hints
    make: Any = glasstape.function
    return make(
        func,
        input_signature=input_signature,
        autograph=autograph,
        jit_compile=experimental_compile if jit_compile is None else jit_compile,
        reduce_retracing=reduce_retracing,
        experimental_relax_shapes=experimental_relax_shapes,
    )
