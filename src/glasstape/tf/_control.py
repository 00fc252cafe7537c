"""TensorFlow's control flow as functions: `cond`, `case`, `switch_case` and `while_loop`.

In eager code they are Python's own; in a compiled step they are what AutoGraph makes of Python's.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from glasstape import sources
from glasstape.compiler.autograph import branches, convert, growing, loops, values
from glasstape.errors import ControlFlowTypeError, InvalidArgumentError
from glasstape.guards import events
from glasstape.ports import jax_trace
from glasstape.tf._convert import as_tensor


def call(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function of the user's, translated where the code around it is."""
    return convert.call(function, args, None)


def cond(
    pred: Any = None,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """What one of two functions gives, as ``tf.cond``.

    Args:
        pred: Truth value: a scalar tensor or a Python value.
        true_fn: Called without arguments when it holds.
        false_fn: Called when it does not.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        What the function returns. When a tensor of a compiled step decides, both must return the
        same structure, shapes and dtypes.

    Raises:
        ControlFlowTypeError: one of the functions is none, or what they return differs.

    Example:
        >>> import glasstape.tf as tf
        >>> x = tf.constant(2.0)
        >>> float(tf.cond(x > 1.0, lambda: x * 10.0, lambda: x))
        20.0
    """
    del name
    _check_callable("tf.cond", "true_fn", true_fn)
    _check_callable("tf.cond", "false_fn", false_fn)
    if not values.is_tensor(pred):
        return call(true_fn) if _truth(pred) else call(false_fn)  # pyright: ignore
    condition = values.truth(pred, "tf.cond")
    return branches.choose(
        condition,
        lambda: call(true_fn),  # pyright: ignore
        lambda: call(false_fn),  # pyright: ignore
        "the result of tf.cond",
    )


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """What the function of the first condition that holds gives, as ``tf.case``.

    Args:
        pred_fn_pairs: List of (condition, function) pairs.
        default: Called when none holds.
        exclusive: Accepted for TensorFlow's sake; unused.
        strict: Unused.
        name: Unused.

    Returns:
        What the function returns.

    Raises:
        InvalidArgumentError: none holds, and there is no default.

    Example:
        >>> import glasstape.tf as tf
        >>> x = tf.constant(5)
        >>> tf.case([(x < 3, lambda: "few"), (x < 9, lambda: "some")], lambda: "many")
        'some'
    """
    del exclusive, strict, name
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, Mapping) else pred_fn_pairs)
    if default is None:
        _need_one([values.as_array(pred) for pred, _ in pairs])
        default = pairs.pop()[1]
    choice: Any = default
    for pred, function in reversed(pairs):
        choice = _either(pred, function, choice)
    return call(choice)


def switch_case(
    branch_index: Any,
    branch_fns: Any,
    default: Callable[[], Any] | None = None,
    name: str = "switch_case",
) -> Any:
    """What the function of that number gives, as ``tf.switch_case``.

    Args:
        branch_index: int32[] tensor, or a number.
        branch_fns: List of functions, or dict or list of pairs from numbers to functions.
        default: Called for other numbers; the function of the largest number when None.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        What the function returns.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.switch_case(tf.constant(1), [lambda: "a", lambda: "b"])
        'b'
    """
    del name
    functions = _numbered(branch_fns)
    if default is None:
        default = functions[max(functions)]
    if not values.is_tensor(branch_index):
        return call(functions.get(int(branch_index), default))
    index = values.as_array(branch_index)
    choice: Any = default
    for number, function in functions.items():
        choice = _either(index == number, function, choice)
    return choice()


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """Call `body` while `cond` holds, as ``tf.while_loop``.

    Args:
        cond: Given the loop variables; returns a truth value.
        body: Given the loop variables; returns the next ones.
        loop_vars: List, tuple or other structure of tensors, numbers and `tf.TensorArray`.
        shape_invariants: Accepted for TensorFlow's sake. In a compiled step shapes stay as they
            are: XLA needs one shape for all rounds.
        parallel_iterations: Unused.
        back_prop: Unused.
        swap_memory: Unused.
        maximum_iterations: At most so many rounds.
        name: Unused.

    Returns:
        The loop variables after the last round, in the same structure.

    Raises:
        ControlFlowTypeError: `body` returns another structure or dtype.
        ControlFlowValueError: it returns another shape, in a compiled step.

    Example:
        >>> import glasstape.tf as tf
        >>> i, total = tf.while_loop(lambda i, s: i < 4, lambda i, s: (i + 1, s + i), (0, 0))
        >>> int(total)
        6
    """
    del shape_invariants, parallel_iterations, back_prop, swap_memory, name
    _check_callable("tf.while_loop", "cond", cond)
    _check_callable("tf.while_loop", "body", body)
    if not jax.tree.leaves(loop_vars, is_leaf=growing.is_growing):
        raise _type_error("tf.while_loop was given no loop_vars.", "a list of them", loop_vars)
    state = types.SimpleNamespace(now=jax.tree.map(as_variable, loop_vars, is_leaf=_is_leaf))
    count = state.count = 0

    def go_on() -> Any:
        return call(cond, *_arguments(state.now))

    def one_round() -> None:
        state.now = _like(loop_vars, call(body, *_arguments(state.now)))

    if jax_trace.is_eager():
        while (maximum_iterations is None or count < maximum_iterations) and go_on():
            one_round()
            count += 1
        return jax.tree.map(as_variable, state.now, is_leaf=_is_leaf)
    _staged_while(go_on, one_round, state, maximum_iterations)
    return state.now


def _staged_while(go_on: Any, one_round: Any, state: Any, most: Any) -> None:
    names = [f"loop variable {n}" for n in range(len(_arguments(state.now)))]

    def get_state() -> tuple[Any, ...]:
        return tuple(_arguments(state.now))

    def set_state(new: tuple[Any, ...]) -> None:
        state.now = _repacked(state.now, new)

    opts = {} if most is None else {"maximum_iterations": most}
    # `go_on` gives a tensor from the first round on, since all loop variables are tensors.
    loops.while_stmt(go_on, one_round, get_state, set_state, tuple(names), opts)


def as_variable(value: Any) -> Any:
    """A tensor of a loop variable; a `tf.TensorArray` as it is."""
    return value if value is None or growing.is_growing(value) else as_tensor(value)


def _is_leaf(value: Any) -> bool:
    return value is None or growing.is_growing(value)


def _arguments(state: Any) -> list[Any]:
    return list(state) if isinstance(state, list | tuple) else [state]


def _repacked(old: Any, new: Any) -> Any:
    if not isinstance(old, list | tuple):
        return new[0]
    return type(old)(*new) if hasattr(old, "_fields") else type(old)(new)


def _like(loop_vars: Any, result: Any) -> Any:
    """What `body` returned, in the structure of the loop variables."""
    if isinstance(loop_vars, list | tuple):
        wrapped = isinstance(result, list | tuple) and len(result) == len(loop_vars)
        result = _repacked(loop_vars, result if wrapped else [result])
    tree = jax.tree.structure(loop_vars, is_leaf=_is_leaf)
    found = jax.tree.structure(result, is_leaf=_is_leaf)
    if tree != found:
        received = f"{found.num_leaves} in another structure: {_stars(found)}"
        happened = "The body of tf.while_loop returns another structure than loop_vars."
        raise _type_error(happened, f"{tree.num_leaves} values: {_stars(tree)}", received)
    return jax.tree.map(as_variable, result, is_leaf=_is_leaf)


def _stars(tree: Any) -> str:
    return str(jax.tree.unflatten(tree, ["*"] * tree.num_leaves)).replace("'*'", "*")


def _truth(pred: Any) -> bool:
    return bool(values.as_array(pred)) if values.is_array_like(pred) else bool(pred)


def _either(pred: Any, function: Any, otherwise: Any) -> Callable[[], Any]:
    return lambda: cond(pred, function, otherwise)


def _numbered(functions: Any) -> dict[int, Any]:
    if isinstance(functions, Mapping):
        return dict(functions)
    pairs = list(functions)
    if pairs and all(isinstance(p, list | tuple) for p in pairs):
        return {int(n): f for n, f in pairs}
    return dict(enumerate(pairs))


def _need_one(conditions: list[Any]) -> None:
    """Without a default, one of the conditions must hold."""
    where, holds = sources.user_source(), jnp.any(jnp.stack(conditions))

    def error() -> InvalidArgumentError:
        return InvalidArgumentError(
            "None of the conditions of tf.case holds.",
            expected="a condition that holds, or a default",
            received=f"{len(conditions)} conditions that do not",
            fix="pass default=...",
            where=where,
        )

    if not jax_trace.is_abstract(holds):
        if not holds:
            raise error()
    elif not events.current().must_hold(events.MustHold(holds, error, at_once=True)):
        raise error()


def _check_callable(function: str, argument: str, value: Any) -> None:
    if not callable(value):
        happened = f"{function} was given something else than a function as {argument}."
        raise _type_error(happened, "a function, such as lambda: x", value)


def _type_error(happened: str, expected: str, received: Any) -> ControlFlowTypeError:
    return ControlFlowTypeError(
        happened,
        expected=expected,
        received=received if isinstance(received, str) else values.text(received),
        fix="see the documentation of the function: help(...)",
        where=sources.user_source(),
    )
