"""What a layer counts as its weights when an attribute is set.

Keras refuses new variables on a layer that is built. Keras on TensorFlow does not count a
``tf.Variable`` at all, so TensorFlow's programs keep sums of gradients and step counters on models
that are built.
"""

from __future__ import annotations

import functools
from typing import Any

import keras


def leave_out_when_built(kind: type) -> None:
    """Let a built layer have variables of one class as attributes, without counting them.

    Args:
        kind: The class; other variables are refused as before.
    """
    # A dtype is named, since the first layer without one settles what `set_floatx` can change.
    layer = keras.layers.Layer(dtype="float32")
    tracker: Any = type(getattr(layer, "_tracker", None))  # private
    own = getattr(tracker, "add_to_store", None)
    if own is None:
        return  # a Keras that keeps its weights otherwise; Keras 3.12 to 3.15 do not

    @functools.wraps(own)
    def add_to_store(self: Any, store_name: str, value: Any) -> None:
        if not (self.locked and isinstance(value, kind)):
            own(self, store_name, value)

    tracker.add_to_store = add_to_store
