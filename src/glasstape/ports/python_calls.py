"""How an attribute is about to be used: ``x.name`` or ``x.name()``.

CPython compiles ``x.name(...)`` to another instruction than ``x.name``. That is how one attribute
can be Keras' property and TensorFlow's method. Costs 0.2 microseconds.
"""

from __future__ import annotations

import dis
from types import FrameType

# Until 3.11 an instruction of its own; since 3.12 the lowest bit of the argument says it.
_LOAD_METHOD = dis.opmap.get("LOAD_METHOD", -1)
_LOAD_ATTR = dis.opmap["LOAD_ATTR"]
_CACHE = dis.opmap["CACHE"]


def is_method_call(frame: FrameType) -> bool:
    """Whether the attribute that `frame` is looking up stands before parentheses."""
    code, at = frame.f_code.co_code, frame.f_lasti
    while at > 0 and code[at] == _CACHE:  # where a specialised instruction leaves off
        at -= 2
    if _LOAD_METHOD >= 0:
        return code[at] == _LOAD_METHOD
    return code[at] == _LOAD_ATTR and bool(code[at + 1] & 1)
