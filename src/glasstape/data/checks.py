"""What methods of a dataset are given, checked."""

from __future__ import annotations

import operator
from typing import Any

from glasstape import sources
from glasstape.errors import DatasetError, DatasetInStepError, NotCoveredError

METHODS = (
    "from_tensor_slices, from_tensors, from_generator, range, counter, random, list_files, load, "
    "zip, choose_from_datasets, sample_from_datasets, map, filter, flat_map, interleave, shuffle, "
    "batch, padded_batch, bucket_by_sequence_length, group_by_window, rebatch, unbatch, window, "
    "repeat, cache, save, prefetch, take, skip, take_while, shard, enumerate, concatenate, unique, "
    "ignore_errors, rejection_resample, scan, reduce, apply, as_numpy_iterator, cardinality, "
    "element_spec, get_single_element, options, with_options"
)
# What there is for the others of TensorFlow's.
_WAYS = {
    "ragged_batch": "padded_batch, and tf.sequence_mask where the lengths matter",
    "sparse_batch": "padded_batch: batches are dense",
    "snapshot": "cache('file') for later runs, or save and load",
    "fingerprint": "reduce over the elements",
}


def whole_number(method: str, argument: str, value: Any, least: int | None = 1) -> int:
    """`value` as an int that is at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is not None and (least is None or number >= least):
        return number
    bound = "" if least is None else f" that is {least} or more"
    raise DatasetError(
        f"Dataset.{method} was given a wrong {argument}.",
        expected=f"a whole number{bound}",
        received=repr(value),
        fix=f"pass {argument} as an int",
        where=sources.user_source(),
    )


def function(method: str, value: Any) -> Any:
    """`value`, which can be called."""
    if callable(value):
        return value
    raise DatasetError(
        f"Dataset.{method} was given something that cannot be called.",
        expected="a function of one element",
        received=type(value).__name__,
        fix="pass a function, such as lambda image, label: (image / 255, label)",
        where=sources.user_source(),
    )


def wrong(happened: str, expected: str, received: str, fix: str) -> DatasetError:
    """The error, at the user's line."""
    return DatasetError(
        happened, expected=expected, received=received, fix=fix, where=sources.user_source()
    )


def not_covered(name: str) -> NotCoveredError:
    """The error for a method that is not there."""
    return NotCoveredError(
        f"Dataset.{name} is not there.",
        expected=METHODS,
        received=name,
        fix=f"use {_WAYS[name]}"
        if name in _WAYS
        else "write it as a loop over the dataset, or load the data with grain or keras.utils",
        where=sources.user_source(),
    )


def refuse_tracing(what: str) -> None:
    """Raise while a step is being compiled: it would see the data of its first call for ever.

    `glasstape.function` then runs the step as plain Python; ``jax.jit`` cannot.
    """
    from glasstape.ports.jax_trace import is_eager

    if is_eager():
        return
    raise DatasetInStepError(
        f"{what} inside of a step that is being compiled.",
        expected="a loop over the dataset in ordinary Python",
        received="a loop in a tf.function (or jax.jit): the program would keep this pass's data",
        fix="leave @tf.function to the step that the loop calls, and write the loop outside",
        where=sources.user_source(),
    )
