"""Python's own functions where translated code gives them tensors."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from glasstape.compiler.autograph import values
from glasstape.compiler.autograph.iterables import TensorRange, Together, is_rows


def _range(*limits: Any) -> Any:
    return TensorRange(*limits) if any(map(values.is_tensor, limits)) else range(*limits)


def _int(*args: Any, **kwargs: Any) -> Any:
    if len(args) == 1 and not kwargs and values.is_tensor(args[0]):
        return values.as_array(args[0]).astype(jnp.result_type(int))
    return int(*args, **kwargs)


def _float(*args: Any) -> Any:
    if len(args) == 1 and values.is_tensor(args[0]):
        return values.as_array(args[0]).astype(jnp.result_type(float))
    return float(*args)


def _bool(*args: Any) -> Any:
    if len(args) == 1 and values.is_tensor(args[0]):
        return values.truth(args[0], "`bool`")
    return bool(*args)


def _enumerate(iterable: Any, start: int = 0) -> Any:
    if is_rows(iterable) and values.as_array(iterable).ndim:
        rows = values.as_array(iterable)
        numbers = jnp.arange(start, start + rows.shape[0])
        return Together([numbers, rows], lambda: enumerate(rows, start))
    return enumerate(iterable, start)


def _zip(*iterables: Any, strict: bool = False) -> Any:
    if iterables and not strict and all(map(is_rows, iterables)):
        rows = [values.as_array(i) for i in iterables]
        if all(r.ndim for r in rows):
            return Together(rows, lambda: zip(*rows, strict=False))
    return zip(*iterables, strict=strict)


def _reduced(python: Callable[..., Any], pairwise: Callable, whole: Callable) -> Callable[..., Any]:
    """``max`` or ``min``, of numbers given one by one or of one tensor."""

    @functools.wraps(python)
    def reduce(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and len(args) > 1 and any(map(values.is_tensor, args)):
            return functools.reduce(pairwise, map(values.as_array, args))
        if not kwargs and len(args) == 1 and values.is_tensor(args[0]):
            return whole(values.as_array(args[0]), axis=0)
        return python(*args, **kwargs)

    return reduce


def _of_truths(python: Callable[..., Any], whole: Callable) -> Callable[..., Any]:
    """``any`` or ``all``, of a tensor or of a list in which there is one."""

    @functools.wraps(python)
    def decide(iterable: Any) -> Any:
        if values.is_tensor(iterable):
            return whole(values.as_array(iterable), axis=0)
        items = iterable if isinstance(iterable, list | tuple) else list(iterable)
        if any(map(values.is_tensor, items)):
            name = f"`{python.__name__}`"
            return whole(jnp.stack([values.truth(i, name) for i in items]))
        return python(items)

    return decide


_OVERLOADS: dict[Any, Callable[..., Any]] = {
    builtins.range: _range,
    builtins.int: _int,
    builtins.float: _float,
    builtins.bool: _bool,
    builtins.enumerate: _enumerate,
    builtins.zip: _zip,
    builtins.max: _reduced(max, jnp.maximum, jnp.max),
    builtins.min: _reduced(min, jnp.minimum, jnp.min),
    builtins.any: _of_truths(any, jnp.any),
    builtins.all: _of_truths(all, jnp.all),
}


def overload(function: Any) -> Callable[..., Any] | None:
    """What to call in place of one of Python's functions, or None."""
    try:
        return _OVERLOADS.get(function)
    except TypeError:  # it has no hash
        return None
