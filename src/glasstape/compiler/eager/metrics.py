"""Keras' metrics in eager code (sparse accuracy: 15 operations)."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import Any

import jax
import keras

from glasstape.compiler.eager import programs
from glasstape.compiler.eager.programs import Programs
from glasstape.ports import jax_trace, keras_state

# A method of Keras' own: (metric, arrays...) -> result
Method = Callable[..., Any]


class EagerMetrics:
    """Runs a method that updates a metric as a program where that is certain to do the same."""

    def __init__(self) -> None:
        self._programs: Programs[Callable[..., Any]] = Programs()

    def __call__(
        self, method: Method, metric: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """What ``method(metric, *args, **kwargs)`` gives."""
        key = _key(metric) if _is_plain_eager(args, kwargs) else None
        if key is None:
            return method(metric, *args, **kwargs)
        variables = metric.variables
        program = self._programs.get(metric, (method, key), lambda: _make_program(method, metric))
        values, result = program([v.value for v in variables], args, kwargs)
        for variable, value in zip(variables, values, strict=True):
            keras_state.set_raw_value(variable, value)
        return result


def _make_program(method: Method, metric: Any) -> Callable[..., Any]:
    name, metric = metric.name, weakref.proxy(metric)

    def run(values: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        variables = metric.variables
        with keras.StatelessScope(list(zip(variables, values, strict=True))) as scope:
            result = method(metric, *args, **kwargs)
        return [scope.get_current_value(v) for v in variables], result

    run.__name__ = name
    return jax.jit(run)


def _key(metric: Any) -> Hashable | None:
    if not programs.is_kerass(type(metric)) or metric._metrics:
        return None
    if not getattr(metric, "_built", True):
        return None  # makes its variables when it is first called
    function = getattr(metric, "_fn", None)
    if function is None:
        return programs.settings(metric)
    called = programs.function_settings(function, metric._fn_kwargs)
    return None if called is None else (called, programs.settings(metric))


def _is_plain_eager(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return (
        programs.may_compile()
        and jax_trace.is_plain()
        and programs.may_take((*args, *kwargs.values()))
    )
