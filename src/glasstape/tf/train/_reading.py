"""`tf.train`: looking into a checkpoint's file without the objects it belongs to."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.errors import CheckpointError
from glasstape.loop import archive
from glasstape.tf._text import one_path
from glasstape.tf.train import _state
from glasstape.tf.train._checkpoint import found_file


class CheckpointReader:
    """What is in a checkpoint's file, as `load_checkpoint` gives it.

    Args:
        file: The file.
    """

    def __init__(self, file: str):
        self._file, self._about = file, archive.read_about(file)

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """Name -> shape."""
        return {name: layout["shape"] for name, layout in self._about["variables"].items()}

    def get_variable_to_dtype_map(self) -> dict[str, np.dtype]:
        """Name -> dtype."""
        layouts = self._about["variables"]
        return {name: archive.dtype(layout["dtype"]) for name, layout in layouts.items()}

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is a variable of that name."""
        return tensor_str in self._about["variables"]

    def get_tensor(self, tensor_str: str) -> np.ndarray:
        """A variable's value.

        Raises:
            CheckpointError: there is none of that name, or the file is damaged.
        """
        if not self.has_tensor(tensor_str):
            raise CheckpointError(
                f"{self._file} has no variable of that name.",
                expected="one of " + ", ".join(list(self._about["variables"])[:10]),
                received=tensor_str,
                fix="tf.train.list_variables lists the names",
                where=sources.user_source(),
            )
        return archive.read_arrays(self._file, [tensor_str], self._about)[tensor_str]


def load_checkpoint(ckpt_dir_or_file: Any) -> CheckpointReader:
    """A reader for a checkpoint, as ``tf.train.load_checkpoint``.

    Args:
        ckpt_dir_or_file: What `Checkpoint.save` gave, or a folder, whose newest one is taken.

    Returns:
        A reader.

    Raises:
        FileUnknownError: there is no checkpoint.
        CheckpointError: the file is damaged, or TensorFlow's.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> path = tf.train.Checkpoint(step=tf.Variable(3)).write(tempfile.mkdtemp() + "/ckpt")
        >>> int(tf.train.load_checkpoint(path).get_tensor("step/.ATTRIBUTES/VARIABLE_VALUE"))
        3
    """
    path = one_path(ckpt_dir_or_file)
    if os.path.isdir(path):
        path = _state.latest_checkpoint(path) or path
    return CheckpointReader(found_file(path))


def list_variables(ckpt_dir_or_file: Any) -> list[tuple[str, list[int]]]:
    """The names and shapes in a checkpoint, as ``tf.train.list_variables``.

    Args:
        ckpt_dir_or_file: What `Checkpoint.save` gave, or a folder, whose newest one is taken.

    Returns:
        Pairs, sorted by name.

    Raises:
        FileUnknownError: there is no checkpoint.
        CheckpointError: the file is damaged, or TensorFlow's.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> path = tf.train.Checkpoint(step=tf.Variable(3)).write(tempfile.mkdtemp() + "/ckpt")
        >>> tf.train.list_variables(path)
        [('step/.ATTRIBUTES/VARIABLE_VALUE', [])]
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file: Any, name: str) -> np.ndarray:
    """A variable's value in a checkpoint, as ``tf.train.load_variable``.

    Args:
        ckpt_dir_or_file: What `Checkpoint.save` gave, or a folder, whose newest one is taken.
        name: The variable's name.

    Returns:
        A NumPy array.

    Raises:
        FileUnknownError: there is no checkpoint.
        CheckpointError: the file is damaged, TensorFlow's, or has no such variable.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> path = tf.train.Checkpoint(step=tf.Variable(3)).write(tempfile.mkdtemp() + "/ckpt")
        >>> int(tf.train.load_variable(path, "step/.ATTRIBUTES/VARIABLE_VALUE"))
        3
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name)


def checkpoints_iterator(
    checkpoint_dir: Any, min_interval_secs: float = 0, timeout: float | None = None,
    timeout_fn: Any = None,
):  # fmt: skip
    """Each new checkpoint of a folder as it appears, as ``tf.train.checkpoints_iterator``.

    Args:
        checkpoint_dir: The folder.
        min_interval_secs: At least so many seconds between two.
        timeout: Stop when none has come for so many seconds; never when None.
        timeout_fn: Called then; goes on unless it returns True.

    Yields:
        A path for `Checkpoint.restore`.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> list(tf.train.checkpoints_iterator(tempfile.mkdtemp(), timeout=0))
        []
    """
    import time

    last, since = None, time.monotonic()
    while True:
        path = _state.latest_checkpoint(checkpoint_dir)
        if path is not None and path != last:
            last, since = path, time.monotonic()
            yield path
            time.sleep(min_interval_secs)
        elif timeout is not None and time.monotonic() - since >= timeout:
            if timeout_fn is None or timeout_fn():
                return
            since = time.monotonic()
        else:
            time.sleep(0.1)
