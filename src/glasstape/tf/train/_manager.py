"""`tf.train.CheckpointManager`: how many checkpoints are kept, and when one is written."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from typing import Any

from glasstape import sources
from glasstape.errors import CheckpointError
from glasstape.loop import archive
from glasstape.tf._text import one_path
from glasstape.tf.train import _state
from glasstape.tf.train._checkpoint import Checkpoint


class CheckpointManager:
    """Keeps the newest checkpoints of a folder, as ``tf.train.CheckpointManager``.

    Args:
        checkpoint: A `tf.train.Checkpoint`.
        directory: The folder; made when missing.
        max_to_keep: How many files are kept; all when None.
        keep_checkpoint_every_n_hours: One file of each such stretch of time is kept for good.
        checkpoint_name: What files are called, before their number.
        step_counter: A variable that counts steps, for `checkpoint_interval`.
        checkpoint_interval: `save` writes only when so many steps have passed.
        init_fn: Called by `restore_or_initialize` when there is no checkpoint.

    Raises:
        CheckpointError: an argument has a wrong value.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> checkpoint = tf.train.Checkpoint(step=tf.Variable(3))
        >>> manager = tf.train.CheckpointManager(checkpoint, tempfile.mkdtemp(), max_to_keep=2)
        >>> paths = [manager.save() for _ in range(3)]
        >>> manager.checkpoints == paths[1:], manager.latest_checkpoint == paths[-1]
        (True, True)
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        directory: Any,
        max_to_keep: int | None,
        keep_checkpoint_every_n_hours: float | None = None,
        checkpoint_name: str = "ckpt",
        step_counter: Any = None,
        checkpoint_interval: int | None = None,
        init_fn: Callable[[], Any] | None = None,
    ):
        _check(max_to_keep is None or max_to_keep > 0, "max_to_keep above 0, or None", max_to_keep)
        counted = checkpoint_interval is None or step_counter is not None
        _check(counted, "a step_counter for checkpoint_interval", None)
        self._checkpoint = checkpoint
        self._directory = one_path(directory)
        self._max_to_keep = max_to_keep
        self._every = keep_checkpoint_every_n_hours
        self._prefix = os.path.join(self._directory, checkpoint_name)
        self._steps, self._interval = step_counter, checkpoint_interval
        self._last_step: int | None = None
        self._init_fn = init_fn
        self._kept: dict[str, float] = {}  # path -> when it was written, oldest first
        self._preserved = time.time()
        self._recover()

    @property
    def directory(self) -> str:
        """The folder."""
        return self._directory

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint."""
        return self._checkpoint

    @property
    def checkpoint_interval(self) -> int | None:
        """How many steps lie between two files."""
        return self._interval

    @property
    def checkpoints(self) -> list[str]:
        """The files that are kept, oldest first."""
        return list(self._kept)

    @property
    def latest_checkpoint(self) -> str | None:
        """The newest one that is whole; None when there is none."""
        return _state.latest_checkpoint(self._directory)

    def save(
        self, checkpoint_number: Any = None, check_interval: bool = True, options: Any = None
    ) -> str | None:
        """Write a file and delete those that are too many.

        Args:
            checkpoint_number: Its number; the checkpoint's own counter when None.
            check_interval: Write nothing before `checkpoint_interval` steps have passed.
            options: Accepted for TensorFlow's sake; unused.

        Returns:
            The path; None when nothing was written.

        Raises:
            CheckpointError: a step is being traced.
        """
        if not self._is_due(check_interval):
            return None
        counter = self._checkpoint.save_counter
        counter.assign(counter.value + 1)
        number = counter.value if checkpoint_number is None else checkpoint_number
        path = self._checkpoint.write(f"{self._prefix}-{int(number)}", options)
        self._last_step = self._step()
        self._kept.pop(path, None)
        self._kept[path] = time.time()
        doomed = self._too_many()
        # The list first: what it names must be there.
        self._note(path)
        for old in doomed:
            with contextlib.suppress(FileNotFoundError):
                os.remove(old + archive.SUFFIX)
        return path

    def restore_or_initialize(self) -> str | None:
        """Restore the newest file; call `init_fn` when there is none.

        Returns:
            The file's path, or None.

        Raises:
            CheckpointError: the file does not fit.
        """
        path = self.latest_checkpoint
        if path is not None:
            self._checkpoint.restore(path)
            self._last_step = self._step()
        elif self._init_fn is not None:
            self._init_fn()
        return path

    def _is_due(self, check_interval: bool) -> bool:
        """Whether steps enough have passed; never twice for one step, as in TensorFlow."""
        if self._interval is None or self._last_step is None:
            return True
        passed = (self._step() or 0) - self._last_step
        return passed != 0 and (not check_interval or passed >= self._interval)

    def _step(self) -> int | None:
        return None if self._steps is None else int(self._steps)

    def _recover(self) -> None:
        """What an earlier program left in the folder."""
        state = _state.get_checkpoint_state(self._directory)
        if state is None:
            return
        self._preserved = state.last_preserved_timestamp or self._preserved
        stamps = state.all_model_checkpoint_timestamps or [0.0] * 10**6
        paths = zip(state.all_model_checkpoint_paths, stamps, strict=False)
        self._kept = {p: t for p, t in paths if os.path.exists(p + archive.SUFFIX)}

    def _too_many(self) -> list[str]:
        """Take the oldest out of the list; those that are to be deleted."""
        doomed = []
        while self._max_to_keep is not None and len(self._kept) > self._max_to_keep:
            path, stamp = next(iter(self._kept.items()))
            del self._kept[path]
            if self._every is not None and stamp - self._every * 3600 >= self._preserved:
                self._preserved = stamp  # stays for good
            else:
                doomed.append(path)
        return doomed

    def _note(self, path: str) -> None:
        stamps = list(self._kept.values())
        state = _state.CheckpointState(path, list(self._kept), stamps, self._preserved)
        _state.write_state(self._directory, state)


def _check(holds: bool, expected: str, received: Any) -> None:
    if not holds:
        raise CheckpointError(
            "tf.train.CheckpointManager cannot use its arguments.",
            expected=expected,
            received=repr(received),
            fix="change the argument",
            where=sources.user_source(),
        )
