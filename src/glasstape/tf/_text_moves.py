"""Text in functions that move elements without looking at them, or ask for a shape.

They are given the places of the texts in their stead, and the texts come back for the places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.tf import _text

_MOVING = {
    "boolean_mask", "broadcast_to", "concat", "expand_dims", "gather_nd", "identity", "repeat",
    "reshape", "reverse", "slice", "split", "squeeze", "stack", "tile", "transpose", "unstack",
    "where",
}  # fmt: skip
_ASKING = {"rank", "shape", "size"}
_COMPARING = {"equal": True, "not_equal": False, "math.equal": True, "math.not_equal": False}


def can_have_text(name: str, args: Any, kwargs: Any) -> bool:
    """Whether ``tf.<name>`` takes text, and was given it."""
    known = name in _MOVING or name in _ASKING or name in _COMPARING
    return known and any(map(_has_text, (*args, *kwargs.values())))


def call(name: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What ``tf.<name>`` gives for text."""
    if name in _COMPARING:
        x, y, *_ = (*args, *(kwargs[key] for key in ("x", "y") if key in kwargs))
        same = _text.as_strings(x) == _text.as_strings(y)
        return jnp.asarray(same == _COMPARING[name])
    texts: list[bytes] = []

    def places(value: Any) -> Any:
        if isinstance(value, list | tuple) and any(isinstance(v, _text.Strings) for v in value):
            return [places(v) for v in value]
        if not _text.is_text(value):
            return value
        found = _text.as_strings(value)
        first = len(texts)
        texts.extend(np.asarray(found).reshape(-1).tolist())
        return jnp.arange(first, len(texts), dtype="int32").reshape(found.shape)

    kwargs.pop("name", None)
    found = function(*map(places, args), **{key: places(v) for key, v in kwargs.items()})
    if name in _ASKING:
        return found
    known = np.empty(len(texts), object)
    known[:] = texts
    return jax.tree.map(lambda chosen: _text.as_strings(known[np.asarray(chosen)]), found)


def _has_text(value: Any) -> bool:
    return _text.is_text(value) or (isinstance(value, list) and any(map(_has_text, value)))
