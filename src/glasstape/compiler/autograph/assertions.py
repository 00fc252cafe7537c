"""`assert` of a tensor: checked whenever the compiled step runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glasstape import sources
from glasstape.compiler.autograph import values
from glasstape.errors import AssertionFailedError, ControlFlowTypeError
from glasstape.guards import events


def assert_stmt(test: Any, message: Callable[[], Any]) -> None:
    """``assert test, message()``.

    Raises:
        ControlFlowTypeError: a tensor is asserted inside a loop or branch of the program.
    """
    if not values.is_tensor(test):
        if not test:
            text = message()
            raise AssertionError() if text is None else AssertionError(text)
        return
    holds, where, text = values.truth(test, "an `assert`"), sources.user_source(), message()

    def error() -> AssertionFailedError:
        return AssertionFailedError(
            "An assertion failed in a compiled step" + ("." if text is None else f": {text}"),
            expected=where.text or "the asserted condition",
            received="a false condition; no variable was changed",
            fix="look at what the condition is about: gt.print(...) before it shows its values",
            where=where,
        )

    if not events.current().must_hold(events.MustHold(holds, error)):
        raise ControlFlowTypeError(
            "A tensor is asserted inside a loop or branch that a tensor decides about.",
            expected="`assert` in the step itself, whose result leaves the program with the others",
            received=f"an assertion of {values.text(test)} inside",
            fix="keep what it depends on in a variable and assert it after the loop: "
            "`valid = valid and x > 0`",
            where=where,
        )
