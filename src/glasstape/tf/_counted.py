"""`tf.range` of numbers that a compiled step computes: rounds of a loop, and no tensor."""

from __future__ import annotations

from typing import Any

from glasstape import sources
from glasstape.compiler.autograph import session
from glasstape.compiler.autograph.iterables import TensorRange
from glasstape.errors import UncompiledError
from glasstape.tf._translate import kind


def counted(limits: list[Any], unknown: Any, dtype: Any) -> Any:
    """What a `for` statement of translated code goes over.

    Args:
        limits: Start, limit and delta.
        unknown: The first of them that the step computes.
        dtype: The one asked for, or None.

    Raises:
        ConcretizationTypeError: the code is not translated; then it is, and traced again.
        UncompiledError: the numbers are no whole ones, so that they cannot count rounds.
    """
    if not session.is_active():
        int(unknown)
    limits = limits if dtype is None else [v.astype(dtype) for v in limits]
    if any(v.ndim or kind(v.dtype) not in "iu" for v in limits):
        raise _no_tensor()
    return _Counted(*limits)


class _Counted(TensorRange):
    """The rounds; any other use would need a tensor whose size is not known."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # Python and JAX ask for what there may be
        raise _no_tensor()


def _refuse(self: _Counted, *unused: Any) -> Any:
    raise _no_tensor()


_USES = (
    "iter", "len", "getitem", "array", "jax_array", "add", "radd", "sub", "rsub", "mul", "rmul",
    "truediv", "rtruediv", "floordiv", "mod", "pow", "neg", "lt", "le", "gt", "ge",
)  # fmt: skip
for _use in _USES:
    setattr(_Counted, f"__{_use}__", _refuse)


def _no_tensor() -> UncompiledError:
    return UncompiledError(
        "The size of a tf.range depends on numbers that the step computes.",
        expected="limits that are known before the program runs, or `for i in tf.range(n):` with "
        "whole numbers: XLA has no tensors of a size that is not known",
        received="another use of it",
        fix="pass the limits as Python numbers, or write the loop as a `for` statement; then the "
        "step is compiled",
        where=sources.user_source(),
    )
