"""Functions over the rows of tensors: `map_fn`, `vectorized_map`, `scan`, `foldl` and `foldr`."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.compiler.autograph import iterables, loops
from glasstape.errors import ControlFlowTypeError, ShapeError
from glasstape.ports import jax_trace
from glasstape.tf._control import call
from glasstape.tf._convert import as_dtype, as_tensor
from glasstape.tf._tensor_array import TensorArray


def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """Call a function with each row and stack the results, as ``tf.map_fn``.

    `vectorized_map` is faster where the function has no loops of its own.

    Args:
        fn: Given one row of each tensor in `elems`.
        elems: Tensor ``[n, ...]``, or a structure of such.
        dtype: Older name of `fn_output_signature`.
        parallel_iterations: Accepted for TensorFlow's sake; unused.
        back_prop: Unused.
        swap_memory: Unused.
        infer_shape: Unused.
        name: Unused.
        fn_output_signature: The results' dtype or `tf.TensorSpec`, or a structure of such; that of
            `elems` when None.

    Returns:
        Tensor ``[n, ...]``, or a structure of such.

    Raises:
        ShapeError: `elems` has no rows, or not equally many.
        ControlFlowTypeError: `fn` returns another structure than the signature says.
        TensorTypeError: it returns another dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.map_fn(lambda x: x * 2, tf.constant([1, 2, 3])).numpy().tolist()
        [2, 4, 6]
    """
    del parallel_iterations, back_prop, swap_memory, infer_shape, name
    rows, count = _rows("tf.map_fn", elems)
    signature = dtype if fn_output_signature is None else fn_output_signature
    if signature is None:
        signature = jax.tree.map(lambda x: x.dtype, rows)
    specs, tree = jax.tree.flatten(signature)
    arrays = [_array_for(spec, count) for spec in specs]

    def one_round(row: Any, number: Any, arrays: Any) -> Any:
        result = _flat("tf.map_fn", call(fn, row), tree)
        return number + 1, [a.write(number, r) for a, r in zip(arrays, result, strict=True)]

    _, arrays = _run(rows, count, (_zero(), arrays), one_round)
    return jax.tree.unflatten(tree, [a.stack() for a in arrays])


def vectorized_map(
    fn: Callable[[Any], Any],
    elems: Any,
    fallback_to_while_loop: bool = True,
    warn: bool = True,
) -> Any:
    """Call a function once for all rows, as ``tf.vectorized_map``; this is `jax.vmap`.

    Args:
        fn: Given one row of each tensor in `elems`.
        elems: Tensor ``[n, ...]``, or a structure of such.
        fallback_to_while_loop: Accepted for TensorFlow's sake; unused.
        warn: Unused.

    Returns:
        Tensor ``[n, ...]``, or a structure of such.

    Raises:
        ShapeError: `elems` has no rows, or not equally many.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.vectorized_map(lambda x: x * x, tf.constant([1.0, 2.0])).numpy().tolist()
        [1.0, 4.0]
    """
    del fallback_to_while_loop, warn
    rows, _ = _rows("tf.vectorized_map", elems)
    return jax.vmap(lambda row: jax.tree.map(as_tensor, call(fn, row)))(rows)


def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """What a function makes of each row and of what it made before, as ``tf.scan``.

    Args:
        fn: Given what it returned last and one row of each tensor in `elems`.
        elems: Tensor ``[n, ...]``, or a structure of such.
        initializer: Given to it first; the first row when None.
        parallel_iterations: Accepted for TensorFlow's sake; unused.
        back_prop: Unused.
        swap_memory: Unused.
        infer_shape: Unused.
        reverse: Begin with the last row.
        name: Unused.

    Returns:
        All that it returned, stacked: tensor ``[n, ...]``, or a structure of such.

    Raises:
        ShapeError: `elems` has no rows, or not equally many.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.scan(lambda total, x: total + x, tf.constant([1, 2, 3])).numpy().tolist()
        [1, 3, 6]
    """
    del parallel_iterations, back_prop, swap_memory, infer_shape, name
    rows, count = _rows("tf.scan", elems)
    if reverse:
        rows = _flipped(rows)
    first, rows_left, count_left = _start("tf.scan", rows, count, initializer)
    tensors, tree = jax.tree.flatten(first)
    arrays = [TensorArray(t.dtype, count_left, element_shape=t.shape) for t in tensors]

    def one_round(row: Any, number: Any, so_far: Any, arrays: Any) -> Any:
        so_far = _tensors(call(fn, so_far, row))
        result = _flat("tf.scan", so_far, tree)
        return number + 1, so_far, [a.write(number, r) for a, r in zip(arrays, result, strict=True)]

    _, _, arrays = _run(rows_left, count_left, (_zero(), first, arrays), one_round)
    stacked = [a.stack() for a in arrays]
    if initializer is None:
        stacked = [jnp.concatenate([t[None], s]) for t, s in zip(tensors, stacked, strict=True)]
    result = jax.tree.unflatten(tree, stacked)
    return _flipped(result) if reverse else result


def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """The last of what `scan` gives, as ``tf.foldl``.

    Args:
        fn: Given what it returned last and one row of each tensor in `elems`.
        elems: Tensor ``[n, ...]``, or a structure of such.
        initializer: Given to it first; the first row when None.
        parallel_iterations: Accepted for TensorFlow's sake; unused.
        back_prop: Unused.
        swap_memory: Unused.
        name: Unused.

    Returns:
        What it returned last.

    Raises:
        ShapeError: `elems` has no rows, or not equally many.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.foldl(lambda total, x: total * 10 + x, tf.constant([1, 2, 3])))
        123
    """
    del parallel_iterations, back_prop, swap_memory, name
    return _fold("tf.foldl", fn, *_rows("tf.foldl", elems), initializer)


def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """`foldl` that begins with the last row, as ``tf.foldr``.

    Args:
        fn: Given what it returned last and one row of each tensor in `elems`.
        elems: Tensor ``[n, ...]``, or a structure of such.
        initializer: Given to it first; the last row when None.
        parallel_iterations: Accepted for TensorFlow's sake; unused.
        back_prop: Unused.
        swap_memory: Unused.
        name: Unused.

    Returns:
        What it returned last.

    Raises:
        ShapeError: `elems` has no rows, or not equally many.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.foldr(lambda total, x: total * 10 + x, tf.constant([1, 2, 3])))
        321
    """
    del parallel_iterations, back_prop, swap_memory, name
    rows, count = _rows("tf.foldr", elems)
    return _fold("tf.foldr", fn, _flipped(rows), count, initializer)


def _fold(name: str, fn: Any, rows: Any, count: int, initializer: Any) -> Any:
    first, rows, count = _start(name, rows, count, initializer)
    (result,) = _run(rows, count, (first,), lambda row, so_far: (_tensors(call(fn, so_far, row)),))
    return result


def _rows(function: str, elems: Any) -> tuple[Any, int]:
    """The tensors in `elems`, and how many rows each has."""
    if isinstance(elems, list) and not any(hasattr(e, "shape") for e in jax.tree.leaves(elems)):
        _refuse_rows(function, "numbers in a list")
    tensors = jax.tree.map(as_tensor, elems)
    shapes = [x.shape for x in jax.tree.leaves(tensors)]
    counts = {shape[0] if shape else None for shape in shapes}
    if None in counts or len(counts) != 1:
        _refuse_rows(function, f"shapes {', '.join(map(str, shapes))}")
    return tensors, counts.pop()  # pyright: ignore[reportReturnType]


def _refuse_rows(function: str, received: str) -> None:
    raise ShapeError(
        f"{function} was given something without rows, or with different numbers of them.",
        expected="tensors with equally many rows along their first axis",
        received=received,
        fix="pass a tensor such as tf.constant([...]), or a tuple of tensors of equal length",
        where=sources.user_source(),
    )


def _tensors(structure: Any) -> Any:
    return jax.tree.map(as_tensor, structure)


def _flipped(structure: Any) -> Any:
    return jax.tree.map(lambda x: jnp.flip(x, 0), structure)


def _start(name: str, rows: Any, count: int, initializer: Any) -> tuple[Any, Any, int]:
    """What a fold begins with, and the rows it goes over."""
    if initializer is not None:
        return _tensors(initializer), rows, count
    if count == 0:
        _refuse_rows(name, "no row, and no initializer")
    first = jax.tree.map(lambda x: x[0], rows)
    return first, jax.tree.map(lambda x: x[1:], rows), count - 1


def _zero() -> Any:
    return 0 if jax_trace.is_eager() else jnp.int32(0)


def _array_for(spec: Any, count: int) -> TensorArray:
    shape = getattr(spec, "shape", None)
    dtype = spec.dtype if shape is not None and not isinstance(spec, np.dtype) else as_dtype(spec)
    return TensorArray(dtype, count, element_shape=shape if dtype is not spec else None)


def _flat(function: str, result: Any, tree: Any) -> list[Any]:
    leaves, found = jax.tree.flatten(result)
    if found == tree:
        return leaves
    raise ControlFlowTypeError(
        f"The function given to {function} returns another structure than was expected.",
        expected=_stars(tree),
        received=_stars(found),
        fix="pass fn_output_signature, a dtype for each tensor that the function returns, in the "
        "same structure"
        if function == "tf.map_fn"
        else "return the structure of the initializer",
        where=sources.user_source(),
    )


def _stars(tree: Any) -> str:
    return str(jax.tree.unflatten(tree, ["*"] * tree.num_leaves)).replace("'*'", "*")


def _run(rows: Any, count: int, start: tuple[Any, ...], one_round: Callable[..., Any]) -> Any:
    """The state after ``state = one_round(row, *state)`` for each row."""
    state = types.SimpleNamespace(now=start)

    def body(row: Any) -> None:
        state.now = tuple(one_round(row, *state.now))

    def set_state(new: tuple[Any, ...]) -> None:
        state.now = new

    over: Any = iterables.Rows(rows, count)
    if jax_trace.is_eager():
        over = (jax.tree.map(lambda x: x[k], rows) for k in range(count))  # noqa: B023
    names = tuple([f"value {n}" for n in range(len(start))])
    loops.for_stmt(over, None, body, lambda: state.now, set_state, names, {})
    return state.now
