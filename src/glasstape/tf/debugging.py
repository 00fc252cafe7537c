"""`tf.debugging`: assertions about tensors.

What only the values tell is checked at once in eager code, and whenever the program runs in a
compiled step (a failure leaves all variables as they were). Inside a compiled loop or branch it
cannot be checked; a warning says so once.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.errors import AssertionFailedError, ShapeError, TensorTypeError
from glasstape.guards import events
from glasstape.ports import jax_trace, keras_state
from glasstape.tf import _elsewhere
from glasstape.tf._convert import as_dtype, as_tensor
from glasstape.tf._methods import is_tensor
from glasstape.tf._operators import operands

__all__ = [
    "Assert",
    "assert_all_finite",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_shapes",
    "assert_type",
    "check_numerics",
    "disable_check_numerics",
    "disable_traceback_filtering",
    "enable_check_numerics",
    "enable_traceback_filtering",
    "is_numeric_tensor",
    "is_traceback_filtering_enabled",
    "set_log_device_placement",
]


_warned: dict[Any, Any] = {}  # so that a line in a loop warns once


# ----- what the values tell -----


def Assert(
    condition: Any, data: Any, summarize: int | None = None, name: str | None = None
) -> None:
    """See to it that a condition holds, as ``tf.Assert``.

    Args:
        condition: bool[] tensor, or a truth value.
        data: List of tensors that the error shows.
        summarize: How many numbers of each; 3 when None, all when -1.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        AssertionFailedError: it does not hold; an ``InvalidArgumentError``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.Assert(tf.constant(2) > 1, ["two"])
    """
    del name
    _see_to(
        as_tensor(condition), "A condition of tf.Assert does not hold", None, list(data), summarize
    )


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Any:
    """The tensor, when all of its numbers are finite, as ``tf.debugging.check_numerics``.

    Args:
        tensor: Tensor of floats.
        message: What the error says.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        The tensor.

    Raises:
        AssertionFailedError: it has NaN or infinity; an ``InvalidArgumentError``.
        TensorTypeError: its numbers are no floats.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.debugging.check_numerics(1.5, "the loss"))
        1.5
    """
    del name
    x = as_tensor(tensor)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise _type_error("check_numerics", "floats", str(x.dtype))
    _see_to(jnp.isfinite(x), "Not every number is finite", message, [x], None)
    return x


def assert_all_finite(x: Any, message: str, name: str | None = None) -> Any:
    """`check_numerics` under another name."""
    return check_numerics(x, message, name)


def _comparison(symbol: str, compare: Callable[[Any, Any], Any], words: str) -> Any:
    def check(
        x: Any,
        y: Any,
        message: str | None = None,
        summarize: int | None = None,
        name: str | None = None,
    ) -> None:
        del name
        x, y = operands(symbol, x, y)
        _see_to(compare(x, y), f"x {symbol} y does not hold", message, [x, y], summarize)

    check.__doc__ = f"""See to it that each number of x is {words} that of y.

    Args:
        x: Tensor, number or nested list.
        y: Likewise, of a shape that broadcasts with `x` and of its dtype.
        message: What the error says.
        summarize: How many numbers the error shows.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        AssertionFailedError: one is not; an ``InvalidArgumentError``.
        TensorTypeError: the dtypes differ.
    """
    return check


assert_equal = _comparison("==", operator.eq, "equal to")
assert_less = _comparison("<", operator.lt, "less than")
assert_less_equal = _comparison("<=", operator.le, "at most")
assert_greater = _comparison(">", operator.gt, "greater than")
assert_greater_equal = _comparison(">=", operator.ge, "at least")


def assert_none_equal(
    x: Any, y: Any, summarize: int | None = None, message: str | None = None, name: Any = None
) -> None:
    """See to it that no number of x is equal to that of y; see `assert_equal`."""
    x, y = operands("!=", x, y)
    _see_to(x != y, "x != y does not hold", message, [x, y], summarize)


def _sign(symbol: str, compare: Callable[[Any, Any], Any]) -> Any:
    def check(
        x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
    ) -> None:
        del name
        x = as_tensor(x)
        _see_to(compare(x, 0), f"x {symbol} 0 does not hold", message, [x], summarize)

    check.__doc__ = f"""See to it that each number is {symbol} 0.

    Args:
        x: Tensor, number or nested list.
        message: What the error says.
        summarize: How many numbers the error shows.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        AssertionFailedError: one is not; an ``InvalidArgumentError``.
    """
    return check


assert_positive = _sign(">", operator.gt)
assert_non_negative = _sign(">=", operator.ge)
assert_negative = _sign("<", operator.lt)
assert_non_positive = _sign("<=", operator.le)


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """See to it that ``|x - y| <= atol + rtol * |y|``; both are 10 epsilon of the dtype when None.

    Args:
        x: Tensor of floats, number or nested list.
        y: Likewise.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
        message: What the error says.
        summarize: How many numbers the error shows.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        AssertionFailedError: the difference is larger; an ``InvalidArgumentError``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.debugging.assert_near(1.0, 1.0 + 1e-7)
    """
    del name
    x, y = operands("-", x, y)
    usual = 10 * jnp.finfo(x.dtype).eps if jnp.issubdtype(x.dtype, jnp.floating) else 0
    allowed = (usual if atol is None else atol) + (usual if rtol is None else rtol) * jnp.abs(y)
    _see_to(jnp.abs(x - y) <= allowed, "x and y are not near", message, [x, y], summarize)


def _see_to(
    holds: Any, happened: str, message: str | None, data: list[Any], summarize: int | None
) -> None:
    """Check now, or whenever the program runs."""
    where, holds = sources.user_source(), jnp.all(holds)

    def error() -> AssertionFailedError:
        return AssertionFailedError(
            f"{happened}{f': {message}' if message else '.'}",
            expected=where.text or "a condition that holds",
            received="; ".join(_summary(d, 3 if summarize is None else summarize) for d in data)
            or "one that does not",
            fix="look at the values with tf.print before this line",
            where=where,
        )

    if not jax_trace.is_abstract(holds):
        if not bool(holds):
            raise error()
    elif not events.current().must_hold(events.MustHold(holds, error, at_once=True)):
        warnings.warn_explicit(
            "This assertion stands inside a compiled loop or branch and is not checked there.",
            UserWarning,
            where.file,
            where.line,
            registry=_warned,
        )


def _summary(value: Any, count: int) -> str:
    if not isinstance(value, jax.Array | np.ndarray):
        return str(value)
    if jax_trace.is_abstract(value):
        return f"a {value.dtype}{list(value.shape)} tensor"
    numbers = np.asarray(value).reshape(-1)
    shown = ", ".join(map(str, numbers if count < 0 else numbers[:count]))
    return f"[{shown}{', ...' if 0 <= count < numbers.size else ''}] of shape {value.shape}"


# ----- what shapes and dtypes tell -----


def assert_rank(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> None:
    """See to it that a tensor has so many axes, as ``tf.debugging.assert_rank``.

    Args:
        x: Tensor, number or nested list.
        rank: How many.
        message: What the error says.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        ShapeError: it has not; a ValueError.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.debugging.assert_rank([[1.0]], 2)
    """
    _rank("assert_rank", x, lambda r: r == int(rank), f"rank {int(rank)}", message)


def assert_rank_at_least(
    x: Any, rank: Any, message: str | None = None, name: str | None = None
) -> None:
    """See to it that a tensor has at least so many axes; see `assert_rank`."""
    wanted = f"rank {int(rank)} or more"
    _rank("assert_rank_at_least", x, lambda r: r >= int(rank), wanted, message)


def assert_rank_in(x: Any, ranks: Any, message: str | None = None, name: str | None = None) -> None:
    """See to it that a tensor's number of axes is one of these; see `assert_rank`."""
    allowed = [int(r) for r in ranks]
    _rank("assert_rank_in", x, lambda r: r in allowed, f"a rank of {allowed}", message)


def assert_scalar(tensor: Any, message: str | None = None, name: str | None = None) -> None:
    """See to it that a tensor has no axis; see `assert_rank`."""
    _rank("assert_scalar", tensor, lambda r: r == 0, "a scalar", message)


def assert_shapes(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> None:
    """See to it that tensors have these shapes, as ``tf.debugging.assert_shapes``.

    Args:
        shapes: List of (tensor, shape) pairs. A dimension is a number, None for any, or a name,
            which stands for one number wherever it is; ``"*"`` or ``...`` comes first where more
            axes may.
        data: Accepted for TensorFlow's sake; unused.
        summarize: Unused.
        message: What the error says.
        name: Unused.

    Raises:
        ShapeError: they do not; a ValueError.

    Example:
        >>> import glasstape.tf as tf
        >>> x, y = tf.ones([2, 3]), tf.ones([3])
        >>> tf.debugging.assert_shapes([(x, ("batch", "n")), (y, ("n",))])
    """
    del data, summarize, name
    sizes: dict[Any, int] = {}
    for tensor, wanted in shapes.items() if isinstance(shapes, Mapping) else shapes:
        shape = tuple(as_tensor(tensor).shape)
        names = list(wanted) if isinstance(wanted, Iterable) else [wanted]
        known = shape
        if names and names[0] in ("*", ...):
            names = names[1:]
            known = shape[len(shape) - len(names) :] if len(names) <= len(shape) else ()
        fits = len(names) == len(known)
        for n, size in zip(names, known, strict=False):
            expected = n if isinstance(n, int) else sizes.setdefault(n, size)
            fits = fits and (n in (None, ".") or expected == size)
        if not fits:
            found = {n: s for n, s in sizes.items() if n is not None}
            text = f"shape {wanted}" + (f", with {found}" if found else "")
            raise _shape_error("assert_shapes", text, f"shape {shape}", message)


def assert_type(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> None:
    """See to it that a tensor has this dtype, as ``tf.debugging.assert_type``.

    Args:
        tensor: Tensor or number.
        tf_type: The dtype.
        message: What the error says.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        TensorTypeError: it has another; a TypeError.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.debugging.assert_type(tf.constant(1.0), tf.float32)
    """
    found, wanted = as_tensor(tensor).dtype, jax.dtypes.canonicalize_dtype(as_dtype(tf_type))
    if found != wanted:
        raise _type_error("assert_type", str(wanted), str(found), message)


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> None:
    """See to it that a tensor's numbers are whole; see `assert_type`."""
    found = as_tensor(x).dtype
    if not jnp.issubdtype(found, jnp.integer):
        raise _type_error("assert_integer", "whole numbers", str(found), message)


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> Any:
    """The dtype that tensors of floats have in common, float32 when there is none.

    Args:
        tensors: The tensors.
        dtype: What it must be.

    Returns:
        The dtype.

    Raises:
        TensorTypeError: they have not one, or no float's.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.debugging.assert_same_float_dtype([tf.constant(1.0)])
        dtype('float32')
    """
    dtypes = [as_tensor(t).dtype for t in tensors or () if t is not None]
    dtypes += [] if dtype is None else [as_dtype(dtype)]
    common = dtypes[0] if dtypes else as_dtype("float32")
    if any(d != common for d in dtypes) or not jnp.issubdtype(common, jnp.floating):
        received = ", ".join(map(str, dtypes))
        raise _type_error("assert_same_float_dtype", "one dtype of floats", received)
    return common


def assert_proper_iterable(values: Any) -> None:
    """See to it that it is a list or the like, and no tensor, array or text.

    Args:
        values: Anything.

    Raises:
        TensorTypeError: it is not; a TypeError.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.debugging.assert_proper_iterable([tf.constant(1.0)])
    """
    if is_tensor(values) or isinstance(values, np.ndarray | str | bytes):
        raise _type_error("assert_proper_iterable", "a list or the like", type(values).__name__)
    if not hasattr(values, "__iter__"):
        raise _type_error("assert_proper_iterable", "something iterable", type(values).__name__)


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether it is a tensor of numbers, as ``tf.debugging.is_numeric_tensor``.

    Args:
        tensor: Anything.

    Returns:
        Whether it is; False for booleans, arrays of NumPy's and Python numbers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.debugging.is_numeric_tensor(tf.constant(1.0))
        True
    """
    is_one = isinstance(tensor, jax.Array) or keras_state.is_variable(tensor)
    return is_one and as_tensor(tensor).dtype != bool


def _rank(
    function: str, x: Any, fits: Callable[[int], bool], wanted: str, message: str | None
) -> None:
    shape = tuple(as_tensor(x).shape)
    if not fits(len(shape)):
        raise _shape_error(function, wanted, f"rank {len(shape)}, shape {shape}", message)


def _shape_error(
    function: str, expected: str, received: str, message: str | None = None
) -> ShapeError:
    return ShapeError(
        message or f"tf.debugging.{function} found another shape.",
        expected=expected,
        received=received,
        fix="look at the shapes on the way there: print(x.shape)",
        where=sources.user_source(),
    )


def _type_error(
    function: str, expected: str, received: str, message: str | None = None
) -> TensorTypeError:
    return TensorTypeError(
        message or f"tf.debugging.{function} found something else.",
        expected=expected,
        received=received,
        fix="use tf.cast, or pass what is expected",
        where=sources.user_source(),
    )


# ----- switches -----


def set_log_device_placement(enabled: bool) -> None:
    """Accepted as ``tf.debugging.set_log_device_placement``: ``x.devices()`` says where x is.

    Args:
        enabled: Unused.
    """


def enable_check_numerics(stack_height_limit: int = 30, path_length_limit: int = 50) -> None:
    """Accepted as ``tf.debugging.enable_check_numerics``; a warning says what there is instead.

    GlassTape refuses every update from a loss that is not finite, and says which operation made
    it so, at no cost and without being asked.

    Args:
        stack_height_limit: Accepted for TensorFlow's sake; unused.
        path_length_limit: Unused.
    """
    del stack_height_limit, path_length_limit
    where = sources.user_source()
    text = (
        "tf.debugging.enable_check_numerics has no effect: an update from a loss that is not "
        "finite is refused in any case; tf.debugging.check_numerics looks at a single tensor"
    )
    warnings.warn_explicit(text, UserWarning, where.file, where.line, registry=_warned)


def disable_check_numerics() -> None:
    """Nothing; see `enable_check_numerics`."""


def enable_traceback_filtering() -> None:
    """Show only the user's own lines when an error is raised: the usual way."""
    jax.config.update("jax_traceback_filtering", "auto")


def disable_traceback_filtering() -> None:
    """Show all lines, also ours and JAX's, when an error is raised."""
    jax.config.update("jax_traceback_filtering", "off")


def is_traceback_filtering_enabled() -> bool:
    """Whether errors show only the user's own lines."""
    return jax.config.jax_traceback_filtering != "off"  # pyright: ignore


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
