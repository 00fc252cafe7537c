"""Places in Keras where a mistake would pass silently, and the checks put there.

`keras.optimizers.Optimizer.apply` zips gradients with variables and broadcasts, so a list that is
too short or out of order trains the wrong variables. `SparseCategoricalCrossentropy` turns labels
into one-hot rows, so a label out of range becomes a row of zeros and a loss that looks fine.
Both checks look at shapes only, while Python runs; compiled code is unchanged by them.
"""

from __future__ import annotations

import functools
import operator
import textwrap
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import keras

from glasstape import sources
from glasstape.errors import GradientMismatchError


class Hooks:
    """Where the checks report; `install` fills them in."""

    # (Keras' own method, optimizer, gradients, variables, where) -> None
    apply: Callable[[Callable, Any, Sequence[Any], Sequence[Any], sources.Source], None]
    labels_used: Callable[[Any, int, int | None, sources.Source], None]
    # (Keras' own method, loss, inputs) -> what to call with the inputs instead, or None
    find_loss_program: Callable[[Callable, Any, tuple[Any, ...]], Callable[..., Any] | None]
    # (Keras' own method, metric, args, kwargs) -> result
    metric: Callable[[Callable, Any, tuple[Any, ...], dict[str, Any]], Any]
    # (layer or loss, args, kwargs) -> what to call in place of its `call`, or None
    find_call: Callable[[Any, tuple[Any, ...], dict[str, Any]], Callable[..., Any] | None]


_installed: list[Hooks] = []


class _Reasons(threading.local):
    # Of the tape of this thread that was the last to give None: variable -> why, or None.
    explain: Callable[[Any], Any] | None = None


reasons = _Reasons()


def install(hooks: Hooks) -> None:
    """Wrap Keras' methods once."""
    optimizer: Any = keras.optimizers.Optimizer
    if _installed:
        return
    _installed.append(hooks)
    for kind in (optimizer, keras.optimizers.LossScaleOptimizer):
        kind.apply = _checked_apply(kind.apply, hooks)
    optimizer.apply_gradients = _checked_apply_gradients(optimizer.apply_gradients)
    if hasattr(optimizer, "_filter_empty_gradients"):  # private; Keras 3.12 to 3.15 have it
        optimizer._filter_empty_gradients = _without_missing
    layer: Any = keras.layers.Layer
    layer.__call__ = _announced(layer.__call__, hooks)
    loss: Any = keras.losses.Loss
    loss.__call__ = _announced(_run_as_program(loss.__call__, hooks), hooks)
    sparse: Any = keras.losses.SparseCategoricalCrossentropy
    sparse.call = _checked_sparse_call(sparse.call, hooks)
    for kind in _metric_kinds():
        for name in {"__call__", "update_state"} & vars(kind).keys():
            setattr(kind, name, _run_by(hooks.metric, getattr(kind, name)))


def _announced(original: Callable, hooks: Hooks) -> Callable:
    """Let `sources` know that a layer or loss is being called; costs 0.6 microseconds a call."""
    find_call = hooks.find_call

    @functools.wraps(original)
    def __call__(self, *args, **kwargs):
        call = sources.enter_call(self.name)
        own = find_call(self, args, kwargs)
        try:
            if own is not None:
                return _with_call(own, original, self, args, kwargs)
            return original(self, *args, **kwargs)
        finally:
            sources.leave_call(call)

    announced: Any = __call__
    sources.add_entrance(announced.__code__)
    return announced


def _with_call(own: Callable, original: Callable, layer: Any, args: tuple, kwargs: dict) -> Any:
    """Let Keras find `own` as the layer's `call`; not by setattr, which layers watch."""
    layer.__dict__["call"] = own
    try:
        return original(layer, *args, **kwargs)
    finally:
        layer.__dict__.pop("call", None)


def _run_as_program(original: Callable, hooks: Hooks) -> Callable:
    @functools.wraps(original)
    def __call__(self, *args, **kwargs):
        inputs = (*args, *kwargs.values())
        simple = len(inputs) in (2, 3) and (not kwargs or [*kwargs] == ["sample_weight"])
        program = hooks.find_loss_program(original, self, inputs) if simple else None
        if program is None:
            return original(self, *args, **kwargs)
        if isinstance(self, keras.losses.SparseCategoricalCrossentropy):
            _tell_labels(self, inputs[0], inputs[1], hooks)
        return program(*inputs)

    return __call__


def _metric_kinds() -> list[Any]:
    """Keras' own metric classes with the classes they derive from."""
    public = [v for v in vars(keras.metrics).values() if isinstance(v, type)]
    kinds = {base: None for kind in public for base in kind.__mro__}
    return [kind for kind in kinds if issubclass(kind, keras.metrics.Metric)]


def _run_by(run: Callable, original: Callable) -> Callable:
    @functools.wraps(original)
    def method(self, *args, **kwargs):
        return run(original, self, args, kwargs)

    return method


def _checked_apply(original: Callable, hooks: Hooks) -> Callable:
    @functools.wraps(original)
    def apply(self, grads, trainable_variables=None):
        if trainable_variables is None and self.built:
            known = self._trainable_variables
            trainable_variables = known if len(known) == len(grads) else None
        if trainable_variables is None:
            return original(self, grads)  # Keras says what is wrong
        grads, trainable_variables = list(grads), list(trainable_variables)
        place = sources.user_source(2)
        check_gradients(grads, trainable_variables, place)
        is_scaling = type(self) is keras.optimizers.LossScaleOptimizer
        run = _apply_with_loss_scale if is_scaling else original
        return hooks.apply(run, self, grads, trainable_variables, place)

    return apply


def _apply_with_loss_scale(optimizer: Any, gradients: Sequence[Any], variables: Any) -> None:
    """`LossScaleOptimizer.apply` by its stateless form.

    Its `apply` assigns variables inside the branches of a condition, which JAX cannot do (up to
    Keras 3.15 it fails in eager code as well).
    """
    if not optimizer.built:
        optimizer.build(variables)
    own = optimizer.variables
    new, state = optimizer.stateless_apply(
        [v.value for v in own], gradients, [v.value for v in variables]
    )
    for variable, value in zip([*variables, *own], [*new, *state], strict=True):
        variable.assign(value)


def _checked_apply_gradients(original: Callable) -> Callable:
    @functools.wraps(original)
    def apply_gradients(self, grads_and_vars):
        lengths = _zip_lengths(grads_and_vars)
        if len(set(lengths)) > 1:
            raise _mismatch(f"{lengths[0]} gradients, {lengths[1]} variables", 2)
        pairs = list(grads_and_vars)
        if not pairs:
            raise _mismatch("an empty list", 2)
        return original(self, pairs)

    return apply_gradients


def _zip_lengths(pairs: Any) -> list[int]:
    """How much is left in each iterator of a ``zip`` that nobody has started to read.

    ``zip(gradients, variables)`` stops at the shorter list without a word; its iterators still
    know how long they are.
    """
    if type(pairs) is not zip:
        return []
    iterators = pairs.__reduce__()[1]
    return [operator.length_hint(i, -1) for i in iterators]


def _mismatch(received: str, depth: int, where: sources.Source | None = None):
    return GradientMismatchError(
        "The gradients do not fit the variables; nothing was updated.",
        expected="one gradient a variable, in the same order and of the same shape",
        received=received,
        fix="pass zip(gradients, variables) with the list you gave to tape.gradient",
        where=where or sources.user_source(depth + 1),
    )


def check_gradients(
    gradients: Sequence[Any], variables: Sequence[Any], where: sources.Source
) -> None:
    """Raise `GradientMismatchError` unless each gradient fits its variable."""
    if len(gradients) != len(variables):
        raise _mismatch(f"{len(gradients)} gradients, {len(variables)} variables", 2, where)
    for gradient, variable in zip(gradients, variables, strict=True):
        if gradient is not None and tuple(gradient.shape) != tuple(variable.shape):
            raise _mismatch(
                f"a gradient of shape {tuple(gradient.shape)} for {variable.path!r} of shape "
                f"{tuple(variable.shape)}",
                2,
                where,
            )
    if variables and all(g is None for g in gradients):
        reason = _reason(variables[0])
        raise GradientMismatchError(
            "Every gradient is None; nothing was updated.",
            expected="a gradient for at least one variable",
            received=f"None for all {len(variables)} variables, first {variables[0].path!r}",
            fix="compute the loss from the model's output inside `with GradientTape()`"
            + (reason or f"; {_ASK}"),
            where=where,
        )
    missing = [v for g, v in zip(gradients, variables, strict=True) if g is None]
    if missing:
        _warn_of_missing(missing, where)


_ASK = "print(tape.why(loss, variable)) tells why a gradient is None"


def _reason(variable: Any) -> str:
    """What the tape says of a gradient that is None, as an indented paragraph, or nothing."""
    explain = reasons.explain
    found = explain(variable) if explain is not None else None
    return "" if found is None else "\n" + textwrap.indent(str(found), "    ")


# Of a loop, the first round is enough; explaining takes longer than a step.
_warned: set[tuple[sources.Source, tuple[str, ...]]] = set()


def _warn_of_missing(variables: Sequence[Any], where: sources.Source) -> None:
    # In place of Keras' own warning, which goes on to ask whether `model.compile()` was given a
    # loss. It begins alike, for those who filter it.
    key = where, tuple([v.path for v in variables])
    if key in _warned:
        return
    _warned.add(key)
    names = [v.path for v in variables[:5]]
    more = f" and {len(variables) - 5} more" if len(variables) > 5 else ""
    warnings.warn_explicit(
        f"Gradients do not exist for variables {names}{more} when minimizing the loss; they are "
        f"not updated. {_ASK}." + _reason(variables[0]),
        UserWarning,
        where.file,
        where.line,
    )


def _without_missing(
    self: Any, gradients: Sequence[Any], variables: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """Keras' `_filter_empty_gradients` without its warning; ours has been given already."""
    pairs = [p for p in zip(gradients, variables, strict=True) if p[0] is not None]
    if not pairs:
        raise ValueError("No gradients provided for any variable.")
    return [g for g, _ in pairs], [v for _, v in pairs]


def _checked_sparse_call(original: Callable, hooks: Hooks) -> Callable:
    @functools.wraps(original)
    def call(self, y_true, y_pred):
        _tell_labels(self, y_true, y_pred, hooks)
        return original(self, y_true, y_pred)

    return call


def _tell_labels(loss: Any, y_true: Any, y_pred: Any, hooks: Hooks) -> None:
    settings = getattr(loss, "_fn_kwargs", {})
    axis, ignored = settings.get("axis", -1), settings.get("ignore_class")
    shape = getattr(y_pred, "shape", None)
    if shape and isinstance(shape[axis], int) and hasattr(y_true, "dtype"):
        hooks.labels_used(y_true, shape[axis], ignored, sources.user_source(3))
