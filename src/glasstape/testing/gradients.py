"""Checks for the user's own test suite: `check_gradients` compares with finite differences.

The directional derivative of a function f along v is approximated by the central difference
(f(x + hv) − f(x − hv)) / 2h, whose error is h²/6 times the third derivative plus the rounding of
f divided by h. With h = ∛u, u the spacing of numbers at 1, both are about u^⅔: 4e-11 in float64
(J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd ed., 2006, §8.1). A gradient g is right
when ⟨g, v⟩ = ⟨w, f'(x)v⟩ for every cotangent w of f and direction v (A. Griewank and A. Walther,
*Evaluating Derivatives*, 2nd ed., 2008, §3.2); random signs test every entry at once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape import sources
from glasstape.errors import GradientCheckError, TapeTypeError, TapeValueError
from glasstape.ports.jax_trace import is_differentiable
from glasstape.ports.keras_state import is_variable
from glasstape.tape.gradient_tape import GradientTape

# Largest relative error by the bits of the narrowest number on the way. In float64 that is far
# above u^⅔ = 4e-11, in float32 ten times u^⅔ = 2.4e-5, and both are below an error of 0.1 %.
RTOL = {64: 1e-6, 32: 2.5e-4}
# So many entries of an argument that is off are tried one by one, at two calls each.
LARGEST_SEARCH = 128

# A function of a list of tensors that returns a list of tensors.
Map = Callable[[list[Any]], list[Any]]


def check_gradients(
    fn: Callable[..., Any],
    args: Any,
    order: int = 1,
    *,
    rtol: float | None = None,
    directions: int = 2,
    seed: int = 0,
) -> None:
    """Compare the tape's gradients of a function with finite differences in float64.

    For each argument x, a few random directions v and a random cotangent w of the result,
    ⟨∂f/∂xᵀ w, v⟩ is compared with ⟨w, f(x + hv) − f(x − hv)⟩ / 2h. They are equal when they differ
    by less than `rtol` of their size, where size is at least the length of the products that
    ⟨g, v⟩ adds up, plus what rounding f can cost. Complex numbers are vectors of their two parts,
    ⟨a, b⟩ = Re Σ āᵢbᵢ, in which TensorFlow's gradients are ordinary gradients. Second derivatives
    are checked as the gradient of that gradient.

    The arguments are float64 and h is 6e-6. Most of Keras rounds to float32 all the same; then h
    is 5e-3 and the check less sharp.

    Args:
        fn: Takes tensors, variables or structures of them and returns a tensor or a structure of
            tensors. Random layers draw the same numbers at every call, and what it assigns is
            forgotten.
        args: Tuple or list of its arguments. Floating-point and complex tensors (raised to
            float64 and complex128) and variables are checked, everything else is held fixed.
        order: 1 checks gradients, 2 second derivatives as well.
        rtol: Largest relative error; by default 1e-6, and 2.5e-4 where `fn` rounds to float32.
        directions: How many directions are tried for each argument.
        seed: Chooses the directions.

    Raises:
        GradientCheckError: a gradient is wrong; says which entry of which argument.
        TapeTypeError: there is nothing to differentiate, or `fn` rounds to 16 bits.
        TapeValueError: `fn` is not a function of its arguments, or `order` is unknown.

    Example:
        >>> import jax.numpy as jnp
        >>> import glasstape as gt
        >>> gt.testing.check_gradients(lambda x, y: jnp.sin(x) * y, (jnp.ones(3), 2.0), order=2)
    """
    _check_order(order)
    with jax.enable_x64(True):
        call = _Call(fn, args if isinstance(args, tuple | list) else (args,))
        bits = _check_function(call)
        rtol = RTOL[bits] if rtol is None else rtol
        random = np.random.default_rng(seed)
        function, size = call.run, 0.0
        for number in range(1, order + 1):
            check = _Check(function, call.point, random, rtol, bits, size)
            for i, name in enumerate(call.names):
                if any(check.along(i, check.direction(i)).is_off for _ in range(directions)):
                    raise _wrong(name, number, check, i)
            function, size = check.gradient, check.size


# ----- the function -----


class _Call:
    """The user's call as a `Map` of the tensors and variables among its arguments.

    Attributes:
        point: Their values, in float64 or complex128.
        names: What the user calls them.
    """

    def __init__(self, fn: Callable[..., Any], args: Sequence[Any]):
        paths, self._treedef = jax.tree_util.tree_flatten_with_path(tuple(args))
        self._fn = fn
        self._leaves = [leaf for _, leaf in paths]
        raised = [_raised(leaf) for leaf in self._leaves]
        self._moving = [i for i, x in enumerate(raised) if x is not None]
        self.point = [raised[i] for i in self._moving]
        self.names = [_name(fn, *paths[i]) for i in self._moving]

    def run(self, values: list[Any]) -> list[Any]:
        """The floating-point and complex results; what is assigned is forgotten."""
        leaves = list(self._leaves)
        with keras.StatelessScope() as scope:
            for i, value in zip(self._moving, values, strict=True):
                if is_variable(leaves[i]):
                    scope.add_update((leaves[i], value))  # does not round to the variable's dtype
                else:
                    leaves[i] = value
            result = self._fn(*jax.tree.unflatten(self._treedef, leaves))
            results = [v.value if is_variable(v) else v for v in jax.tree.leaves(result)]
        return [y for y in results if isinstance(y, jax.Array) and is_differentiable(y)]


def _raised(leaf: Any) -> Any:
    """A floating-point or complex value in double precision; None for anything else."""
    value = leaf.value if is_variable(leaf) else leaf
    value = np.asarray(value) if isinstance(value, float | complex) else value
    if not isinstance(value, jax.Array | np.ndarray | np.generic) or not is_differentiable(value):
        return None
    return jnp.asarray(value, jnp.result_type(value.dtype, jnp.float64))


def _name(fn: Callable[..., Any], path: Sequence[Any], leaf: Any) -> str:
    """Parameter, place in its structure, variable: ``weights[0] (variable dense/bias)``."""
    position = path[0].idx
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):  # built-in functions do not tell
        parameters = []
    known = parameters[position : position + 1]
    named = known and known[0].kind is not inspect.Parameter.VAR_POSITIONAL
    argument = known[0].name if named else f"argument {position}"
    variable = f" (variable {leaf.path})" if is_variable(leaf) else ""
    return argument + jax.tree_util.keystr(tuple(path[1:])) + variable


def _record(function: Map, values: list[Any]) -> tuple[GradientTape, list[Any], list[Any]]:
    """A tape that has seen `function`, its results, and the very tensors it was given."""
    # The tape knows tensors by identity, and two arguments may be one object.
    values = [jnp.array(v) for v in values]
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        results = function(values)
    return tape, results, values


# ----- the comparison -----


class _Difference(NamedTuple):
    """A directional derivative by the tape and by central differences."""

    tape: complex
    central: complex
    allowed: float

    @property
    def error(self) -> float:
        return float(np.nan_to_num(abs(self.tape - self.central), nan=np.inf))

    @property
    def relative_error(self) -> float:
        return self.error / (max(abs(self.tape), abs(self.central)) or 1.0)

    @property
    def is_off(self) -> bool:
        return not (self.error < np.inf and self.error <= self.allowed)


class _Check:
    """A function and its gradient at a point, each entry of the results weighted.

    Attributes:
        size: Of the numbers that were added up; at least that of the function it is a gradient of,
            whose rounding a gradient keeps where its own terms cancel.
    """

    def __init__(
        self,
        function: Map,
        point: list[Any],
        random: np.random.Generator,
        rtol: float,
        bits: int,
        least_size: float,
    ):
        results = function(point)
        self.point = point
        self.bits = bits
        self._function = function
        self._random = random
        self._rtol = rtol
        self._weights = [_direction(random, y) for y in results]
        self._got = [np.asarray(g) for g in self.gradient(point)]
        sizes = [np.sum(np.abs(w * y)) for w, y in zip(self._weights, results, strict=True)]
        self.size = max(float(sum(sizes)), least_size)
        spacing = float(np.finfo(f"float{bits}").eps)
        self._step = spacing ** (1 / 3)
        self._noise = spacing * self.size / self._step

    def gradient(self, values: list[Any]) -> list[Any]:
        """The tape's gradient of the weighted results."""
        tape, results, values = _record(self._function, values)
        return tape.gradient(results, values, self._weights, unconnected_gradients="zero")

    def direction(self, i: int) -> np.ndarray:
        """A random direction for argument `i`."""
        return _direction(self._random, self.point[i])

    def along(self, i: int, v: np.ndarray) -> _Difference:
        """The derivative along `v` in argument `i`, in steps relative to each large entry."""
        x = np.asarray(self.point[i])
        v = v * np.maximum(1, np.abs(x))
        products = np.real(np.conj(self._got[i]) * v)
        tape, central = float(products.sum()), self._central(i, x, v, self._step)
        size = max(abs(tape), abs(central), float(np.linalg.norm(products)))
        found = _Difference(tape, central, self._rtol * size + self._noise)
        if not found.is_off:
            return found
        # The third derivative may be to blame; extrapolation cancels it (L. F.
        # Richardson, *Phil. Trans. R. Soc. A* 210, 1911).
        twice = self._central(i, x, v, 2 * self._step)
        return found._replace(central=(4 * central - twice) / 3)

    def _central(self, i: int, x: np.ndarray, v: np.ndarray, step: float) -> float:
        ends = [self._function(self._replaced(i, x + s * step * v)) for s in (1, -1)]
        rise = [
            np.real(np.vdot(w, np.asarray(ahead) - np.asarray(behind)))
            for w, ahead, behind in zip(self._weights, *ends, strict=True)
        ]
        return float(sum(rise)) / (2 * step)

    def _replaced(self, i: int, x: np.ndarray) -> list[Any]:
        return [jnp.asarray(x) if i == j else known for j, known in enumerate(self.point)]


def _direction(random: np.random.Generator, like: Any) -> np.ndarray:
    """Random signs times 0.5 to 1.5: no entry is left out, and none cancels another exactly."""

    def part() -> np.ndarray:
        return random.choice([-1.0, 1.0], like.shape) * random.uniform(0.5, 1.5, like.shape)

    return part() + 1j * part() if jnp.iscomplexobj(like) else part()


# ----- the report -----


def _wrong(name: str, number: int, check: _Check, i: int) -> GradientCheckError:
    index, worst = max(_entries(check, i), key=lambda entry: entry[1].error)
    x = check.point[i]
    what = "gradient" if number == 1 else "second derivative"
    rounds = "" if check.bits == 64 else f" (the function rounds to float{check.bits})"
    entry = f"entry {list(index)}" if index else "its value"
    return GradientCheckError(
        f"The {what} for {name}, {x.dtype}{list(x.shape)}, is not what finite differences say; "
        f"{entry} is off most, by a relative error of {worst.relative_error:.3g}.",
        expected=f"{worst.central:.10g} by central differences{rounds}",
        received=f"{worst.tape:.10g} by the tape",
        fix="correct the rule (custom_gradient, jax.custom_jvp, jax.custom_vjp) that is used on "
        "the way from there; if the function has a kink or a jump here, check it beside it",
        where=sources.user_source(),
    )


def _entries(check: _Check, i: int) -> Iterator[tuple[tuple[int, ...], _Difference]]:
    """The entries of argument `i` one by one; of a large one those of a part that is most off."""
    x = np.asarray(check.point[i])
    block = np.arange(x.size)
    while len(block) > LARGEST_SEARCH:
        block = max(np.array_split(block, 2), key=lambda b: check.along(i, _unit(x, b)).error)
    for entry in block:
        unit = _unit(x, entry)
        found = check.along(i, unit)
        if np.iscomplexobj(x):
            imaginary = check.along(i, 1j * unit)
            tape, central = (
                complex(*parts) for parts in zip(found[:2], imaginary[:2], strict=True)
            )
            found = _Difference(tape, central, found.allowed)
        scale = max(1.0, float(np.abs(x.flat[entry])))
        found = _Difference(found.tape / scale, found.central / scale, found.allowed)
        yield tuple(map(int, np.unravel_index(entry, x.shape))), found


def _unit(x: np.ndarray, entries: Any) -> np.ndarray:
    v = np.zeros(x.size)
    v[entries] = 1
    return v.reshape(x.shape)


# ----- refusals -----


def _check_order(order: int) -> None:
    if order not in (1, 2):
        raise TapeValueError(
            "check_gradients was given an order it does not know.",
            expected="order=1 (gradients) or order=2 (second derivatives as well)",
            received=f"order={order!r}",
            fix="to check third derivatives, pass a function that returns a gradient",
            where=sources.user_source(),
        )


def _check_function(call: _Call) -> int:
    """Refuse what finite differences say nothing about; the bits of the narrowest number."""
    if not call.point:
        raise TapeTypeError(
            "check_gradients was given nothing to differentiate.",
            expected="a floating-point or complex tensor, or a variable, among the arguments",
            received="arguments without one",
            fix="pass what you differentiate by as an argument of the function",
            where=sources.user_source(),
        )
    before = call.run(call.point)  # may build layers
    tape, results, values = _record(call.run, call.point)
    _check_repeats(before, results)
    bits = _narrowest(tape)
    gradients = tape.gradient(results, values) if results else []
    if all(g is None for g in gradients):
        raise TapeTypeError(
            "check_gradients found no path from any argument to a result.",
            expected="a function that returns floating-point or complex tensors computed from its "
            "arguments",
            received=f"results {_layouts(results)}" if results else "no such tensor",
            fix="return the tensor you differentiate, and use the arguments themselves, not the "
            "code around the function",
            where=sources.user_source(),
        )
    return bits


def _check_repeats(before: list[Any], results: list[Any]) -> None:
    same = len(before) == len(results) and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(before, results, strict=True)
    )
    if not same:
        raise TapeValueError(
            "check_gradients called the function twice and got different results.",
            expected="the same results from the same arguments",
            received="other results at the second call",
            fix="draw random numbers outside the function, or from a keras.random.SeedGenerator",
            where=sources.user_source(),
        )


def _narrowest(tape: GradientTape) -> int:
    made = [(o, r) for r in tape.records for o in r.outputs if is_differentiable(o)]
    if not made:
        return 64
    out, record = min(made, key=lambda pair: jnp.finfo(pair[0].dtype).bits)
    bits = jnp.finfo(out.dtype).bits
    if bits in RTOL:
        return bits
    raise TapeTypeError(
        "The function rounds to 16 bits or less, in which finite differences drown.",
        expected="float64 or float32 (complex128 or complex64) from the arguments to the result",
        received=f"{_layouts([out])} from {record.operation.name}",
        fix="build its layers with dtype='float32' and remove casts",
        where=sources.user_source(),
    )


def _layouts(tensors: Sequence[Any]) -> str:
    return ", ".join(f"{t.dtype}{list(t.shape)}" for t in tensors)
