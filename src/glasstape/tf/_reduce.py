"""Functions along axes: reductions, running sums, positions of extremes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _rules
from glasstape.tf._convert import as_axis, as_tensor, available
from glasstape.tf._indices import checked
from glasstape.tf._results import TopK
from glasstape.tf._translate import FLOATS, INTEGERS, NUMBERS, REALS, kind, tensor_of, translated


def _reduction(
    names: str, kinds: str, formula: Callable[..., Any], text: str, example: str, gives: str
) -> Callable[..., Any]:
    """A function ``f(input_tensor, axis=None, keepdims=False, name=None)``."""

    def function(
        input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
    ) -> Any:
        x = tensor_of(kinds, input_tensor)
        return formula(x, as_axis(axis, x), keepdims)

    public = names.split()
    function.__name__ = function.__qualname__ = public[0].rpartition(".")[2]
    function.__doc__ = (
        f"{text}.\n\n    Args:\n        axis: One axis or several; all when None.\n\n"
        f"    Example:\n        >>> import glasstape.tf as tf\n        >>> {example}\n        {gives}"
    )
    return translated(*public)(function)


def _extreme(largest: bool) -> Callable[..., Any]:
    """Of no numbers the extreme is that of the dtype, as in TensorFlow; NumPy refuses."""

    def formula(x: Any, axis: Any, keepdims: bool) -> Any:
        if kind(x.dtype) == "f":
            start = -jnp.inf if largest else jnp.inf
        else:
            start = jnp.iinfo(x.dtype).min if largest else jnp.iinfo(x.dtype).max
        reduce = jnp.max if largest else jnp.min
        return reduce(x, axis, keepdims=keepdims, initial=None if x.size else start)

    return formula


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    # An empty list of axes reduces nothing.
    return x if axis == () else jax.nn.logsumexp(x, axis, keepdims=keepdims)


def _variance(x: Any, axis: Any, keepdims: bool) -> Any:
    return jnp.var(x, axis, keepdims=keepdims)


def _root(x: Any) -> Any:
    return _rules.sqrt(x) if kind(x.dtype) == "f" else jnp.sqrt(x)


def _euclidean(x: Any, axis: Any, keepdims: bool) -> Any:
    if kind(x.dtype) == "c":
        return _euclidean(jnp.abs(x), axis, keepdims).astype(x.dtype)
    return _root(jnp.sum(x * x, axis, dtype=x.dtype, keepdims=keepdims)).astype(x.dtype)


def _prod(x: Any, axis: Any, keepdims: bool) -> Any:
    return jnp.prod(x, axis, dtype=x.dtype, keepdims=keepdims)


# fmt: off
reduce_max = _reduction("reduce_max math.reduce_max", REALS, _extreme(True), "The largest number along axes", "int(tf.reduce_max([1, 3, 2]))", "3")
reduce_min = _reduction("reduce_min math.reduce_min", REALS, _extreme(False), "The smallest number along axes", "int(tf.reduce_min([1, 3, 2]))", "1")
reduce_prod = _reduction("reduce_prod math.reduce_prod", NUMBERS, _prod, "The product along axes", "int(tf.reduce_prod([2, 3]))", "6")
reduce_all = _reduction("reduce_all math.reduce_all", "b", lambda x, a, k: jnp.all(x, a, keepdims=k), "Whether all are true along axes", "bool(tf.reduce_all([True, False]))", "False")
reduce_any = _reduction("reduce_any math.reduce_any", "b", lambda x, a, k: jnp.any(x, a, keepdims=k), "Whether any is true along axes", "bool(tf.reduce_any([True, False]))", "True")
reduce_logsumexp = _reduction("reduce_logsumexp math.reduce_logsumexp", "f", _logsumexp, "log Σ eˣ along axes, without overflow", "float(tf.reduce_logsumexp([0.0]))", "0.0")
reduce_variance = _reduction("math.reduce_variance", FLOATS, _variance, "The variance along axes, of the numbers as a whole population", "float(tf.math.reduce_variance([1.0, 3.0]))", "1.0")
reduce_std = _reduction("math.reduce_std", FLOATS, lambda x, a, k: _rules.sqrt(_variance(x, a, k)), "The standard deviation along axes, of the numbers as a whole population", "float(tf.math.reduce_std([1.0, 3.0]))", "1.0")
reduce_euclidean_norm = _reduction("math.reduce_euclidean_norm", NUMBERS, _euclidean, "√Σ|x|² along axes", "float(tf.math.reduce_euclidean_norm([3.0, 4.0]))", "5.0")
# fmt: on


@translated("reduce_sum", "math.reduce_sum")
def reduce_sum(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Any:
    """The sum along axes.

    Args:
        axis: One axis or several; all when None.

    Returns:
        A tensor of the same dtype; small integers wrap around, as in TensorFlow.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.reduce_sum([[1, 2], [3, 4]], axis=1).tolist()
        [3, 7]
    """
    x = _numbers("reduce_sum", input_tensor)
    return jnp.sum(x, as_axis(axis, x), keepdims=keepdims).astype(x.dtype)


@translated("reduce_mean", "math.reduce_mean")
def reduce_mean(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Any:
    """The mean along axes.

    The mean of integers is an integer, cut off towards zero: cast to float32 first where that is
    not wanted. TensorFlow adds them up in 64 bits, JAX in 32 or, beyond 2³⁰, in floats.

    Args:
        axis: One axis or several; all when None.

    Returns:
        A tensor of the same dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.reduce_mean([1.0, 2.0])), int(tf.reduce_mean([1, 2]))
        (1.5, 1)
    """
    x = _numbers("reduce_mean", input_tensor)
    axes = as_axis(axis, x)
    if kind(x.dtype) not in INTEGERS:
        return jnp.mean(x, axes, keepdims=keepdims)
    return _integer_mean(x, axes, keepdims)


def _numbers(function: str, value: Any) -> Any:
    """A tensor that is not boolean."""
    x = as_tensor(value)
    if x.dtype != "bool":
        return x
    raise TensorTypeError(
        f"tf.{function} was given booleans.",
        expected="numbers",
        received=f"a tensor of dtype bool and shape {x.shape}",
        fix="use tf.cast(x, tf.float32) first",
        where=sources.user_source(),
    )


def _integer_mean(x: Any, axes: Any, keepdims: bool) -> Any:
    total = jnp.sum(x, axes, dtype=available("int64"), keepdims=keepdims)
    count = max(x.size // max(total.size, 1), 1)
    rough = jnp.mean(x, axes, dtype="float32", keepdims=keepdims)
    fits = jnp.abs(rough) * count < jnp.iinfo(total.dtype).max // 2
    exact = jax.lax.div(total, jnp.asarray(count, total.dtype))  # towards zero, unlike //
    return jnp.where(fits, exact, rough.astype(total.dtype)).astype(x.dtype)


@translated("argmax", "math.argmax")
def argmax(
    input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None
) -> Any:
    """Where the largest number along an axis is.

    NaN counts as the largest; TensorFlow passes over it on CPU.

    Args:
        input: Tensor of any shape but ``[]``.
        axis: 0 when None, unlike NumPy's.
        output_type: The result's dtype; int64 is int32 unless ``jax_enable_x64`` is set.

    Returns:
        A tensor without that axis; of equal numbers the first counts.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.argmax([[1, 5], [7, 0]]).tolist()
        [1, 0]
    """
    x = tensor_of("biuf", input)
    found = jnp.argmax(x, as_axis(0 if axis is None else axis, x))  # pyright: ignore
    return found.astype(available(output_type))


@translated("argmin", "math.argmin")
def argmin(
    input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None
) -> Any:
    """Where the smallest number along an axis is; `argmax` says more.

    Args:
        axis: 0 when None, unlike NumPy's.
        output_type: The result's dtype; int64 is int32 unless ``jax_enable_x64`` is set.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.argmin([[1, 5], [7, 0]]).tolist()
        [0, 1]
    """
    x = tensor_of("biuf", input)
    found = jnp.argmin(x, as_axis(0 if axis is None else axis, x))  # pyright: ignore
    return found.astype(available(output_type))


@translated("math.count_nonzero")
def count_nonzero(
    input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = "int64",
    name: str | None = None,
) -> Any:
    """How many numbers along axes are not 0.

    Args:
        axis: One axis or several; all when None.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.math.count_nonzero([0, 1, 2]))
        2
    """
    x = as_tensor(input)
    return jnp.sum(x != 0, as_axis(axis, x), dtype=available(dtype), keepdims=bool(keepdims))


@translated("math.zero_fraction", "nn.zero_fraction")
def zero_fraction(value: Any, name: str | None = None) -> Any:
    """Which part of the numbers is 0.

    Args:
        value: Tensor, number or nested list.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.math.zero_fraction([0, 1]))
        0.5
    """
    return jnp.mean(as_tensor(value) == 0, dtype="float32")


def _running(
    formula: Any, neutral: float, x: Any, axis: Any, exclusive: bool, reverse: bool
) -> Any:
    axis = int(as_axis(axis, x)) % x.ndim  # pyright: ignore
    if reverse:
        x = jnp.flip(x, axis)
    if exclusive:  # one place later, with the last one left out
        x = lax.slice_in_dim(x, 0, max(x.shape[axis] - 1, 0), axis=axis)
        widths = [(int(i == axis), 0) for i in range(x.ndim)]
        x = jnp.pad(x, widths, constant_values=neutral)
    done = formula(x, axis=axis).astype(x.dtype)
    return jnp.flip(done, axis) if reverse else done


@translated("cumsum", "math.cumsum")
def cumsum(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """The running sum along an axis.

    Args:
        exclusive: Leave each element out of its own sum.
        reverse: Begin at the end.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.cumsum([1, 2, 3]).tolist()
        [1, 3, 6]
    """
    return _running(jnp.cumsum, 0, tensor_of(NUMBERS, x), axis, exclusive, reverse)


@translated("math.cumprod")
def cumprod(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """The running product along an axis. Its gradient is right also where a factor is 0.

    Args:
        exclusive: Leave each element out of its own product.
        reverse: Begin at the end.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.math.cumprod([1, 2, 3]).tolist()
        [1, 2, 6]
    """
    return _running(jnp.cumprod, 1, tensor_of(NUMBERS, x), axis, exclusive, reverse)


@translated("math.cumulative_logsumexp")
def cumulative_logsumexp(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """Log of the running sum of eˣ along an axis, without overflow.

    Args:
        exclusive: Leave each element out of its own sum; then the first is -infinity.
        reverse: Begin at the end.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.math.cumulative_logsumexp([0.0])[0])
        0.0
    """
    x = tensor_of("f", x)
    return _running(lax.cumlogsumexp, -jnp.inf, x, axis, exclusive, reverse)


@translated("sort")
def sort(values: Any, axis: Any = -1, direction: str = "ASCENDING", name: str | None = None) -> Any:
    """The numbers in order along an axis.

    Args:
        values: Tensor of numbers.
        direction: ``ASCENDING`` or ``DESCENDING``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.sort([2, 1, 3], direction="DESCENDING").tolist()
        [3, 2, 1]
    """
    x = tensor_of(REALS, values)
    return jnp.sort(x, int(as_axis(axis, x)), descending=_descends(direction))  # pyright: ignore


@translated("argsort")
def argsort(
    values: Any,
    axis: Any = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Any:
    """In which order the numbers along an axis must be taken.

    Args:
        values: Tensor of numbers.
        direction: ``ASCENDING`` or ``DESCENDING``.
        stable: Unused; equal numbers keep their order always.

    Returns:
        A tensor of int32.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.argsort([2, 1, 3]).tolist()
        [1, 0, 2]
    """
    x = tensor_of(REALS, values)
    axis = int(as_axis(axis, x))  # pyright: ignore
    return jnp.argsort(x, axis, descending=_descends(direction)).astype("int32")


def _descends(direction: str) -> bool:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"direction must be ASCENDING or DESCENDING, not {direction!r}")
    return direction == "DESCENDING"


@translated("math.top_k", "nn.top_k")
def top_k(
    input: Any, k: Any = 1, sorted: bool = True, index_type: Any = "int32", name: str | None = None
) -> Any:
    """The `k` largest numbers of the last axis, and where they are.

    Args:
        input: Tensor of rank 1 or more.
        k: How many.
        sorted: Unused; the largest comes first always.
        index_type: The dtype of the places.

    Returns:
        A tuple with the fields ``values`` and ``indices``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.math.top_k([1, 3, 2], k=2).indices.tolist()
        [1, 2]
    """
    values, indices = lax.top_k(tensor_of(REALS, input), int(k))
    return TopK(values, indices.astype(available(index_type)))


@translated("math.in_top_k", "nn.in_top_k")
def in_top_k(targets: Any, predictions: Any, k: Any, name: str | None = None) -> Any:
    """Whether the target is among the `k` best predictions; equal ones all count.

    Args:
        targets: Whole numbers of shape ``[n]``.
        predictions: float32 tensor of shape ``[n, classes]``.
        k: How many.

    Returns:
        A bool tensor of shape ``[n]``; False where a target or its prediction is not finite.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.math.in_top_k([1], [[0.1, 0.9]], 1).tolist()
        [True]
    """
    targets, x = tensor_of("iu", targets), tensor_of("f", predictions)
    inside = (targets >= 0) & (targets < x.shape[1])
    own = jnp.take_along_axis(x, jnp.where(inside, targets, 0)[:, None], 1)
    better = jnp.sum(x > own, 1)
    return inside & (better < k) & jnp.all(jnp.isfinite(x), 1)


@translated("math.bincount")
def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = "int32",
    name: str | None = None,
    axis: Any = None,
    binary_output: bool = False,
) -> Any:
    """How often each whole number occurs.

    Args:
        arr: Whole numbers, not negative.
        weights: What each counts; 1 when None.
        minlength: Of the result, at least.
        maxlength: Of the result, at most; needed in a compiled step, together with `minlength`
            of the same value.
        axis: None for all numbers, -1 for a result of each row.
        binary_output: Whether each occurs, as 1 or 0.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.math.bincount([1, 1, 2]).tolist()
        [0, 2, 1]
    """
    x = tensor_of(INTEGERS, arr)
    length = _count(x, minlength, maxlength)
    numbers = jnp.ones(x.shape, available(dtype)) if weights is None else as_tensor(weights)
    if axis is None:
        x, numbers = x.reshape(-1), numbers.reshape(-1)
    shape = (*x.shape[:-1], length)
    places = (*jnp.indices(x.shape)[:-1], x)
    counts = jnp.zeros(shape, numbers.dtype).at[places].add(numbers, mode="drop")
    return (counts > 0).astype(counts.dtype) if binary_output else counts


def _count(x: Any, minlength: Any, maxlength: Any) -> int:
    if minlength is not None and maxlength is not None and int(minlength) == int(maxlength):
        return int(minlength)
    length = max(int(jnp.max(x)) + 1 if x.size else 0, int(minlength or 0))
    return length if maxlength is None else min(length, int(maxlength))


@translated("histogram_fixed_width")
def histogram_fixed_width(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = "int32", name: str | None = None
) -> Any:
    """How many numbers lie in each of equally wide bins; the outer ones take what is beyond.

    Args:
        values: Tensor of numbers.
        value_range: The lowest and the highest number.
        nbins: How many bins.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.histogram_fixed_width([0.1, 0.2, 0.9], [0.0, 1.0], nbins=2).tolist()
        [2, 1]
    """
    bins = histogram_fixed_width_bins(values, value_range, nbins).reshape(-1)
    return jnp.zeros((int(nbins),), available(dtype)).at[bins].add(1)


@translated("histogram_fixed_width_bins")
def histogram_fixed_width_bins(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = "int32", name: str | None = None
) -> Any:
    """Which of equally wide bins each number lies in; the outer ones take what is beyond.

    Args:
        values: Tensor of numbers.
        value_range: The lowest and the highest number.
        nbins: How many bins.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.histogram_fixed_width_bins([0.1, 0.9], [0.0, 1.0], nbins=2).tolist()
        [0, 1]
    """
    x = tensor_of(REALS, values)
    low, high = as_tensor(value_range, x.dtype)
    place = jnp.floor((x - low) / (high - low) * int(nbins))
    return jnp.clip(place, 0, int(nbins) - 1).astype(available(dtype))


@translated("math.confusion_matrix")
def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = "int32",
    name: str | None = None,
) -> Any:
    """How often each label (row) was predicted as each class (column).

    Args:
        labels: Whole numbers of shape ``[n]``.
        predictions: Likewise.
        num_classes: One more than the largest when None, which a compiled step cannot know.
        weights: What each counts; 1 when None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.math.confusion_matrix([0, 1, 1], [0, 1, 0]).tolist()
        [[1, 0], [1, 1]]
    """
    labels, predictions = (jnp.squeeze(as_tensor(v)) for v in (labels, predictions))
    if num_classes is None:
        num_classes = int(jnp.maximum(jnp.max(labels), jnp.max(predictions))) + 1
    num_classes = int(num_classes)
    labels, predictions = (checked(v, num_classes) for v in (labels, predictions))
    counted = jnp.ones((), available(dtype)) if weights is None else as_tensor(weights)
    table = jnp.zeros((num_classes,) * 2, available(dtype))
    return table.at[labels, predictions].add(counted.astype(table.dtype), mode="drop")


@translated("math.is_non_decreasing")
def is_non_decreasing(x: Any, name: str | None = None) -> Any:
    """Whether no number is smaller than the one before.

    Example:
        >>> import glasstape.tf as tf
        >>> bool(tf.math.is_non_decreasing([1, 1, 2]))
        True
    """
    x = tensor_of(REALS, x).reshape(-1)
    return jnp.all(x[1:] >= x[:-1])


@translated("math.is_strictly_increasing")
def is_strictly_increasing(x: Any, name: str | None = None) -> Any:
    """Whether each number is larger than the one before.

    Example:
        >>> import glasstape.tf as tf
        >>> bool(tf.math.is_strictly_increasing([1, 1, 2]))
        False
    """
    x = tensor_of(REALS, x).reshape(-1)
    return jnp.all(x[1:] > x[:-1])
