"""How an attribute is about to be used: ``x.name`` or ``x.name()``.

CPython compiles ``x.name(...)`` to another instruction than ``x.name``. That is how one attribute
can be Keras' property and TensorFlow's method. Costs 0.2 microseconds.
"""

from __future__ import annotations

import dis
import sys
from types import CodeType, FrameType

_LOAD_ATTR = dis.opmap["LOAD_ATTR"]
# Until 3.11 an instruction of its own; since 3.12 the lowest bit of the argument says it.
_HAS_OWN = sys.version_info < (3, 12)
_LOAD_METHOD = dis.opmap["LOAD_METHOD"] if _HAS_OWN else _LOAD_ATTR
_CACHE = dis.opmap["CACHE"]
_STORES = {dis.opmap[n] for n in ("STORE_FAST", "STORE_FAST_LOAD_FAST") if n in dis.opmap}
# Places where the attribute is stored and then called: (code, offset) -> whether it is.
_stored: dict[tuple[CodeType, int], bool] = {}


def is_method_call(frame: FrameType) -> bool:
    """Whether the attribute that `frame` is looking up stands before parentheses."""
    code, at = frame.f_code.co_code, frame.f_lasti
    while at > 0 and code[at] == _CACHE:  # where a specialised instruction leaves off
        at -= 2
    if code[at] == _LOAD_METHOD and (_HAS_OWN or code[at + 1] & 1):
        return True
    after = at + 2
    while code[after] == _CACHE:
        after += 2
    return code[after] in _STORES and _is_called_next(frame.f_code, after)


def _is_called_next(code: CodeType, at: int) -> bool:
    """Whether ``f = x.name`` is followed by ``f()``, as pytest writes ``assert x.name()``."""
    key = code, at
    if key not in _stored:
        _stored[key] = _reads_call(code, at)
    return _stored[key]


def _reads_call(code: CodeType, at: int) -> bool:
    passed_over = ("PUSH_NULL", "PRECALL", "CACHE", "NOP")
    found = [i for i in dis.get_instructions(code) if i.offset >= at]
    found = [i for i in found if i.opname not in passed_over][:3]
    names = [n for i in found[:2] for n in _names(i) if i.opname.startswith(("STORE", "LOAD"))]
    call = found[1 if found[0].opname == "STORE_FAST_LOAD_FAST" else 2]
    return names[:1] == names[1:2] and call.opname == "CALL" and call.arg == 0


def _names(instruction: dis.Instruction) -> list[str]:
    named = instruction.argval
    return list(named) if isinstance(named, tuple) else [named]
