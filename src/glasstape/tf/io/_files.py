"""`tf.io`: files, and numbers in bytes and lines."""

from __future__ import annotations

import base64
import csv
import os
from typing import Any

import numpy as np

from glasstape.tf._convert import as_dtype, as_tensor
from glasstape.tf._text import Strings, as_strings, is_text, one_path, one_string, refusal
from glasstape.tf.io import gfile


def read_file(filename: Any, name: str | None = None) -> Strings:
    """The bytes of a file, as ``tf.io.read_file``.

    In a `tf.function` the file is read when the function is traced, not at each call.

    Args:
        filename: Its path.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        One string of bytes.

    Raises:
        FileUnknownError: there is no such file.

    Example:
        >>> import os, tempfile
        >>> import glasstape.tf as tf
        >>> path = os.path.join(tempfile.mkdtemp(), "note.txt")
        >>> tf.io.write_file(path, "hello")
        >>> tf.io.read_file(path).numpy()
        b'hello'
    """
    del name
    with gfile.GFile(filename, "rb") as file:
        return as_strings(file.read())


def write_file(filename: Any, contents: Any, name: str | None = None) -> None:
    """Put bytes into a file, as ``tf.io.write_file``; folders are made where they are missing.

    In a `tf.function` the file is written when the function is traced, not at each call.

    Args:
        filename: Its path.
        contents: One string.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        TensorTypeError: `contents` is not one string.

    Example:
        >>> import os, tempfile
        >>> import glasstape.tf as tf
        >>> tf.io.write_file(os.path.join(tempfile.mkdtemp(), "a", "note.txt"), "hello")
    """
    del name
    path, data = one_path(filename), one_string(contents)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def matching_files(pattern: Any, name: str | None = None) -> Strings:
    """The files that fit, as ``tf.io.matching_files``.

    Args:
        pattern: Path with ``*``, ``?`` or ``[...]``, or several.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        Their paths, sorted, as a tensor of strings ``[files]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.matching_files("no such folder/*").shape
        (0,)
    """
    del name
    return as_strings(np.array(sorted(gfile.glob(pattern)), object))


def decode_raw(
    input_bytes: Any,
    out_type: Any,
    little_endian: bool = True,
    fixed_length: int | None = None,
    name: str | None = None,
) -> Any:
    r"""The numbers in bytes, as ``tf.io.decode_raw``.

    Args:
        input_bytes: Strings, any shape, all of one length.
        out_type: Their dtype.
        little_endian: Whether the lowest byte of a number comes first.
        fixed_length: Cut or fill up with zeros to so many bytes.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor with one axis more.

    Raises:
        TensorTypeError: the bytes are no whole number of numbers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.decode_raw(b"\x01\x00\x02\x00", tf.int16).tolist()
        [1, 2]
    """
    del name
    texts, dtype = as_strings(input_bytes), as_dtype(out_type)
    rows = [bytes(s) for s in np.asarray(texts).reshape(-1)]
    if fixed_length is not None:
        rows = [row[:fixed_length].ljust(fixed_length, b"\0") for row in rows]
    size = len(rows[0]) if rows else 0
    if any(len(row) != size for row in rows) or size % dtype.itemsize:
        lengths = sorted({len(row) for row in rows})
        raise refusal(f"strings of one length, a multiple of {dtype.itemsize} bytes", lengths)
    stored = dtype if dtype.itemsize == 1 else dtype.newbyteorder("<" if little_endian else ">")
    found = np.frombuffer(b"".join(rows), stored).astype(dtype)
    return as_tensor(found.reshape(*texts.shape, size // dtype.itemsize))


def decode_csv(
    records: Any,
    record_defaults: Any,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    select_cols: Any = None,
    name: str | None = None,
) -> list[Any]:
    """The columns of lines with commas, as ``tf.io.decode_csv``.

    Args:
        records: Strings, any shape, a line each.
        record_defaults: For each column what an empty field stands for, which also says the
            column's dtype; an empty tensor where fields must not be empty.
        field_delim: What stands between fields.
        use_quote_delim: Whether fields may be in quotation marks.
        na_value: What counts as empty too.
        select_cols: The numbers of the columns that are wanted; all when None.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor for each column, of the shape of `records`.

    Raises:
        TensorTypeError: a line has other columns, or a field is no such number.

    Example:
        >>> import glasstape.tf as tf
        >>> [x.tolist() for x in tf.io.decode_csv(["1,0.5", "2,"], [0, 9.0])]
        [[1, 2], [0.5, 9.0]]
    """
    del name
    texts = as_strings(records)
    lines = [s.decode() for s in np.asarray(texts).reshape(-1)]
    quoting = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
    rows = list(csv.reader(lines, delimiter=field_delim, quoting=quoting))
    wanted = range(len(record_defaults)) if select_cols is None else select_cols
    for row in rows:
        if (len(row) <= max(wanted)) or (select_cols is None and len(row) != len(record_defaults)):
            raise refusal(f"lines of {len(record_defaults)} fields", row)
    columns = [
        column([row[place] for row in rows], *meaning(default), na_value).reshape(texts.shape)
        for place, default in zip(wanted, record_defaults, strict=True)
    ]
    return [as_strings(c) if c.dtype == object else as_tensor(c) for c in columns]


def column(fields: list[str], default: Any, dtype: np.dtype | None, empty: str) -> np.ndarray:
    """The values of fields of CSV files; see `meaning` for `default` and `dtype`."""
    values = []
    for field in fields:
        if field in ("", empty):
            if default is None:
                raise refusal("a field that is not empty", field, "give a default")
            values.append(default)
        else:
            values.append(field if dtype is None else _number(field, dtype))
    return np.array([v.encode() for v in values] if dtype is None else values, dtype or object)


def meaning(given: Any) -> tuple[Any, np.dtype | None]:
    """What a default of a CSV file's column says.

    Returns:
        The value for empty fields, None where they must not be empty; and the dtype, None for text.
    """
    if hasattr(given, "dtype") and not np.size(given):
        dtype = np.dtype(given.dtype)
        return None, (None if dtype.kind == "O" else dtype)
    if isinstance(given, list | tuple) and not given:
        return None, np.dtype("float32")
    first = given[0] if isinstance(given, list | tuple) or getattr(given, "ndim", 0) else given
    if is_text(first):
        return one_string(first).decode(), None
    tensor = as_tensor(first)
    return tensor.item(), np.dtype(tensor.dtype)


def _number(field: str, dtype: np.dtype) -> Any:
    try:
        return (int if dtype.kind in "iu" else float)(field)
    except ValueError:
        raise refusal(f"a number of dtype {dtype}", field, "correct the line") from None


def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Strings:
    """Bytes as letters that are safe in addresses of web pages, as ``tf.io.encode_base64``.

    Args:
        input: Strings, any shape.
        pad: Whether "=" fills up to a multiple of four letters.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings of that shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.encode_base64("hello").numpy()
        b'aGVsbG8'
    """
    del name
    texts = as_strings(input)
    found = [base64.urlsafe_b64encode(s) for s in np.asarray(texts).reshape(-1)]
    found = [s if pad else s.rstrip(b"=") for s in found]
    return as_strings(np.array(found, object).reshape(texts.shape))


def decode_base64(input: Any, name: str | None = None) -> Strings:
    """The way back from `encode_base64`, as ``tf.io.decode_base64``.

    Args:
        input: Strings, any shape.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings of that shape.

    Raises:
        TensorTypeError: a string has other letters.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.decode_base64("aGVsbG8").numpy()
        b'hello'
    """
    del name
    texts = as_strings(input)
    try:
        found = [
            base64.b64decode(s + b"=" * (-len(s) % 4), altchars=b"-_", validate=True)
            for s in np.asarray(texts).reshape(-1)
        ]
    except ValueError as error:
        raise refusal("letters that encode_base64 writes", input) from error
    array = np.empty(len(found), object)
    array[:] = found
    return as_strings(array.reshape(texts.shape))
