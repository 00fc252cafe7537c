"""Things that take shape in a loop: a `tf.TensorArray` learns its elements' shape from the first.

A program needs all shapes before a loop starts. So the loop's body is run once on trial, to see
what one round makes of such a thing, and the thing is given that form before the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax

State = tuple[Any, ...]


class Growing:
    """What may take another form in a loop or branch; its subclasses are pytree nodes."""

    def is_open(self) -> bool:
        """Whether it may still take another form."""
        raise NotImplementedError

    def trial(self) -> Growing:
        """What stands for it while a loop's body is tried."""
        raise NotImplementedError

    def formed(self, after: Growing, rounds: int | None, may_end: bool) -> Growing:
        """The same contents in the form that `after` has.

        Args:
            after: What one round, or a branch, makes of it.
            rounds: How many rounds there are at most; None when nobody knows.
            may_end: Whether there may be fewer.
        """
        raise NotImplementedError


def is_growing(value: Any) -> bool:
    """Whether it is one."""
    return isinstance(value, Growing)


def has_open(state: Any) -> bool:
    """Whether there is one in a structure that may still take another form."""
    leaves = jax.tree.leaves(state, is_leaf=is_growing)
    return any(leaf.is_open() for leaf in leaves if is_growing(leaf))


def on_trial(state: State) -> State:
    """The state with what stands for such things."""
    change: Callable[[Any], Any] = lambda v: v.trial() if is_growing(v) else v  # noqa: E731
    return tuple([_changed(change, value) for value in state])


def formed(
    before: State, afters: Sequence[State], rounds: int | None, may_end: bool = False
) -> State:
    """The state with such things in the form that they get.

    Args:
        before: The variables' values before a loop or branch.
        afters: After one round, or after each branch; what is not comparable is left as it is.
        rounds: How many rounds there are at most.
        may_end: Whether there may be fewer.
    """
    state = before
    for after in afters:
        pairs = zip(state, after, strict=True)
        state = tuple([_formed(a, b, rounds, may_end) for a, b in pairs])
    return state


def _changed(change: Callable[[Any], Any], value: Any) -> Any:
    leaves, tree = jax.tree.flatten(value, is_leaf=_is_leaf)
    if not any(map(is_growing, leaves)):
        return value
    return jax.tree.unflatten(tree, [change(leaf) for leaf in leaves])


def _formed(before: Any, after: Any, rounds: int | None, may_end: bool) -> Any:
    leaves, tree = jax.tree.flatten(before, is_leaf=_is_leaf)
    others, other_tree = jax.tree.flatten(after, is_leaf=_is_leaf)
    if tree != other_tree or not any(map(is_growing, leaves)):
        return before
    return jax.tree.unflatten(
        tree,
        [
            old.formed(new, rounds, may_end) if is_growing(old) and is_growing(new) else old
            for old, new in zip(leaves, others, strict=True)
        ],
    )


def _is_leaf(value: Any) -> bool:
    return value is None or is_growing(value)
