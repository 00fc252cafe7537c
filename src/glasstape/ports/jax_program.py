"""Programs as data: stage a Python step, find the state it reads, run it with other state.

A step is staged once. Every variable it reads appears in the program as one `read_variable`
equation, bound in the outermost trace, however deeply the read was nested. `Staged.run` replaces
these equations by program inputs, so the Python step is not traced a second time.
"""

from __future__ import annotations

import copy
import functools
import math
import operator
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.monitoring
import numpy as np
from jax.core import ShapedArray, Trace, eval_jaxpr
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Primitive, set_current_trace
from jax.extend.core.primitives import jit_p

_read_variable_p = Primitive("read_variable")


@_read_variable_p.def_abstract_eval
def _(*, index: int, shape: tuple[int, ...], dtype: Any) -> ShapedArray:
    del index
    return ShapedArray(shape, dtype)


def bind_read(trace: Trace, index: int, shape: tuple[int, ...], dtype: Any) -> Any:
    """The value of state number `index` at the start of the program traced by `trace`."""
    with set_current_trace(trace):
        return _read_variable_p.bind(index=index, shape=tuple(shape), dtype=dtype)


class Staged:
    """A Python function as a program over (state, inputs).

    Args:
        function: Called once, with tracers for `inputs`; returns a flat list of arrays.
        inputs: Arrays or anything with shape and dtype.

    Attributes:
        any_size: Whether the inputs of a call choose the sizes in it.
    """

    any_size = False

    def __init__(self, function: Callable[..., list[Any]], inputs: Sequence[Any]):
        closed = jax.make_jaxpr(function)(*inputs)
        reads = {e.params["index"]: e for e in closed.eqns if e.primitive is _read_variable_p}
        self.reads = sorted(reads)
        self._consts = list(closed.consts)
        jaxpr = closed.jaxpr
        names = jaxpr.debug_info.arg_names
        if names is not None:
            constants = (f"constant_{i}" for i in range(len(self._consts)))
            names = (*constants, *(f"state_{i}" for i in self.reads), *names)
        # The constants become inputs, too: a program without its own can be called as it is.
        self._program = ClosedJaxpr(
            jaxpr.replace(
                constvars=[],
                invars=[
                    *jaxpr.constvars,
                    *(reads[i].outvars[0] for i in self.reads),
                    *jaxpr.invars,
                ],
                eqns=[e for e in jaxpr.eqns if e.primitive is not _read_variable_p],
                debug_info=jaxpr.debug_info._replace(arg_names=names),
            ),
            (),
        )

    @property
    def in_layouts(self) -> list[Any]:
        """Shape and dtype of each constant, state array and input."""
        return list(self._program.in_avals)

    @property
    def program(self) -> Any:
        """The closed jaxpr; its inputs are constants, state and inputs."""
        return self._program

    def replaced(self, program: Any) -> Staged:
        """The same with another closed jaxpr of the same inputs."""
        other = copy.copy(self)
        other._program = program
        return other

    @property
    def out_layouts(self) -> list[Any]:
        """Shape and dtype of each result."""
        return list(self._program.out_avals)

    @property
    def has_effects(self) -> bool:
        """Whether it calls the host, such as to print inside a loop."""
        return bool(self._program.effects)

    @property
    def calls_host(self) -> bool:
        """Whether it calls functions of the user's on the host, which may raise."""
        return self.has_operation("pure_callback") or self.has_operation("io_callback")

    def has_operation(self, name: str) -> bool:
        """Whether there is an operation of this name in it, however deep."""
        return _has(name, {"program": self._program})

    @property
    def bytes_computed(self) -> int:
        """The size of everything it computes, what loops go through counted once.

        XLA keeps a part of it at a time, so a program seldom needs more.
        """
        return _bytes_computed(self._program.jaxpr)

    @property
    def operations(self) -> list[str]:
        """Names of its primitives, in order."""
        return [e.primitive.name for e in self._program.eqns]

    def run(self, state: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """Run on the current trace; `state` holds one array for each of `reads`."""
        return eval_jaxpr(self._program.jaxpr, (), *self._consts, *state, *inputs)

    def call(self, name: str, state: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """`run` as one operation: binding each one again costs 25 microseconds."""
        return _bind_jit(self._program, name, [*self._consts, *state, *inputs])

    def replace_loops(self, replace: Replace) -> None:
        """Have each ``while`` in the program run by `replace`."""
        self._program = replace_loops(self._program, replace)

    def value_numbers(self, inputs: Sequence[Any]) -> list[int]:
        """A number for each result; results with the same one are always equal.

        Args:
            inputs: What is known of each of the last inputs: equal where two of them are.
        """
        return _value_numbers(self._program.jaxpr, inputs)

    def __len__(self) -> int:
        return len(self._program.eqns)


def _value_numbers(jaxpr: Any, inputs: Sequence[Any]) -> list[int]:
    """As compilers find common subexpressions: by operation and what goes in."""
    numbers: dict[Any, int] = {}
    first = len(jaxpr.invars) - len(inputs)
    known = {v: numbers.setdefault(("alone", v), len(numbers)) for v in jaxpr.invars[:first]}
    for variable, what in zip(jaxpr.invars[first:], inputs, strict=True):
        known[variable] = numbers.setdefault(("input", what), len(numbers))

    def number(atom: Any) -> int:
        if not isinstance(atom, Literal):
            return known[atom]
        key = "literal", str(atom.aval), np.asarray(atom.val).tobytes()
        return numbers.setdefault(key, len(numbers))

    for equation in jaxpr.eqns:
        params = tuple((name, _hashed(value)) for name, value in sorted(equation.params.items()))
        alone = id(equation) if equation.effects else None
        key = equation.primitive, params, tuple(map(number, equation.invars)), alone
        for position, variable in enumerate(equation.outvars):
            known[variable] = numbers.setdefault((*key, position), len(numbers))
    return [number(atom) for atom in jaxpr.outvars]


def _hashed(value: Any) -> Any:
    """A parameter, or what stands for it as long as its program is there."""
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value


def _bytes_computed(jaxpr: Any) -> int:
    total = 0
    for equation in jaxpr.eqns:
        inner = [opened(p)[0] for v in equation.params.values() for p in _programs(v)]
        total += sum(map(_bytes_computed, inner))
        total += sum(_bytes_of(variable.aval) for variable in equation.outvars)
    return total


def _bytes_of(aval: Any) -> int:
    sizes = getattr(aval, "shape", ())
    if not all(isinstance(n, int) for n in sizes):
        return sys.maxsize  # any size
    return math.prod(sizes) * getattr(getattr(aval, "dtype", None), "itemsize", 0)


def _bind_jit(program: Any, name: str, args: Sequence[Any]) -> list[Any]:
    """What `jax.jit` binds for a function whose jaxpr is `program`."""
    # The other parameters differ between versions of JAX; those for one input and one output tell.
    params = dict(jax.make_jaxpr(jax.jit(lambda x: x))(0.0).eqns[0].params)
    for parameter in ("in_shardings", "in_layouts", "donated_invars"):
        params[parameter] *= len(program.jaxpr.invars)
    for parameter in ("out_shardings", "out_layouts"):
        params[parameter] *= len(program.jaxpr.outvars)
    return jit_p.bind(*args, **(params | {"jaxpr": program, "name": name}))


# By the jaxpr, which each has a weak reference to; None where `jitted` has nothing to offer.
_jitted: weakref.WeakKeyDictionary[Any, Callable[..., Any] | None] = weakref.WeakKeyDictionary()


def jitted(params: dict[str, Any]) -> Callable[..., Any] | None:
    """A function for a ``jit`` operation of plain arrays, or None.

    JAX itself looks its program up in Python each time the operation is bound: 10 of 15
    microseconds.
    """
    jaxpr = params["jaxpr"]
    try:
        return _jitted[jaxpr]
    except KeyError:
        function = _jitted[jaxpr] = _make_jitted(params)
        return function


def _is_its_operations(params: dict[str, Any]) -> bool:
    """Whether a ``jit`` says no more than what it computes: nothing of devices, or of compiling."""
    placed = [*params["in_shardings"], *params["out_shardings"]]
    layouts = [*params["in_layouts"], *params["out_layouts"]]
    return not (
        any(params["donated_invars"])
        or params["compiler_options_kvs"]
        or any(type(p).__name__ != "UnspecifiedValue" for p in placed)
        or any(layout is not None for layout in layouts)
        or getattr(params["jaxpr"], "is_high", False)
    )


def _make_jitted(params: dict[str, Any]) -> Callable[..., Any] | None:
    if not _is_its_operations(params):
        return None
    program = weakref.ref(params["jaxpr"])

    def run(*args: Any) -> list[Any]:
        jaxpr: Any = program()
        return eval_jaxpr(jaxpr.jaxpr, jaxpr.consts, *args)

    run.__name__ = params["name"]
    return jax.jit(run)


class _Compiling(threading.local):
    seconds: float = 0.0


_compiling = _Compiling()


def _note(event: str, duration_secs: float, **kwargs: Any) -> None:
    del kwargs
    if event.endswith(("/jaxpr_to_mlir_module_duration", "/backend_compile_duration")):
        _compiling.seconds += duration_secs


jax.monitoring.register_event_duration_secs_listener(_note)


def compile_seconds() -> float:
    """Seconds this thread has spent lowering and compiling so far."""
    return _compiling.seconds


# So many operations of a function are looked at one by one.
FEW = 8


def few_operations(primitive: Any, params: dict[str, Any]) -> Callable[..., list[Any]] | None:
    """Runs the operations of a jitted function one by one; None if they are many, or no such.

    Each by itself has quicker derivatives than a function: JAX traces those of a function as
    functions again.
    """
    if primitive.name != "jit" or not _is_its_operations(params):
        return None
    closed = params["jaxpr"]
    eqns = closed.jaxpr.eqns
    if len(eqns) > FEW or any(_programs(v) for e in eqns for v in e.params.values()):
        return None
    # They are of the line that calls the function, not of those where it was traced first.
    return functools.partial(eval_jaxpr, closed.jaxpr, closed.consts, propagate_source_info=False)


def evaluate(jaxpr: Any, consts: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
    """Run a jaxpr with these constants on the current trace."""
    return eval_jaxpr(jaxpr, consts, *inputs)


class WhileLoop(NamedTuple):
    """A recorded ``while`` as functions.

    Attributes:
        goes_on: (constants of the condition, state) -> bool[].
        body: (constants, state) -> state.
        split: The operation's inputs -> constants of the condition, constants, state at the start.
        calls_host: Whether a round calls the host.
    """

    goes_on: Callable[[Sequence[Any], Sequence[Any]], Any]
    body: Callable[[Sequence[Any], Sequence[Any]], list[Any]]
    split: Callable[[Sequence[Any]], tuple[list[Any], list[Any], list[Any]]]
    calls_host: bool


Replace = Callable[[dict[str, Any], Sequence[Any]], list[Any]]


def while_loop(params: dict[str, Any], replace: Replace) -> WhileLoop:
    """Take a ``while`` operation apart; loops inside its body run as `replace` runs them."""
    cond, body = params["cond_jaxpr"], replace_loops(params["body_jaxpr"], replace)
    first, second = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]

    def goes_on(consts: Sequence[Any], state: Sequence[Any]) -> Any:
        return eval_jaxpr(cond.jaxpr, cond.consts, *consts, *state)[0]

    def run_body(consts: Sequence[Any], state: Sequence[Any]) -> list[Any]:
        return eval_jaxpr(body.jaxpr, body.consts, *consts, *state)

    def split(inputs: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        return [*inputs[:first]], [*inputs[first:second]], [*inputs[second:]]

    return WhileLoop(goes_on, run_body, split, bool(body.effects))


def has_loop(params: dict[str, Any]) -> bool:
    """Whether there is a ``while`` in a program that these parameters carry."""
    return _has("while", params)


def _has(name: str, params: dict[str, Any]) -> bool:
    return any(
        equation.primitive.name == name or _has(name, equation.params)
        for value in params.values()
        for program in _programs(value)
        for equation in opened(program)[0].eqns
    )


def with_loops_replaced(params: dict[str, Any], replace: Replace) -> dict[str, Any]:
    """The parameters with each ``while`` in the programs they carry run by `replace`."""

    def new(value: Any) -> Any:
        programs = [replace_loops(p, replace) for p in _programs(value)]
        if not programs:
            return value
        return tuple(programs) if isinstance(value, tuple) else programs[0]

    return {name: new(value) for name, value in params.items()}


def replace_loops(program: Any, replace: Replace) -> Any:
    """A jaxpr, open or closed, with each ``while`` in it run by `replace`."""
    if not has_loop({"program": program}):
        return program
    jaxpr, consts = opened(program)

    def run_one(equation: Any, args: list[Any]) -> Sequence[Any]:
        if equation.primitive.name == "while":
            return replace(equation.params, args)
        return bound(equation, with_loops_replaced(equation.params, replace), args)

    def run(*inputs: Any) -> list[Any]:
        return interpreted(jaxpr, consts, inputs, run_one)

    closed = jax.make_jaxpr(run)(*[v.aval for v in jaxpr.invars])
    # `jax.checkpoint` carries an open jaxpr (one type with the closed one since JAX 0.11).
    return closed if isinstance(program, ClosedJaxpr) else closed.jaxpr


def interpreted(
    jaxpr: Any,
    consts: Sequence[Any],
    inputs: Sequence[Any],
    run: Callable[[Any, list[Any]], Sequence[Any]],
) -> list[Any]:
    """The results of a jaxpr; `run` computes those of an operation from it and its inputs."""
    known: dict[Any, Any] = dict(zip(jaxpr.constvars, consts, strict=True))
    known.update(zip(jaxpr.invars, inputs, strict=True))

    def value(atom: Any) -> Any:
        return atom.val if isinstance(atom, Literal) else known[atom]

    for equation in jaxpr.eqns:
        results = run(equation, [value(atom) for atom in equation.invars])
        known.update(zip(equation.outvars, results, strict=True))
    return [value(atom) for atom in jaxpr.outvars]


def bound(equation: Any, params: dict[str, Any], args: Sequence[Any]) -> Sequence[Any]:
    """The results of an operation with these parameters and inputs on the current trace."""
    outs = equation.primitive.bind(*args, **equation.primitive.get_bind_params(params))
    return outs if equation.primitive.multiple_results else [outs]


class Equation(NamedTuple):
    """An operation of a program.

    Attributes:
        name: Of the primitive, such as ``conv_general_dilated``.
        params: Its parameters.
        inputs: Shape and dtype of each input.
        outputs: Of each output.
        is_nested: Whether it is part of a loop or a branch.
        given_orders: For each input, the order in which its dimensions lie in memory.
        wanted_order: How its result is transposed by the only operation that takes it; None if
            nothing of the kind happens.
    """

    name: str
    params: dict[str, Any]
    inputs: list[Any]
    outputs: list[Any]
    is_nested: bool = False
    given_orders: Sequence[tuple[int, ...]] = ()
    wanted_order: tuple[int, ...] | None = None

    @property
    def order(self) -> tuple[int, ...]:
        """In which the dimensions of its first result are to lie in memory."""
        return self.wanted_order or tuple(range(len(self.outputs[0].shape)))

    @property
    def is_plain(self) -> bool:
        """Whether all of it is float32, of sizes that are known, and none of it empty."""
        arrays = [*self.inputs, *self.outputs]
        known = all(isinstance(n, int) and n for a in arrays for n in a.shape)
        return known and all(a.dtype == "float32" for a in arrays)


# What to compute instead, with the inputs' arrays for arguments; None to leave an operation.
Rewrite = Callable[[Equation], Callable[..., Any] | None]


def rewritten(program: Any, rewrite: Rewrite, is_nested: bool = False) -> Any:
    """A jaxpr, open or closed, with operations replaced, those in loops and branches included.

    What is computed instead stands there as a ``jit`` of the function's name, which XLA takes
    apart; all others are the very same. The program itself, where nothing is replaced.
    """
    jaxpr, _ = opened(program)
    orders = _Orders(_given_orders(jaxpr), _wanted_orders(jaxpr))
    equations = [_rewritten_equation(e, rewrite, is_nested, orders) for e in jaxpr.eqns]
    if all(map(operator.is_, equations, jaxpr.eqns)):
        return program
    changed = jaxpr.replace(eqns=equations)
    return program.replace(jaxpr=changed) if isinstance(program, ClosedJaxpr) else changed


class _Orders(NamedTuple):
    """In which the dimensions of some variables lie in memory, and are wanted to lie."""

    given: dict[Any, tuple[int, ...]]
    wanted: dict[Any, tuple[int, ...]]


def _given_orders(jaxpr: Any) -> dict[Any, tuple[int, ...]]:
    """Of what was transposed, and may have been read backwards: as it lay before."""
    orders: dict[Any, tuple[int, ...]] = {}
    for equation in jaxpr.eqns:
        if equation.primitive.name == "transpose":
            permutation = equation.params["permutation"]
            order = tuple(permutation.index(i) for i in range(len(permutation)))
            orders[equation.outvars[0]] = order
        elif equation.primitive.name == "rev" and equation.invars[0] in orders:
            orders[equation.outvars[0]] = orders[equation.invars[0]]
    return orders


def _wanted_orders(jaxpr: Any) -> dict[Any, tuple[int, ...]]:
    """The variables that one ``transpose`` takes and nothing else, with its permutation."""
    readers = {v: None for v in jaxpr.outvars if not isinstance(v, Literal)}
    for equation in jaxpr.eqns:
        for variable in equation.invars:
            if not isinstance(variable, Literal):
                readers[variable] = None if variable in readers else equation
    return {
        variable: tuple(reader.params["permutation"])
        for variable, reader in readers.items()
        if reader is not None and reader.primitive.name == "transpose"
    }


def _rewritten_equation(equation: Any, rewrite: Rewrite, is_nested: bool, orders: _Orders) -> Any:
    name = equation.primitive.name
    avals = [v.aval for v in equation.invars], [v.aval for v in equation.outvars]
    given = [
        (None if isinstance(v, Literal) else orders.given.get(v))
        or tuple(range(len(getattr(v.aval, "shape", ()))))
        for v in equation.invars
    ]
    wanted = orders.wanted.get(equation.outvars[0]) if equation.outvars else None
    function = rewrite(Equation(name, equation.params, *avals, is_nested, given, wanted))
    if function is not None:
        (call,) = jax.make_jaxpr(jax.jit(function))(*avals[0]).eqns
        found = [(v.aval.shape, v.aval.dtype) for v in call.outvars]
        assert found == [(a.shape, a.dtype) for a in avals[1]]  # noqa: S101 - our own invariant
        new = equation.replace(primitive=call.primitive, params=call.params, effects=call.effects)
        # The programs of a loop go on into what takes its place.
        carries = any(map(_programs, equation.params.values()))
        return _rewritten_equation(new, rewrite, is_nested, orders) if carries else new
    nested = is_nested or name in ("while", "scan", "cond")
    return _with_programs(equation, lambda program: rewritten(program, rewrite, nested))


def changed(program: Any, change: Callable[[Any], Any]) -> Any:
    """A jaxpr, open or closed, that `change` makes of it after all those in it.

    The program itself, where nothing changes.
    """
    jaxpr, _ = opened(program)
    equations = [_with_programs(e, lambda p: changed(p, change)) for e in jaxpr.eqns]
    is_same = all(map(operator.is_, equations, jaxpr.eqns))
    new = change(jaxpr if is_same else jaxpr.replace(eqns=equations))
    if new is jaxpr:
        return program
    return program.replace(jaxpr=new) if isinstance(program, ClosedJaxpr) else new


def _with_programs(equation: Any, change: Callable[[Any], Any]) -> Any:
    """An operation with `change` applied to the jaxprs it carries; itself where that is nothing."""
    changes = {}
    for parameter, value in equation.params.items():
        programs = _programs(value)
        new = [change(p) for p in programs]
        if not all(map(operator.is_, new, programs)):
            changes[parameter] = tuple(new) if isinstance(value, tuple) else new[0]
    return equation.replace(params=equation.params | changes) if changes else equation


_PROGRAMS = (ClosedJaxpr, Jaxpr)


def _programs(value: Any) -> list[Any]:
    """The jaxprs a parameter is made of; none when it is something else."""
    if not isinstance(value, tuple):
        return [value] if isinstance(value, _PROGRAMS) else []
    return [*value] if all(isinstance(v, _PROGRAMS) for v in value) else []


def opened(program: Any) -> tuple[Any, Sequence[Any]]:
    """A jaxpr, open or closed, as an open one and its constants."""
    if isinstance(program, ClosedJaxpr):
        return program.jaxpr, program.consts
    return program, ()


def barrier(values: Sequence[Any]) -> list[Any]:
    """The same values; XLA neither fuses nor reorders arithmetic across this point."""
    return list(jax.lax.optimization_barrier(tuple(values))) if values else []
