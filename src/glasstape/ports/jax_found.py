"""Sizes that a program finds out while it runs, such as that of what a left loop has collected.

While a step is traced such a size is a symbolic dimension. `with_room` then makes a program of
it that has room for the most there can be: arrays are that long, and where an operation would
look at what lies beyond the size, that is masked. What it does not know it refuses.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import ShapedArray
from jax.extend.core import ClosedJaxpr, Primitive
from jax.interpreters import ad

from glasstape.ports import jax_scan, jax_symbolic
from glasstape.ports.jax_program import Equation, bound, interpreted, opened
from glasstape.ports.jax_symbolic import is_symbolic

# ----- between room and size -----

_rows_p = Primitive("found_rows")
_filled_p = Primitive("room_of_rows")


@_rows_p.def_abstract_eval
def _(buffer: Any, count: Any, *, size: Any, most: int) -> ShapedArray:
    del count, most
    return ShapedArray((size, *buffer.shape[1:]), buffer.dtype)


@_filled_p.def_abstract_eval
def _(rows: Any, count: Any, *, size: Any, most: int) -> ShapedArray:
    del count, size
    return ShapedArray((most, *rows.shape[1:]), rows.dtype)


def _define_linear(primitive: Primitive, transposed: Primitive) -> None:
    def jvp(primals: Any, tangents: Any, **params: Any) -> Any:
        _, count = primals
        return primitive.bind(*primals, **params), primitive.bind(tangents[0], count, **params)

    def transpose(cotangent: Any, _: Any, count: Any, **params: Any) -> Any:
        return transposed.bind(cotangent, count, **params), None

    ad.primitive_jvps[primitive] = jvp
    ad.primitive_transposes[primitive] = transpose


_define_linear(_rows_p, _filled_p)
_define_linear(_filled_p, _rows_p)


def rows(buffer: Any, count: Any, size: Any) -> Any:
    """The first `count` rows of a buffer.

    Args:
        buffer: ``[most, ...]``.
        count: int32[], of the program.
        size: The symbolic dimension that stands for it.
    """
    return _rows_p.bind(buffer, count, size=size, most=buffer.shape[0])


# ----- programs with room -----


class RoomError(Exception):
    """A program does something with a size that it finds out that is not known here."""


def with_room(program: Any) -> Any:
    """A closed jaxpr, none of whose inputs and results has such a size, with room for the most.

    Raises:
        RoomError: it cannot be.
    """

    def run(*inputs: Any) -> list[Any]:
        return _Room().run(program, inputs)

    if any(map(_has_size, program.out_avals)):
        raise RoomError("a result, or something that is printed, has such a size")
    return jax.make_jaxpr(run)(*program.in_avals)


def _has_size(aval: Any) -> bool:
    return any(map(is_symbolic, getattr(aval, "shape", ())))


# Their results are as long as what they are given, number by number.
_ELEMENTWISE = frozenset((
    "abs", "acos", "acosh", "add", "add_any", "and", "asin", "asinh", "atan", "atan2", "atanh",
    "cbrt", "ceil", "clamp", "conj", "convert_element_type", "copy", "copy_p", "cos", "cosh",
    "digamma", "div", "eq", "erf", "erf_inv", "erfc", "exp", "exp2", "expm1", "floor", "ge",
    "gt", "imag", "integer_pow", "is_finite", "le", "lgamma", "log", "log1p", "logistic", "lt",
    "max", "min", "mul", "ne", "neg", "nextafter", "not", "or", "pow", "real",
    "reduce_precision", "rem", "round", "rsqrt", "select_n", "shift_left",
    "shift_right_arithmetic", "shift_right_logical", "sign", "sin", "sinh", "sqrt", "square",
    "stop_gradient", "sub", "tan", "tanh", "xor",
))  # fmt: skip
_CALLS = {"jit": "jaxpr", "custom_jvp_call": "call_jaxpr", "custom_vjp_call": "call_jaxpr"}


def _lowest(dtype: Any) -> Any:
    return -np.inf if jnp.issubdtype(dtype, jnp.inexact) else _limits(dtype).min


def _highest(dtype: Any) -> Any:
    return np.inf if jnp.issubdtype(dtype, jnp.inexact) else _limits(dtype).max


def _last(dtype: Any) -> Any:
    return np.nan if jnp.issubdtype(dtype, jnp.inexact) else _limits(dtype).max


def _limits(dtype: Any) -> Any:
    return np.iinfo("uint8") if jnp.issubdtype(dtype, jnp.bool_) else jnp.iinfo(dtype)


_zero: Callable[[Any], Any] = lambda dtype: 0  # noqa: E731
_one: Callable[[Any], Any] = lambda dtype: 1  # noqa: E731
# What changes nothing in a reduction.
_NEUTRAL = {
    "reduce_sum": _zero, "reduce_or": _zero, "reduce_prod": _one, "reduce_and": _one,
    "reduce_max": _lowest, "argmax": _lowest, "reduce_min": _highest, "argmin": _highest,
    "cumsum": _zero, "cumprod": _one, "cummax": _lowest, "cummin": _highest,
    "cumlogsumexp": _lowest,
}  # fmt: skip


class _Room:
    """Runs a program with room for each of its sizes; padding may hold anything."""

    def __init__(self) -> None:
        self._counts: dict[str, Any] = {}  # of each symbol, int32[]
        self._most: dict[str, int] = {}

    def run(self, program: Any, inputs: Sequence[Any]) -> list[Any]:
        """The results of a jaxpr, open or closed."""
        jaxpr, consts = opened(program)
        return interpreted(jaxpr, consts, inputs, self._equation)

    def _equation(self, equation: Any, args: list[Any]) -> Sequence[Any]:
        name, params = equation.primitive.name, equation.params
        if not _mentions_size(equation):
            return bound(equation, params, args)
        inputs, outputs = ([v.aval for v in vs] for vs in (equation.invars, equation.outvars))
        if name in _ELEMENTWISE or name == "optimization_barrier":
            return bound(equation, params, args)
        if name in _CALLS:
            return self.run(params[_CALLS[name]], args)
        if name in _NEUTRAL:
            return bound(equation, params, [self._for_reduction(name, params, args[0], inputs[0])])
        rule = getattr(self, f"_{name.replace('-', '_')}", None)
        if rule is None:
            raise RoomError(f"the operation {name}")
        outs = rule(Equation(name, params, inputs, outputs), *args)
        return outs if isinstance(outs, list | tuple) else [outs]

    # ----- sizes -----

    def _room(self, dimension: Any) -> int:
        """How long an axis is made."""
        if not is_symbolic(dimension):
            return dimension
        most = jax_symbolic.size(dimension, self._most)
        for name, n in self._most.items():  # it must not shrink while one of them grows
            one, two = (jax_symbolic.size(dimension, self._most | {name: n - k}) for k in (1, 2))
            if most - one != one - two or most < one:
                raise RoomError(f"the size {dimension}")
        return most

    def _shape(self, shape: Sequence[Any]) -> tuple[int, ...]:
        return tuple(map(self._room, shape))

    def _size(self, dimension: Any) -> Any:
        """How much of an axis counts, int32[] of the program or a number."""
        if not is_symbolic(dimension):
            return dimension
        if any(word in str(dimension) for word in ("max", "min")):
            raise RoomError(f"the size {dimension}")
        return jax_symbolic.size(dimension, self._counts)

    def _masked(self, array: Any, aval: Any, axes: Sequence[int], neutral: Any) -> Any:
        """`neutral` in place of the padding along these axes."""
        for axis in axes:
            if is_symbolic(aval.shape[axis]):
                place = lax.broadcasted_iota(jnp.int32, array.shape, axis)
                inside = place < self._size(aval.shape[axis])
                array = jnp.where(inside, array, jnp.asarray(neutral, array.dtype))
        return array

    # ----- operations -----

    def _found_rows(self, equation: Equation, buffer: Any, count: Any) -> Any:
        name = str(equation.params["size"])
        self._counts[name], self._most[name] = count, buffer.shape[0]
        return buffer

    def _room_of_rows(self, equation: Equation, array: Any, count: Any) -> Any:
        del count
        return self._masked(array, equation.inputs[0], [0], 0)

    def _dim_as_value(self, equation: Equation) -> Any:
        return jnp.asarray(self._size(equation.params["dim"]), equation.outputs[0].dtype)

    def _for_reduction(self, name: str, params: Any, array: Any, aval: Any) -> Any:
        if name.startswith("cum"):
            axes = [params["axis"]] if params["reverse"] else []
        else:
            axes = params["axes"]
        return self._masked(array, aval, axes, _NEUTRAL[name](array.dtype))

    def _broadcast_in_dim(self, equation: Equation, array: Any) -> Any:
        shape = self._shape(equation.outputs[0].shape)
        return lax.broadcast_in_dim(array, shape, equation.params["broadcast_dimensions"])

    def _iota(self, equation: Equation) -> Any:
        params = equation.params
        shape = self._shape(equation.outputs[0].shape)
        return lax.broadcasted_iota(params["dtype"], shape, params["dimension"])

    def _reshape(self, equation: Equation, array: Any) -> Any:
        before, after = ([n for n in a.shape if is_symbolic(n) or n != 1]
                         for a in (equation.inputs[0], equation.outputs[0]))  # fmt: skip
        if len(before) != len(after) or not all(map(operator.eq, before, after)):
            raise RoomError("a reshape that joins or parts axes")
        return lax.reshape(array, self._shape(equation.outputs[0].shape))

    def _squeeze(self, equation: Equation, array: Any) -> Any:
        return lax.squeeze(array, equation.params["dimensions"])

    def _transpose(self, equation: Equation, array: Any) -> Any:
        return lax.transpose(array, equation.params["permutation"])

    def _rev(self, equation: Equation, array: Any) -> Any:
        for axis in equation.params["dimensions"]:
            size = equation.inputs[0].shape[axis]
            if is_symbolic(size):
                place = self._size(size) - 1 - jnp.arange(array.shape[axis])
                array = jnp.take(array, place, axis, mode="clip")
            else:
                array = lax.rev(array, (axis,))
        return array

    def _dot_general(self, equation: Equation, left: Any, right: Any) -> Any:
        summed, _ = equation.params["dimension_numbers"]
        pairs = zip((left, right), equation.inputs, summed, strict=True)
        left, right = (self._masked(x, aval, axes, 0) for x, aval, axes in pairs)
        return _rebound(lax.dot_general_p, equation, left, right)

    def _concatenate(self, equation: Equation, *arrays: Any) -> Any:
        axis, (out,) = equation.params["dimension"], equation.outputs
        if not is_symbolic(out.shape[axis]):
            return lax.concatenate(arrays, axis)
        lengths = [a.shape[axis] for a in arrays]
        shape = list(arrays[0].shape)
        shape[axis] = sum(lengths)
        made, end = jnp.zeros(shape, out.dtype), 0
        for array, aval in zip(arrays, equation.inputs, strict=True):
            # The next one is put over what this one has beyond its size.
            made = lax.dynamic_update_slice_in_dim(made, array, end, axis)
            end = end + self._size(aval.shape[axis])
        return lax.slice_in_dim(made, 0, self._room(out.shape[axis]), axis=axis)

    def _split(self, equation: Equation, array: Any) -> Any:
        axis, start, made = equation.params["axis"], 0, []
        for aval, size in zip(equation.outputs, equation.params["sizes"], strict=True):
            made.append(lax.dynamic_slice_in_dim(array, start, self._room(aval.shape[axis]), axis))
            start = start + self._size(size)
        return made

    def _stack(self, equation: Equation, *arrays: Any) -> Any:
        return jnp.stack(arrays, equation.params["axis"])

    def _unstack(self, equation: Equation, array: Any) -> Any:
        return list(jnp.unstack(array, axis=equation.params["axis"]))

    def _sort(self, equation: Equation, *arrays: Any) -> Any:
        params = equation.params
        axis, keys = params["dimension"], params["num_keys"]
        pairs = zip(arrays, equation.inputs, strict=True)
        # NaN comes last of all.
        masked = [self._masked(x, aval, [axis], _last(x.dtype)) for x, aval in pairs]
        return lax.sort([*masked[:keys], *arrays[keys:]], dimension=axis, num_keys=keys)

    def _pad(self, equation: Equation, array: Any, value: Any) -> Any:
        config, (aval, _) = equation.params["padding_config"], equation.inputs
        for axis, (low, high, interior) in enumerate(config):
            if is_symbolic(aval.shape[axis]) and interior:
                raise RoomError("padding between rows")
            if is_symbolic(low) or is_symbolic(high):
                raise RoomError("padding of such a size")
        return lax.pad(self._masked(array, aval, range(array.ndim), value), value, config)

    def _slice(self, equation: Equation, array: Any) -> Any:
        (aval,), (out,), params = equation.inputs, equation.outputs, equation.params
        strides = params["strides"] or (1,) * array.ndim
        for axis, (start, stride) in enumerate(zip(params["start_indices"], strides, strict=True)):
            limit = params["limit_indices"][axis]
            if not any(map(is_symbolic, (aval.shape[axis], start, limit))):
                array = lax.slice_in_dim(array, start, limit, stride, axis)
            elif stride != 1:
                raise RoomError("a slice with steps")
            else:
                length = self._room(out.shape[axis])
                array = lax.dynamic_slice_in_dim(array, self._size(start), length, axis)
        return array

    def _dynamic_slice(self, equation: Equation, array: Any, *starts: Any) -> Any:
        sizes, aval = equation.params["slice_sizes"], equation.inputs[0]
        last = [self._size(n) - self._size(size) for n, size in zip(aval.shape, sizes, strict=True)]
        inside = [jnp.clip(s, 0, end) for s, end in zip(starts, last, strict=True)]
        return lax.dynamic_slice(array, inside, self._shape(sizes))

    def _dynamic_update_slice(self, equation: Equation, array: Any, new: Any, *starts: Any) -> Any:
        aval, update = equation.inputs[:2]
        pairs = list(zip(aval.shape, update.shape, strict=True))
        last = [self._size(n) - self._size(size) for n, size in pairs]
        first = [jnp.clip(s, 0, end) for s, end in zip(starts, last, strict=True)]
        shorter = [i for i, (n, size) in enumerate(pairs) if is_symbolic(size) and size != n]
        if not shorter:
            return lax.dynamic_update_slice(array, new, first)
        if any(n != size for i, (n, size) in enumerate(pairs) if i != shorter[0]):
            raise RoomError("an update of such a size")
        # What the update has beyond its size must not be written.
        (axis,) = shorter
        place = jnp.arange(array.shape[axis]) - first[axis]
        moved = jnp.take(new, place, axis, mode="clip")
        inside = (place >= 0) & (place < self._size(update.shape[axis]))
        inside = lax.broadcast_in_dim(inside, array.shape, [axis])
        return jnp.where(inside, moved, array)

    def _gather(self, equation: Equation, array: Any, indices: Any) -> Any:
        params, (out,) = equation.params, equation.outputs
        sizes, numbers = params["slice_sizes"], params["dimension_numbers"]
        indices, inside = self._inside(equation, indices, numbers.start_index_map, sizes)
        shape = self._shape(sizes)
        made = _rebound(lax.gather_p, equation, array, indices, slice_sizes=shape)
        if params["mode"] != lax.GatherScatterMode.FILL_OR_DROP or inside is True:
            return made
        fill = params["fill_value"]
        if fill is None:
            fill = np.nan if jnp.issubdtype(out.dtype, jnp.inexact) else _limits(out.dtype).min
        axes = [axis for axis in range(made.ndim) if axis not in numbers.offset_dims]
        inside = lax.broadcast_in_dim(inside, made.shape, axes)
        return jnp.where(inside, made, jnp.asarray(fill, made.dtype))

    def _inside(
        self, equation: Equation, indices: Any, axes: Sequence[int], sizes: Sequence[Any]
    ) -> tuple[Any, Any]:
        """Indices as the mode wants them, and which of them are not beyond a size."""
        clip = equation.params["mode"] == lax.GatherScatterMode.CLIP
        inside: Any = True
        for place, axis in enumerate(axes):
            length = equation.inputs[0].shape[axis]
            if is_symbolic(length):
                last = self._size(length) - self._size(sizes[axis])
                inside = jnp.logical_and(inside, indices[..., place] <= last)
                if clip:
                    lower = jnp.minimum(indices[..., place], last)
                    indices = indices.at[..., place].set(lower)
        return indices, inside

    def _scatter(self, equation: Equation, array: Any, indices: Any, new: Any) -> Any:
        params, (whole, places, update) = equation.params, equation.inputs
        numbers = params["dimension_numbers"]
        if params["mode"] == lax.GatherScatterMode.CLIP:
            raise RoomError("indices that are moved inside")
        left_out = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
        window = [axis for axis in range(len(whole.shape)) if axis not in left_out]
        for axis, place in zip(window, numbers.update_window_dims, strict=True):
            size = update.shape[place]
            if is_symbolic(size) and size != whole.shape[axis]:
                if equation.name == "scatter" or is_symbolic(whole.shape[axis] - size):
                    raise RoomError("an update of such a size")
                new = self._masked(new, update, [place], 0)
        changes: dict[str, Any] = {}
        if _has_size(places):  # what is beyond is put nowhere
            outside = jnp.iinfo(indices.dtype).max
            indices = self._masked(indices, places, range(indices.ndim - 1), outside)
            changes = {
                "mode": lax.GatherScatterMode.FILL_OR_DROP,
                "unique_indices": False,
                "indices_are_sorted": False,
            }
        primitive = {"scatter": lax.scatter_p, "scatter-add": lax.scatter_add_p}[equation.name]
        return _rebound(primitive, equation, array, indices, new, **changes)

    _scatter_add = _scatter

    # ----- programs inside -----

    def _while(self, equation: Equation, *args: Any) -> Any:
        params = equation.params
        first, second = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]

        def goes_on(state: Sequence[Any]) -> Any:
            return self.run(params["cond_jaxpr"], [*args[:first], *state])[0]

        def body(state: Sequence[Any]) -> list[Any]:
            return self._typed(
                equation, self.run(params["body_jaxpr"], [*args[first:second], *state])
            )

        return lax.while_loop(goes_on, body, self._typed(equation, args[second:]))

    def _typed(self, equation: Equation, values: Sequence[Any]) -> list[Any]:
        pairs = zip(values, equation.outputs, strict=True)
        return [lax.convert_element_type(v, a.dtype) for v, a in pairs]

    def _cond(self, equation: Equation, index: Any, *args: Any) -> Any:
        branches = equation.params["branches"]
        ways = [lambda *a, b=b: self._typed(equation, self.run(b, a)) for b in branches]
        return lax.switch(index, ways, *args)

    def _scan(self, equation: Equation, *args: Any) -> Any:
        """As a loop of as many rounds as the size says."""
        params, (consts, carried, _) = equation.params, jax_scan.counts(equation)
        length, start = self._size(params["length"]), args[consts : consts + carried]
        stacked = [jnp.zeros(self._shape(a.shape), a.dtype) for a in equation.outputs[carried:]]

        def one_round(carry: Any) -> Any:
            number, state, stacked = carry
            place = length - 1 - number if params["reverse"] else number
            row = [lax.dynamic_index_in_dim(x, place, 0, False) for x in args[consts + carried :]]
            outs = self.run(params["jaxpr"], [*args[:consts], *state, *row])
            outs = self._typed(equation, outs)
            stacked = [s.at[place].set(o) for s, o in zip(stacked, outs[carried:], strict=True)]
            return number + 1, outs[:carried], stacked

        pairs = zip(start, equation.outputs[:carried], strict=True)
        start = [lax.convert_element_type(v, a.dtype) for v, a in pairs]
        first = (jnp.int32(0), start, stacked)
        _, state, stacked = lax.while_loop(lambda carry: carry[0] < length, one_round, first)
        return [*state, *stacked]


def _mentions_size(equation: Any) -> bool:
    """Whether an operation has to do with such a size, however deep."""
    if any(_has_size(v.aval) for v in (*equation.invars, *equation.outvars)):
        return True
    return equation.primitive.name == "dim_as_value" or any(
        _mentions_size(e)
        for value in equation.params.values()
        for program in (value if isinstance(value, tuple | list) else [value])
        if isinstance(program, ClosedJaxpr) or hasattr(program, "eqns")
        for e in opened(program)[0].eqns
    )


def _rebound(primitive: Any, equation: Equation, *args: Any, **changes: Any) -> Any:
    return primitive.bind(*args, **(equation.params | changes))
