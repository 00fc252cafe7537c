"""Tracing a step with its control flow translated, where that is needed."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, TypeVar

import jax

from glasstape import sources
from glasstape.compiler.autograph import convert, need, session
from glasstape.compiler.callables import name_of
from glasstape.errors import ControlFlowTypeError
from glasstape.ports import jax_trace

# What JAX says when Python asks for the value of a tensor that has none yet.
_UNDECIDED = (jax.errors.ConcretizationTypeError, jax.errors.TracerIntegerConversionError)

Result = TypeVar("Result")


def trace(
    run: Callable[[Callable[..., Any]], Result],
    function: Callable[..., Any],
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
    autograph: bool,
) -> Result:
    """Trace a step.

    Control flow that may depend on tensors is looked for first, and the step translated when
    there is some. Where it hides too well, the step is traced as it is until Python asks a tensor
    for its value, and then once more, translated.

    Args:
        run: Traces the function it is given.
        function: The step.
        arguments: What it is called with, by position and by name.
        autograph: Whether it may be translated.

    Raises:
        ControlFlowTypeError: a tensor decides something in code that was not translated.
    """
    if not autograph or not need.may_branch_on_tensors(function, *arguments):
        try:
            return run(function)
        except Exception as error:
            undecided = _undecided(error)
            if undecided is None:
                raise
            if not autograph:
                raise _explained(undecided, function, autograph) from undecided
    try:
        return run(convert.entire(function))
    except Exception as error:
        undecided = _undecided(error)
        if undecided is None:
            raise
        raise _explained(undecided, function, autograph) from undecided


def _undecided(error: BaseException | None) -> Exception | None:
    """JAX's error behind this one: Keras and users replace errors by others."""
    while error is not None:
        if isinstance(error, _UNDECIDED):
            return error
        error = error.__cause__ or error.__context__
    return None


def inline(function: Callable[..., Any], autograph: bool) -> Callable[..., Any]:
    """What to call in place of `function`, which is compiled as part of a program around it."""
    if jax_trace.is_eager():
        return function
    if not autograph:
        return convert.untouched(function) if session.is_active() else function

    def run(*args: Any, **kwargs: Any) -> Any:
        if session.is_active() or need.may_branch_on_tensors(function, args, kwargs):
            return convert.entire(function)(*args, **kwargs)
        return function(*args, **kwargs)

    return run


def do_not_convert(func: Callable[..., Any] | None = None) -> Any:
    """Let a function run as it is written, and all it calls, inside a `function` as well.

    As ``tf.autograph.experimental.do_not_convert``.

    Args:
        func: The function. Left out when used as ``@do_not_convert()``.

    Returns:
        A function that does the same, or a decorator making one.

    Example:
        >>> import glasstape as gt
        >>> @gt.do_not_convert
        ... def double(x):
        ...     return 2 * x
        >>> double(3)
        6
    """
    return do_not_convert if func is None else convert.untouched(func)


def _explained(
    error: Exception, function: Callable[..., Any], autograph: bool
) -> ControlFlowTypeError:
    """JAX's error in the user's terms."""
    code, where = _innermost(error.__traceback__)
    reason = None if code is None else convert.why_not(code)
    if code is not None and not sources.is_user_file(code.co_filename):
        reason = "its source cannot be read"
    if not autograph:
        fix = f"let {name_of(function)} be translated (autograph=True), or "
    elif reason is not None:
        fix = "put the function into a .py file if it is not in one, simplify it, or "
    elif isinstance(error, jax.errors.TracerIntegerConversionError):
        fix = "index a tensor instead of a list (keras.ops.stack makes one of a list), or "
    else:
        fix = "write it as an `if`, `while` or `for` statement of a function of yours, or "
    received = "a tensor, whose value is known only when the compiled step runs"
    if reason is not None:
        received += f"; {where.function} was not translated: {reason}"
    elif not autograph:
        received += "; the step has autograph=False"
    return ControlFlowTypeError(
        "Python had to decide by a tensor.",
        expected="a value that Python knows, or control flow that was translated",
        received=received,
        fix=fix + "use keras.ops.where, keras.ops.cond or keras.ops.while_loop",
        where=where,
    )


def _innermost(
    traceback: types.TracebackType | None,
) -> tuple[types.CodeType | None, sources.Source]:
    """The user's innermost frame: its code and its place."""
    found: tuple[types.CodeType | None, sources.Source] = None, sources.UNKNOWN
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if sources.is_user_file(code.co_filename) or code.co_filename == "<string>":
            found = code, sources.Source(code.co_filename, traceback.tb_lineno, code.co_name)
        traceback = traceback.tb_next
    return found
