"""`tf.data`: datasets of the records and lines of files."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import glasstape
from glasstape.data import Dataset
from glasstape.tf import _text
from glasstape.tf.io import gfile, read_tfrecords


def TFRecordDataset(
    filenames: Any, compression_type: str | None = None, buffer_size: int | None = None,
    num_parallel_reads: int | None = None, name: str | None = None,
) -> Dataset:  # fmt: skip
    """The records of TFRecord files, as ``tf.data.TFRecordDataset``.

    Args:
        filenames: A file's path, several, or a dataset of them.
        compression_type: None, "GZIP" or "ZLIB".
        buffer_size: Accepted for TensorFlow's sake, like what follows; unused.
        num_parallel_reads: Unused: one file is read after the other.
        name: Unused.

    Returns:
        A dataset of text, for `tf.io.parse_single_example`.

    Raises:
        FileUnknownError: while iterating, a file is not there.
        DatasetError: while iterating, a record is damaged or cut short.
        MissingExtraError: while iterating, the package google-crc32c is not installed.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> path = tempfile.mkdtemp() + "/records"
        >>> with tf.io.TFRecordWriter(path) as writer:
        ...     writer.write(b"hello")
        >>> [record.numpy() for record in tf.data.TFRecordDataset(path)]
        [b'hello']
    """
    del buffer_size, num_parallel_reads, name
    return _of_files(filenames, lambda path: read_tfrecords(path, compression_type))


def TextLineDataset(
    filenames: Any, compression_type: str | None = None, buffer_size: int | None = None,
    num_parallel_reads: int | None = None, name: str | None = None,
) -> Dataset:  # fmt: skip
    r"""The lines of text files without their ends, as ``tf.data.TextLineDataset``.

    Args:
        filenames: A file's path, several, or a dataset of them.
        compression_type: None or "GZIP".
        buffer_size: Accepted for TensorFlow's sake, like what follows; unused.
        num_parallel_reads: Unused: one file is read after the other.
        name: Unused.

    Returns:
        A dataset of text.

    Raises:
        FileUnknownError: while iterating, a file is not there.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> path = tempfile.mkdtemp() + "/text"
        >>> tf.io.write_file(path, "one\ntwo")
        >>> [line.numpy() for line in tf.data.TextLineDataset(path)]
        [b'one', b'two']
    """
    del buffer_size, num_parallel_reads, name
    return _of_files(filenames, lambda path: _lines(path, compression_type))


def _of_files(filenames: Any, read: Callable[[str], Iterator[bytes]]) -> Dataset:
    def elements() -> Iterator[bytes]:
        given: Any = filenames
        if isinstance(filenames, Dataset):
            given = filenames.as_numpy_iterator()
        one = _text.is_text(given) and not np.ndim(given)
        for path in [given] if one else given:
            yield from read(_text.one_path(path))

    return Dataset.from_generator(elements, output_signature=glasstape.TensorSpec([], _text.string))


def _lines(path: str, compression: str | None) -> Iterator[bytes]:
    if compression not in (None, "", "GZIP"):
        raise _text.refusal("compression_type None or 'GZIP'", compression)
    if not gfile.exists(path):
        raise gfile.unknown(path)
    with (gzip.open if compression else open)(path, "rb") as file:
        for line in file:
            yield line.removesuffix(b"\n").removesuffix(b"\r")
