"""`LossScaleOptimizer` in a loop of one's own: what Keras 2 called its parts, and its first step.

In Keras 2 a program scaled the loss and unscaled the gradients itself before `apply_gradients`; in
Keras 3 `apply` unscales them. A program that asked for unscaled gradients is therefore given what
it asked for, so that it may clip them, and `apply` is given them scaled again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras

from glasstape.tf._old_methods import say

# What LossScaleOptimizer's `build` makes first, in its order.
_COUNTER, _SCALE = "step_counter", "dynamic_scale"


def add_scaling() -> None:
    """Add what is not there, once."""
    kind: Any = keras.optimizers.LossScaleOptimizer
    if hasattr(kind, "get_scaled_loss"):
        return
    kind.__init__ = _with_old_arguments(kind.__init__)
    kind.build = _with_early_variables(kind.build)
    kind.apply = _with_scaled_again(kind.apply)
    kind.scale_loss = scale_loss
    kind.get_scaled_loss = get_scaled_loss
    kind.get_unscaled_gradients = get_unscaled_gradients
    kind.loss_scale = property(_loss_scale)


def scale_loss(self: Any, loss: Any) -> Any:
    """The loss times the scale, which is a variable from the first step on.

    Keras takes the first scale for a number as long as the optimizer is not built: a step compiled
    then would keep that number for good.
    """
    return keras.ops.multiply(loss, _scale(self))


def get_scaled_loss(self: Any, loss: Any) -> Any:
    """The loss, or a function that computes it, times the scale."""
    say("optimizer.get_scaled_loss", "optimizer.scale_loss")
    if callable(loss):
        return lambda: scale_loss(self, loss())
    return scale_loss(self, loss)


def get_unscaled_gradients(self: Any, grads: Any) -> list[Any]:
    """The gradients of a scaled loss, divided by the scale."""
    say("optimizer.get_unscaled_gradients", "done by optimizer.apply_gradients")
    self._unscaled_by_program = True
    scale = _scale(self)
    return [
        None if g is None else keras.ops.divide(g, keras.ops.cast(scale, g.dtype)) for g in grads
    ]


def _loss_scale(self: Any) -> Any:
    say("optimizer.loss_scale", "optimizer.dynamic_scale")
    return keras.ops.convert_to_tensor(_scale(self))


def _scale(optimizer: Any) -> Any:
    if not optimizer.built and not hasattr(optimizer, "_early_variables"):
        optimizer._early_variables = {
            _COUNTER: _scalar(optimizer, _COUNTER, 0, "int"),
            _SCALE: _scalar(optimizer, _SCALE, optimizer.initial_scale, "float32"),
        }
    return optimizer.dynamic_scale if optimizer.built else optimizer._early_variables[_SCALE]


def _scalar(optimizer: Any, name: str, value: Any, dtype: str) -> Any:
    initializer = keras.initializers.Constant(value)
    return optimizer.add_variable(shape=(), dtype=dtype, initializer=initializer, name=name)


def _with_early_variables(original: Callable) -> Callable:
    @functools.wraps(original)
    def build(self, var_list):
        early = getattr(self, "_early_variables", {})
        add = self.add_variable
        self.add_variable = lambda *args, name=None, **kwargs: (
            early[name] if name in early else add(*args, name=name, **kwargs)
        )
        try:
            return original(self, var_list)
        finally:
            del self.add_variable

    return build


def _with_scaled_again(original: Callable) -> Callable:
    @functools.wraps(original)
    def apply(self, grads, trainable_variables=None):
        if getattr(self, "_unscaled_by_program", False):
            scale = _scale(self)
            grads = [None if g is None else g * keras.ops.cast(scale, g.dtype) for g in grads]
        return original(self, grads, trainable_variables)

    return apply


def _with_old_arguments(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def __init__(self, inner_optimizer, *args, loss_scale=None, **kwargs):
        if loss_scale is not None:
            say("The argument loss_scale", "initial_scale")
            args = (loss_scale, *args)
        if args and isinstance(args[0], (bool, str)):  # True or "dynamic": as it always is now
            args = args[1:]
        if kwargs.get("initial_scale", 0) is None:
            del kwargs["initial_scale"]
        original(self, inner_optimizer, *args, **kwargs)

    return __init__
