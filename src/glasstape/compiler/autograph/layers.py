"""The `call` of the user's Keras layers and losses, which Keras calls and not the user."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from glasstape.compiler.autograph import convert, need, session
from glasstape.ports import keras_state


def find_call(
    layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Callable[..., Any] | None:
    """What Keras is to call in place of a layer's `call`: translated, where that is the user's.

    Inside a step that is translated, and where Keras puts a model together: it traces `call` then.
    """
    is_active = session.is_active()
    if not is_active and not (args and keras_state.is_symbolic(args[0])):
        return None
    own: Any = getattr(type(layer), "call", None)
    if not convert.is_translatable(own) or "call" in vars(layer):
        return None
    bound = types.MethodType(own, layer)
    if is_active:
        return types.MethodType(convert.translated(own), layer)
    if need.may_branch_on_tensors(bound, args, kwargs):
        return convert.entire(bound)
    return None
