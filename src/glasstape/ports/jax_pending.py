"""A result that is not computed yet and behaves as the array it will be.

A step that is queued returns before it runs, and what it returns must work wherever an array does.
JAX takes only its own types as operands, so this is a `Tracer` of the trace that runs operations
at once: to an operation it hands the array itself. Nothing of it reaches a program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jax.core import Tracer, eval_context
from jax.extend.core import find_top_trace

with eval_context():
    _EVAL_TRACE = find_top_trace(())


class PendingArray(Tracer):
    """An array that is computed when somebody looks at its values.

    Args:
        aval: Its shape and dtype.
        compute: Gives the array; called once.
    """

    __slots__ = ("_array", "_compute")

    def __init__(self, aval: Any, compute: Callable[[], Any]):
        super().__init__(_EVAL_TRACE, aval)
        self._line_info = None
        self._compute = compute
        self._array: Any = None

    @property
    def array(self) -> Any:
        """The array itself."""
        if self._array is None:
            self._array = self._compute()
            self._compute = _computed  # lets go of what it was computed from
        return self._array

    def full_lower(self) -> Any:
        """What an operation gets, as JAX asks for it."""
        return self.array

    def to_concrete_value(self) -> Any:
        """Likewise, where JAX needs the value."""
        return self.array

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.asarray(self.array, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.array, name)

    def __reduce__(self) -> Any:
        return self.array.__reduce__()

    def block_until_ready(self) -> Any:
        """The array, computed."""
        return self.array.block_until_ready()

    def item(self, *args: Any) -> Any:
        """Its one number."""
        return self.array.item(*args)

    def tolist(self) -> Any:
        """Its numbers as nested lists."""
        return self.array.tolist()

    def tobytes(self, order: Any = "C") -> bytes:
        """Its bytes."""
        return self.array.tobytes(order)


def _computed() -> Any:  # pragma: no cover - never called
    raise RuntimeError


def _of_array(name: str) -> Callable[..., Any]:
    def method(self: PendingArray, *args: Any) -> Any:
        return getattr(self.array, name)(*args)

    return method


for _name in (
    "bool", "float", "int", "complex", "index", "len", "iter", "reversed", "format", "repr", "str",
    "getitem", "dlpack", "round", "deepcopy", "copy", "contains",
):  # fmt: skip
    setattr(PendingArray, f"__{_name}__", _of_array(f"__{_name}__"))


def arrived(value: Any) -> Any:
    """The value itself, computed if it is pending."""
    return value.array if type(value) is PendingArray else value
