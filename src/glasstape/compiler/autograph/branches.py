"""Conditions on tensors: ``if``, conditional expressions, ``and``, ``or`` and ``not``.

Each way is run once, as a piece of its own; what they assign (Python's variables and Keras')
comes out of one `jax.lax.cond`. What neither changes stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from glasstape import sources
from glasstape.compiler.autograph import growing, session, values
from glasstape.compiler.autograph.values import Flat, UndefinedReturnValue, is_undefined
from glasstape.errors import ControlFlowValueError
from glasstape.guards import events
from glasstape.ports import keras_masks
from glasstape.ports.keras_piece import Piece

_PLACES = ("in the main branch", "in the else branch")
# Flags that translation makes for `return`, `break` and `continue`.
_FLAGS = ("do_return", "break_", "continue_")
# Not worth a branch of its own in the program.
_CHEAP = frozenset(
    {"add", "and", "convert_element_type", "eq", "ge", "gt", "le", "lt", "mul", "ne", "not", "or",
     "sub"}
)  # fmt: skip


class Way:
    """One way of a condition, run once.

    Args:
        run: Gives the values of the variables at its end.
    """

    def __init__(self, run: Callable[[], Sequence[Any]]):
        self.flats: list[Flat] = []
        self._outputs: dict[tuple[int, int], int] = {}
        self.piece = Piece()

        def staged() -> list[Any]:
            arrays: list[Any] = []
            self.flats = [values.flatten(value) for value in run()]
            for i, flat in enumerate(self.flats):
                for j, leaf in enumerate(flat.leaves):
                    if values.is_array_like(leaf) and not values.is_number(leaf):
                        self._outputs[i, j] = len(arrays)
                        arrays.append(jnp.asarray(_raw(leaf)))
            return arrays

        self.piece.stage(staged, [])

    def layout(self, i: int, j: int) -> tuple[tuple[int, ...], Any, bool]:
        """Shape, dtype and whether it is weakly typed, of a leaf that is array-like."""
        leaf = self.flats[i].leaves[j]
        if values.is_number(leaf):
            return (), jnp.result_type(leaf), True
        aval = self.piece.out_layouts[self._outputs[i, j]]
        return tuple(aval.shape), aval.dtype, bool(getattr(aval, "weak_type", False))

    def pick(self, outputs: list[Any], i: int, j: int, dtype: Any) -> Any:
        """The leaf as a tensor, given the piece's outputs."""
        if (i, j) in self._outputs:
            value = outputs[self._outputs[i, j]]
            return value if value.dtype == dtype else jax.lax.convert_element_type(value, dtype)
        return jnp.asarray(self.flats[i].leaves[j], dtype)


def _raw(leaf: Any) -> Any:
    return values.as_array(leaf) if not isinstance(leaf, jax.Array) else leaf


class Choice:
    """Two ways and what is chosen from them.

    Args:
        ways: When the condition holds, and when it does not.
        names: Of the variables.
    """

    def __init__(self, ways: tuple[Way, Way], names: Sequence[str]):
        self._ways = ways
        self._names = names
        # (variable, leaf, dtype) of what comes out of the condition.
        self._chosen: list[tuple[int, int, Any]] = []
        self._kept: dict[tuple[int, int], Any] = {}
        self._trees: list[Any] = []
        # Values one way does not have: (way, variable) -> layout of zeros in their place.
        self._missing: set[tuple[int, int]] = set()
        for i in range(len(names)):
            self._plan(i)

    def _plan(self, i: int) -> None:
        first, second = (way.flats[i] for way in self._ways)
        defined = first, second
        for n, (flat, other) in enumerate(((first, second), (second, first))):
            if _is_undefined(flat) and not _is_undefined(other):
                self._allow_missing(i, n, flat.leaves[0])
                defined = other, other
        tree = defined[0].tree
        if tree != defined[1].tree:
            raise values.mismatch(
                self._names[i], "structure", structure(defined[0]),
                structure(defined[1]), _PLACES,
                "give it the same nesting of lists, tuples and dicts in both branches",
            )  # fmt: skip
        self._trees.append(tree)
        for j, pair in enumerate(zip(defined[0].leaves, defined[1].leaves, strict=True)):
            self._plan_leaf(i, j, pair)

    def _allow_missing(self, i: int, n: int, missing: Any) -> None:
        """Only a result may be missing: whether there is one is asked before it is used."""
        if not isinstance(missing, UndefinedReturnValue):
            name, place = self._names[i], ("main", "else")[n]
            raise ControlFlowValueError(
                f"'{name}' must also be initialized in the {place} branch.",
                expected=f"a value of '{name}' whichever branch a tensor chooses",
                received=f"'{name}' is assigned in the other branch only, and used afterwards",
                fix=f"assign '{name}' before the `if`, or in both branches",
                where=sources.user_source(),
            )
        self._missing.add((n, i))

    def _plan_leaf(self, i: int, j: int, pair: tuple[Any, Any]) -> None:
        missing = {n for n in (0, 1) if (n, i) in self._missing}
        if values.same(*pair) and not (missing and values.is_array_like(pair[0])):
            self._kept[i, j] = pair[0]
        elif all(map(values.is_array_like, pair)):
            self._chosen.append((i, j, self._dtype(i, j, missing)))
        else:
            raise self._objects_differ(i, pair)

    def _objects_differ(self, i: int, pair: tuple[Any, Any]) -> Exception:
        name = self._names[i]
        if None in [p if p is None else 0 for p in pair]:
            n = 0 if pair[0] is None else 1
            return values.none_mismatch(name, f"at the end of {_PLACES[n][3:]}", pair[1 - n])
        return values.mismatch(
            name, "value", values.text(pair[0]), values.text(pair[1]), _PLACES,
            "let a tensor choose between tensors only, and decide about other objects with "
            "Python values",
        )  # fmt: skip

    def _dtype(self, i: int, j: int, missing: set[int]) -> Any:
        if missing:
            return self._ways[1 - missing.pop()].layout(i, j)[1]
        (shape, dtype, weak), (other_shape, other, other_weak) = (
            way.layout(i, j) for way in self._ways
        )
        if shape != other_shape:
            raise values.mismatch(
                self._names[i], "shape", str(shape), str(other_shape), _PLACES,
                "make both one shape, such as with keras.ops.broadcast_to or padding: XLA needs "
                "to know it",
            )  # fmt: skip
        common = common_dtype(dtype, weak, other, other_weak)
        if common is None:
            raise values.mismatch(
                self._names[i], "dtype", str(dtype), str(other), _PLACES,
                f"convert one of them: keras.ops.cast(..., '{jnp.promote_types(dtype, other)}')",
            )  # fmt: skip
        return common

    def decide(self, condition: Any, before: Sequence[Any]) -> list[Any]:
        """Emit the condition; gives the variables' values after it.

        Args:
            condition: bool[].
            before: The variables' values before it.
        """
        chosen = dict(zip([c[:2] for c in self._chosen], self._run(condition), strict=True))
        results = []
        for i, tree in enumerate(self._trees):
            places = [(i, j) for j in range(tree.num_leaves)]
            leaves = [chosen.get(p, self._kept.get(p)) for p in places]
            results.append(_unless_same(before[i], Flat(tree, leaves)))
        return results

    def _run(self, condition: Any) -> list[Any]:
        pieces = [way.piece for way in self._ways]
        variables = list({id(v): v for p in pieces for v in p.variables}.values())
        written = list({id(v): v for p in pieces for v in p.written}.values())
        if not self._chosen and not written and not any(p.operations for p in pieces):
            return []
        # Read here, as the tapes around the condition see them.
        current = {id(v): v for v in variables}
        at_hand = dict(zip(current, [values.as_array(v) for v in variables], strict=True))

        def go(n: int, *states: Any) -> tuple[list[Any], list[Any]]:
            way, state = self._ways[n], dict(zip(at_hand, states, strict=True))
            outs, new = way.piece.run([state[id(v)] for v in way.piece.variables], [])
            state |= {id(v): value for v, value in zip(way.piece.written, new, strict=True)}
            found = [
                self._zeros(i, j, dtype) if (n, i) in self._missing else way.pick(outs, i, j, dtype)
                for i, j, dtype in self._chosen
            ]
            return found, [state[id(v)] for v in written]

        outs, new = jax.lax.cond(
            condition, lambda *s: go(0, *s), lambda *s: go(1, *s), *at_hand.values()
        )
        assign(written, new)
        return outs

    def _zeros(self, i: int, j: int, dtype: Any) -> Any:
        n = 0 if (1, i) in self._missing else 1
        return jnp.zeros(self._ways[n].layout(i, j)[0], dtype)


def assign(written: Sequence[Any], new: Sequence[Any]) -> None:
    """Give Keras variables what a branch or loop has made of them."""
    if written:
        events.current().branch_wrote(events.BranchWrote(written))
    for variable, value in zip(written, new, strict=True):
        variable.assign(value)


def common_dtype(dtype: Any, weak: bool, other: Any, other_weak: bool) -> Any:
    """The dtype both can have, or None; a Python number takes a tensor's when it fits."""
    if dtype == other:
        return dtype
    if weak == other_weak or bool in (dtype, other):
        return None
    strong, number = (other, dtype) if weak else (dtype, other)
    kind = {"i": 1, "u": 1, "f": 1.0, "c": 1j}.get(number.kind, 1.0)
    return strong if jnp.result_type(strong, kind) == strong else None


def _is_undefined(flat: Flat) -> bool:
    return len(flat.leaves) == 1 and is_undefined(flat.leaves[0])


def structure(flat: Flat) -> str:
    """Its nesting with a star for each leaf, for a message."""
    return str(jax.tree.unflatten(flat.tree, ["*"] * len(flat.leaves))).replace("'*'", "*")


def _unless_same(before: Any, after: Flat) -> Any:
    """The very object from before when nothing in it has changed."""
    flat = values.flatten(before)
    if flat.tree == after.tree and all(map(lambda a, b: a is b, flat.leaves, after.leaves)):
        return before
    return after.rebuild()


# ----- what translated code calls -----


def if_stmt(
    cond: Any,
    body: Callable[[], Any],
    orelse: Callable[[], Any],
    get_state: Callable[[], tuple[Any, ...]],
    set_state: Callable[[tuple[Any, ...]], None],
    symbol_names: tuple[str, ...],
    nouts: int,
) -> None:
    """``if cond: body() else: orelse()``; the state is the variables they assign.

    The first `nouts` of them are used afterwards.
    """
    if not values.is_tensor(cond):
        body() if cond else orelse()
        return
    condition = values.truth(cond, "an `if`")
    before = get_state()
    containers = values.Containers((body, orelse), "an `if`", symbol_names)

    def way(run: Callable[[], Any], holds: bool) -> Way:
        def staged() -> Sequence[Any]:
            flats = [values.flatten(value) for value in before]
            start = [
                _known(n, f.rebuild(), cond, holds)
                for n, f in zip(symbol_names, flats, strict=True)
            ]
            set_state(tuple(start))
            run()
            afters.append(get_state())
            return afters[-1][:nouts]

        return Way(staged)

    def both() -> tuple[Way, Way]:
        return way(body, True), way(orelse, False)

    afters: list[Any] = []
    if growing.has_open(before):
        # What one way gives another form, the other must have in that form, too.
        with keras_masks.kept():
            both()
        before = growing.formed(before, afters, None)
    ways = both()
    set_state(before)
    containers.check()
    after = Choice(ways, symbol_names[:nouts]).decide(condition, before)
    set_state((*after, *before[nouts:]))


def _known(name: str, value: Any, condition: Any, holds: bool) -> Any:
    """What a flag is inside a branch that is taken because of it."""
    if not name.startswith(_FLAGS):
        return value
    if value is condition:
        return holds
    return not holds if value is session.negated(condition) else value


def if_exp(
    cond: Any, if_true: Callable[[], Any], if_false: Callable[[], Any], expr_repr: str
) -> Any:
    """``if_true() if cond else if_false()``."""
    if not values.is_tensor(cond):
        return if_true() if cond else if_false()
    condition = values.truth(cond, "a conditional expression")
    return choose(condition, if_true, if_false, f"... if {expr_repr} else ...")


def choose(
    condition: Any, if_true: Callable[[], Any], if_false: Callable[[], Any], name: str
) -> Any:
    """What `if_true` gives where the condition, bool[], holds, and otherwise what `if_false` does.

    `name` is what messages call the result.
    """
    ways = Way(lambda: [if_true()]), Way(lambda: [if_false()])
    return Choice(ways, [name]).decide(condition, [None])[0]


def and_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """``a() and b()``; b is not computed where a is false."""
    first = a()
    if not values.is_tensor(first):
        return first and b()
    condition = values.truth(first, "`and`")
    way = Way(lambda: [b()])
    if _is_cheap_truth(first, way):
        return jnp.logical_and(condition, _only_value(way))
    return Choice((way, Way(lambda: [first])), ["... and ..."]).decide(condition, [None])[0]


def or_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """``a() or b()``; b is not computed where a is true."""
    first = a()
    if not values.is_tensor(first):
        return first or b()
    condition = values.truth(first, "`or`")
    way = Way(lambda: [b()])
    if _is_cheap_truth(first, way):
        return jnp.logical_or(condition, _only_value(way))
    return Choice((Way(lambda: [first]), way), ["... or ..."]).decide(condition, [None])[0]


def _is_cheap_truth(first: Any, way: Way) -> bool:
    if way.piece.written or not _CHEAP.issuperset(way.piece.operations[:5] or _CHEAP):
        return False
    if len(way.piece.operations) > 4 or values.as_array(first).dtype != bool:
        return False
    leaves = way.flats[0].leaves
    return (
        len(leaves) == 1
        and values.is_array_like(leaves[0])
        and (way.layout(0, 0)[:2] == ((), jnp.dtype(bool)))
    )


def _only_value(way: Way) -> Any:
    outs, _ = way.piece.run([values.as_array(v) for v in way.piece.variables], [])
    return way.pick(outs, 0, 0, jnp.dtype(bool))


def not_(a: Any) -> Any:
    """``not a``."""
    if not values.is_tensor(a):
        return not a
    result = jnp.logical_not(values.truth(a, "`not`"))
    session.note_negation(result, a)
    return result
