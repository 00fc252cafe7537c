"""The file ``checkpoint`` of a folder: which checkpoints there are, in TensorFlow's own form."""

from __future__ import annotations

import json
import os
import re
import warnings
from typing import NamedTuple

from glasstape import sources
from glasstape.loop import archive
from glasstape.tf._text import one_path

_LINE = re.compile(r"^(\w+): (.*)$", re.MULTILINE)


class CheckpointState(NamedTuple):
    """What a folder's file ``checkpoint`` says, as ``tf.train.get_checkpoint_state`` gives it.

    Attributes:
        model_checkpoint_path: The newest checkpoint, without the ending of its file.
        all_model_checkpoint_paths: All that are kept, oldest first.
        all_model_checkpoint_timestamps: When each was written, in seconds.
        last_preserved_timestamp: When one was last kept for good.
    """

    model_checkpoint_path: str
    all_model_checkpoint_paths: list[str]
    all_model_checkpoint_timestamps: list[float]
    last_preserved_timestamp: float


def warn(text: str) -> None:
    """Warn at the user's line."""
    where = sources.user_source()
    warnings.warn_explicit(text, UserWarning, where.file, where.line)


def write_state(folder: str, state: CheckpointState, name: str | None = None) -> None:
    """Write the file; paths inside the folder are written without it, so that it can move."""
    paths = [_relative(p, folder) for p in state.all_model_checkpoint_paths]
    lines = [f"model_checkpoint_path: {json.dumps(_relative(state.model_checkpoint_path, folder))}"]
    lines += [f"all_model_checkpoint_paths: {json.dumps(p)}" for p in paths]
    stamps = state.all_model_checkpoint_timestamps
    lines += [f"all_model_checkpoint_timestamps: {stamp!r}" for stamp in stamps]
    lines += [f"last_preserved_timestamp: {state.last_preserved_timestamp!r}"]
    text = "\n".join([*lines, ""]).encode()
    archive.replace(os.path.join(folder, name or "checkpoint"), lambda file: _put(file, text))


def _put(file, text: bytes) -> None:
    file.write(text)


def _relative(path: str, folder: str) -> str:
    inside = os.path.relpath(path, folder)
    return os.path.abspath(path) if inside.startswith(os.pardir) else inside


def get_checkpoint_state(checkpoint_dir, latest_filename: str | None = None):
    """What is known of a folder's checkpoints, as ``tf.train.get_checkpoint_state``.

    Args:
        checkpoint_dir: The folder.
        latest_filename: The file's name; "checkpoint" when None.

    Returns:
        A `CheckpointState`, or None when there is no such file.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> tf.train.get_checkpoint_state(tempfile.mkdtemp())
    """
    folder = one_path(checkpoint_dir)
    try:
        with open(os.path.join(folder, latest_filename or "checkpoint"), encoding="utf-8") as file:
            found = [(name, json.loads(value)) for name, value in _LINE.findall(file.read())]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        return None  # nothing that we or TensorFlow wrote
    several = {"all_model_checkpoint_paths": [], "all_model_checkpoint_timestamps": []}
    for name, value in found:
        several.setdefault(name, []).append(value)
    newest = several.get("model_checkpoint_path", [""])[0]
    paths = [os.path.join(folder, p) for p in several["all_model_checkpoint_paths"]]
    kept = several.get("last_preserved_timestamp", [0.0])[0]
    return CheckpointState(
        os.path.join(folder, newest), paths, several["all_model_checkpoint_timestamps"], kept
    )


def latest_checkpoint(checkpoint_dir, latest_filename: str | None = None) -> str | None:
    """The newest checkpoint of a folder that is whole, as ``tf.train.latest_checkpoint``.

    Args:
        checkpoint_dir: The folder.
        latest_filename: The name of the file that lists them; "checkpoint" when None.

    Returns:
        Its path, for `Checkpoint.restore`; None when there is none. A damaged one is passed over
        with a warning.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> folder = tempfile.mkdtemp()
        >>> path = tf.train.Checkpoint(step=tf.Variable(1)).save(folder + "/ckpt")
        >>> tf.train.latest_checkpoint(folder) == path
        True
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    older = [p for p in state.all_model_checkpoint_paths if p != state.model_checkpoint_path]
    for path in [state.model_checkpoint_path, *reversed(older)]:
        file = path + archive.SUFFIX
        if archive.is_whole(file) or os.path.exists(path + ".index"):
            return path
        if os.path.exists(file):
            warn(f"{file} is damaged and is passed over")
    return None
