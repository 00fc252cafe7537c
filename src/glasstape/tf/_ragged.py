"""`tf.RaggedTensor`: rows of different lengths, on the way to padded tensors."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.errors import NotCoveredError, TensorTypeError
from glasstape.tf import _text
from glasstape.tf._convert import as_tensor
from glasstape.tf._shape import TensorShape, as_tensor_shape
from glasstape.tf._translate import Refused, translated


class RaggedTensor:
    """Rows of different lengths, as ``tf.RaggedTensor``.

    It is there for data, outside of compiled steps: `to_tensor` gives a padded tensor, which
    everything else takes. Made by `tf.ragged.constant`, `from_row_splits`, `from_row_lengths` and
    `from_tensor`.

    Args:
        values: The rows, one after the other: a tensor, or rows of rows.
        row_splits: Where each row begins, and the end of the last one.

    Example:
        >>> import glasstape.tf as tf
        >>> rows = tf.ragged.constant([[1, 2], [3]])
        >>> rows.to_tensor().tolist(), rows.row_lengths().tolist()
        ([[1, 2], [3, 0]], [2, 1])
    """

    def __init__(self, values: Any, row_splits: Any):
        self._values, self._splits = values, np.asarray(row_splits, "int64")

    @classmethod
    def from_row_splits(
        cls, values: Any, row_splits: Any, name: str | None = None, validate: bool = True
    ) -> RaggedTensor:
        """Rows that begin at `row_splits`, which has the end of the last one, too."""
        del name, validate
        values = values if isinstance(values, RaggedTensor) else _tensor(values)
        splits, count = np.asarray(row_splits), values.shape[0]
        if splits.size == 0 or splits[0] or splits[-1] != count or (np.diff(splits) < 0).any():
            expected = f"numbers from 0 to {count} that do not fall"
            raise _refusal(expected, splits.tolist(), "look at the lengths of the rows")
        return cls(values, splits)

    @classmethod
    def from_row_lengths(
        cls, values: Any, row_lengths: Any, name: str | None = None, validate: bool = True
    ) -> RaggedTensor:
        """Rows of these lengths."""
        splits = np.concatenate([[0], np.cumsum(np.asarray(row_lengths, "int64"))])
        return cls.from_row_splits(values, splits, name, validate)

    @classmethod
    def from_tensor(
        cls, tensor: Any, lengths: Any = None, padding: Any = None, name: str | None = None
    ) -> RaggedTensor:
        """The rows of a padded tensor, as long as `lengths` says, or without padding."""
        del name
        x = _tensor(tensor)
        array = np.asarray(x)
        if lengths is None:
            lengths = np.full(len(array), array.shape[1])
            if padding is not None:
                wanted = padding.encode() if isinstance(padding, str) else padding
                kept = (array != wanted).reshape(*array.shape[:2], -1).any(-1)
                steps = np.arange(1, array.shape[1] + 1)
                lengths = np.max(kept * steps, axis=1, initial=0)
        lengths = np.asarray(lengths)
        keep = np.arange(array.shape[1]) < lengths[:, None]
        return cls.from_row_lengths(_tensor(array[keep]), lengths)

    @property
    def values(self) -> Any:
        """The rows, one after the other."""
        return self._values

    @property
    def flat_values(self) -> Any:
        """The elements, one after the other."""
        inner = self._values
        return inner.flat_values if isinstance(inner, RaggedTensor) else inner

    @property
    def row_splits(self) -> Any:
        """Where each row begins, and the end of the last one."""
        return _numbers(self._splits)

    @property
    def dtype(self) -> Any:
        """That of the elements."""
        return self.flat_values.dtype

    @property
    def ragged_rank(self) -> int:
        """How many axes have rows of different lengths."""
        inner = self._values
        return 1 + (inner.ragged_rank if isinstance(inner, RaggedTensor) else 0)

    @property
    def shape(self) -> TensorShape:
        """The shape, None for axes of different lengths."""
        return TensorShape([len(self._splits) - 1, None, *self._values.shape[1:]])

    get_shape = shape.fget

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        """The length of each row."""
        if axis != 1:
            raise _refusal("axis 1", axis, "use x.values.row_lengths()")
        return _numbers(np.diff(self._splits))

    def nrows(self, out_type: Any = None, name: str | None = None) -> Any:
        """How many rows there are."""
        return _numbers(np.asarray(len(self._splits) - 1))

    def bounding_shape(self) -> Any:
        """The shape of `to_tensor`."""
        return _numbers(np.asarray(_bounds(self)))

    def to_list(self) -> list[Any]:
        """The rows as lists."""
        inner = self._values
        whole = inner.to_list() if isinstance(inner, RaggedTensor) else np.asarray(inner).tolist()
        return [whole[begin:end] for begin, end in itertools.pairwise(self._splits.tolist())]

    def numpy(self) -> Any:
        """The rows as an array; of objects, where their lengths differ."""
        inner = self._values
        if isinstance(inner, RaggedTensor):
            rows = [row.numpy() for row in self]
        else:
            rows = np.split(np.asarray(inner), self._splits[1:-1])[: len(self._splits) - 1]
        if len({row.shape for row in rows}) == 1:
            return np.stack(rows)
        found = np.empty(len(rows), object)
        found[:] = rows
        return found

    def to_tensor(
        self, default_value: Any = None, name: str | None = None, shape: Any = None
    ) -> Any:
        """The rows, filled up at their ends, or cut off.

        Args:
            default_value: With what; 0 or empty text when None.
            name: Unused.
            shape: The result's shape, None in it for the longest row; longer rows are cut off.

        Returns:
            A tensor.
        """
        size = _bounds(self)
        for axis, length in enumerate(() if shape is None else as_tensor_shape(shape)):
            size[axis] = size[axis] if length is None else length
        if default_value is None:
            default_value = b"" if self.dtype == object else 0
        whole = np.full(size, default_value, self.dtype)
        _fill(whole, self)
        return _tensor(whole)

    def __getitem__(self, key: Any) -> Any:
        rows = len(self._splits) - 1
        if isinstance(key, slice):
            return _taken(self, np.arange(rows)[key])
        if isinstance(key, tuple):
            return self._columns(key[0], list(key[1:]))
        index = int(key) + (rows if key < 0 else 0)
        if not 0 <= index < rows:
            raise IndexError(f"row {key} of {rows}")
        begin, end = int(self._splits[index]), int(self._splits[index + 1])
        return self._values[begin:end]

    def _columns(self, first: Any, rest: list[Any]) -> Any:
        """Rows, and what `rest` takes of each."""
        rows = self[first]
        if not rest or not isinstance(first, slice):
            return rows[tuple(rest) if len(rest) > 1 else rest[0]] if rest else rows
        if len(rest) > 1:
            return _stacked([row[tuple(rest)] for row in rows], rows.values[:0])
        if not isinstance(rest[0], slice):
            raise _refusal("a slice of each row", rest[0], "use x.to_tensor()[:, i]")
        spans = itertools.pairwise(rows._splits.tolist())
        places = [np.arange(begin, end)[rest[0]] for begin, end in spans]
        chosen = _taken(rows.values, np.concatenate([np.arange(0), *places]))
        return RaggedTensor.from_row_lengths(chosen, [len(p) for p in places])

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self._splits) - 1))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise _not_covered("A tf.RaggedTensor is no tensor here.", "a function of tensors")

    def __add__(self, other: Any) -> Any:
        raise _not_covered("A tf.RaggedTensor has no operators here.", "an operator")

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __matmul__ = __add__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "detach":
            raise AttributeError(name)
        raise _not_covered(f"A tf.RaggedTensor has no `{name}` here.", f"x.{name}")

    def __repr__(self) -> str:
        return f"<tf.RaggedTensor {self.to_list()}>"


def _bounds(rows: RaggedTensor) -> list[int]:
    """The smallest shape that all rows fit into."""
    longest = int(np.max(np.diff(rows._splits), initial=0))
    inner = rows.values
    below = _bounds(inner) if isinstance(inner, RaggedTensor) else inner.shape
    return [len(rows._splits) - 1, longest, *below[1:]]


def _fill(whole: np.ndarray, rows: RaggedTensor) -> None:
    inner = rows.values
    array = None if isinstance(inner, RaggedTensor) else np.asarray(inner)
    for place, (begin, end) in zip(whole, itertools.pairwise(rows._splits.tolist()), strict=False):
        if array is None:
            _fill(place, inner[begin:end])
        else:
            row = array[begin:end][tuple(slice(n) for n in place.shape)]
            place[tuple(slice(n) for n in row.shape)] = row


def _taken(rows: Any, places: np.ndarray) -> Any:
    """These rows of a tensor, or of rows."""
    if not isinstance(rows, RaggedTensor):
        return _tensor(np.asarray(rows)[places])
    begins, lengths = rows._splits[places], np.diff(rows._splits)[places]
    spans = [np.arange(b, b + n) for b, n in zip(begins, lengths, strict=True)]
    chosen = _taken(rows.values, np.concatenate([np.arange(0), *spans]))
    return RaggedTensor.from_row_lengths(chosen, lengths)


def _stacked(rows: Sequence[Any], nothing: Any) -> RaggedTensor:
    """Rows put under each other; `nothing` is a row without elements."""
    lengths = [int(r.shape[0]) for r in rows]
    return RaggedTensor.from_row_lengths(_joined([nothing, *rows]), lengths)


def _joined(rows: Sequence[Any]) -> Any:
    if not isinstance(rows[0], RaggedTensor):
        return _tensor(np.concatenate([np.asarray(r) for r in rows]))
    lengths = np.concatenate([np.diff(r._splits) for r in rows])
    return RaggedTensor.from_row_lengths(_joined([r.values for r in rows]), lengths)


@translated("ragged.constant")
def constant(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: Any = None,
    name: str | None = None,
    row_splits_dtype: Any = None,
) -> Any:
    """Nested lists as rows of different lengths.

    Args:
        pylist: Nested lists of numbers or text.
        dtype: That of the elements; TensorFlow's choice when None.
        ragged_rank: How many axes have rows of different lengths; all but one when None.
        inner_shape: None.
        row_splits_dtype: Unused.

    Returns:
        A `tf.RaggedTensor`; a tensor of a list that is not nested.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.ragged.constant([["a"], [], ["b", "c"]])
        <tf.RaggedTensor [[b'a'], [], [b'b', b'c']]>
    """
    if inner_shape is not None:
        raise Refused("inner_shape None", repr(inner_shape), "leave it out")
    rank = _depth(pylist) - 1 if ragged_rank is None else ragged_rank
    return _built(pylist, rank, None if dtype in (_text.string, "string") else dtype)


def _depth(value: Any) -> int:
    if isinstance(value, list | tuple):
        return 1 + max(map(_depth, value), default=0)
    return np.ndim(value) if hasattr(value, "shape") else 0


def _built(rows: Any, rank: int, dtype: Any) -> Any:
    if rank <= 0:
        return _text.as_strings(rows) if _text.is_text(rows) else as_tensor(rows, dtype)
    if not all(hasattr(row, "__len__") and not isinstance(row, str | bytes) for row in rows):
        raise Refused("lists of one depth", repr(rows)[:80], "nest all elements equally deep")
    members = [member for row in rows for member in row]
    inner = _built(members, rank - 1, dtype)
    return RaggedTensor.from_row_lengths(inner, [len(row) for row in rows])


@translated("ragged.stack")
def stack(values: Any, axis: int = 0, name: str | None = None) -> RaggedTensor:
    """Tensors of different lengths as rows.

    Args:
        values: The tensors.
        axis: 0.

    Returns:
        A `tf.RaggedTensor`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.ragged.stack([[1, 2], [3]])
        <tf.RaggedTensor [[1, 2], [3]]>
    """
    rows = [v if isinstance(v, RaggedTensor) else _tensor(v) for v in values]
    if axis != 0 or not rows:
        raise Refused("tensors, and axis 0", f"{len(rows)} tensors, axis {axis}", "see tf.stack")
    return _stacked(rows, rows[0][:0])


def _tensor(values: Any) -> Any:
    is_text = _text.is_text(values) or getattr(values, "dtype", None) == _text.string
    return _text.as_strings(values) if is_text else as_tensor(values)


def _numbers(array: np.ndarray) -> Any:
    return as_tensor(array.astype("int64"))


def _refusal(expected: str, received: Any, fix: str) -> TensorTypeError:
    happened = "tf.RaggedTensor cannot use these arguments."
    where = sources.user_source()
    return TensorTypeError(
        happened, expected=expected, received=repr(received), fix=fix, where=where
    )


def _not_covered(happened: str, received: str) -> NotCoveredError:
    return NotCoveredError(
        happened,
        expected="to_tensor, to_list, row_lengths and the others of dir(tf.RaggedTensor)",
        received=received,
        fix="use x.to_tensor(), with tf.sequence_mask(x.row_lengths()) for what is padding",
        where=sources.user_source(),
    )
