"""`custom_gradient`: the user says how a function is differentiated."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from glasstape import sources
from glasstape.errors import TapeTypeError, TapeValueError
from glasstape.ports import jax_program, jax_trace
from glasstape.tape.staging import Arguments, Piece


def custom_gradient(f: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """A function with a gradient of its own, as ``tf.custom_gradient``.

    Args:
        f: Takes tensors (nested structures, too) and returns ``(y, grad)``: `y` a tensor or a
            structure of them, `grad` a function of one gradient a tensor of `y` that returns one
            gradient a tensor of the arguments (None means zero). When `f` reads trainable
            variables, `grad` takes them as the keyword `variables` and returns a pair: the
            arguments' gradients and the list of the variables' gradients. Keyword arguments of
            the call get no gradient.

    Returns:
        The function of the same arguments that returns `y`.

    Raises:
        TapeTypeError: `f` does not return a pair, or reads variables and `grad` does not take
            `variables`.
        TapeValueError: `grad` returns a wrong number of gradients.

    Example:
        >>> import jax.numpy as jnp
        >>> import glasstape as gt
        >>> @gt.custom_gradient
        ... def log1pexp(x):
        ...     e = jnp.exp(x)
        ...     return jnp.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))
        >>> x = jnp.float32(100.0)
        >>> with gt.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = log1pexp(x)
        >>> float(tape.gradient(y, x))  # automatic differentiation gives nan
        1.0
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if jax_trace.is_plain():
            return _check_pair(f, f(*args, **kwargs))[0]
        return _Custom(f, args, kwargs)()

    return decorated


class _Custom:
    """One call of a function with a custom gradient; Python runs once, when it is staged."""

    def __init__(self, f: Callable[..., Any], args: tuple, kwargs: dict[str, Any]):
        self._f = f
        self._arguments = Arguments(args)
        self._kwargs = kwargs
        self._variables: list[Any] = []  # the trainable ones `f` reads
        self._num_outputs = 0
        self._out_tree: Any = None
        self._gradient: Any = None  # jaxpr: residuals and cotangents -> gradients
        self._piece = Piece()
        self._piece.stage(self._run, self._arguments.tensors)

    def __call__(self) -> Any:
        def primal(values: list[Any], tensors: list[Any]) -> tuple[list[Any], list[Any]]:
            return self._primal(values, tensors)

        primal.__name__ = _name(self._f)  # what the tape's records call it
        run = jax.custom_vjp(primal)
        run.defvjp(self._forward, self._backward)
        outs, new = run(self._piece.read_variables(), self._arguments.tensors)
        self._piece.assign(new)
        return jax.tree.unflatten(self._out_tree, outs)

    def _primal(self, values: list[Any], tensors: list[Any]) -> tuple[list[Any], list[Any]]:
        results, new = self._piece.run(values, tensors)
        return results[: self._num_outputs], new

    def _forward(self, values: list[Any], tensors: list[Any]) -> Any:
        results, new = self._piece.run(values, tensors)
        kept = results[self._num_outputs :]
        return (results[: self._num_outputs], new), (kept, values, tensors)

    def _backward(self, residuals: Any, cotangents: Any) -> tuple[list[Any], list[Any]]:
        kept, values, tensors = residuals
        dy = [_conjugate(c) for c in cotangents[0]]
        given = iter(jax_program.evaluate(self._gradient, kept, dy))
        of_tensors = [_pass(given, x, True) for x in tensors]
        trainable = set(map(id, self._variables))
        of_values = [
            _pass(given, x, id(v) in trainable)
            for v, x in zip(self._piece.variables, values, strict=True)
        ]
        return of_values, of_tensors

    # ----- staging -----

    def _run(self, *tensors: Any) -> list[Any]:
        """Call the user's function: its results and then what its gradient needs to know."""
        args = self._arguments.rebuild(tensors)
        y, gradient = _check_pair(self._f, self._f(*args, **self._kwargs))
        flat, self._out_tree = jax.tree.flatten(y)
        outs = [jax.numpy.asarray(o) for o in flat]
        self._num_outputs = len(outs)
        self._variables = [
            v for v in self._piece.variables if v.trainable and jax_trace.is_differentiable(v)
        ]
        closed = jax.make_jaxpr(functools.partial(self._user_gradient, gradient, tensors))(*outs)
        self._gradient = closed.jaxpr
        return [*outs, *closed.consts]

    def _user_gradient(self, gradient: Callable, tensors: Sequence[Any], *dy: Any) -> list[Any]:
        variables = self._variables
        if variables:
            _check_takes_variables(self._f, gradient)
            given, of_variables = gradient(*dy, variables=variables)
        else:
            given, of_variables = gradient(*dy), []
        given = given if isinstance(given, list | tuple) else [given]
        _check_count(self._f, "tensor arguments", len(tensors), len(given))
        _check_count(self._f, "variables", len(variables), len(of_variables))
        wanted = [*tensors, *[v.value for v in variables]]
        pairs = zip([*given, *of_variables], wanted, strict=True)
        return [_like(self._f, g, x) for g, x in pairs if jax_trace.is_differentiable(x)]


def _pass(gradients: Iterator[Any], primal: Any, has_one: bool) -> Any:
    """The next gradient when `primal` has one, and zero in the form JAX wants otherwise."""
    if not jax_trace.is_differentiable(primal):
        return np.zeros(primal.shape, jax_trace.float0)
    return _conjugate(next(gradients)) if has_one else jax.numpy.zeros_like(primal)


def _like(f: Callable, gradient: Any, primal: Any) -> Any:
    if gradient is None:
        return jax.numpy.zeros_like(primal)
    gradient = jax.numpy.asarray(gradient, primal.dtype)
    _check_fits(f, gradient.shape, primal.shape)
    return jax.numpy.broadcast_to(gradient, primal.shape)


def _conjugate(value: Any) -> Any:
    """TensorFlow's convention for complex cotangents is the conjugate of JAX's."""
    return jax.numpy.conj(value) if jax.numpy.iscomplexobj(value) else value


# ----- refusals -----


def _check_pair(f: Callable, result: Any) -> tuple[Any, Callable]:
    if isinstance(result, tuple) and len(result) == 2 and callable(result[1]):
        return result
    raise TapeTypeError(
        f"{_name(f)} has a custom gradient and did not return a pair.",
        expected="(y, grad) with a function `grad`",
        received=f"a {type(result).__name__}",
        fix="return y, grad",
        where=sources.user_source(),
    )


def _check_takes_variables(f: Callable, gradient: Callable) -> None:
    parameters = inspect.signature(gradient).parameters.values()
    if any(p.name == "variables" or p.kind is p.VAR_KEYWORD for p in parameters):
        return
    raise TapeTypeError(
        f"{_name(f)} reads trainable variables, and its gradient function has no place for them.",
        expected="a keyword argument: def grad(*dy, variables=None)",
        received=f"grad{inspect.signature(gradient)}",
        fix="take `variables` and return (gradients of the arguments, [one gradient a variable])",
        where=sources.user_source(),
    )


def _check_count(f: Callable, of: str, expected: int, received: int) -> None:
    if expected == received:
        return
    raise TapeValueError(
        f"The custom gradient of {_name(f)} returned a wrong number of gradients.",
        expected=f"{expected}, one for each of the {of}",
        received=str(received),
        fix="return one gradient each, None where there is none",
        where=sources.user_source(),
    )


def _check_fits(f: Callable, received: tuple[int, ...], expected: tuple[int, ...]) -> None:
    padded = (1,) * (len(expected) - len(received)) + received
    if len(padded) == len(expected) and all(
        r in (1, e) for r, e in zip(padded, expected, strict=True)
    ):
        return
    raise TapeValueError(
        f"The custom gradient of {_name(f)} returned a gradient of the wrong shape.",
        expected=f"shape {expected}, that of the argument or variable it belongs to",
        received=f"shape {received}",
        fix="return the gradients in the order of the arguments, each in its argument's shape",
        where=sources.user_source(),
    )


def _name(f: Callable) -> str:
    return getattr(f, "__name__", type(f).__name__)
