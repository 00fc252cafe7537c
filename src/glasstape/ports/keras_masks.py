"""The masks that layers take from their inputs, given back to code that is run once more.

`keras.layers.MultiHeadAttention` removes the masks of the very tensors it is called with. A
loop's body that was run on trial would find none of them the second time.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import keras


class _Taken(threading.local):
    # (tensor, its mask) of all that was taken in `kept`, the last one last; None outside.
    masks: list[tuple[Any, Any]] | None = None


_taken = _Taken()
_backend: Any = keras.layers.MultiHeadAttention.call.__globals__["backend"]  # private
_get, _set = _backend.get_keras_mask, _backend.set_keras_mask


def _set_keras_mask(x: Any, mask: Any) -> None:
    if mask is None and _taken.masks is not None and (old := _get(x)) is not None:
        _taken.masks.append((x, old))
    _set(x, mask)


_backend.set_keras_mask = _set_keras_mask


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Undo, at the end of the block, what layers in it did to the masks of their inputs."""
    outer, _taken.masks = _taken.masks, []
    try:
        yield
    finally:
        taken, _taken.masks = _taken.masks, outer
        for tensor, mask in taken:
            _set(tensor, mask)
