"""Keras' losses in eager code (sparse crossentropy: 20 operations)."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import Any

import jax

from glasstape.compiler.eager import programs
from glasstape.compiler.eager.programs import Programs
from glasstape.ports import jax_trace

# Keras' own ``Loss.__call__``: (loss, y_true, y_pred, sample_weight) -> loss
Call = Callable[[Any, Any, Any, Any], Any]


class EagerLosses:
    """Runs ``loss(y_true, y_pred)`` as a program where that is certain to do the same.

    A tape records it as one operation of the loss' name.
    """

    def __init__(self) -> None:
        self._programs: Programs[Callable[..., Any]] = Programs()

    def find(self, call: Call, loss: Any, inputs: tuple[Any, ...]) -> Callable[..., Any] | None:
        """The program for ``call(loss, *inputs)``, or None."""
        key = _key(loss) if _is_eager(inputs) else None
        if key is None:
            return None
        return self._programs.get(loss, key, lambda: _make_program(call, loss))


def _make_program(call: Call, loss: Any) -> Callable[..., Any]:
    name, loss = loss.name, weakref.proxy(loss)

    def run(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return call(loss, y_true, y_pred, sample_weight)

    run.__name__ = name  # what records and profiles show
    return jax.jit(run)


def _key(loss: Any) -> Hashable | None:
    if not programs.is_kerass(type(loss)):
        return None
    function = programs.function_settings(
        getattr(loss, "fn", None), getattr(loss, "_fn_kwargs", {})
    )
    return None if function is None else (function, programs.settings(loss))


def _is_eager(inputs: tuple[Any, ...]) -> bool:
    return programs.may_compile() and jax_trace.is_eager() and programs.may_take(inputs)
