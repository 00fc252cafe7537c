"""A step traced once for all sizes, as the programs of the sizes it is called with."""

from __future__ import annotations

import contextlib
import operator
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from glasstape.compiler.passes import rewriting as passes
from glasstape.compiler.relax.pattern import Pattern, sizes_of
from glasstape.compiler.relax.questions import Answer, Questions
from glasstape.compiler.spec import TensorSpec
from glasstape.errors import StepTypeError
from glasstape.ports import jax_exact, jax_symbolic
from glasstape.ports.jax_program import Staged
from glasstape.ports.jax_symbolic import InconclusiveDimensionOperation

# Programs of exact sizes kept here. XLA's are kept by `jax.jit`; these are only needed again when
# a glass is put on or a tape is opened around a call.
_KEPT = 8


class AnySize(Staged):
    """A step traced with symbolic sizes.

    Args:
        staged: The step.
        pattern: Of the inputs' sizes.
        questions: What the step was told about them.
    """

    any_size = True

    def __init__(self, staged: Staged, pattern: Pattern, questions: Questions):
        vars(self).update(vars(staged))
        self._symbolic = staged
        self._pattern = pattern
        self._questions = questions
        self._exact: OrderedDict[tuple[int, ...], Staged] = OrderedDict()

    @property
    def out_layouts(self) -> list[Any]:
        """A spec for each result; None is the size of what varies."""
        return [
            TensorSpec([None if jax_symbolic.is_symbolic(n) else n for n in a.shape], a.dtype)
            for a in super().out_layouts
        ]

    def sizes(self, inputs: Sequence[Any]) -> dict[str, int] | None:
        """Of its symbols in a call with these inputs; None when it is not made for them."""
        sizes = sizes_of(inputs)
        return None if sizes is None else self._pattern.match(sizes)

    def unequal(self, inputs: Sequence[Any]) -> tuple[int | None, int | None] | None:
        """Two sizes of these inputs that it takes to be equal; None when there is more to it."""
        return self._pattern.unequal(sizes_of(inputs) or ())

    def broken(self, sizes: Mapping[str, int]) -> Answer | None:
        """What the step was told that is not so for these sizes, or None."""
        return self._questions.broken(sizes)

    def exact(self, sizes: Mapping[str, int]) -> Staged:
        """The program for these sizes.

        Raises:
            Exception: it cannot be made, for a reason of JAX' or a number that is too large.
        """
        key = tuple(sizes.values())
        made = self._exact.get(key)
        if made is None:
            program = jax_exact.exact(self.program, sizes, _Strict())
            made = self._exact[key] = self._symbolic.replaced(program)
            while len(self._exact) > _KEPT:
                self._exact.popitem(last=False)
        return made

    def call(self, name: str, state: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """As that of `Staged`; the inputs' shapes choose the program."""
        sizes = self.sizes(inputs[:-1])
        assert sizes is not None  # noqa: S101 - our own invariant
        return passes.applied(self.exact(sizes)).call(name, state, inputs)


class _Strict:
    """Refuses to answer: a derivative asked for later would be made for one size and kept."""

    def compare(self, compare: Any, dimension: Any, other: Any) -> Any:
        with contextlib.suppress(InconclusiveDimensionOperation):
            answer = jax_symbolic.original_compare(compare, dimension, other)
            if answer is (compare is not operator.ne) or compare not in (operator.eq, operator.ne):
                return answer
        raise self.refuse(f"{dimension} in a comparison")

    def compared(self, dimension: Any, other: Any) -> None:
        del dimension, other

    def refuse(self, what: str) -> Exception:
        return StepTypeError(
            "A custom derivative inside a compiled step asks for a size that varies.",
            expected="a rule that works for arrays of any size",
            received=f"a rule that needs the size itself ({what})",
            fix="leave reduce_retracing and the Nones of the input_signature out",
        )
