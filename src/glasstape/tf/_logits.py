"""The logits behind a softmax or sigmoid, which Keras on TensorFlow trains with.

There `keras.activations.softmax` and `sigmoid` leave what they were given on their result as
``_keras_logits``, and each crossentropy takes that instead of its predictions, whatever
``from_logits`` says: numbers that have been rounded to 0 and 1 have no gradient any more. Keras
does so on every backend, but only on TensorFlow it looks for it (Keras 3.15,
``backend/tensorflow/nn.py``). In a `tf.function` the logits of `tf.nn.softmax` and `tf.sigmoid` are
found as well, by a crossentropy of the same kind. Here the attribute is kept for JAX' arrays and
for values of a program, and looked for in losses and metrics.
"""

from __future__ import annotations

import functools
import inspect
import warnings
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from glasstape import sources
from glasstape.ports import jax_methods, jax_trace

_ATTRIBUTE = "_keras_logits"
# Crossentropy -> the activation that goes with it.
_KINDS = {
    "binary_crossentropy": "sigmoid",
    "categorical_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
}
_METRICS = ("BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy")


class _Logits(NamedTuple):
    result: weakref.ref[Any]
    value: Any
    kind: str | None  # None: of a Keras activation, which any crossentropy takes


# By the id of an activation's result, as long as that lives.
_of: dict[int, _Logits] = {}
_functions: dict[Any, str] = {}  # Keras' crossentropies and ours -> name
_twins: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
_warned: dict[Any, Any] = {}  # so that a line in a loop warns once


def remember(result: Any, logits: Any, kind: str | None = None) -> Any:
    """Keep the logits of an activation's result for as long as that lives.

    Args:
        result: What the activation gives.
        logits: What it was given.
        kind: "softmax" or "sigmoid", when only a crossentropy of that kind may take them.

    Returns:
        The result.
    """
    key = id(result)
    _of[key] = _Logits(weakref.ref(result, lambda _: _of.pop(key, None)), logits, kind)
    return result


def remember_in_step(result: Any, logits: Any, kind: str) -> Any:
    """The same for `tf.nn`, whose logits TensorFlow finds in a `tf.function` only."""
    return result if jax_trace.is_eager() else remember(result, logits, kind)


def install() -> None:
    """Let arrays keep what Keras' activations leave on them, and losses look for it."""
    jax_methods.add(_ATTRIBUTE, property(_get, remember))  # pyright: ignore[reportArgumentType]
    loss: Any = keras.losses.Loss
    if hasattr(loss.__call__, "_finds_logits"):
        return
    ops: Any = keras.losses.sparse_categorical_crossentropy.__globals__["ops"]  # private
    ops.sparse_categorical_crossentropy = _of_shares(ops.sparse_categorical_crossentropy)
    for name in _KINDS:
        original = getattr(keras.losses, name)
        found = _finding_function(original, name)
        _functions[original] = _functions[found] = name
        setattr(keras.losses, name, found)
        setattr(keras.metrics, name, found)
    loss.__call__ = _finding_method(loss.__call__, "fn", "call")
    for name in _METRICS:
        metric: Any = getattr(keras.metrics, name)
        for method in ("__call__", "update_state"):
            setattr(metric, method, _finding_method(getattr(metric, method), "_fn", "update_state"))


def _of_shares(original: Callable[..., Any]) -> Callable[..., Any]:
    """The sparse crossentropy of predictions that do not add up to 1, as on TensorFlow.

    Programs give it logits by mistake. Keras on TensorFlow clips them and divides by their sum,
    Keras on JAX divides first: by anything from a negative number to nearly 0.
    """

    @functools.wraps(original)
    def function(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
        if not from_logits:
            epsilon = keras.config.epsilon()
            output = keras.ops.log(keras.ops.clip(output, epsilon, 1 - epsilon))
        return original(target, output, from_logits=True, axis=axis)

    return function


def _get(self: Any) -> Any:
    found = _of.get(id(self))
    if found is None:
        raise AttributeError(_ATTRIBUTE)
    return found.value


def _finding_function(original: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A crossentropy that takes the logits behind its predictions."""
    signature = inspect.signature(original)

    @functools.wraps(original)
    def function(*args: Any, **kwargs: Any) -> Any:
        given = kwargs.get("y_pred", args[1] if len(args) > 1 else None)
        if id(given) not in _of:
            return original(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        logits = _find(name, given, bound.arguments)
        if logits is not None:
            bound.arguments.update(y_pred=logits, from_logits=True)
        return original(*bound.args, **bound.kwargs)

    return function


def _finding_method(original: Callable[..., Any], function: str, inner: str) -> Callable[..., Any]:
    """The call of a loss or metric, with the logits where its function is a crossentropy.

    A subclass that has an `inner` method of its own is given what it expects, the predictions.
    """

    @functools.wraps(original)
    def method(self: Any, y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Any:
        if id(y_pred) not in _of:
            return original(self, y_true, y_pred, *args, **kwargs)
        settings = getattr(self, "_fn_kwargs", None)
        name = _functions.get(getattr(self, function, None))
        is_kerass = getattr(type(self), inner).__module__.startswith("keras.")
        logits = None
        if name is not None and is_kerass and _stays(y_true, y_pred, self.dtype):
            logits = _find(name, y_pred, settings)
        if logits is None:
            return original(self, y_true, y_pred, *args, **kwargs)
        return original(_told_of_logits(self, settings), y_true, logits, *args, **kwargs)

    marked: Any = method
    marked._finds_logits = True
    return marked


def _told_of_logits(given: Any, settings: Any) -> Any:
    """A loss or metric of the same state with ``from_logits=True``; the given one is not touched.

    It is kept, since programs belong to the object they were made for.
    """
    twin = _twins.get(given)
    if twin is None:
        twin = _twins.setdefault(given, object.__new__(type(given)))
    # Not by setattr, which metrics watch.
    twin.__dict__.update(given.__dict__, _fn_kwargs={**(settings or {}), "from_logits": True})
    return twin


def _find(name: str, y_pred: Any, settings: Any) -> Any:
    """The logits of predictions that a crossentropy may take, or None."""
    _, logits, kind = _of[id(y_pred)]
    settings = settings or {}
    if kind not in (None, _KINDS[name]) or settings.get("ignore_class") is not None:
        return None
    if settings.get("from_logits"):
        _warn(name, kind or _KINDS[name])
    return logits


def _stays(y_true: Any, y_pred: Any, dtype: Any) -> bool:
    """Whether predictions reach the function as they are: of the loss' dtype, not reshaped."""
    if str(y_pred.dtype) != dtype:
        return False
    labels, rank = getattr(y_true, "shape", None), y_pred.ndim
    if labels is None or len(labels) == rank:
        return True
    if len(labels) == rank - 1:
        return y_pred.shape[-1] != 1 or len(labels) == 1
    return rank != 1


def _warn(name: str, kind: str) -> None:
    where = sources.user_source()
    warnings.warn_explicit(
        f"{name} was told from_logits=True and given the result of a {kind}. As in TensorFlow, "
        f"what went into the {kind} is used; leave the activation out, or from_logits=True",
        UserWarning,
        where.file,
        where.line,
        registry=_warned,
    )
