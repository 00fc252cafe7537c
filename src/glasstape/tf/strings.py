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
from glasstape.tf._text import Strings, as_strings, one_string, refusal

__all__ = [
    "as_string",
    "bytes_split",
    "format",
    "join",
    "length",
    "lower",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "split",
    "strip",
    "substr",
    "to_number",
    "unicode_decode",
    "unicode_encode",
    "unicode_split",
    "upper",
]


def split(input: Any, sep: Any = None, maxsplit: int = -1, name: str | None = None) -> Strings:
    """The parts of a string, as ``tf.strings.split``.

    Args:
        input: One string. Of several, TensorFlow gives a ragged tensor; there is none here.
        sep: What stands between parts; white space when None or empty.
        maxsplit: At most so many cuts; any number when negative.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings ``[parts]``.

    Raises:
        TensorTypeError: `input` is not one string.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.split("photos/cats/1.jpg", "/")[-2].numpy()
        b'cats'
    """
    del name
    text = as_strings(input)
    if text.ndim:
        raise refusal("one string", input, "split each of them: [tf.strings.split(s) for s in x]")
    between = one_string(sep) if sep is not None else None
    return as_strings(text.numpy().split(between or None, maxsplit))


def bytes_split(input: Any, name: str | None = None) -> Strings:
    """The bytes of a string, as ``tf.strings.bytes_split``.

    Args:
        input: One string. Of several, TensorFlow gives a ragged tensor; there is none here.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings ``[bytes]``.

    Raises:
        TensorTypeError: `input` is not one string.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.bytes_split("ab").numpy().tolist()
        [b'a', b'b']
    """
    del name
    return as_strings([bytes([b]) for b in one_string(input)])


def unicode_split(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    name: str | None = None,
) -> Strings:
    """The characters of a string, as ``tf.strings.unicode_split``.

    Args:
        input: One string. Of several, TensorFlow gives a ragged tensor; there is none here.
        input_encoding: Such as ``"UTF-8"``; the parts have it, too.
        errors: What becomes of bytes that are no character: ``"replace"`` puts another in their
            place, ``"ignore"`` leaves them out, ``"strict"`` refuses them.
        replacement_char: The code of that other.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of strings ``[characters]``.

    Raises:
        TensorTypeError: `input` is not one string, or has such bytes and may not.

    Example:
        >>> import glasstape.tf as tf
        >>> [c.decode() for c in tf.strings.unicode_split("né", "UTF-8").numpy()]
        ['n', 'é']
    """
    del name
    text = _decoded(input, input_encoding, errors, replacement_char)
    return as_strings([c.encode(_codec(input_encoding)) for c in text])


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
        input: One string. Of several, TensorFlow gives a ragged tensor; there is none here.
        input_encoding: Such as ``"UTF-8"``.
        errors: As in `unicode_split`.
        replacement_char: Likewise.
        replace_control_characters: Replace those below 32, too.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        int32[characters].

    Raises:
        TensorTypeError: as in `unicode_split`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.strings.unicode_decode("né", "UTF-8").tolist()
        [110, 233]
    """
    del name
    codes = [ord(c) for c in _decoded(input, input_encoding, errors, replacement_char)]
    if replace_control_characters:
        codes = [replacement_char if code < 32 else code for code in codes]
    return as_tensor(np.array(codes, np.int32))


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
    known = re.compile(one_string(pattern))
    put = one_string(rewrite).replace(rb"\0", rb"\g<0>")
    return _each(input, lambda s: known.sub(put, s, count=0 if replace_global else 1))


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
    known = re.compile(one_string(pattern))
    return _numbers(input, lambda s: known.fullmatch(s) is not None, bool)


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
    array, between = np.asarray(as_strings(inputs)), one_string(separator)
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


def _codec(encoding: str) -> str:
    """Python's name; without a mark for the order of bytes."""
    return {"UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be"}.get(encoding, encoding)


def _decoded(input: Any, encoding: str, errors: str, replacement: int) -> str:
    content = one_string(input)
    try:
        return content.decode(_codec(encoding))
    except UnicodeDecodeError:
        if errors == "strict":
            raise refusal(f"text in {encoding}", input, 'pass errors="replace"') from None
    text = content.decode(_codec(encoding), errors)
    return text.replace("\ufffd", chr(replacement)) if errors == "replace" else text


def _character(code: int, errors: str, replacement: int, input: Any) -> str:
    if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000:
        return chr(code)
    if errors == "strict":
        raise refusal("codes of characters", input, 'pass errors="replace"')
    return chr(replacement) if errors == "replace" else ""


def _check_unit(unit: str) -> None:
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise refusal("unit BYTE or UTF8_CHAR", unit)


def _each(input: Any, change: Callable[[bytes], bytes]) -> Strings:
    texts = as_strings(input)
    found = [change(s) for s in np.asarray(texts).reshape(-1).tolist()]
    array = np.empty(texts.size, object)
    array[:] = found
    return as_strings(array.reshape(texts.shape))


def _numbers(input: Any, count: Callable[[bytes], Any], dtype: Any) -> Any:
    texts = as_strings(input)
    numbers = [count(s) for s in np.asarray(texts).reshape(-1).tolist()]
    return as_tensor(np.array(numbers, dtype).reshape(texts.shape))


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
