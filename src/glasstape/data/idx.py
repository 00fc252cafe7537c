"""IDX files, the format of MNIST: http://yann.lecun.com/exdb/mnist.

A header (two zero bytes, a type code, the number of dimensions, each dimension as a big-endian
int32), then the numbers, big-endian, in C order. Plain or compressed with gzip.
"""

from __future__ import annotations

import math
import struct
import zlib
from os import PathLike
from pathlib import Path

import numpy as np

from glasstape import sources
from glasstape.errors import DatasetError, DatasetNotFoundError

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC = b"\x1f\x8b"
_FIX = "get the file again; this copy is cut short or is not an IDX file"


def read_idx(path: str | PathLike[str]) -> np.ndarray:
    """Read an IDX file.

    Args:
        path: The file, plain or ``.gz`` (told apart by content).

    Returns:
        An array of the file's own shape and dtype, in the machine's byte order.

    Raises:
        DatasetNotFoundError: there is no such file.
        DatasetError: the header is wrong, or the file is longer or shorter than the header says.

    Example:
        >>> import pathlib, tempfile
        >>> import glasstape as gt
        >>> file = pathlib.Path(tempfile.mkdtemp(), "labels.idx")
        >>> _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        >>> gt.data.read_idx(file).tolist()
        [7, 8, 9]
    """
    content = _read(Path(path))
    dtype, shape = _header(content, path)
    start = 4 + 4 * len(shape)
    expected = math.prod(shape) * dtype.itemsize
    if len(content) - start != expected:
        raise _error(
            path,
            "does not have the length its header says.",
            f"{expected} bytes of numbers (shape {shape}, {dtype.itemsize} byte(s) each)",
            f"{len(content) - start} bytes",
        )
    numbers = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return numbers.astype(dtype.newbyteorder("="))


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetNotFoundError(
            f"The file {path} cannot be read.",
            expected="an IDX file",
            received=error.strerror or str(error),
            fix="check the path",
            where=sources.user_source(),
        ) from None
    return _decompress(content, path) if content.startswith(_GZIP_MAGIC) else content


def _decompress(content: bytes, path: Path) -> bytes:
    """What can be read of a gzip file; `gzip.open` gives nothing of one that is cut short."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        return unpacker.decompress(content)
    except zlib.error as error:
        raise _error(path, "is damaged.", "a gzip file", f"{len(content)} bytes, {error}") from None


def _header(content: bytes, path: str | PathLike[str]) -> tuple[np.dtype, tuple[int, ...]]:
    code, ndim = (content[2], content[3]) if len(content) >= 4 else (0, 0)
    if content[:2] != b"\0\0" or code not in _TYPES or ndim == 0:
        start = content[:4].hex(" ") or "nothing"
        codes = ", ".join(f"0x{c:02x}" for c in _TYPES)
        expected = f"0, 0, a type code ({codes}), a number of dimensions"
        raise _error(path, "is not an IDX file.", expected, f"the first bytes {start}")
    if len(content) < 4 + 4 * ndim:
        expected = f"a header of {4 + 4 * ndim} bytes ({ndim} dimensions)"
        raise _error(path, "ends inside its header.", expected, f"{len(content)} bytes")
    return np.dtype(_TYPES[code]), struct.unpack_from(f">{ndim}I", content, 4)


def _error(path: object, happened: str, expected: str, received: str) -> DatasetError:
    return DatasetError(
        f"{path} {happened}",
        expected=expected,
        received=received,
        fix=_FIX,
        where=sources.user_source(),
    )
