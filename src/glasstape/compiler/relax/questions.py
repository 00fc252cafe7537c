"""What a step asks of a size that is not known while it is traced, and who may use the answers.

Code that is not JAX' own is answered for the sizes of the call at hand. Each answer is kept: the
program is right for the sizes that give the same answers, and for no others.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from glasstape import sources
from glasstape.ports import jax_symbolic
from glasstape.ports.jax_symbolic import InconclusiveDimensionOperation

_LONGEST = 60


class Answer(NamedTuple):
    """What a program was made on.

    Attributes:
        compare: One of `operator`'s comparisons.
        left: A symbolic dimension.
        right: A number or another one.
        result: What it gave.
        source: Who asked.
        assumed: JAX' own answer, which it gives whatever the size.
    """

    compare: Callable[[Any, Any], bool]
    left: Any
    right: Any
    result: bool
    source: sources.Source
    assumed: bool = False

    def holds(self, sizes: Mapping[str, int]) -> bool:
        """Whether these sizes give the same answer."""
        return _compare(self.compare, self.left, self.right, sizes) is self.result

    def __str__(self) -> str:
        return f"{place(self.source)} goes another way for this size"


def _compare(
    compare: Callable[[Any, Any], bool], left: Any, right: Any, sizes: Mapping[str, int]
) -> bool:
    return bool(compare(jax_symbolic.size(left, sizes), jax_symbolic.size(right, sizes)))


def place(source: sources.Source) -> str:
    """The user's file and line with the line's text."""
    text = source.text if len(source.text) <= _LONGEST else f"{source.text[:_LONGEST]}..."
    return f"{source} (`{text}`)" if text else str(source)


class Questions:
    """Answers and keeps count.

    Args:
        sizes: Those of the call at hand; None when there is none yet.

    Attributes:
        answers: All that were given.
        refusal: The first question that cannot be answered, in words, or None.
    """

    def __init__(self, sizes: Mapping[str, int] | None):
        self.answers: dict[Any, Answer] = {}
        self.refusal: str | None = None
        self._sizes = sizes

    def compare(self, compare: Callable[[Any, Any], Any], dimension: Any, other: Any) -> Any:
        """As `jax_symbolic.Listener` asks."""
        if self._sizes is not None:
            result = _compare(compare, dimension, other, self._sizes)
        else:
            try:
                result = jax_symbolic.original_compare(compare, dimension, other)
            except InconclusiveDimensionOperation:
                raise self.refuse("in a comparison") from None
        self._keep(compare, dimension, other, result)
        return result

    def compared(self, dimension: Any, other: Any) -> None:
        """As `jax_symbolic.Listener` asks."""
        self._keep(operator.eq, dimension, other, False, assumed=True)

    def refuse(self, what: str) -> Exception:
        """As `jax_symbolic.Listener` asks."""
        text = f"{place(sources.user_source())} needs the size itself, {what}"
        self.refusal = self.refusal or text
        return InconclusiveDimensionOperation(text)

    def _keep(
        self, compare: Callable[..., bool], left: Any, right: Any, result: bool, assumed=False
    ) -> None:
        key = compare, str(left), str(right), result
        if key not in self.answers:
            answer = Answer(compare, left, right, result, sources.user_source(), assumed)
            self.answers[key] = answer

    def broken(self, sizes: Mapping[str, int]) -> Answer | None:
        """An answer that would be another one for these sizes, or None."""
        return next((a for a in self.answers.values() if not a.holds(sizes)), None)
