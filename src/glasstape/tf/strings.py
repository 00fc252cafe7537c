"""`tf.strings`: what data pipelines do with paths, labels and lines of text.

Tensors of strings are NumPy arrays of `bytes` (see `Strings`); JAX arrays hold numbers only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from glasstape.tf import _elsewhere
from glasstape.tf._convert import as_dtype, as_tensor
from glasstape.tf._hashing import to_hash_bucket_fast as to_hash_bucket_fast
from glasstape.tf._hashing import to_hash_bucket_strong as to_hash_bucket_strong
from glasstape.tf._ragged import RaggedTensor
from glasstape.tf._splitting import bytes_split as bytes_split
from glasstape.tf._splitting import each as _each
from glasstape.tf._splitting import ngrams as ngrams
from glasstape.tf._splitting import split as split
from glasstape.tf._splitting import unicode_decode as unicode_decode
from glasstape.tf._splitting import unicode_encode as unicode_encode
from glasstape.tf._splitting import unicode_split as unicode_split
from glasstape.tf._splitting import unicode_transcode as unicode_transcode
from glasstape.tf._text import Strings, as_strings, one_string, refusal

__all__ = [
    "as_string",
    "bytes_split",
    "format",
    "join",
    "length",
    "lower",
    "ngrams",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "split",
    "strip",
    "substr",
    "to_hash_bucket_fast",
    "to_hash_bucket_strong",
    "to_number",
    "unicode_decode",
    "unicode_encode",
    "unicode_split",
    "unicode_transcode",
    "upper",
]


def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Strings:
    r"""Matches of a pattern replaced, as ``tf.strings.regex_replace``.

    Args:
        input: Strings, any shape.
        pattern: A pattern of Python's `re`; TensorFlow's RE2 knows most of it.
        rewrite: What comes in its place; ``\1`` is the first group, ``\0`` the whole match.
        replace_global: Replace all matches, not only the first.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings of that shape.

    Raises:
        TensorTypeError: an argument is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.regex_replace("a<br />b", "<br />", " ").numpy()
        b'a b'
    """
    del name
    known = _pattern(pattern)
    put = _characters(one_string(rewrite)).replace(r"\0", r"\g<0>")
    most = 0 if replace_global else 1
    return _each(input, lambda s: _bytes(known.sub(put, _characters(s), count=most)))


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Any:
    r"""Which strings a pattern matches from end to end, as ``tf.strings.regex_full_match``.

    Args:
        input: Strings, any shape.
        pattern: A pattern of Python's `re`.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        bool tensor of that shape.

    Raises:
        TensorTypeError: an argument is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.regex_full_match(["a.jpg", "a.txt"], r".*\.jpg").tolist()
        [True, False]
    """
    del name
    known = _pattern(pattern)
    return _numbers(input, lambda s: known.fullmatch(_characters(s)) is not None, bool)


def lower(input: Any, encoding: str = "", name: str | None = None) -> Strings:
    """Small letters, as ``tf.strings.lower``.

    Args:
        input: Strings, any shape.
        encoding: "utf-8" for letters beyond ASCII.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings of that shape.

    Raises:
        TensorTypeError: `input` is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.lower("Cats").numpy()
        b'cats'
    """
    del name
    return _each(input, (lambda s: s.decode().lower().encode()) if encoding else bytes.lower)


def upper(input: Any, encoding: str = "", name: str | None = None) -> Strings:
    """Capital letters, as ``tf.strings.upper``.

    Args:
        input: Strings, any shape.
        encoding: "utf-8" for letters beyond ASCII.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings of that shape.

    Raises:
        TensorTypeError: `input` is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.upper("Cats").numpy()
        b'CATS'
    """
    del name
    return _each(input, (lambda s: s.decode().upper().encode()) if encoding else bytes.upper)


def strip(input: Any, name: str | None = None) -> Strings:
    """Without white space at both ends, as ``tf.strings.strip``.

    Args:
        input: Strings, any shape.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings of that shape.

    Raises:
        TensorTypeError: `input` is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.strip([" a ", "b"]).tolist()
        [b'a', b'b']
    """
    del name
    return _each(input, bytes.strip)


def length(input: Any, unit: str = "BYTE", name: str | None = None) -> Any:
    """How long strings are, as ``tf.strings.length``.

    Args:
        input: Strings, any shape.
        unit: "BYTE", or "UTF8_CHAR" to count characters.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        int32 tensor of that shape.

    Raises:
        TensorTypeError: `input` is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> int(tf.strings.length("é")), int(tf.strings.length("é", "UTF8_CHAR"))
        (2, 1)
    """
    del name
    _check_unit(unit)
    count = (lambda s: len(s.decode())) if unit == "UTF8_CHAR" else len
    return _numbers(input, count, np.int32)


def substr(input: Any, pos: int, len: int, unit: str = "BYTE", name: str | None = None) -> Strings:
    """A part of strings, as ``tf.strings.substr``.

    Args:
        input: Strings, any shape.
        pos: Where it begins; counted from the end when negative.
        len: How long it is.
        unit: "BYTE", or "UTF8_CHAR" to count characters.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings of that shape.

    Raises:
        TensorTypeError: `input` is no text, or a string is too short.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.substr("image_07.png", 6, 2).numpy()
        b'07'
    """
    del name
    _check_unit(unit)
    start, count = int(pos), int(len)

    def part(s: bytes) -> bytes:
        units = s.decode() if unit == "UTF8_CHAR" else s
        size = units.__len__()
        first = start + size if start < 0 else start
        if not 0 <= first <= size:
            raise refusal(f"strings that have a place {start}", s)
        cut = units[first : first + count]
        return cut.encode() if isinstance(cut, str) else cut

    return _each(input, part)


def join(inputs: Any, separator: Any = "", name: str | None = None) -> Strings:
    """Strings put together, one of each, as ``tf.strings.join``.

    Args:
        inputs: A list of strings or tensors of them, of shapes that broadcast.
        separator: What comes between.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings.

    Raises:
        TensorTypeError: an argument is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.join(["photos", ["a", "b"]], "/").tolist()
        [b'photos/a', b'photos/b']
    """
    del name
    between = one_string(separator)
    rows = np.broadcast_arrays(*(np.asarray(as_strings(v)) for v in inputs))
    total = rows[0]
    for row in rows[1:]:
        total = total + between + row
    return as_strings(np.asarray(total, object))


def reduce_join(
    inputs: Any, axis: Any = None, keepdims: bool = False, separator: Any = "",
    name: str | None = None,
) -> Strings:  # fmt: skip
    """Strings put together along an axis, as ``tf.strings.reduce_join``.

    Args:
        inputs: Strings, any shape.
        axis: One axis or several, joined in the order given; all when None.
        keepdims: Keep joined axes with length 1.
        separator: What comes between.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings.

    Raises:
        TensorTypeError: an argument is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.reduce_join([["a", "b"], ["c", "d"]], -1).tolist()
        [b'ab', b'cd']
    """
    del name
    between = one_string(separator)
    if isinstance(inputs, RaggedTensor):
        return _joined_rows(inputs, axis, between)
    array = np.asarray(as_strings(inputs))
    axes = range(array.ndim)[::-1] if axis is None else np.atleast_1d(axis).tolist()
    axes = [a % array.ndim for a in axes][::-1]  # what is joined first varies fastest
    kept = [a for a in range(array.ndim) if a not in axes]
    rows = array.transpose([*kept, *axes]).reshape(
        [*(array.shape[a] for a in kept), int(np.prod([array.shape[a] for a in axes], dtype=int))]
    )
    found = np.empty(rows.shape[:-1], object)
    for place in np.ndindex(found.shape):
        found[place] = between.join(rows[place])
    return as_strings(np.expand_dims(found, sorted(axes)) if keepdims else found)


def _joined_rows(rows: RaggedTensor, axis: Any, between: bytes) -> Any:
    """The innermost rows put together."""
    inner = rows.values
    if axis not in (-1, rows.ragged_rank):
        raise refusal("axis -1 for rows of different lengths", axis, "use x.to_tensor()")
    if isinstance(inner, RaggedTensor):
        return RaggedTensor(_joined_rows(inner, -1, between), rows.row_splits)
    return as_strings([between.join(row) for row in rows.to_list()])


def to_number(input: Any, out_type: Any = "float32", name: str | None = None) -> Any:
    """The numbers that strings spell, as ``tf.strings.to_number``.

    Args:
        input: Strings, any shape.
        out_type: float32, float64, int32 or int64.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of that shape and dtype.

    Raises:
        TensorTypeError: a string spells no such number.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.to_number(["1.5", "-2"]).tolist()
        [1.5, -2.0]
    """
    del name
    wanted = as_dtype(out_type)
    read = int if wanted.kind in "iu" else float

    def number(s: bytes) -> Any:
        try:
            return read(s)
        except ValueError:
            raise refusal(f"a number of dtype {wanted}", s, "clean the text first") from None

    return _numbers(input, number, wanted)


def as_string(
    input: Any, precision: int = -1, scientific: bool = False, shortest: bool = False,
    width: int = -1, fill: str = "", name: str | None = None,
) -> Strings:  # fmt: skip
    """Numbers written out, as ``tf.strings.as_string``.

    Args:
        input: Tensor of numbers or booleans, any shape.
        precision: How many digits after the point; six when negative.
        scientific: Write floats with an exponent.
        shortest: Write floats in the shorter of both ways.
        width: At least so many characters.
        fill: What fills them up: "0", "-" (spaces on the right) or nothing.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings of that shape.

    Raises:
        TensorTypeError: `input` is no tensor of numbers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.as_string([1, 2]).tolist(), tf.strings.as_string(0.5, 2).numpy()
        ([b'1', b'2'], b'0.50')
    """
    del name
    array = np.asarray(as_tensor(input))
    pattern = "%" + fill + (str(width) if width >= 0 else "")
    if array.dtype.kind in "iu":
        pattern += "d"
    elif array.dtype.kind != "b":
        digits = f".{precision}" if precision >= 0 else ""
        pattern += digits + ("e" if scientific else "g" if shortest else "f")
        array = array.astype(np.float64)
    texts = [str(v).lower() if v in (True, False) and array.dtype.kind == "b" else pattern % v
             for v in array.reshape(-1).tolist()]  # fmt: skip
    return as_strings(np.array(texts, object).reshape(array.shape))


def format(
    template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3,
    name: str | None = None,
) -> Strings:  # fmt: skip
    """A text with tensors in it, as ``tf.strings.format``.

    Args:
        template: The text.
        inputs: What comes in place of each placeholder: a tensor, or a list of them.
        placeholder: What to replace.
        summarize: Accepted for TensorFlow's sake; NumPy shortens long arrays.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        One string.

    Raises:
        TensorTypeError: there are more or fewer tensors than placeholders.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.format("loss {}", 0.5).numpy()
        b'loss 0.5'
    """
    del summarize, name
    values = inputs if isinstance(inputs, list | tuple) else [inputs]
    parts = template.split(placeholder)
    if parts.__len__() != values.__len__() + 1:
        raise refusal(f"{parts.__len__() - 1} values for the placeholders", inputs)
    shown = [str(np.asarray(v)) for v in values]
    return as_strings("".join([a + b for a, b in zip(parts, [*shown, ""], strict=True)]))


def _pattern(pattern: Any) -> re.Pattern[str]:
    """RE2, as TensorFlow has it, looks at characters, but knows classes of ASCII only."""
    return re.compile(_characters(one_string(pattern)), re.ASCII)


def _characters(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _check_unit(unit: str) -> None:
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise refusal("unit BYTE or UTF8_CHAR", unit)


def _numbers(input: Any, count: Callable[[bytes], Any], dtype: Any) -> Any:
    if isinstance(input, RaggedTensor):
        return RaggedTensor(_numbers(input.values, count, dtype), input.row_splits)
    texts = as_strings(input)
    numbers = [count(s) for s in np.asarray(texts).reshape(-1).tolist()]
    return as_tensor(np.array(numbers, dtype).reshape(texts.shape))


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
