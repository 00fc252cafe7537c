"""`tf.io`: TFRecord files and the examples in them."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from glasstape import sources
from glasstape.data import records
from glasstape.errors import DatasetError
from glasstape.tf import _example, _text
from glasstape.tf._convert import as_dtype, as_shape, as_tensor
from glasstape.tf._sparse import SparseTensor
from glasstape.tf.io import gfile


class FixedLenFeature(NamedTuple):
    """A feature of one shape in every example, as ``tf.io.FixedLenFeature``.

    Attributes:
        shape: Its shape.
        dtype: float32, int64 or `tf.string`.
        default_value: What examples without it have; None refuses these.
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class FixedLenSequenceFeature(NamedTuple):
    """A feature of any number of rows of one shape, as ``tf.io.FixedLenSequenceFeature``.

    Attributes:
        shape: The shape of a row.
        dtype: float32, int64 or `tf.string`.
        allow_missing: Examples without it have no rows; must be True.
        default_value: Accepted for TensorFlow's sake; rows are not filled up here.
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class VarLenFeature(NamedTuple):
    """A feature of any length, read into a `tf.SparseTensor`, as ``tf.io.VarLenFeature``.

    Attributes:
        dtype: float32, int64 or `tf.string`.
    """

    dtype: Any


class TFRecordWriter:
    """Writes a TFRecord file, as ``tf.io.TFRecordWriter``; usable in a ``with`` statement.

    Args:
        path: The file.
        options: None, or "GZIP".

    Raises:
        TensorTypeError: `options` is something else.
        MissingExtraError: the package google-crc32c is not installed.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> path = tempfile.mkdtemp() + "/records"
        >>> with tf.io.TFRecordWriter(path) as writer:
        ...     writer.write(b"hello")
        >>> from glasstape.tf.io import read_tfrecords
        >>> list(read_tfrecords(path))
        [b'hello']
    """

    def __init__(self, path: Any, options: Any = None):
        if options not in (None, "", "GZIP"):
            raise _text.refusal("options None or 'GZIP'", options)
        records.framed(b"")  # says at once when the package is missing
        self._file: Any = (gzip.open if options == "GZIP" else open)(_text.one_path(path), "wb")

    def write(self, record: Any) -> None:
        """Append a record.

        Args:
            record: Its bytes, such as ``example.SerializeToString()``.
        """
        self._file.write(records.framed(_text.one_string(record)))

    def flush(self) -> None:
        """Bring what waits to the file."""
        self._file.flush()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def read_tfrecords(path: Any, compression_type: str | None = None) -> Iterator[bytes]:
    """The records of a TFRecord file, one after the other; not a name of TensorFlow's.

    Args:
        path: The file.
        compression_type: None, "GZIP" or "ZLIB".

    Yields:
        The bytes of a record.

    Raises:
        FileUnknownError: there is no such file.
        DatasetError: a record is damaged or cut short.
        MissingExtraError: the package google-crc32c is not installed.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> path = tempfile.mkdtemp() + "/records"
        >>> with tf.io.TFRecordWriter(path, "GZIP") as writer:
        ...     writer.write("hello")
        >>> list(tf.io.read_tfrecords(path, "GZIP"))
        [b'hello']
    """
    name = _text.one_path(path)
    if not os.path.isfile(name):
        raise gfile.unknown(name)
    if compression_type == "ZLIB":
        import io

        with open(name, "rb") as file:
            yield from records.read_records(io.BytesIO(zlib.decompress(file.read())), name)
        return
    with (gzip.open if compression_type == "GZIP" else open)(name, "rb") as file:
        yield from records.read_records(file, name)  # pyright: ignore[reportArgumentType]


def parse_single_example(
    serialized: Any, features: dict[str, Any], example_names: Any = None, name: str | None = None
) -> dict[str, Any]:
    """The tensors in an example, as ``tf.io.parse_single_example``.

    Args:
        serialized: The bytes of a `tf.train.Example`.
        features: Name -> `FixedLenFeature`, `FixedLenSequenceFeature` or `VarLenFeature`.
        example_names: Accepted for TensorFlow's sake; unused.
        name: Unused.

    Returns:
        Name -> tensor.

    Raises:
        DatasetError: the bytes are no example, or a feature is missing or of another shape.
        MissingExtraError: the package protobuf is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2]))
        >>> example = tf.train.Example(features=tf.train.Features(feature={"n": feature}))
        >>> data = example.SerializeToString()
        >>> found = tf.io.parse_single_example(data, {"n": tf.io.FixedLenFeature([2], tf.int64)})
        >>> found["n"].tolist()
        [1, 2]
    """
    del example_names, name
    example = _parsed(_text.one_string(serialized))
    return {key: _single(key, spec, example) for key, spec in features.items()}


def parse_example(
    serialized: Any, features: dict[str, Any], example_names: Any = None, name: str | None = None
) -> dict[str, Any]:
    """The tensors in several examples, as ``tf.io.parse_example``.

    Args:
        serialized: Strings ``[examples]``, each the bytes of a `tf.train.Example`.
        features: Name -> `FixedLenFeature` or `VarLenFeature`.
        example_names: Accepted for TensorFlow's sake; unused.
        name: Unused.

    Returns:
        Name -> tensor with one axis more.

    Raises:
        DatasetError: bytes are no example, or a feature is missing or of another shape.
        MissingExtraError: the package protobuf is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> feature = tf.train.Feature(float_list=tf.train.FloatList(value=[0.5]))
        >>> example = tf.train.Example(features=tf.train.Features(feature={"x": feature}))
        >>> data = [example.SerializeToString()] * 2
        >>> tf.io.parse_example(data, {"x": tf.io.FixedLenFeature([], tf.float32)})["x"].tolist()
        [0.5, 0.5]
    """
    del example_names, name
    examples = [_parsed(s) for s in np.asarray(_text.as_strings(serialized)).reshape(-1)]
    return {key: _batch(key, spec, examples) for key, spec in features.items()}


def _single(key: str, spec: Any, example: Any) -> Any:
    found = _array(key, spec, example)
    if not isinstance(spec, VarLenFeature):
        return _tensor(found)
    return SparseTensor(np.arange(len(found))[:, None], _tensor(found), [len(found)])


def _batch(key: str, spec: Any, examples: list[Any]) -> Any:
    found = [_array(key, spec, example) for example in examples]
    if not isinstance(spec, VarLenFeature):
        return _tensor(_stacked(found))
    places = [(row, n) for row, values in enumerate(found) for n in range(len(values))]
    shape = [len(found), max(map(len, found), default=0)]
    indices = np.array(places, int).reshape(-1, 2)
    return SparseTensor(indices, _tensor(np.concatenate(found)), shape)


def _parsed(data: bytes) -> Any:
    example = _example.parsed("Example", data)
    if example is None:
        raise _refusal("the bytes of a tf.train.Example", f"{data[:20]!r}...")
    return example


def _array(key: str, spec: Any, example: Any) -> np.ndarray:
    if isinstance(spec, VarLenFeature):
        spec = FixedLenSequenceFeature([], spec.dtype, allow_missing=True)
    if not isinstance(spec, FixedLenFeature | FixedLenSequenceFeature):
        kinds = "FixedLenFeature, FixedLenSequenceFeature or VarLenFeature"
        raise _refusal(kinds, f"{key}: {spec!r}")
    is_text = spec.dtype in (_text.string, "string", str)
    dtype = _text.string if is_text else as_dtype(spec.dtype)
    kind = "bytes_list" if is_text else "int64_list" if dtype.kind == "i" else "float_list"
    rows = isinstance(spec, FixedLenSequenceFeature)
    shape = (-1, *as_shape(spec.shape)) if rows else as_shape(spec.shape)
    feature = example.features.feature.get(key)
    if feature is None or feature.WhichOneof("kind") is None:
        return _default(key, spec, dtype, shape)
    if feature.WhichOneof("kind") != kind:
        raise _refusal(f"{key} as {kind}", feature.WhichOneof("kind"))
    values = list(getattr(feature, kind).value)
    found = np.empty(len(values), dtype)
    found[:] = values
    size = int(np.prod(as_shape(spec.shape), dtype=int))
    if found.size % size if rows else found.size != size:
        raise _refusal(f"{key} of shape {shape}", f"{found.size} values")
    return found.reshape(shape)


def _default(key: str, spec: Any, dtype: Any, shape: Any) -> np.ndarray:
    if isinstance(spec, FixedLenSequenceFeature) and spec.allow_missing:
        return np.empty((0, *shape[1:]), dtype)
    if isinstance(spec, FixedLenFeature) and spec.default_value is not None:
        value = spec.default_value
        value = np.asarray(_text.as_strings(value)) if dtype == _text.string else np.asarray(value)
        return np.broadcast_to(value.astype(dtype), shape)
    raise _refusal(f"an example with {key}, or a default_value", f"no {key}")


def _stacked(arrays: list[np.ndarray]) -> np.ndarray:
    if len({a.shape for a in arrays}) > 1:
        raise _refusal("rows of equal length", ", ".join(str(a.shape) for a in arrays[:5]))
    return np.stack(arrays)


def _tensor(array: np.ndarray) -> Any:
    return _text.as_strings(array) if array.dtype == object else as_tensor(array)


def _refusal(expected: str, received: str) -> DatasetError:
    return DatasetError(
        "An example cannot be parsed.",
        expected=expected,
        received=received,
        fix="describe the features as they were written",
        where=sources.user_source(),
    )
