"""Loops over tensors, and loops that go on while a tensor says so.

The body is run once, as a piece of its own; what it assigns (Python's variables and Keras') is
carried from round to round by one `jax.lax.scan` or `jax.lax.while_loop`. Loops over anything
else run in Python, round by round.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence, Sized
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from glasstape import sources
from glasstape.compiler.autograph import branches, growing, values
from glasstape.compiler.autograph.iterables import Iterable as TensorIterable
from glasstape.compiler.autograph.iterables import staged_iterable
from glasstape.compiler.autograph.values import Flat, Undefined, is_undefined
from glasstape.errors import ControlFlowTypeError, ControlFlowValueError
from glasstape.guards import events
from glasstape.ports import jax_bounded, keras_masks
from glasstape.ports.keras_piece import Piece

_PLACES = ("before the loop", "after one iteration")

State = tuple[Any, ...]


class Loop:
    """A loop as one operation.

    Args:
        get_state: Gives the Python variables the loop assigns.
        set_state: Sets them.
        names: Their names.
        construct: What it is, for messages.
    """

    def __init__(
        self,
        get_state: Callable[[], State],
        set_state: Callable[[State], None],
        names: Sequence[str],
        construct: str,
    ):
        self._get_state, self._set_state = get_state, set_state
        self._names, self._construct = names, construct
        self._before = get_state()
        self._flats = [values.flatten(value) for value in self._before]
        # What is carried from round to round: (variable, leaf).
        self._slots = [
            (i, j)
            for i, flat in enumerate(self._flats)
            for j, leaf in enumerate(flat.leaves)
            if _is_carried(leaf)
        ]
        self._start = [values.as_array(self._flats[i].leaves[j]) for i, j in self._slots]
        # Variables that have no value before the loop, and what the body makes of them.
        self._late: dict[int, Flat] = {}
        self._late_slots: list[tuple[int, int]] = []
        self._unchanged: set[tuple[int, int]] = set()
        self._body, self._test = Piece(), Piece()

    # ----- running the user's blocks once -----

    def stage_body(
        self,
        body: Callable[..., Any],
        elements: Sequence[Any],
        rebuild: Callable[[Sequence[Any]], tuple[Any, ...]] = tuple,
    ) -> None:
        """Run the body once.

        Args:
            body: The user's block.
            elements: What one round is given, flat, by shape and dtype.
            rebuild: Makes the body's arguments of it.
        """
        containers = values.Containers([body], self._construct, self._names)

        def staged(*inputs: Any) -> list[Any]:
            arrays = inputs[len(elements) :]
            self._fill(arrays)
            body(*rebuild(inputs[: len(elements)]))
            return self._collect(arrays)

        self._body.stage(staged, [*elements, *self._start])
        self._elements = len(elements)
        self._set_state(self._before)
        containers.check()

    def try_body(
        self,
        body: Callable[..., Any],
        elements: Sequence[Any],
        rebuild: Callable[[Sequence[Any]], tuple[Any, ...]] = tuple,
    ) -> State:
        """Run the body once and throw the operations away; gives the variables' values after."""
        found: list[State] = []

        def staged(*inputs: Any) -> list[Any]:
            self._fill(inputs[len(elements) :])
            body(*rebuild(inputs[: len(elements)]))
            found.append(self._get_state())
            return []

        with keras_masks.kept():
            self._body.stage(staged, [*elements, *self._start])
        self._set_state(self._before)
        return found[0]

    def stage_test(self, test: Callable[[], Any] | None) -> None:
        """Run the condition once."""
        if test is None:
            test = bool_true

        def staged(*arrays: Any) -> list[Any]:
            self._fill(arrays)
            return [values.truth(test(), self._construct)]

        self._test.stage(staged, self._start)
        self._set_state(self._before)
        if self._test.written:
            raise ControlFlowValueError(
                f"The condition of {self._construct} assigns a variable.",
                expected="a condition that only reads",
                received=f"an assignment of {self._test.written[0].path!r}",
                fix="assign it in the body of the loop",
                where=sources.user_source(),
            )

    def _fill(self, arrays: Sequence[Any]) -> None:
        """Let the Python variables be these arrays."""
        leaves = [list(flat.leaves) for flat in self._flats]
        for (i, j), array in zip(self._slots, arrays, strict=True):
            leaves[i][j] = array
        flats = zip(self._flats, leaves, strict=True)
        self._set_state(tuple([flat.rebuild(new) for flat, new in flats]))

    def _collect(self, arrays: Sequence[Any]) -> list[Any]:
        """The arrays the Python variables are after one round."""
        carried = dict(zip(self._slots, arrays, strict=True))
        after = [values.flatten(value) for value in self._get_state()]
        for i, flat in enumerate(after):
            if len(self._flats[i].leaves) == 1 and is_undefined(self._flats[i].leaves[0]):
                self._late[i] = flat
            else:
                self._check_structure(i, flat)
        found = []
        for (i, j), array in carried.items():
            leaf = after[i].leaves[j]
            if leaf is array:
                self._unchanged.add((i, j))
            found.append(self._fitting(i, leaf, array))
        self._late_slots = [
            (i, j)
            for i, flat in self._late.items()
            for j, leaf in enumerate(flat.leaves)
            if values.is_array_like(leaf)
        ]
        return [*found, *[values.as_array(self._late[i].leaves[j]) for i, j in self._late_slots]]

    def _check_structure(self, i: int, after: Flat) -> None:
        before = self._flats[i]
        if before.tree != after.tree:
            raise values.mismatch(
                self._names[i], "structure", branches.structure(before),
                branches.structure(after), _PLACES,
                "keep its nesting of lists, tuples and dicts and their lengths; to collect what "
                "each round makes, assign rows of a tensor: `rows = rows.at[i].set(row)`",
            )  # fmt: skip
        for j, (old, new) in enumerate(zip(before.leaves, after.leaves, strict=True)):
            if (i, j) in self._slots and values.is_array_like(new):
                continue
            if values.same(old, new):
                continue
            raise self._objects_differ(self._names[i], old, new)

    def _objects_differ(self, name: str, old: Any, new: Any) -> Exception:
        if old is None or new is None:
            n = 0 if old is None else 1
            return values.none_mismatch(name, _PLACES[n], new if old is None else old)
        return values.mismatch(
            name, "value", values.text(old), values.text(new), _PLACES,
            "change tensors and numbers only in a loop that a tensor decides about",
        )  # fmt: skip

    def _fitting(self, i: int, leaf: Any, carried: Any) -> Any:
        """The leaf as an array like the one that is carried."""
        number = values.is_number(leaf)
        array = jnp.asarray(leaf) if number else values.as_array(leaf)
        if tuple(array.shape) != tuple(carried.shape):
            raise values.mismatch(
                self._names[i], "shape", str(carried.shape), str(array.shape), _PLACES,
                "start with a tensor of the final shape, such as keras.ops.zeros(...): XLA needs "
                "one shape for all rounds",
            )  # fmt: skip
        dtype = branches.common_dtype(carried.dtype, False, array.dtype, number)
        if dtype is None:
            raise values.mismatch(
                self._names[i], "dtype", str(carried.dtype), str(array.dtype), _PLACES,
                f"start with the dtype it will have, such as 0.0 for 0, or convert it: "
                f"keras.ops.cast(..., '{carried.dtype}')",
            )  # fmt: skip
        return values.as_array(array, dtype)

    # ----- the operation -----

    def scan(self, elements: Sequence[Any]) -> None:
        """Run the loop over the rows of these arrays."""
        self._prepare()

        def one_round(carry: Any, row: Sequence[Any]) -> tuple[Any, None]:
            return self._round(carry, row), None

        carry, _ = lax.scan(one_round, self._first_carry(), list(elements))
        self._finish(carry)

    def run_while(
        self,
        element: Callable[[Any], Sequence[Any]],
        more: Callable[[Any], Any] | None,
        most: int | None = None,
    ) -> Any:
        """Run the loop while its condition and `more` hold; both get the number of the round.

        Args:
            element: What a round is given.
            more: Likewise.
            most: How many rounds there are at most, where that is known.

        Returns:
            int32[], how many rounds there were.
        """
        self._prepare()

        def goes_on(carry: Any) -> Any:
            number, (slots, _, written) = carry
            state = self._state(written)
            (holds,), _ = self._test.run([state[id(v)] for v in self._test.variables], slots)
            holds = holds if more is None else jnp.logical_and(more(number), holds)
            return holds if most is None else jax_bounded.at_most(holds, most)

        def one_round(carry: Any) -> Any:
            number, inner = carry
            return number + 1, self._round(inner, element(number))

        start = (np.int32(0), self._first_carry())
        rounds, carry = lax.while_loop(goes_on, one_round, start)
        self._finish(carry)
        return rounds

    def late_names(self) -> list[str]:
        """Variables of the user's that have no value when there is no round."""
        return [self._names[i] for i in self._late if isinstance(self._before[i], Undefined)]

    def _prepare(self) -> None:
        variables = [*self._body.variables, *self._test.variables]
        self._values = {id(v): (v, values.as_array(v)) for v in variables}

    def _first_carry(self) -> tuple[list[Any], list[Any], list[Any]]:
        layouts = self._body.out_layouts[len(self._slots) :]
        late = [jnp.zeros(layout.shape, layout.dtype) for layout in layouts]
        return list(self._start), late, [self._values[id(v)][1] for v in self._body.written]

    def _state(self, written: Sequence[Any]) -> dict[int, Any]:
        state = {key: value for key, (_, value) in self._values.items()}
        return state | {id(v): w for v, w in zip(self._body.written, written, strict=True)}

    def _round(self, carry: Any, element: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        slots, _, written = carry
        state = self._state(written)
        inputs = [*element, *slots]
        outs, new = self._body.run([state[id(v)] for v in self._body.variables], inputs)
        return outs[: len(slots)], outs[len(slots) :], new

    def _twins(self) -> list[int]:
        """For each slot the first one that holds the same in all rounds: counts, for instance.

        What begins equal and is made equal of what is equal stays equal.
        """
        leaves = [self._flats[i].leaves[j] for i, j in self._slots]
        known: list[Any] = [
            (v.dtype, v.item()) if isinstance(v, np.generic) else id(v) for v in leaves
        ]
        count = len(self._body.out_layouts) - len(self._late_slots)
        while True:
            twins = [known.index(what) for what in known]
            elements = [object() for _ in range(self._elements)]
            numbers = self._body.value_numbers([*elements, *twins])[:count]
            finer = list(zip(twins, numbers, strict=True))
            if len(set(finer)) == len(set(known)):
                return twins
            known = finer

    def _finish(self, carry: Any) -> None:
        slots, late, written = carry
        slots = [slots[twin] for twin in self._twins()]
        found = dict(zip(self._slots, slots, strict=True))
        found |= dict(zip(self._late_slots, late, strict=True))
        results = []
        for i, flat in enumerate(self._flats):
            flat = self._late.get(i, flat)
            places = [(i, j) for j in range(len(flat.leaves))]
            changed = [p for p in places if p in found and p not in self._unchanged]
            if not changed:
                results.append(self._late[i].rebuild() if i in self._late else self._before[i])
                continue
            leaves = [found.get(p, leaf) for p, leaf in zip(places, flat.leaves, strict=True)]
            results.append(flat.rebuild(leaves))
        self._set_state(tuple(results))
        branches.assign(self._body.written, written)


def _is_carried(leaf: Any) -> bool:
    return values.is_array_like(leaf)


def bool_true() -> bool:
    """A condition that always holds."""
    return True


def _make_room(
    get_state: Callable[[], State],
    set_state: Callable[[State], None],
    names: Sequence[str],
    construct: str,
    rounds: int | None,
    may_end: bool,
    body: Callable[..., Any],
    elements: Sequence[Any],
    rebuild: Callable[[Sequence[Any]], tuple[Any, ...]] = tuple,
) -> None:
    """Give what grows in the loop, such as a `tf.TensorArray`, its form before it."""
    before = get_state()
    if not growing.has_open(before):
        return
    set_state(growing.on_trial(before))
    after = Loop(get_state, set_state, names, construct).try_body(body, elements, rebuild)
    set_state(growing.formed(before, [after], rounds, may_end))


# ----- what translated code calls -----


def while_stmt(
    test: Callable[[], Any],
    body: Callable[[], Any],
    get_state: Callable[[], State],
    set_state: Callable[[State], None],
    symbol_names: tuple[str, ...],
    opts: dict[str, Any],
) -> None:
    """``while test(): body()``; from the round on in which a tensor decides, one operation."""
    goes_on = test()
    while not values.is_tensor(goes_on):
        if not goes_on:
            return
        body()
        goes_on = test()
    _make_room(get_state, set_state, symbol_names, "a `while` loop", None, True, body, [])
    loop = Loop(get_state, set_state, symbol_names, "a `while` loop")
    values.truth(goes_on, "a `while` loop")
    loop.stage_body(body, [])
    loop.stage_test(test)
    rounds = loop.run_while(lambda number: [], _limit(None, opts))
    _need_a_round(loop, rounds)


def _limit(more: Callable[[Any], Any] | None, opts: dict[str, Any]) -> Callable[[Any], Any] | None:
    """`more` with the limit of ``set_loop_options``."""
    most = opts.get("maximum_iterations")
    if most is None:
        return more
    if more is None:
        return lambda number: number < most
    return lambda number: jnp.logical_and(more(number), number < most)


def _need_a_round(loop: Loop, rounds: Any) -> None:
    """See to it that what is first assigned in the loop is not read when there was no round."""
    names, where = loop.late_names(), sources.user_source()
    if not names:
        return

    def error() -> ControlFlowValueError:
        return ControlFlowValueError(
            f"'{names[0]}' must be defined before the loop, which may run no round.",
            expected=f"a value of '{names[0]}' for the case of no round",
            received="a loop without any round, or one whose rounds cannot be known here",
            fix=f"assign '{names[0]}' before the loop",
            where=where,
        )

    if not events.current().must_hold(events.MustHold(rounds > 0, error)):
        raise error()


def for_stmt(
    iter_: Any,
    extra_test: Callable[[], Any] | None,
    body: Callable[[Any], Any],
    get_state: Callable[[], State],
    set_state: Callable[[State], None],
    symbol_names: tuple[str, ...],
    opts: dict[str, Any],
) -> None:
    """``for x in iter_: body(x)`` while `extra_test` holds: no ``break`` and no ``return``."""
    iterable = staged_iterable(iter_)
    if iterable is None:
        _python_for(iter_, extra_test, body, get_state, set_state, symbol_names)
        return
    if extra_test is not None:
        goes_on = extra_test()
        if not values.is_tensor(goes_on) and not goes_on:
            return
    if iterable.length == 0:
        return
    rebuild = lambda row: (iterable.rebuild(row),)  # noqa: E731
    layouts = iterable.row_layouts()
    names, construct = symbol_names, "a `for` loop"
    unbounded = opts.get("maximum_iterations") is None
    # Left early, a loop has fewer rounds than it could have.
    may_end, most = extra_test is not None or not unbounded, iterable.length
    _make_room(get_state, set_state, names, construct, most, may_end, body, layouts, rebuild)
    loop = Loop(get_state, set_state, symbol_names, construct)
    loop.stage_body(body, layouts, rebuild)
    if most is not None and not may_end:
        loop.scan(iterable.rows())
        return
    _while_over(iterable, loop, extra_test, opts)


def _while_over(
    iterable: TensorIterable, loop: Loop, extra_test: Callable[[], Any] | None, opts: dict[str, Any]
) -> None:
    loop.stage_test(extra_test)
    most = iterable.length if isinstance(iterable.length, int) else None
    rounds = loop.run_while(iterable.row, _limit(iterable.more, opts), most)
    if iterable.length is None:
        _need_a_round(loop, rounds)


def _python_for(
    iterable: Iterable[Any],
    extra_test: Callable[[], Any] | None,
    body: Callable[[Any], Any],
    get_state: Callable[[], State],
    set_state: Callable[[State], None],
    names: tuple[str, ...],
) -> None:
    if extra_test is None:
        for element in iterable:
            body(element)
        return
    elements = iter(iterable)
    while True:
        goes_on = extra_test()
        is_tensor = values.is_tensor(goes_on)
        if not is_tensor and not goes_on:
            return
        if is_tensor:
            _check_end(iterable)
        try:
            element = next(elements)
        except StopIteration:
            return
        if is_tensor:
            run = lambda element=element: body(element)  # noqa: E731
            nothing = lambda: None  # noqa: E731
            branches.if_stmt(goes_on, run, nothing, get_state, set_state, names, len(names))
        else:
            body(element)


_FINITE = (Sized, zip, enumerate, map, filter, reversed)


def _check_end(iterable: Any) -> None:
    """All elements are traced when a tensor decides about ``break``: there must be an end."""
    if isinstance(iterable, _FINITE) or operator.length_hint(iterable, 0):
        return
    raise ControlFlowTypeError(
        f"A tensor decides when to leave a loop over a {type(iterable).__name__}.",
        expected="a loop over a tensor, a range or a list: all rounds are traced, and the ones "
        "after the end are skipped when the program runs",
        received=f"a {type(iterable).__name__}, of which nobody knows how long it is",
        fix="loop over a list or a range, or use `while`",
        where=sources.user_source(),
    )
