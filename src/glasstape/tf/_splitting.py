"""Texts taken apart: `tf.strings.split` and its like; of several texts the parts are rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glasstape.tf._convert import as_tensor
from glasstape.tf._ragged import RaggedTensor
from glasstape.tf._text import Strings, as_strings, one_string, refusal


def split(input: Any, sep: Any = None, maxsplit: int = -1, name: str | None = None) -> Any:
    """The parts of a string, as ``tf.strings.split``.

    Args:
        input: Strings, any shape, or rows of them.
        sep: What stands between parts; white space when None or empty.
        maxsplit: At most so many cuts; any number when negative.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings ``[parts]``; of several strings, rows of them: a `tf.RaggedTensor`.

    Raises:
        TensorTypeError: `input` is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.split("photos/cats/1.jpg", "/")[-2].numpy()
        b'cats'
    """
    del name
    between = one_string(sep) if sep is not None else None
    return _apart(input, lambda text: text.split(between or None, maxsplit), as_strings)


def bytes_split(input: Any, name: str | None = None) -> Any:
    """The bytes of a string, as ``tf.strings.bytes_split``.

    Args:
        input: Strings, any shape, or rows of them.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings ``[bytes]``, or rows of them.

    Raises:
        TensorTypeError: `input` is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.bytes_split("ab").numpy().tolist()
        [b'a', b'b']
    """
    del name
    return _apart(input, lambda text: [bytes([b]) for b in text], as_strings)


def unicode_split(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    name: str | None = None,
) -> Any:
    """The characters of a string, as ``tf.strings.unicode_split``.

    Args:
        input: Strings, any shape, or rows of them.
        input_encoding: Such as ``"UTF-8"``; the parts have it, too.
        errors: What becomes of bytes that are no character: ``"replace"`` puts another in their
            place, ``"ignore"`` leaves them out, ``"strict"`` refuses them.
        replacement_char: The code of that other.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings ``[characters]``, or rows of them.

    Raises:
        TensorTypeError: `input` is no text, or has such bytes and may not.

    Example:
        >>> import glasstape.tf as tf
        >>> [c.decode() for c in tf.strings.unicode_split("né", "UTF-8").numpy()]
        ['n', 'é']
    """
    del name
    codec = _codec(input_encoding)

    def parts(text: bytes) -> list[bytes]:
        found = _decoded(text, input_encoding, errors, replacement_char)
        return [c.encode(codec) for c in found]

    return _apart(input, parts, as_strings)


def unicode_decode(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    """The codes of a string's characters, as ``tf.strings.unicode_decode``.

    Args:
        input: Strings, any shape, or rows of them.
        input_encoding: Such as ``"UTF-8"``.
        errors: As in `unicode_split`.
        replacement_char: Likewise.
        replace_control_characters: Replace those below 32, too.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        int32[characters], or rows of them.

    Raises:
        TensorTypeError: as in `unicode_split`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.unicode_decode("né", "UTF-8").tolist()
        [110, 233]
    """
    del name

    def codes(text: bytes) -> list[int]:
        found = [ord(c) for c in _decoded(text, input_encoding, errors, replacement_char)]
        if replace_control_characters:
            found = [replacement_char if code < 32 else code for code in found]
        return found

    return _apart(input, codes, lambda numbers: as_tensor(np.array(numbers, np.int32)))


def unicode_encode(
    input: Any,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    name: str | None = None,
) -> Strings:
    """Strings of characters' codes, as ``tf.strings.unicode_encode``.

    Args:
        input: Whole numbers ``[..., characters]``.
        output_encoding: Such as ``"UTF-8"``.
        errors: As in `unicode_split`, for codes that no character has.
        replacement_char: Likewise.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings ``[...]``.

    Raises:
        TensorTypeError: there are such codes and there may not be.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.unicode_encode([110, 233], "UTF-8").numpy().decode()
        'né'
    """
    del name
    codes, codec = np.asarray(as_tensor(input)), _codec(output_encoding)

    def encoded(row: Any) -> bytes:
        known = [_character(int(code), errors, replacement_char, input) for code in row]
        return "".join(known).encode(codec)

    found = np.empty(codes.shape[:-1], object)
    for place in np.ndindex(*found.shape):
        found[place] = encoded(codes[place])
    return as_strings(found)


def unicode_transcode(
    input: Any,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    r"""Strings in another encoding, as ``tf.strings.unicode_transcode``.

    Args:
        input: Strings, any shape, or rows of them.
        input_encoding: Such as ``"UTF-8"``, or ``"ISO-8859-1"``.
        output_encoding: ``"UTF-8"``, ``"UTF-16-BE"`` or ``"UTF-32-BE"``.
        errors: As in `unicode_split`.
        replacement_char: Likewise.
        replace_control_characters: Replace those below 32, too.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings of that shape, or rows of them.

    Raises:
        TensorTypeError: as in `unicode_split`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.unicode_transcode(b"caf\xe9", "ISO-8859-1", "UTF-8").numpy().decode()
        'café'
    """
    del name
    if output_encoding not in ("UTF-8", "UTF-16-BE", "UTF-32-BE"):
        raise refusal("output_encoding UTF-8, UTF-16-BE or UTF-32-BE", output_encoding)
    codec = _codec(output_encoding)

    def changed(text: bytes) -> bytes:
        found = _decoded(text, input_encoding, errors, replacement_char)
        if replace_control_characters:
            found = "".join(chr(replacement_char) if ord(c) < 32 else c for c in found)
        return found.encode(codec)

    return each(input, changed)


def ngrams(
    data: Any,
    ngram_width: int | Sequence[int],
    separator: Any = " ",
    pad_values: Any = None,
    padding_width: int | None = None,
    preserve_short_sequences: bool = False,
    name: str | None = None,
) -> Any:
    """Neighbouring strings put together, as ``tf.strings.ngrams``.

    Args:
        data: Strings ``[..., words]``, or rows of them.
        ngram_width: How many at a time; several numbers for one after the other.
        separator: What comes between.
        pad_values: What stands in front of the first and behind the last, where fewer would be
            left: one string, or one for each side. None for nothing.
        padding_width: How many of these at the most; None for one less than `ngram_width`.
        preserve_short_sequences: Rows that are shorter give one string of all they have.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings ``[..., ngrams]``, or rows of them.

    Raises:
        TensorTypeError: `data` is no text or one string only, or a width is less than 1.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.ngrams(["a", "b", "c"], 2).numpy().tolist()
        [b'a b', b'b c']
    """
    del name
    widths = [int(n) for n in np.atleast_1d(np.asarray(ngram_width))]
    if min(widths) < 1 or (padding_width is not None and (padding_width < 1 or pad_values is None)):
        raise refusal("widths of 1 or more, and pad_values with padding_width", ngram_width)
    sides = pad_values if isinstance(pad_values, list | tuple) else (pad_values, pad_values)
    left, right = (one_string("" if side is None else side) for side in sides)
    most, between = 0 if pad_values is None else padding_width or max(widths), one_string(separator)

    def joined(words: list[bytes]) -> list[bytes]:
        found: list[bytes] = []
        for width in widths:
            pads = min(width - 1, most)
            padded = [left] * pads + words + [right] * pads
            rows = [padded[i : i + width] for i in range(len(padded) - width + 1)]
            found += [between.join(row) for row in rows]
        # As TensorFlow: what has no n-gram of any width gives one, of all.
        return found or ([between.join(words)] if short and words else [])

    short = preserve_short_sequences
    if isinstance(data, RaggedTensor) and isinstance(data.values, RaggedTensor):
        again = ngrams(data.values, widths, separator, pad_values, padding_width, short)
        return RaggedTensor(again, data.row_splits)
    if isinstance(data, RaggedTensor):
        rows = [joined(row) for row in data.to_list()]
        flat = as_strings([text for row in rows for text in row])
        return RaggedTensor.from_row_lengths(flat, [len(row) for row in rows])
    texts = as_strings(data)
    if not texts.ndim:
        raise refusal("strings [..., words]", data, "split the text first")
    rows = [joined(row) for row in np.asarray(texts).reshape(-1, texts.shape[-1]).tolist()]
    return as_strings(np.array(rows, object).reshape(*texts.shape[:-1], -1 if rows[0] else 0))


def each(input: Any, change: Callable[[bytes], bytes]) -> Any:
    """Each string changed."""
    if isinstance(input, RaggedTensor):
        return RaggedTensor(each(input.values, change), input.row_splits)
    texts = as_strings(input)
    array = np.empty(texts.size, object)
    array[:] = [change(s) for s in np.asarray(texts).reshape(-1).tolist()]
    return as_strings(array.reshape(texts.shape))


def _codec(encoding: str) -> str:
    """Python's name; without a mark for the order of bytes."""
    return {"UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be"}.get(encoding, encoding)


def _decoded(content: bytes, encoding: str, errors: str, replacement: int) -> str:
    try:
        return content.decode(_codec(encoding))
    except UnicodeDecodeError:
        if errors == "strict":
            raise refusal(f"text in {encoding}", content, 'pass errors="replace"') from None
    text = content.decode(_codec(encoding), errors)
    return text.replace("\ufffd", chr(replacement)) if errors == "replace" else text


def _character(code: int, errors: str, replacement: int, input: Any) -> str:
    if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000:
        return chr(code)
    if errors == "strict":
        raise refusal("codes of characters", input, 'pass errors="replace"')
    return chr(replacement) if errors == "replace" else ""


def _apart(input: Any, parts: Callable[[bytes], list[Any]], made: Callable[[Any], Any]) -> Any:
    """The parts of one string as a tensor, those of several as rows."""
    if isinstance(input, RaggedTensor):
        return RaggedTensor(_apart(input.values, parts, made), input.row_splits)
    texts = as_strings(input)
    if texts.ndim == 0:
        return made(parts(texts.numpy()))
    if texts.ndim > 1:
        outer, inner = texts.shape[:2]
        flat = texts.reshape(outer * inner, *texts.shape[2:])
        return RaggedTensor.from_row_lengths(_apart(flat, parts, made), [inner] * outer)
    rows = [parts(text) for text in np.asarray(texts).tolist()]
    return RaggedTensor.from_row_lengths(
        made([part for row in rows for part in row]), [len(row) for row in rows]
    )
