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
    "boolean_mask", "broadcast_to", "concat", "dynamic_partition", "ensure_shape", "expand_dims",
    "fill", "gather_nd", "identity", "random.shuffle", "repeat", "reshape", "reverse", "roll",
    "slice", "split", "squeeze", "stack", "tensor_scatter_nd_update", "tile", "transpose",
    "unstack", "where",
}  # fmt: skip
_ASKING = {"rank", "shape", "size"}
_FINDING = {"unique", "unique_with_counts"}  # the first of what they give is text
_COMPARING = {"equal": True, "not_equal": False, "math.equal": True, "math.not_equal": False}


def can_have_text(name: str, args: Any, kwargs: Any) -> bool:
    """Whether ``tf.<name>`` takes text, and was given it."""
    known = {*_MOVING, *_ASKING, *_FINDING, *_COMPARING, *_OTHERS}
    return name in known and any(map(_has_text, (*args, *kwargs.values())))


def call(name: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What ``tf.<name>`` gives for text."""
    if name in _COMPARING:
        x, y, *_ = (*args, *(kwargs[key] for key in ("x", "y") if key in kwargs))
        same = _text.as_strings(x) == _text.as_strings(y)
        return jnp.asarray(same == _COMPARING[name])
    kwargs.pop("name", None)
    if name in _OTHERS:
        return _OTHERS[name](*args, **kwargs)
    places_of: dict[bytes, int] = {}  # equal texts have one place

    def places(value: Any) -> Any:
        if isinstance(value, list | tuple) and any(isinstance(v, _text.Strings) for v in value):
            return [places(v) for v in value]
        if not _text.is_text(value):
            return value
        found = _text.as_strings(value)
        flat = np.asarray(found).reshape(-1).tolist()
        numbers = [places_of.setdefault(text, len(places_of)) for text in flat]
        return jnp.array(numbers, "int32").reshape(found.shape)

    found = function(*map(places, args), **{key: places(v) for key, v in kwargs.items()})
    if name in _ASKING:
        return found
    known = np.empty(len(places_of), object)
    known[:] = list(places_of)
    if name in _FINDING:
        return found._replace(y=_text.as_strings(known[np.asarray(found.y)]))
    return jax.tree.map(lambda chosen: _text.as_strings(known[np.asarray(chosen)]), found)


def _joined(x: Any, y: Any) -> _text.Strings:
    return _text.as_strings(x) + _text.as_strings(y)


_OTHERS = {"add": _joined, "math.add": _joined}


def _has_text(value: Any) -> bool:
    return _text.is_text(value) or (isinstance(value, list) and any(map(_has_text, value)))
