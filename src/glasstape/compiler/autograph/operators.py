"""The names that translated code calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glasstape import sources
from glasstape.compiler.autograph.assertions import assert_stmt as assert_stmt
from glasstape.compiler.autograph.branches import and_ as and_
from glasstape.compiler.autograph.branches import if_exp as if_exp
from glasstape.compiler.autograph.branches import if_stmt as if_stmt
from glasstape.compiler.autograph.branches import not_ as not_
from glasstape.compiler.autograph.branches import or_ as or_
from glasstape.compiler.autograph.convert import as_it_is as autograph_artifact  # noqa: F401
from glasstape.compiler.autograph.convert import call as converted_call  # noqa: F401
from glasstape.compiler.autograph.loops import for_stmt as for_stmt
from glasstape.compiler.autograph.loops import while_stmt as while_stmt
from glasstape.compiler.autograph.values import Undefined as Undefined
from glasstape.compiler.autograph.values import UndefinedReturnValue as UndefinedReturnValue
from glasstape.compiler.autograph.values import is_tensor
from glasstape.errors import ControlFlowValueError

STD = None  # malt's options, which nobody asks for


class FunctionScope:
    """The body of a translated function.

    Args:
        function_name: Its name.
        scope_name: The name this object has in the translated code.
        options: Unused.
    """

    def __init__(self, function_name: str, scope_name: str, options: Any):
        del options
        self.function = function_name
        self.name = scope_name

    def __enter__(self) -> FunctionScope:
        return self

    def __exit__(self, *exc_info: Any) -> None:
        pass

    def ret(self, value: Any, did_return: Any) -> Any:
        """The function's result.

        Raises:
            ControlFlowValueError: a tensor decides whether there is one.
        """
        if isinstance(value, UndefinedReturnValue):
            return None
        if is_tensor(did_return) and value is not None:
            raise ControlFlowValueError(
                f"{self.function} returns a value in one branch only.",
                expected="a `return` statement with a value whichever way a tensor decides",
                received="a way through the function that ends without one, where Python would "
                "return None",
                fix="also return a tensor of the same shape and dtype at the end of the function",
                where=sources.user_source(),
            )
        return value


def with_function_scope(thunk: Callable[[Any], Any], scope_name: str, options: Any) -> Any:
    """The body of a translated lambda."""
    with FunctionScope("<lambda>", scope_name, options) as scope:
        return thunk(scope)


def ld(value: Any) -> Any:
    """Read a variable."""
    return value.read() if isinstance(value, Undefined) else value


def ldu(load: Callable[[], Any], name: str) -> Any:
    """Read something like ``self.x`` or ``d['k']`` that may not be there yet."""
    try:
        return load()
    except (KeyError, AttributeError, NameError, IndexError):
        return Undefined(name)
