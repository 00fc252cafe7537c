"""The pullback of a ``while`` loop, whose number of rounds is known only when it runs.

JAX has no rule for it, because a program cannot keep a value a round without knowing how many
there will be. Here a fixed number of states is kept, evenly spaced over the rounds, and what lies
between two of them is computed again on the way back (A. Griewank and A. Walther, *Evaluating
Derivatives*, 2nd ed., 2008, chapter 12). Up to `KEPT` rounds nothing is computed twice but the
loop itself; r rounds cost about r²/(2·KEPT) more beyond that. Memory: `KEPT` states.

Of a loop that is known to have so many rounds at most, what each round's pullback needs is kept
instead, and nothing is computed twice: where that is little, or a round calls the host, which must
not happen again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.ports.jax_bounded import most_rounds
from glasstape.ports.jax_program import Staged, WhileLoop, while_loop
from glasstape.ports.jax_trace import float0, is_differentiable

KEPT = 64
# Bytes that may be kept of all rounds.
LITTLE = 2**28


def differentiable_while(params: dict[str, Any], inputs: Sequence[Any]) -> list[Any]:
    """Run a ``while`` operation with these parameters as a function JAX can differentiate."""
    loop = while_loop(params, differentiable_while)

    @jax.custom_vjp
    def run(*parts: list[Any]) -> list[Any]:
        cond_consts, consts, start = parts
        go, body = (
            functools.partial(loop.goes_on, cond_consts),
            functools.partial(loop.body, consts),
        )
        return jax.lax.while_loop(go, body, start)

    def backward(parts: tuple[list[Any], ...], cotangents: list[Any]) -> tuple[list[Any], ...]:
        # JAX hands out Python numbers of a type of its own where a program has a constant.
        parts = jax.tree.map(jnp.asarray, parts)
        arriving = [None if c.dtype == float0 else c for c in cotangents]
        cond_consts, consts, start = parts
        of_consts, of_start = _backwards(loop, cond_consts, consts, start, arriving)
        return _cotangents(parts, ([None] * len(cond_consts), of_consts, of_start))

    run.defvjp(lambda *parts: (run(*parts), parts), backward)
    parts = loop.split(inputs)
    most = most_rounds(params)
    rounds = None if most is None else _Rounds(loop, most, *parts[1:])
    if rounds is not None and (rounds.bytes_kept <= LITTLE or loop.calls_host):
        run.defvjp(rounds.forward, rounds.backward)
    return run(*parts)


class _Rounds:
    """The pullback of a loop by what each round's pullback needs.

    Args:
        loop: The loop.
        most: How many rounds it has at most.
        consts: The body's constants.
        start: The state at the start.
    """

    def __init__(self, loop: WhileLoop, most: int, consts: list[Any], start: list[Any]):
        self._loop, self._most, self._consts = loop, most, len(consts)
        self._moving = [i for i, s in enumerate(start) if is_differentiable(s)]
        self._wanted = [i for i, c in enumerate(consts) if is_differentiable(c)]
        # What a pullback is made of: its structure, and for each part the constant that it is.
        self._tree: Any = None
        self._same: list[int | None] = []
        self._program = Staged(self._linearized, [*consts, *start])
        self._layouts = self._program.out_layouts[len(start) :]

    @property
    def bytes_kept(self) -> int:
        """Of all rounds."""
        return self._most * sum(a.size * a.dtype.itemsize for a in self._layouts)

    def _linearized(self, *inputs: Any) -> list[Any]:
        """The state after a round, and what its pullback needs."""
        consts, state = [*inputs[: self._consts]], [*inputs[self._consts :]]

        def one_round(followed: list[Any], followed_state: list[Any]) -> Any:
            new = self._loop.body(
                _replaced(consts, self._wanted, followed),
                _replaced(state, self._moving, followed_state),
            )
            return [new[i] for i in self._moving], new

        followed = [consts[i] for i in self._wanted], [state[i] for i in self._moving]
        _, pull, new = jax.vjp(one_round, *followed, has_aux=True)
        parts, self._tree = jax.tree.flatten(pull)
        places = {id(c): i for i, c in enumerate(consts)}
        self._same = [places.get(id(part)) for part in parts]
        return [*new, *[p for p, same in zip(parts, self._same, strict=True) if same is None]]

    def forward(self, cond_consts: list[Any], consts: list[Any], start: list[Any]) -> Any:
        """The state at the end, and what the way back needs."""
        stores = [jnp.zeros((self._most, *a.shape), a.dtype) for a in self._layouts]

        def one_round(carry: Any) -> Any:
            number, state, stores = carry
            outs = self._program.run([], [*consts, *state])
            new, kept = outs[: len(state)], outs[len(state) :]
            stores = [s.at[number].set(k) for s, k in zip(stores, kept, strict=True)]
            return number + 1, new, stores

        go = lambda carry: self._loop.goes_on(cond_consts, carry[1])  # noqa: E731
        rounds, end, stores = jax.lax.while_loop(go, one_round, (jnp.int32(0), start, stores))
        return end, (cond_consts, consts, start, rounds, stores)

    def backward(self, kept: Any, cotangents: list[Any]) -> Any:
        """Cotangents of the constants and of the state at the start."""
        cond_consts, consts, start, rounds, stores = kept

        def one_round_back(carry: Any) -> Any:
            number, arriving, totals = carry
            number = number - 1
            rows = iter([s[number] for s in stores])
            parts = [next(rows) if same is None else consts[same] for same in self._same]
            of_consts, of_state = jax.tree.unflatten(self._tree, parts)(arriving)
            return number, of_state, [t + c for t, c in zip(totals, of_consts, strict=True)]

        arriving = [_arriving(start[i], cotangents[i]) for i in self._moving]
        totals = [jnp.zeros_like(consts[i]) for i in self._wanted]
        first = (rounds, arriving, totals)
        _, arriving, totals = jax.lax.while_loop(lambda carry: carry[0] > 0, one_round_back, first)
        none_const, none_start = [None] * len(consts), [None] * len(start)
        return _cotangents(
            (cond_consts, consts, start),
            (
                [None] * len(cond_consts),
                _replaced(none_const, self._wanted, totals),
                _replaced(none_start, self._moving, arriving),
            ),
        )


def _cotangents(parts: Sequence[list[Any]], found: Sequence[list[Any]]) -> tuple[list[Any], ...]:
    return tuple(
        [_cotangent(x, c) for x, c in zip(xs, cs, strict=True)]
        for xs, cs in zip(parts, found, strict=True)
    )


def _arriving(primal: Any, cotangent: Any) -> Any:
    """Zeros where none arrives."""
    return jnp.zeros_like(primal) if cotangent.dtype == float0 else cotangent


def _cotangent(primal: Any, cotangent: Any) -> Any:
    if not is_differentiable(primal):
        return np.zeros(primal.shape, float0)
    return jnp.zeros_like(primal) if cotangent is None else cotangent


def _backwards(
    loop: WhileLoop,
    cond_consts: list[Any],
    consts: list[Any],
    start: list[Any],
    cotangents: list[Any],
) -> tuple[list[Any], list[Any]]:
    """Cotangents of the body's constants and of the state at the start; None for integers."""
    go = functools.partial(loop.goes_on, cond_consts)
    body = functools.partial(loop.body, consts)
    rounds = _count(go, body, start)
    spacing = jnp.maximum((rounds + KEPT - 1) // KEPT, 1)
    kept = _keep(body, start, rounds, spacing)
    moving = [i for i, s in enumerate(start) if is_differentiable(s)]
    wanted = [i for i, c in enumerate(consts) if is_differentiable(c)]

    def pull(state: list[Any], arriving: list[Any]) -> tuple[list[Any], list[Any]]:
        def one_round(followed: list[Any], followed_state: list[Any]) -> list[Any]:
            new = loop.body(
                _replaced(consts, wanted, followed), _replaced(state, moving, followed_state)
            )
            return [new[i] for i in moving]

        inputs = [consts[i] for i in wanted], [state[i] for i in moving]
        return jax.vjp(one_round, *inputs)[1](arriving)

    def one_round_back(carry: Any) -> Any:
        number, arriving, totals = carry
        number = number - 1
        state = _state_at(body, kept, number, spacing)
        of_consts, of_state = pull(state, arriving)
        return number, of_state, [t + c for t, c in zip(totals, of_consts, strict=True)]

    arriving = [_cotangent(start[i], cotangents[i]) for i in moving]
    totals = [jnp.zeros_like(consts[i]) for i in wanted]
    _, arriving, totals = jax.lax.while_loop(
        lambda carry: carry[0] > 0, one_round_back, (rounds, arriving, totals)
    )
    none_const, none_start = [None] * len(consts), [None] * len(start)
    return _replaced(none_const, wanted, totals), _replaced(none_start, moving, arriving)


Body = Callable[[list[Any]], list[Any]]


def _count(goes_on: Callable[[list[Any]], Any], body: Body, start: list[Any]) -> Any:
    """How many rounds there are, int32[]."""
    carry = jnp.int32(0), start
    counted = lambda c: (c[0] + 1, body(c[1]))  # noqa: E731
    return jax.lax.while_loop(lambda c: goes_on(c[1]), counted, carry)[0]


def _keep(body: Body, start: list[Any], rounds: Any, spacing: Any) -> list[Any]:
    """Every `spacing`-th state, stacked."""
    buffers = [jnp.zeros((KEPT, *s.shape), s.dtype) for s in start]

    def keep(carry: Any) -> Any:
        number, state, buffers = carry
        # Overwritten until the next one is due, so that no branch is needed.
        slot = (number + spacing - 1) // spacing
        buffers = [b.at[slot].set(s) for b, s in zip(buffers, state, strict=True)]
        return number + 1, body(state), buffers

    return jax.lax.while_loop(lambda c: c[0] < rounds, keep, (jnp.int32(0), start, buffers))[2]


def _state_at(body: Body, kept: list[Any], number: Any, spacing: Any) -> list[Any]:
    """The state before round `number`, from the last one kept before it."""
    slot = number // spacing
    start = slot * spacing, [b[slot] for b in kept]
    counted = lambda c: (c[0] + 1, body(c[1]))  # noqa: E731
    return jax.lax.while_loop(lambda c: c[0] < number, counted, start)[1]


def _replaced(values: Sequence[Any], positions: list[int], new: Sequence[Any]) -> list[Any]:
    values = list(values)
    for position, value in zip(positions, new, strict=True):
        values[position] = value
    return values
