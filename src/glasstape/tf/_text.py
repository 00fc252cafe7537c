"""Strings as tensors: what `tf.constant("text")`, `tf.io.read_file` and `tf.strings` give.

JAX arrays hold numbers only, so a tensor of strings is a NumPy array of `bytes` objects with
TensorFlow's few methods. It lives outside of compiled programs: a `tf.function` is traced for
each text it is called with, and what it returns as text is a constant of the trace.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.errors import TensorTypeError, TextOfStepError
from glasstape.ports import jax_trace

string = np.dtype(object)  # what a tensor of strings has as its dtype, `tf.string`


class Strings(np.ndarray):
    """A tensor of strings: a NumPy array of `bytes`, any shape.

    Comparing gives boolean tensors; ``+`` joins. A single one equals, and hashes as, its bytes.

    Example:
        >>> import glasstape.tf as tf
        >>> path = tf.constant("photos/cats/1.jpg")
        >>> path.numpy(), (tf.strings.split(path, "/")[-2] == ["cats", "dogs"]).tolist()
        (b'photos/cats/1.jpg', [True, False])
    """

    def numpy(self) -> Any:
        """`bytes` when there is one string, else a NumPy array of `bytes`."""
        return np.asarray(self)[()]

    def get_shape(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    def __getitem__(self, key: Any) -> Any:
        return as_strings(np.asarray(self)[key])

    def __iter__(self) -> Iterator[Any]:
        return (as_strings(v) for v in np.asarray(self))

    def __eq__(self, other: Any) -> Any:
        return _compared(self, other, True)

    def __ne__(self, other: Any) -> Any:
        return _compared(self, other, False)

    def __hash__(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return hash(self.numpy())  # NumPy refuses an array, as it should

    def __add__(self, other: Any) -> Any:
        return as_strings(np.asarray(self) + np.asarray(as_strings(other)))

    def __radd__(self, other: Any) -> Any:
        return as_strings(np.asarray(as_strings(other)) + np.asarray(self))

    def __bytes__(self) -> bytes:
        return one_string(self)

    def __repr__(self) -> str:
        return f"<tf.Tensor: shape={self.shape}, dtype=string, numpy={self.numpy()!r}>"

    def __str__(self) -> str:
        return f"tf.Tensor({self.numpy()!s}, shape={self.shape}, dtype=string)"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def is_text(value: Any) -> bool:
    """Whether `value` is a string, bytes, path, or an array or nested list of them."""
    if isinstance(value, list | tuple):
        return bool(value) and is_text(value[0])
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "SU" or isinstance(value, Strings) or _holds_text(value)
    return isinstance(value, str | bytes | os.PathLike)


def as_strings(value: Any) -> Strings:
    """A tensor of strings; text becomes UTF-8.

    Raises:
        TensorTypeError: `value` holds something else.
    """
    if isinstance(value, Strings):
        return value
    array = value if isinstance(value, np.ndarray) else _object_array(value)
    flat = [as_bytes(v) for v in array.reshape(-1).tolist()]
    found = np.empty(len(flat), object)
    found[:] = flat
    return found.reshape(array.shape).view(Strings)


def as_bytes(value: Any) -> bytes:
    """One string as bytes."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()] if not isinstance(value, Strings) else value.numpy()
    if isinstance(value, bytes):
        return bytes(value)  # without NumPy's class
    if isinstance(value, str | os.PathLike):
        return os.fspath(value).encode() if not isinstance(value, str) else value.encode()
    raise refusal("text: str, bytes, or a tensor of them", value)


def one_string(value: Any) -> bytes:
    """The bytes of a tensor that holds one string."""
    strings = as_strings(value)
    if strings.ndim:
        raise refusal("one string", value)
    return strings.numpy()


def one_path(value: Any) -> str:
    """A file's name as Python's functions take it."""
    path = os.fsdecode(one_string(value))
    if "://" in path:
        raise refusal("a file of this computer", path, "copy it here first")
    return path


def known_numbers(numbers: Any, what: str) -> Any:
    """The numbers themselves, which are not there while a step is compiled.

    Args:
        numbers: A tensor.
        what: The text they stand for, such as "words".

    Raises:
        TextOfStepError: they are a compiled step's own.
    """
    if jax_trace.is_abstract(numbers):
        raise TextOfStepError(
            f"The {what} for a step's own numbers are text, which no compiled program has.",
            expected="plain Python, or numbers that are known while the step is compiled",
            received=f"a tensor of shape {tuple(numbers.shape)} of the step",
            fix=f"give the numbers back, and ask for their {what} outside of tf.function",
            where=sources.user_source(),
        )
    return numbers


def refusal(expected: str, received: Any, fix: str = "pass str, bytes or what tf.strings gives"):
    """The error where no text comes."""
    return TensorTypeError(
        "This value is not the text that is asked for.",
        expected=expected,
        received=f"{type(received).__name__} {received!r}"[:200],
        fix=fix,
        where=sources.user_source(),
    )


def _holds_text(array: np.ndarray) -> bool:
    return array.dtype == object and array.size > 0 and isinstance(array.flat[0], str | bytes)


def _object_array(value: Any) -> np.ndarray:
    """Nested lists as an array; NumPy itself would cut zero bytes off the end of `bytes`."""
    if isinstance(value, str | bytes | os.PathLike):
        array = np.empty((), object)
        array[()] = value
        return array
    if isinstance(value, list | tuple):
        rows = [as_strings(v) for v in value]
        if len({row.shape for row in rows}) > 1:
            raise refusal("rows of equal length", value)
        return np.stack(rows) if rows else np.empty((0,), object)
    raise refusal("text: str, bytes, or a tensor of them", value)


def _compared(left: Strings, right: Any, equal: bool) -> Any:
    if not is_text(right):
        return NotImplemented if not isinstance(right, jax.Array) else jnp.asarray(not equal)
    found = np.equal(np.asarray(left), np.asarray(as_strings(right)), dtype=object)
    return jnp.asarray(np.asarray(found, bool) == equal)
