"""TensorBoard's event files, written without TensorFlow.

TensorBoard's own package makes the messages, so that they are what its plugins read.
"""

from __future__ import annotations

import functools
import os
import socket
import threading
import time
import weakref
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.data import records
from glasstape.errors import MissingExtraError
from glasstape.tf._text import as_bytes
from glasstape.tf.image import _codecs
from glasstape.tf.image._colours import convert_image_dtype


class EventFile:
    """One event file.

    Args:
        folder: Where it lies; made when missing.
        max_queue: Bring events to the file when so many wait.
        seconds: Or when the first has waited so long.
        suffix: The end of the file's name.
    """

    _lock = threading.Lock()
    _count = 0

    def __init__(self, folder: str, max_queue: int, seconds: float, suffix: str):
        messages()  # says at once when the package is missing
        os.makedirs(folder, exist_ok=True)
        with EventFile._lock:
            number, EventFile._count = EventFile._count, EventFile._count + 1
        name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}"
        self.path = os.path.join(folder, f"{name}.{os.getpid()}.{number}{suffix}")
        self._file: Any = open(self.path, "ab")  # noqa: SIM115 - stays open
        self._max_queue, self._seconds = max_queue, seconds
        self._waiting, self._since = 0, time.monotonic()
        self._close = weakref.finalize(self, self._file.close)  # also when the program ends
        self._add(messages().Event(wall_time=time.time(), file_version="brain.Event:2"))
        self.flush()

    @property
    def is_closed(self) -> bool:
        """Whether nothing is added any more."""
        return not self._close.alive

    def add(self, summary: Any, step: int) -> None:
        """Append a summary."""
        if self._close.alive:
            self._add(messages().Event(wall_time=time.time(), step=step, summary=summary))

    def flush(self) -> None:
        """Bring what waits to the file."""
        if self._close.alive:
            self._file.flush()
        self._waiting, self._since = 0, time.monotonic()

    def close(self) -> None:
        """Bring what waits to the file; nothing is added any more."""
        self._close()

    def _add(self, event: Any) -> None:
        with self._lock:
            self._file.write(records.framed(event.SerializeToString()))
            self._waiting += 1
        if self._waiting > self._max_queue or time.monotonic() - self._since > self._seconds:
            self.flush()


@functools.cache
def messages() -> Any:
    """TensorBoard's messages."""
    try:
        from tensorboard.compat.proto import event_pb2
    except ImportError:
        raise MissingExtraError(
            "Event files are written with TensorBoard's package, which is not installed.",
            expected="the package tensorboard",
            received="no module tensorboard",
            fix="pip install 'glasstape[tensorboard]'",
            where=sources.user_source(),
        ) from None
    return event_pb2


def scalar(tag: str, value: np.ndarray, description: str | None) -> Any:
    """A number."""
    from tensorboard.plugins.scalar import summary_v2

    return summary_v2.scalar_pb(tag, np.float32(value), description)


def histogram(tag: str, value: np.ndarray, description: str | None, buckets: int | None) -> Any:
    """How often numbers lie in each stretch between the smallest and the largest."""
    from tensorboard.plugins.histogram import metadata

    about = metadata.create_summary_metadata(display_name=None, description=description)
    return _message(tag, _buckets(value, 30 if buckets is None else buckets), about)


def _buckets(value: np.ndarray, count: int) -> np.ndarray:
    """Rows of left edge, right edge and count."""
    data = np.asarray(value, np.float64).reshape(-1)
    count = max(count, 0)
    if not data.size or not count:
        return np.zeros((count, 3))
    low, high = data.min(), data.max()
    if low == high:
        edges, counts = np.full(count + 1, high), np.zeros(count)
        counts[-1] = data.size
    else:
        width = (high - low) / count
        places = np.minimum(np.floor((data - low) / width).astype(int), count - 1)
        edges, counts = np.linspace(low, high, count + 1), np.bincount(places, minlength=count)
    return np.stack([edges[:-1], edges[1:], counts.astype(np.float64)], axis=1)


def image(tag: str, value: np.ndarray, description: str | None, max_outputs: int) -> Any:
    """Pictures, as PNG."""
    from tensorboard.plugins.image import metadata

    pictures = convert_image_dtype(value, "uint8", saturate=True)
    sizes = [str(n).encode() for n in (pictures.shape[2], pictures.shape[1])]
    files = [_codecs.encode_png(p).numpy() for p in np.asarray(pictures)[:max_outputs]]
    about = metadata.create_summary_metadata(display_name=None, description=description)
    return _message(tag, np.array([*sizes, *files], object), about)


def text(tag: str, value: np.ndarray, description: str | None) -> Any:
    """Words, in Markdown."""
    from tensorboard.plugins.text import summary_v2

    words = [as_bytes(v).decode() for v in np.asarray(value).reshape(-1)]
    return summary_v2.text_pb(tag, np.array(words, object).reshape(value.shape), description)


def _message(tag: str, tensor: np.ndarray, about: Any) -> Any:
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.util import tensor_util

    protocol: Any = summary_pb2  # its names are made when it is imported
    found = protocol.Summary()
    dtype = np.object_ if tensor.dtype == object else None
    message = tensor_util.make_tensor_proto(tensor, dtype=dtype)
    found.value.add(tag=tag, metadata=about, tensor=message)
    return found
