"""`tf.lookup`: tables of keys and values, for data pipelines and steps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _elsewhere, _text
from glasstape.tf._convert import as_tensor, available
from glasstape.tf._hashing import buckets
from glasstape.tf._ragged import RaggedTensor
from glasstape.tf._sparse import SparseTensor
from glasstape.tf._tensors import convert_to_tensor
from glasstape.tf.strings import as_string

__all__ = [
    "KeyValueTensorInitializer",
    "StaticHashTable",
    "StaticVocabularyTable",
    "TextFileIndex",
    "TextFileInitializer",
]


class TextFileIndex:
    """What of a file's lines is a key or value, as ``tf.lookup.TextFileIndex``."""

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class _Rows(NamedTuple):
    keys: Any
    values: Any


class KeyValueTensorInitializer(_Rows):
    """A table's keys and values, as ``tf.lookup.KeyValueTensorInitializer``.

    Args:
        keys: Text or whole numbers, any shape.
        values: Text, numbers or truth values of that shape.
        key_dtype: The keys' dtype; their own when None.
        value_dtype: The values', likewise.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        TensorTypeError: there are not as many values as keys, or a dtype does not fit.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]).value_dtype
        dtype('int32')
    """

    __slots__ = ()

    def __new__(
        cls,
        keys: Any,
        values: Any,
        key_dtype: Any = None,
        value_dtype: Any = None,
        name: str | None = None,
    ) -> KeyValueTensorInitializer:
        """Make tensors of both."""
        del name
        keys = convert_to_tensor(keys, key_dtype)
        values = convert_to_tensor(values, value_dtype)
        if keys.shape != values.shape:
            shown = f"shapes {keys.shape} and {values.shape}"
            raise _refusal("keys and values of one shape", shown, "give a value for each key")
        return super().__new__(cls, keys, values)

    @property
    def key_dtype(self) -> Any:
        """The keys' dtype."""
        return self.keys.dtype

    @property
    def value_dtype(self) -> Any:
        """The values' dtype."""
        return self.values.dtype


def TextFileInitializer(
    filename: Any,
    key_dtype: Any,
    key_index: int,
    value_dtype: Any,
    value_index: int,
    vocab_size: int | None = None,
    delimiter: str = "\t",
    name: str | None = None,
    value_index_offset: int = 0,
) -> KeyValueTensorInitializer:
    r"""A table's keys and values in the lines of a file, as ``tf.lookup.TextFileInitializer``.

    Args:
        filename: The file's path.
        key_dtype: `tf.string` or `tf.int64`.
        key_index: The column of the keys, or one of `TextFileIndex`.
        value_dtype: The values' dtype.
        value_index: The column of the values, or one of `TextFileIndex`.
        vocab_size: How many lines are read; all when None.
        delimiter: What stands between columns.
        name: Accepted for TensorFlow's sake; unused.
        value_index_offset: Added to numbers of lines that are values.

    Raises:
        FileUnknownError: there is no such file.
        TensorTypeError: a line has no such column, or something else in it.

    Example:
        >>> import os, tempfile
        >>> import glasstape.tf as tf
        >>> path = os.path.join(tempfile.mkdtemp(), "words.txt")
        >>> tf.io.write_file(path, "a\nb\n")
        >>> line, number = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
        >>> words = tf.lookup.TextFileInitializer(path, tf.string, line, tf.int64, number)
        >>> tf.lookup.StaticHashTable(words, -1).lookup(tf.constant(["b", "c"])).tolist()
        [1, -1]
    """
    from glasstape.tf.io import read_file

    lines = read_file(filename).numpy().splitlines()[:vocab_size]
    keys = _column(lines, key_index, key_dtype, delimiter, 0)
    values = _column(lines, value_index, value_dtype, delimiter, value_index_offset)
    return KeyValueTensorInitializer(keys, values, key_dtype, value_dtype, name)


def _column(lines: list[bytes], index: int, dtype: Any, delimiter: str, first: int) -> Any:
    is_text = dtype == _text.string
    if index == TextFileIndex.LINE_NUMBER:
        if is_text:
            fix = "use tf.int64, or TextFileIndex.WHOLE_LINE"
            raise _refusal("whole numbers for TextFileIndex.LINE_NUMBER", "tf.string", fix)
        return np.arange(first, first + len(lines))
    if index == TextFileIndex.WHOLE_LINE:
        cells = lines
    else:
        rows = [line.split(delimiter.encode()) for line in lines]
        if short := next((row for row in rows if len(row) <= index), None):
            shown = f"{len(short)} in {delimiter.encode().join(short)!r}"
            raise _refusal(f"{index + 1} columns in each line", shown, "look at the delimiter")
        cells = [row[index] for row in rows]
    if is_text:
        return cells
    try:
        return np.array(cells).astype(available(dtype))
    except ValueError as error:
        fix = "use tf.string, or another column"
        raise _refusal(f"numbers of dtype {available(dtype)}", str(error), fix) from None


def _also_inside(lookup: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A method of tensors that takes ragged and sparse ones, too, and text and lists."""

    @functools.wraps(lookup)
    def method(self: Any, keys: Any, name: str | None = None) -> Any:
        del name
        if isinstance(keys, RaggedTensor):
            return RaggedTensor(method(self, keys.values), keys.row_splits)
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, method(self, keys.values), keys.dense_shape)
        return lookup(self, convert_to_tensor(keys))

    return method


class StaticHashTable:
    """Values for keys, as ``tf.lookup.StaticHashTable``.

    Whole numbers are looked up in compiled steps, too; text is looked up outside of them or, where
    it does not change, while they are traced.

    Args:
        initializer: The keys and values: a `KeyValueTensorInitializer` or `TextFileInitializer`.
        default_value: What other keys get.
        name: Accepted for TensorFlow's sake.
        experimental_is_anonymous: Likewise.

    Raises:
        TensorTypeError: a key has two values, or `default_value` is not of the values' dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> words = tf.lookup.KeyValueTensorInitializer(["cat", "dog"], [3, 5])
        >>> table = tf.lookup.StaticHashTable(words, default_value=-1)
        >>> table.lookup(tf.constant(["dog", "cow"])).tolist(), int(table.size())
        ([5, -1], 2)
    """

    def __init__(
        self,
        initializer: KeyValueTensorInitializer,
        default_value: Any,
        name: str | None = None,
        experimental_is_anonymous: bool = False,
    ):
        del experimental_is_anonymous
        self.name = name
        self.key_dtype, self.value_dtype = initializer.key_dtype, initializer.value_dtype
        self.default_value = convert_to_tensor(default_value, self.value_dtype)
        keys, values = (np.asarray(v).reshape(-1).tolist() for v in initializer)
        known = dict(zip(keys, values, strict=True))
        if wrong := [k for k, v in zip(keys, values, strict=True) if known[k] != v]:
            raise _refusal("one value for each key", f"several for {wrong[0]!r}", "remove others")
        self._places = {key: place for place, key in enumerate(sorted(known))}
        given = list(self._places)
        is_text = self.key_dtype == _text.string
        self._keys = _text.as_strings(given) if is_text else as_tensor(given, self.key_dtype)
        rows = [*map(known.__getitem__, self._places), np.asarray(self.default_value)[()]]
        self._values = np.array(rows, self.value_dtype)  # the last one is for other keys

    @_also_inside
    def lookup(self, keys: Any) -> Any:
        """The values of keys.

        Args:
            keys: A tensor of the keys' dtype, any shape; ragged and sparse ones, too.

        Returns:
            A tensor of that shape.

        Raises:
            TensorTypeError: `keys` has another dtype.
        """
        if keys.dtype != self.key_dtype:
            shown = _told(keys.dtype)
            raise _refusal(f"keys of dtype {_told(self.key_dtype)}", shown, "use tf.cast")
        places: Any
        if isinstance(keys, _text.Strings):
            flat = np.asarray(keys).reshape(-1).tolist()
            places = np.array([self._places.get(key, -1) for key in flat], int).reshape(keys.shape)
        elif self._places:
            places = jnp.minimum(jnp.searchsorted(self._keys, keys), len(self._places) - 1)
            places = jnp.where(self._keys[places] == keys, places, -1)
        else:
            places = jnp.full(keys.shape, -1)
        if self.value_dtype == _text.string:
            places = np.asarray(_text.known_numbers(places, "values"))
        values = self._values if isinstance(places, np.ndarray) else as_tensor(self._values)
        return convert_to_tensor(values[places])

    __getitem__ = lookup

    def size(self, name: str | None = None) -> Any:
        """How many keys there are, as a tensor of shape ``[]``."""
        del name
        return as_tensor(np.int64(len(self._places)))

    def export(self, name: str | None = None) -> tuple[Any, Any]:
        """All keys and their values, as two tensors."""
        del name
        return self._keys, convert_to_tensor(self._values[:-1])


class StaticVocabularyTable:
    """Numbers for words, those not known included, as ``tf.lookup.StaticVocabularyTable``.

    Args:
        initializer: The words and their numbers, from 0 on; None for none.
        num_oov_buckets: How many numbers after these the words that are not known share, by
            TensorFlow's fingerprints.
        lookup_key_dtype: The keys' dtype where there is no `initializer`; text when None.
        name: Accepted for TensorFlow's sake.
        experimental_is_anonymous: Likewise.

    Raises:
        TensorTypeError: `num_oov_buckets` is not positive, or the values are no whole numbers.

    Example:
        >>> import glasstape.tf as tf
        >>> words = ["cat", "dog"]
        >>> known = tf.lookup.KeyValueTensorInitializer(words, [0, 1], value_dtype=tf.int64)
        >>> table = tf.lookup.StaticVocabularyTable(known, num_oov_buckets=2)
        >>> table.lookup(tf.constant(["dog", "cow", "ox"])).tolist(), int(table.size())
        ([1, 2, 2], 4)
    """

    def __init__(
        self,
        initializer: KeyValueTensorInitializer | None,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: str | None = None,
        experimental_is_anonymous: bool = False,
    ):
        del experimental_is_anonymous
        if num_oov_buckets < 1:
            fix = "use tf.lookup.StaticHashTable for none"
            raise _refusal("num_oov_buckets of 1 or more", str(num_oov_buckets), fix)
        self.name, self.value_dtype = name, available("int64")
        if initializer is None:
            is_text = lookup_key_dtype in (None, _text.string)
            keys = _text.as_strings([]) if is_text else as_tensor([], lookup_key_dtype)
            initializer = KeyValueTensorInitializer(keys, np.array([], np.int64))
        if initializer.value_dtype != self.value_dtype:
            shown = _told(initializer.value_dtype)
            raise _refusal("values of dtype tf.int64", shown, "pass value_dtype=tf.int64")
        self.key_dtype = initializer.key_dtype
        self._known, self._buckets = StaticHashTable(initializer, -1), num_oov_buckets

    @_also_inside
    def lookup(self, keys: Any) -> Any:
        """The numbers of keys; see `StaticHashTable.lookup`."""
        found = self._known.lookup(keys)
        texts = keys
        if not isinstance(keys, _text.Strings):
            texts = as_string(_text.known_numbers(keys, "fingerprints"))
        numbers = np.array(found)
        others = numbers < 0
        numbers[others] = int(self._known.size()) + buckets(texts[others], self._buckets)
        return as_tensor(numbers)

    __getitem__ = lookup

    def size(self, name: str | None = None) -> Any:
        """How many numbers there are, as a tensor of shape ``[]``."""
        del name
        return self._known.size() + self._buckets


def _told(dtype: Any) -> str:
    return "tf.string" if dtype == _text.string else f"tf.{dtype}"


def _refusal(expected: str, received: str, fix: str) -> TensorTypeError:
    return TensorTypeError(
        "A table of tf.lookup cannot use this.",
        expected=expected,
        received=received,
        fix=fix,
        where=sources.user_source(),
    )


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
