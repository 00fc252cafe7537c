"""Programs over symbolic sizes made programs of exact ones, without tracing anything again.

A jaxpr is data: wherever a symbolic dimension stands (types of variables, parameters of operations,
programs inside these) its size is put, and what asks for a dimension as a number
(``dim_as_value``) becomes that number. JAX checks the result.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import jax
from jax.core import AbstractValue, ShapedArray
from jax.extend import linear_util
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, Var, check_jaxpr

from glasstape.ports import jax_symbolic

_AS_VALUE = "dim_as_value"
# Rules of custom derivatives that become programs themselves (see `_Exact._rule`).
_TRACED = ("jvp_jaxpr_fun", "fwd_jaxpr_thunk")


class SizeError(Exception):
    """A program has something in it that cannot be given other sizes."""


def exact(program: Any, sizes: Mapping[str, int], strict: jax_symbolic.Listener) -> Any:
    """A closed jaxpr with these sizes for its symbols.

    Args:
        program: A closed jaxpr.
        sizes: The size of each symbol.
        strict: Answers what custom derivatives ask when they are taken later.

    Raises:
        SizeError: it cannot be.
    """
    made = _Exact(sizes, strict).program(program)
    check_jaxpr(made.jaxpr)
    return made


def kept_sizes(program: Any) -> str | None:
    """The name of an operation whose Python function keeps a symbolic dimension, or None."""
    for equation in _equations(program, set()):
        for name, value in equation.params.items():
            if name not in _TRACED and callable(value) and jax_symbolic.mentions_size(value):
                return equation.primitive.name
    return None


def _equations(program: Any, seen: set[int]):
    for equation in program.eqns:
        yield equation
        for inner in _programs(equation.params.values()):
            if id(inner) not in seen:
                seen.add(id(inner))
                yield from _equations(inner, seen)


def _programs(values: Any):
    for value in values:
        if isinstance(value, ClosedJaxpr | Jaxpr):
            yield value
        elif isinstance(value, tuple | list):
            yield from _programs(value)


def _scalar(aval: Any, number: int) -> Any:
    return aval.dtype.type(number)  # raises when it is too large


class _Exact:
    """Puts sizes for symbols."""

    def __init__(self, sizes: Mapping[str, int], strict: jax_symbolic.Listener):
        self._sizes = sizes
        self._strict = strict
        # By identity: functions called twice are one program, and are compiled once.
        self._made: dict[int, tuple[Any, Any]] = {}

    def program(self, program: Any) -> Any:
        """A jaxpr, open or closed."""
        known = self._made.get(id(program))
        if known is None:
            known = self._made[id(program)] = (program, self._program(program))
        return known[1]

    def _program(self, program: Any) -> Any:
        if not isinstance(program, Jaxpr):
            return ClosedJaxpr(self.program(program.jaxpr), program.consts)
        variables: dict[Any, Any] = {}
        invars = [self._variable(v, variables) for v in program.invars]
        changed = {"constvars": [self._variable(v, variables) for v in program.constvars]}
        if all(a is b for a, b in zip(changed["constvars"], program.constvars, strict=True)):
            changed = {}  # since JAX 0.11 they would lose their values
        equations = [e for e in (self._equation(e, variables) for e in program.eqns) if e]
        return program.replace(
            **changed,
            invars=invars,
            eqns=equations,
            outvars=[self._atom(v, variables) for v in program.outvars],
            debug_info=program.debug_info,
        )

    def _equation(self, equation: JaxprEqn, variables: dict[Any, Any]) -> JaxprEqn | None:
        if equation.primitive.name == _AS_VALUE:
            (out,) = equation.outvars
            number = jax_symbolic.size(equation.params["dim"], self._sizes)
            variables[out] = Literal(_scalar(out.aval, number), out.aval)
            return None
        return equation.replace(
            invars=[self._atom(v, variables) for v in equation.invars],
            outvars=[self._variable(v, variables) for v in equation.outvars],
            params={name: self._parameter(name, v) for name, v in equation.params.items()},
        )

    def _variable(self, variable: Var, variables: dict[Any, Any]) -> Var:
        aval = self._aval(variable.aval)
        if aval is variable.aval:
            return variable
        new = variables[variable] = type(variable)(aval)
        return new

    @staticmethod
    def _atom(atom: Any, variables: dict[Any, Any]) -> Any:
        return atom if isinstance(atom, Literal) else variables.get(atom, atom)

    def _aval(self, aval: AbstractValue) -> AbstractValue:
        shape: Sequence[Any] = getattr(aval, "shape", ())
        if not any(map(jax_symbolic.is_symbolic, shape)):
            return aval
        if not isinstance(aval, ShapedArray):
            raise SizeError(f"a value of type {aval}")
        return aval.update(shape=tuple(self._size(n) for n in shape))

    def _size(self, dimension: Any) -> int:
        size = jax_symbolic.size(dimension, self._sizes)
        if size < 0:
            raise SizeError(f"a size of {dimension} = {size}")
        return size

    def _parameter(self, name: str, value: Any) -> Any:
        if isinstance(value, linear_util.WrappedFun):
            return self._rule(value) if name in _TRACED else self._reverse_rule(value)
        return self._value(value)

    def _value(self, value: Any) -> Any:
        """The same object where there is no symbol in it."""
        if jax_symbolic.is_symbolic(value):
            return jax_symbolic.size(value, self._sizes)
        if isinstance(value, ClosedJaxpr | Jaxpr):
            return self.program(value)
        if isinstance(value, AbstractValue):
            return self._aval(value)
        if isinstance(value, tuple | list):
            return self._sequence(value)
        if isinstance(value, dict):
            return {name: self._value(v) for name, v in value.items()}
        if isinstance(value, jax.ShapeDtypeStruct):
            return value.update(shape=self._value(value.shape))
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self._record(value)
        return value

    def _sequence(self, values: Any) -> Any:
        new = [self._value(v) for v in values]
        if all(a is b for a, b in zip(new, values, strict=True)):
            return values
        return type(values)(*new) if hasattr(values, "_fields") else type(values)(new)

    def _record(self, record: Any) -> Any:
        fields = [f.name for f in dataclasses.fields(record) if f.init]
        old = {name: getattr(record, name) for name in fields}
        new = {name: self._value(value) for name, value in old.items()}
        same = all(new[name] is old[name] for name in fields)
        return record if same else dataclasses.replace(record, **new)

    def _reverse_rule(self, rule: Any) -> Any:
        """A Python function of arrays, whose results JAX compares with the types it is given."""
        made = linear_util.wrap_init(rule.f, dict(rule.params), debug_info=rule.debug_info)
        for transform, arguments in reversed(rule.transforms):
            made = made.wrap(transform, self._value(arguments), None)
        return made

    def _rule(self, rule: Any) -> Any:
        """The derivative of a custom function, whose program is made when it is asked for."""

        def run(*args: Any) -> Any:
            with jax_symbolic.answering(self._strict):
                made = rule.call_wrapped(*args)
            return self._value(made) if isinstance(made, tuple) else made

        return linear_util.wrap_init(run, debug_info=rule.debug_info)
