"""What Keras 2's layers had: `submodules`, and weights that a tensor can take the place of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from glasstape import sources
from glasstape.errors import ShapeError
from glasstape.ports.keras_state import all_layers
from glasstape.tf._old_methods import say


def install() -> None:
    """Add what is not there."""
    layer: Any = keras.layers.Layer
    if not hasattr(layer, "submodules"):
        layer.submodules = property(submodules)
    kinds = [k for k in vars(keras.layers).values() if isinstance(k, type)]
    for kind in {base: None for k in kinds for base in k.__mro__}:
        for name in ("kernel", "embeddings"):
            weight = vars(kind).get(name)
            if isinstance(weight, property) and weight.fset is None:
                setattr(kind, name, weight.setter(_setter(name)))


def submodules(self: Any) -> tuple[Any, ...]:
    """All layers inside a layer or model, as ``tf.Module.submodules``."""
    say("layer.submodules", "model.layers, each with the layers in it")
    return tuple([layer for layer in all_layers(self) if layer is not self])


def _setter(name: str) -> Callable[[Any, Any], None]:
    def set_weight(self: Any, value: Any) -> None:
        """Let a tensor stand for a weight, as programs for MAML do; gradients go through it."""
        say(f"layer.{name} = tensor", f"layer.{name}.assign(tensor), or model.stateless_call")
        if not self.built:
            raise _error(f"a layer without its {name}", name)
        own = getattr(self, f"_{name}")
        if tuple(own.shape) != tuple(value.shape):
            raise _error(f"shape {tuple(value.shape)} for {tuple(own.shape)}", name)
        setattr(self, f"_{name}", value)

    return set_weight


def _error(received: str, name: str) -> ShapeError:
    return ShapeError(
        f"A tensor cannot take the place of a layer's {name}.",
        expected="a layer that has been built, and a tensor of that weight's shape",
        received=received,
        fix="call the layer or its model once, before",
        where=sources.user_source(),
    )
