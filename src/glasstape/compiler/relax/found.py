"""Sizes that a program finds out while it runs: symbolic dimensions while its step is traced.

Such is the size of what a loop has collected that was left by a ``break``. What Python asks of one
cannot be answered for the call at hand, which has not run yet; where the answer is not the same for
all sizes the step is not compiled.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable
from typing import Any

from glasstape import sources
from glasstape.compiler.relax.questions import place
from glasstape.errors import UncompiledError
from glasstape.ports import jax_exact, jax_found, jax_symbolic
from glasstape.ports.jax_program import Staged
from glasstape.ports.jax_symbolic import InconclusiveDimensionOperation

# All symbols of a step belong to one scope, which JAX wants to know at once.
_MOST_SIZES = 8
LEAST = 1


class FoundSizes:
    """The sizes that one step finds out; answers what is asked of them while it is traced."""

    def __init__(self) -> None:
        self._symbols: jax_symbolic.Symbols | None = None
        # By the number that the program computes, which is kept.
        self._by_count: dict[tuple[int, int], tuple[Any, Any]] = {}
        self._answering = contextlib.ExitStack()
        self._refusal: str | None = None

    def of(self, count: Any, most: int) -> Any:
        """The dimension that stands for a size; None when there cannot be one.

        Args:
            count: int32[] of the program.
            most: What it is at most.
        """
        if self._symbols is None:
            if jax_symbolic.is_answered():
                return None  # the step's own sizes vary, too
            names = [f"found{jax_symbolic.MARK}{i}" for i in range(_MOST_SIZES)]
            self._symbols = jax_symbolic.Symbols(names, LEAST)
            self._answering.enter_context(jax_symbolic.answering(self, self._symbols.scope))
        key = id(count), most
        if key not in self._by_count:
            free = list(self._symbols.dimensions.values())[len(self._by_count) :]
            if not free:
                return None
            self._by_count[key] = count, free[0]
        return self._by_count[key][1]

    def close(self) -> None:
        """Answer no more."""
        self._answering.close()

    @property
    def any(self) -> bool:
        """Whether there are some."""
        return bool(self._by_count)

    def with_room(self, staged: Staged) -> Staged:
        """The program with room for the most there can be of each size.

        Raises:
            UncompiledError: it cannot be.
        """
        if self._refusal is not None:
            raise uncompiled(self._refusal)
        kept = jax_exact.kept_sizes(staged.program)
        if kept is not None:
            raise uncompiled(f"a function called by `{kept}` keeps a size")
        try:
            return staged.replaced(jax_found.with_room(staged.program))
        except jax_found.RoomError as error:
            raise uncompiled(str(error)) from error

    # ----- as `jax_symbolic.Listener` asks -----

    def compare(self, compare: Callable[[Any, Any], Any], dimension: Any, other: Any) -> Any:
        """The answer, where it is the same for all sizes."""
        ask = jax_symbolic.original_compare
        try:
            if compare not in (operator.eq, operator.ne):
                return ask(compare, dimension, other)
            if ask(operator.eq, dimension, other):
                return compare is operator.eq
            if ask(operator.gt, dimension, other) or ask(operator.lt, dimension, other):
                return compare is operator.ne
        except InconclusiveDimensionOperation:
            pass
        raise self.refuse("in a comparison")

    def compared(self, dimension: Any, other: Any) -> None:
        """An axis of one row, taken for one of several, broadcasts to as many: to one."""
        if not isinstance(other, int) or other > LEAST:
            self.refuse(f"to compare {dimension} with {other}")

    def refuse(self, what: str) -> Exception:
        """The error to raise."""
        text = f"{place(sources.user_source())} needs the size itself, {what}"
        self._refusal = self._refusal or text
        return InconclusiveDimensionOperation(text)


def uncompiled(received: str, error: Exception | None = None) -> UncompiledError:
    """The error of a step that does with such a size what no program can."""
    frames = sources.user_frames(error.__traceback__) if error is not None else []
    return UncompiledError(
        "A step goes on with a tensor whose size it finds out while it runs.",
        expected="what can be done with room for the most rows there can be: arithmetic, sums, "
        "means, loops over its rows, products of matrices, slices",
        received=received,
        fix="return the number instead of the tensor, or collect with a mask in place of the "
        "`break`; then the step is compiled",
        where=frames[-1] if frames else sources.user_source(),
    )
