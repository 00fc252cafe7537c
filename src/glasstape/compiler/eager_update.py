"""Optimizer updates in eager code: one program an update instead of one dispatch an operation.

Keras' Adam takes about 18 operations a variable. In eager code each of them is a dispatch; here
the update runs as a `Function` of its own, so that a loop without any `glasstape.function` still
pays for one. (MLP of four variables: 4.3 ms an update by operations, 0.4 ms as a program.)
"""

from __future__ import annotations

import functools
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import jax

from glasstape.compiler.function import Function
from glasstape.ports import jax_trace, keras_scopes, keras_state

# Programs an optimizer; more than that means that the loop changes its variables all the time.
_MOST_PROGRAMS = 16
_SETTING = (bool, int, float, str, type(None))

Apply = Callable[[Any, Sequence[Any], Sequence[Any]], None]


class EagerUpdates:
    """Runs ``optimizer.apply`` as a program where that is certain to do the same."""

    def __init__(self) -> None:
        # Optimizers are compared by identity; each entry goes when its optimizer does.
        self._programs: weakref.WeakKeyDictionary[Any, OrderedDict[Hashable, Function]] = (
            weakref.WeakKeyDictionary()
        )

    def __call__(
        self, apply: Apply, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]
    ) -> None:
        """Apply `gradients` to `variables`; `apply` is Keras' own method."""
        if not optimizer.built:
            optimizer.build(variables)  # here, since `built` is a setting
        if not _is_plain_eager(optimizer, gradients, variables):
            apply(optimizer, gradients, variables)
            return
        self._program(apply, optimizer, gradients, variables)(list(gradients))

    def _program(
        self, apply: Apply, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]
    ) -> Function:
        # Settings are Python numbers that Keras reads while it is traced, so a changed one
        # (optimizer.beta_1 = 0.8) is another program.
        key = (tuple(map(id, variables)), _settings(optimizer), _schedule_settings(optimizer))
        programs = self._programs.setdefault(optimizer, OrderedDict())
        program = programs.get(key)
        if program is None:
            program = programs[key] = _make_program(apply, optimizer, variables)
            if len(programs) > _MOST_PROGRAMS:
                programs.popitem(last=False)
        programs.move_to_end(key)
        return program


def _make_program(apply: Apply, optimizer: Any, variables: Sequence[Any]) -> Function:
    # The program must not keep the optimizer alive; the variables it holds belong to both.
    optimizer = weakref.proxy(optimizer)

    def update(gradients: list[Any]) -> None:
        apply(optimizer, gradients, variables)

    return Function(update)


def _is_plain_eager(optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> bool:
    return (
        not jax.config.jax_disable_jit  # pyright: ignore[reportAttributeAccessIssue]
        and keras_scopes.active_scope() is None
        # A tape that is open around the update records it operation by operation.
        and jax_trace.is_eval(jax_trace.current_trace())
        and not any(map(jax_trace.is_tracer, gradients))
        and _is_kerass(type(optimizer))
        and _is_kerass(type(optimizer._learning_rate))
        and all(v.constraint is None or _is_kerass(type(v.constraint)) for v in variables)
    )


@functools.cache
def _is_kerass(kind: type) -> bool:
    """A class of Keras' own has no Python state that changes from update to update."""
    return kind.__module__.partition(".")[0] == "keras"


def _settings(owner: Any) -> tuple[Any, ...]:
    return tuple([(k, v) for k, v in vars(owner).items() if isinstance(v, _SETTING)])


def _schedule_settings(optimizer: Any) -> tuple[Any, ...]:
    rate = optimizer._learning_rate
    return () if keras_state.is_variable(rate) else _settings(rate)
