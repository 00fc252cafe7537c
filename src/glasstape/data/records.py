"""Records in a file, each with its length and checksums: TFRecord files and event files.

The format is ``length, checksum of the length, bytes, checksum of the bytes``, where a checksum is
a masked CRC-32C: https://www.tensorflow.org/tutorials/load_data/tfrecord.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, Any

from glasstape import sources
from glasstape.errors import DatasetError, MissingExtraError

_HEAD = struct.Struct("<QI")
_FOOT = struct.Struct("<I")


def framed(data: bytes) -> bytes:
    """A record as it lies in a file.

    Args:
        data: Its content.

    Returns:
        Bytes.

    Raises:
        MissingExtraError: the package google-crc32c is not installed.
    """
    length = struct.pack("<Q", len(data))
    return length + _FOOT.pack(_masked(length)) + data + _FOOT.pack(_masked(data))


def read_records(file: IO[bytes], name: str = "the file") -> Iterator[bytes]:
    """The records of a file, one after the other.

    Args:
        file: A file that is open for reading bytes.
        name: What messages call it.

    Yields:
        The content of a record.

    Raises:
        DatasetError: a record is damaged or cut short.
        MissingExtraError: the package google-crc32c is not installed.
    """
    number = 0
    while head := file.read(_HEAD.size):
        if len(head) < _HEAD.size or _masked(head[:8]) != _HEAD.unpack(head)[1]:
            raise _damaged(name, number)
        length = _HEAD.unpack(head)[0]
        data, foot = file.read(length), file.read(_FOOT.size)
        if len(foot) < _FOOT.size or len(data) < length or _FOOT.unpack(foot)[0] != _masked(data):
            raise _damaged(name, number)
        yield data
        number += 1


def _masked(data: bytes) -> int:
    """The checksum, turned so that a checksum of checksums is none of the usual values."""
    found = _crc32c().value(data)
    return ((found >> 15 | found << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _crc32c() -> Any:
    try:
        import google_crc32c
    except ImportError:
        raise MissingExtraError(
            "Record files need CRC-32C checksums, which google-crc32c computes.",
            expected="the package google-crc32c",
            received="no module google_crc32c",
            fix="pip install 'glasstape[records]'",
            where=sources.user_source(),
        ) from None
    return google_crc32c


def _damaged(name: str, number: int) -> DatasetError:
    return DatasetError(
        f"Record {number} of {name} is damaged or cut short.",
        expected="a record with its length and checksums",
        received="other bytes",
        fix="get the file again; a file that is still written to has no end yet",
        where=sources.user_source(),
    )
