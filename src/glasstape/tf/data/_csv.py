"""`tf.data.experimental`: datasets of CSV files."""

from __future__ import annotations

import csv
import gzip
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from glasstape.data import Dataset, elements, spec
from glasstape.errors import GlassTapeError
from glasstape.tf import _text
from glasstape.tf._convert import as_dtype
from glasstape.tf._dtype import DType
from glasstape.tf.io import _files, gfile

_Column = tuple[Any, Any]  # what an empty field stands for, and the dtype: see `_files.meaning`


def CsvDataset(
    filenames: Any, record_defaults: Sequence[Any], compression_type: str | None = None,
    buffer_size: int | None = None, header: bool = False, field_delim: str = ",",
    use_quote_delim: bool = True, na_value: str = "", select_cols: Sequence[int] | None = None,
    exclude_cols: Sequence[int] | None = None,
) -> Dataset:  # fmt: skip
    r"""The lines of CSV files, as ``tf.data.experimental.CsvDataset``.

    Args:
        filenames: A file's path, or several.
        record_defaults: For each wanted column its dtype, where no field is empty, or the value
            that an empty field stands for.
        compression_type: None or "GZIP".
        buffer_size: Accepted for TensorFlow's sake; unused.
        header: Whether each file begins with a line to be left out.
        field_delim: What stands between fields.
        use_quote_delim: Whether fields may be in quotation marks.
        na_value: What counts as empty too.
        select_cols: The numbers of the columns that are wanted; all when None.
        exclude_cols: Or of those that are not.

    Returns:
        A dataset of tuples, one a line.

    Raises:
        TensorTypeError: while iterating, a line has other columns, or a field is no such number.
        FileUnknownError: while iterating, a file is not there.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> path = tempfile.mkdtemp() + "/table.csv"
        >>> tf.io.write_file(path, "1,0.5\n2,\n")
        >>> lines = tf.data.experimental.CsvDataset(path, [tf.int32, 9.0])
        >>> [(int(a), float(b)) for a, b in lines]
        [(1, 0.5), (2, 9.0)]
    """
    del buffer_size
    columns = [_meaning(default) for default in record_defaults]
    paths = [_text.one_path(p) for p in np.atleast_1d(np.asarray(_text.as_strings(filenames)))]
    open_rows = _reader(field_delim, use_quote_delim, compression_type, "utf-8")

    def rows() -> Iterator[Any]:
        for row in itertools.chain.from_iterable(_rows(paths, open_rows, header)):
            fields = _chosen(row, len(columns), select_cols, exclude_cols)
            pairs = zip(fields, columns, strict=True)
            yield tuple(_files.column([field], *c, na_value).reshape(()) for field, c in pairs)

    specs = tuple(spec.of_array((), dtype or _text.string) for _, dtype in columns)
    return Dataset(elements.Stream(rows), element_spec=lambda: specs)


def make_csv_dataset(
    file_pattern: Any, batch_size: int, column_names: Sequence[str] | None = None,
    column_defaults: Sequence[Any] | None = None, label_name: str | None = None,
    select_columns: Sequence[Any] | None = None, field_delim: str = ",",
    use_quote_delim: bool = True, na_value: str = "", header: bool = True,
    num_epochs: int | None = None, shuffle: bool = True, shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None, prefetch_buffer_size: int | None = None,
    num_parallel_reads: int | None = None, sloppy: bool = False,
    num_rows_for_inference: int | None = 100, compression_type: str | None = None,
    ignore_errors: bool = False, encoding: str = "utf-8",
) -> Dataset:  # fmt: skip
    r"""Batches of the columns of CSV files, as ``tf.data.experimental.make_csv_dataset``.

    The files are read once, into memory; `CsvDataset` reads line by line.

    Args:
        file_pattern: A path, a pattern of paths, or several.
        batch_size: How many lines a batch has.
        column_names: All columns' names; None for the first line of the first file.
        column_defaults: For each wanted column its dtype, where no field is empty, or the value
            that an empty field stands for; None to tell int32, int64, float32, float64 and text
            by the fields, with 0 and "" for empty ones.
        label_name: The column that is the label; None for none.
        select_columns: Names or numbers of the columns that are wanted; all when None.
        field_delim: What stands between fields.
        use_quote_delim: Whether fields may be in quotation marks.
        na_value: What counts as empty too.
        header: Whether each file begins with the names.
        num_epochs: How often all lines come; endlessly when None, without a smaller last batch.
        shuffle: Whether lines come in random order.
        shuffle_buffer_size: See `Dataset.shuffle`.
        shuffle_seed: Likewise.
        prefetch_buffer_size: Accepted for TensorFlow's sake, like the two that follow; unused.
        num_parallel_reads: Unused.
        sloppy: Unused.
        num_rows_for_inference: How many lines tell a column's dtype; all when None.
        compression_type: None or "GZIP".
        ignore_errors: Leave out lines with other columns, or fields that are no such number.
        encoding: Of the files.

    Returns:
        A dataset of dicts of columns, or of pairs of such a dict and the labels.

    Raises:
        FileUnknownError: no file is there.
        TensorTypeError: a name is that of no column, a line has other columns, or a field is no
            such number.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> path = tempfile.mkdtemp() + "/flowers.csv"
        >>> tf.io.write_file(path, "length,width,kind\n5.1,3.5,0\n4.9,3.0,2\n")
        >>> flowers = tf.data.experimental.make_csv_dataset(
        ...     path, batch_size=2, label_name="kind", num_epochs=1, shuffle=False)
        >>> [(features["width"].tolist(), labels.tolist()) for features, labels in flowers]
        [([3.5, 3.0], [0, 2])]
    """
    del prefetch_buffer_size, num_parallel_reads, sloppy
    paths = gfile.glob(file_pattern)
    if not paths:
        raise gfile.unknown(str(file_pattern))
    open_rows = _reader(field_delim, use_quote_delim, compression_type, encoding)
    names = list(column_names or _names(paths[0], open_rows, header))
    rows = list(itertools.chain.from_iterable(_rows(paths, open_rows, header)))
    places = sorted(_places(names, select_columns))
    if label_name is not None and label_name not in [names[place] for place in places]:
        raise _text.refusal(f"label_name among {names}", label_name, "name a column")
    meanings = (
        [_guess(column, na_value) for column in _columns(rows[:num_rows_for_inference], places)]
        if column_defaults is None
        else [_meaning(default) for default in column_defaults]
    )
    wanted = list(zip(places, meanings, strict=True))
    features = _features(rows, names, wanted, na_value, ignore_errors)
    label = features.pop(label_name) if label_name is not None else None
    lines = Dataset.from_tensor_slices(features if label_name is None else (features, label))
    if shuffle:
        lines = lines.shuffle(shuffle_buffer_size, shuffle_seed)
    return lines.repeat(num_epochs).batch(batch_size, drop_remainder=num_epochs is None)


def _columns(rows: list[list[str]], places: list[int]) -> list[list[str]]:
    return [[row[place] for row in rows if len(row) > place] for place in places]


def _features(
    rows: list[list[str]], names: list[str], wanted: list, na_value: str, ignore_errors: bool
) -> dict[str, Any]:
    """The wanted columns by name."""
    if ignore_errors:
        rows = [row for row in rows if _can_be_read(row, len(names), wanted, na_value)]
    for row in rows:
        _chosen(row, len(names), None, None)
    return {
        names[place]: _files.column([row[place] for row in rows], default, dtype, na_value)
        for place, (default, dtype) in wanted
    }


def _reader(
    delimiter: str, quotes: bool, compression: str | None, encoding: str
) -> Callable[[str], Iterator[list[str]]]:
    """Gives the lines of a file, in fields."""
    if compression not in (None, "", "GZIP"):
        raise _text.refusal("compression_type None or 'GZIP'", compression)
    quoting = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE

    def read(path: str) -> Iterator[list[str]]:
        if not gfile.exists(path):
            raise gfile.unknown(path)
        opened: Any = gzip.open if compression else open
        with opened(path, "rt", encoding=encoding, newline="") as file:
            yield from csv.reader(file, delimiter=delimiter, quoting=quoting)

    return read


def _rows(
    paths: Sequence[str], read: Callable[[str], Iterator[list[str]]], header: bool
) -> Iterator[Iterator[list[str]]]:
    return (itertools.islice(read(path), int(header), None) for path in paths)


def _names(path: str, read: Callable[[str], Iterator[list[str]]], header: bool) -> list[str]:
    if not header:
        raise _text.refusal("column_names, or a header", None, "pass column_names")
    return next(read(path), [])


def _places(names: Sequence[str], wanted: Sequence[Any] | None) -> list[int]:
    if wanted is None:
        return list(range(len(names)))
    unknown = [w for w in wanted if w not in names and w not in range(len(names))]
    if unknown:
        raise _text.refusal(f"select_columns among {list(names)}", unknown, "name columns")
    return [w if isinstance(w, int) else list(names).index(w) for w in wanted]


def _chosen(row: list[str], count: int, wanted: Any, unwanted: Any) -> list[str]:
    """The fields that are wanted, as many as there are to be."""
    found = row
    if wanted is not None:
        found = [row[place] for place in wanted if place < len(row)]
    elif unwanted is not None:
        found = [field for place, field in enumerate(row) if place not in unwanted]
    if len(found) != count:
        raise _text.refusal(f"lines of {count} fields", row, "correct the file, or the columns")
    return found


def _meaning(default: Any) -> _Column:
    """As `_files.meaning`; a dtype is that of a column without empty fields."""
    if not isinstance(default, np.dtype | DType | type):
        return _files.meaning(default)
    return None, None if default in (_text.string, str) else as_dtype(default)


def _guess(fields: Sequence[str], empty: str) -> _Column:
    """The narrowest dtype of fields, as TensorFlow tells it, and 0 or empty text."""
    there = [field for field in fields if field not in ("", empty)]
    for dtype in ("int32", "int64", "float32", "float64"):
        kind = np.iinfo(dtype) if dtype.startswith("int") else np.finfo(dtype)
        try:
            numbers = [int(f) if dtype.startswith("int") else float(f) for f in there]
        except ValueError:
            continue
        if there and all(kind.min <= n <= kind.max or n != n or abs(n) == np.inf for n in numbers):
            return 0, np.dtype(dtype)
    return "", None


def _can_be_read(row: list[str], count: int, wanted: Sequence[Any], empty: str) -> bool:
    try:
        _chosen(row, count, None, None)
        for place, (default, dtype) in wanted:
            _files.column([row[place]], default, dtype, empty)
    except GlassTapeError:
        return False
    return True
