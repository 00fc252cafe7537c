"""`tf.summary`: what a program measures, in files that TensorBoard shows."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.compiler import printing
from glasstape.errors import SummaryError
from glasstape.ports import jax_trace, keras_state
from glasstape.tf import _events, _text
from glasstape.tf._convert import as_tensor
from glasstape.tf.summary import experimental


class _Now(threading.local):
    """Attributes: writer: the default writer; condition: what `record_if` was given."""

    writer: Any = None
    condition: Any = True


_now = _Now()


class SummaryWriter:
    """Where summaries go, as `create_file_writer` makes it.

    Args:
        file: An event file; None writes nothing.
    """

    def __init__(self, file: _events.EventFile | None):
        self._file = file

    @contextlib.contextmanager
    def as_default(self, step: Any = None) -> Iterator[SummaryWriter]:
        """Write to it what the ``with`` block measures.

        Args:
            step: The step, as `experimental.set_step` takes it.

        Raises:
            SummaryError: the writer is closed.
        """
        before, step_before = _now.writer, experimental.get_step()
        self.set_as_default(step)
        try:
            yield self
        finally:
            _now.writer = before
            if step is not None:
                experimental.set_step(step_before)
            # In a compiled step what was measured arrives after the call.
            printing.emit(_Outgoing("", [], lambda _: self.flush()))

    def set_as_default(self, step: Any = None) -> None:
        """Write to it from now on.

        Args:
            step: The step, as `experimental.set_step` takes it.

        Raises:
            SummaryError: the writer is closed.
        """
        if self._file is not None and self._file.is_closed:
            raise SummaryError(
                "This writer is closed.",
                expected="a writer that is open",
                received=self._file.path,
                fix="make a new one with tf.summary.create_file_writer",
                where=sources.user_source(),
            )
        _now.writer = self
        if step is not None:
            experimental.set_step(step)

    def init(self) -> None:
        """Nothing: the file is open."""

    def flush(self) -> None:
        """Bring what waits to the file."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Bring what waits to the file; what comes later is dropped."""
        if self._file is not None:
            self._file.close()

    def add(self, summary: Any, step: int) -> None:
        """Append a message."""
        if self._file is not None:
            self._file.add(summary, step)


def create_file_writer(
    logdir: Any, max_queue: int | None = None, flush_millis: int | None = None,
    filename_suffix: str | None = None, name: str | None = None,
    experimental_trackable: bool = False, experimental_mesh: Any = None,
) -> SummaryWriter:  # fmt: skip
    """A writer of an event file for TensorBoard, as ``tf.summary.create_file_writer``.

    Args:
        logdir: The file's folder; made when missing.
        max_queue: Bring summaries to the file when so many wait; 10 when None.
        flush_millis: Or when they have waited so long; two minutes when None.
        filename_suffix: The end of the file's name; ".v2" when None.
        name: Accepted for TensorFlow's sake, like what follows; unused.
        experimental_trackable: Unused.
        experimental_mesh: Unused.

    Returns:
        A writer; use it with ``with writer.as_default():``.

    Raises:
        MissingExtraError: the package tensorboard is not installed.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> writer = tf.summary.create_file_writer(tempfile.mkdtemp())
        >>> with writer.as_default():
        ...     tf.summary.scalar("loss", 0.5, step=1)
        True
    """
    del name, experimental_trackable, experimental_mesh
    queue = 10 if max_queue is None else int(max_queue)
    seconds = (120_000 if flush_millis is None else int(flush_millis)) / 1000
    suffix = ".v2" if filename_suffix is None else filename_suffix
    return SummaryWriter(_events.EventFile(_text.one_path(logdir), queue, seconds, suffix))


def create_noop_writer() -> SummaryWriter:
    """A writer that writes nothing, as ``tf.summary.create_noop_writer``.

    Returns:
        A writer.

    Example:
        >>> import glasstape.tf as tf
        >>> with tf.summary.create_noop_writer().as_default():
        ...     tf.summary.scalar("loss", 0.5, step=1)
        False
    """
    return SummaryWriter(None)


def flush(writer: SummaryWriter | None = None, name: str | None = None) -> None:
    """Bring what waits to the file, as ``tf.summary.flush``.

    Args:
        writer: A writer; the default one when None.
        name: Accepted for TensorFlow's sake; unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.flush()
    """
    del name
    writer = _now.writer if writer is None else writer
    if writer is not None:
        writer.flush()


@contextlib.contextmanager
def record_if(condition: Any) -> Iterator[None]:
    """Write summaries only when a condition holds, as ``tf.summary.record_if``.

    Args:
        condition: bool, tensor, or a function without arguments that gives one.

    Example:
        >>> import glasstape.tf as tf
        >>> with tf.summary.record_if(False):
        ...     tf.summary.should_record_summaries()
        False
    """
    before, _now.condition = _now.condition, condition
    try:
        yield
    finally:
        _now.condition = before


def should_record_summaries() -> Any:
    """Whether summaries are written now, as ``tf.summary.should_record_summaries``.

    Returns:
        True or False; a tensor where a compiled step decides.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.should_record_summaries()
        False
    """
    if _now.writer is None or _now.writer._file is None:
        return False
    condition: Any = _now.condition() if callable(_now.condition) else _now.condition
    return condition.value if keras_state.is_variable(condition) else condition


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """A number over the steps, as ``tf.summary.scalar``.

    In a compiled step it is written at every call, in order.

    Args:
        name: What TensorBoard calls it; "/" makes groups.
        data: A number or tensor of one number.
        step: The step; that of `experimental.set_step` when None.
        description: Words for TensorBoard, in Markdown.

    Returns:
        Whether it is written: there is a default writer, and `record_if` allows it.

    Raises:
        SummaryError: there is no step, or `data` is not one number.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.scalar("loss", 0.5, step=1)  # no writer
        False
    """
    if (number := as_tensor(data)).ndim:
        raise _refusal(name, "one number", f"shape {tuple(number.shape)}", "use tf.reduce_mean")
    return _write(name, number, step, lambda v: _events.scalar(name, v, description))


def histogram(
    name: str, data: Any, step: Any = None, buckets: int | None = None,
    description: str | None = None,
) -> bool:  # fmt: skip
    """How numbers are distributed, over the steps, as ``tf.summary.histogram``.

    Args:
        name: What TensorBoard calls it.
        data: Tensor of numbers, any shape.
        step: The step; that of `experimental.set_step` when None.
        buckets: How many stretches are counted; 30 when None.
        description: Words for TensorBoard, in Markdown.

    Returns:
        Whether it is written.

    Raises:
        SummaryError: there is no step.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.histogram("kernel", tf.ones([3]), step=1)  # no writer
        False
    """
    numbers = as_tensor(data)
    return _write(name, numbers, step, lambda v: _events.histogram(name, v, description, buckets))


def image(
    name: str, data: Any, step: Any = None, max_outputs: int = 3, description: str | None = None
) -> bool:
    """Pictures over the steps, as ``tf.summary.image``.

    Args:
        name: What TensorBoard calls it.
        data: Tensor ``[pictures, height, width, 1 to 4]``; floats lie between 0 and 1.
        step: The step; that of `experimental.set_step` when None.
        max_outputs: At most so many pictures are written.
        description: Words for TensorBoard, in Markdown.

    Returns:
        Whether it is written.

    Raises:
        SummaryError: there is no step, or `data` has another rank.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.image("sample", tf.ones([1, 4, 4, 3]), step=1)  # no writer
        False
    """
    pictures = as_tensor(data)
    if pictures.ndim != 4:
        expected = "[pictures, height, width, channels]"
        raise _refusal(name, expected, f"shape {tuple(pictures.shape)}", "add an axis: x[None]")
    return _write(name, pictures, step, lambda v: _events.image(name, v, description, max_outputs))


def text(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Words over the steps, as ``tf.summary.text``.

    Args:
        name: What TensorBoard calls it.
        data: One string, or a tensor of them; Markdown.
        step: The step; that of `experimental.set_step` when None.
        description: Words for TensorBoard, in Markdown.

    Returns:
        Whether it is written.

    Raises:
        SummaryError: there is no step.
        TensorTypeError: `data` is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.summary.text("note", "begins *here*", step=1)  # no writer
        False
    """
    words = _text.as_strings(data)
    return _write(name, None, step, lambda _: _events.text(name, words, description))


class _Outgoing(NamedTuple):
    """A summary on its way out of a step; see `printing.Outgoing`."""

    name: str
    tensors: list[Any]  # the data, the step and the condition, as far as there are any
    put: Callable[[Sequence[Any]], None]

    @property
    def leaves(self) -> list[Any]:
        return [self.name, *self.tensors]

    def write(self, tensors: Sequence[Any]) -> None:
        self.put([np.asarray(t) for t in tensors])

    def without_tensors(self) -> _Outgoing:
        return self._replace(tensors=[np.zeros(0)] * len(self.tensors))


def _write(name: str, data: Any, step: Any, make: Callable[[Any], Any]) -> bool:
    writer, condition = _now.writer, should_record_summaries()
    decided = not jax_trace.is_tracer(condition)
    if decided and not bool(condition):
        return False
    values = [data, _step(name, step), None if decided else condition]
    places = [n for n, v in enumerate(values) if v is not None]

    def put(tensors: Sequence[Any]) -> None:
        content: list[Any] = [None, None, True]
        for place, tensor in zip(places, tensors, strict=True):
            content[place] = tensor
        if bool(content[2]):
            writer.add(make(content[0]), int(content[1]))

    printing.emit(_Outgoing(name, [jnp.asarray(values[n]) for n in places], put))
    return True


def _step(name: str, step: Any) -> Any:
    step = experimental.get_step() if step is None else step
    if step is None:
        fix = "pass step=, or call tf.summary.experimental.set_step(step)"
        raise _refusal(name, "a step", "none", fix)
    return step.value if keras_state.is_variable(step) else step


def _refusal(name: str, expected: str, received: str, fix: str) -> SummaryError:
    return SummaryError(
        f"The summary {name!r} cannot be written.",
        expected=expected,
        received=received,
        fix=fix,
        where=sources.user_source(),
    )
