"""`tf.train.Checkpoint`: the variables of objects in a file, and back."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.errors import CheckpointError, CheckpointMismatchError
from glasstape.loop import archive, objects, restoring
from glasstape.ports import jax_trace, keras_state
from glasstape.tf._text import one_path
from glasstape.tf._variable import Variable
from glasstape.tf.io import gfile
from glasstape.tf.train import _state

_COUNTER = "save_counter"


class CheckpointOptions:
    """Options of TensorFlow's checkpoints, as ``tf.train.CheckpointOptions``; accepted, unused.

    Args:
        **options: Any.
    """

    def __init__(self, **options: Any):
        self.options = options


class LoadStatus:
    """What has come of a `Checkpoint.restore`; its methods return itself.

    Args:
        restoration: The restoration, or None when there was no file.
    """

    def __init__(self, restoration: restoring.Restoration | None):
        self._restoration = restoration

    def assert_consumed(self) -> LoadStatus:
        """Refuse when a variable of the program or of the file has no counterpart.

        Raises:
            CheckpointMismatchError: there is one (an `AssertionError`, as TensorFlow's).
        """
        restoration = self._needed()
        self.assert_existing_objects_matched()
        _refuse("no object has taken these values of the checkpoint", restoration,
                restoration.missing_in_program(), "call expect_partial() when that is meant, or "
                "restore after the model and the optimizer have made their variables")  # fmt: skip
        return self

    def assert_existing_objects_matched(self) -> LoadStatus:
        """Refuse when a variable of the program has no value in the file.

        Raises:
            CheckpointMismatchError: there is one.
        """
        restoration = self._needed()
        restoration.run()
        _refuse("the checkpoint has no values for these variables", restoration,
                restoration.missing_in_checkpoint(), "give Checkpoint(...) the same names as when "
                "the checkpoint was written")  # fmt: skip
        return self

    def assert_nontrivial_match(self) -> LoadStatus:
        """Refuse when nothing was restored.

        Raises:
            CheckpointMismatchError: nothing was.
        """
        restoration = self._needed()
        if not restoration.has_taken_anything(_COUNTER):
            names = restoration.missing_in_program()
            fix = "give Checkpoint(...) the same names as when the checkpoint was written"
            _refuse("nothing of the checkpoint was taken", restoration, names, fix)
        return self

    def expect_partial(self) -> LoadStatus:
        """Say that it is meant when only a part is restored."""
        return self

    def initialize_or_restore(self, session: Any = None) -> None:
        """Nothing: values are there at once."""

    def _needed(self) -> restoring.Restoration:
        if self._restoration is None:
            raise CheckpointMismatchError(
                "There was no checkpoint to restore.",
                expected="the path of one",
                received="None",
                fix="check what tf.train.latest_checkpoint gives before restore",
                where=sources.user_source(),
            )
        return self._restoration


def _refuse(happened: str, restoration: restoring.Restoration, names: list[str], fix: str) -> None:
    if not names:
        return
    shown = ", ".join(restoring.short(n) for n in names[:10])
    raise CheckpointMismatchError(
        f"{restoration.path} was not restored as a whole: {happened}.",
        expected="a counterpart for each variable",
        received=shown + (f", and {len(names) - 10} more" if len(names) > 10 else ""),
        fix=fix,
        where=sources.user_source(),
    )


class Checkpoint:
    """The variables of objects in files, as ``tf.train.Checkpoint``.

    A file is an NPZ archive of GlassTape's own, which `np.load` reads too; TensorFlow's own
    checkpoint files are not read. It is written under another name and renamed when it is
    complete. Optimizers come with all they remember, layers with their seed generators, so that
    training goes on with the same numbers.

    Args:
        root: An object whose attributes are saved as if they were the checkpoint's own.
        **kwargs: What is saved, by name: variables, layers, models, optimizers, metrics,
            `tf.Module` objects, other checkpoints, and lists and dicts of them. Attributes set
            later belong to it as well.

    Raises:
        CheckpointError: an argument can have no variables.

    Example:
        >>> import tempfile
        >>> import glasstape.tf as tf
        >>> step = tf.Variable(3)
        >>> checkpoint = tf.train.Checkpoint(step=step)
        >>> path = checkpoint.save(tempfile.mkdtemp() + "/ckpt")
        >>> _ = step.assign(7)
        >>> status = checkpoint.restore(path).assert_consumed()
        >>> int(step)
        3
    """

    _root: Any
    _counter: Any
    _restoration: restoring.Restoration | None

    def __init__(self, root: Any = None, **kwargs: Any):
        vars(self).update(_root=root, _restoration=None, _counter=None)
        for name, value in kwargs.items():
            _check(name, value)
            setattr(self, name, value)
        if root is not None:
            _check("root", root)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if self._restoration is not None and objects.is_trackable(value):
            self._restoration.run()

    def _checkpoint_children(self) -> dict[str, Any]:
        own = {n: v for n, v in vars(self).items() if not n.startswith("_")}
        found = {n: v for n, v in own.items() if objects.is_trackable(v)}
        counter = {} if self._counter is None else {_COUNTER: self._counter}
        return {**objects.children(self._root), **found, **counter}

    @property
    def save_counter(self) -> Any:
        """How often `save` was called, a variable."""
        if self._counter is None:
            vars(self)["_counter"] = Variable(0, False, name=_COUNTER, dtype="int64")
        return self._counter

    def save(self, file_prefix: Any, options: Any = None) -> str:
        """Write a numbered file and note it in the folder's file ``checkpoint``.

        Args:
            file_prefix: Path of the file without its number; its folder is made when missing.
            options: Accepted for TensorFlow's sake; unused.

        Returns:
            The path, without the file's ending.

        Raises:
            CheckpointError: a step is being traced.
        """
        _check_eager("saved")
        counter = self.save_counter
        counter.assign(counter.value + 1)
        path = self.write(f"{one_path(file_prefix)}-{int(counter.value)}", options)
        now = time.time()
        _state.write_state(
            os.path.dirname(path) or ".", _state.CheckpointState(path, [path], [now], now)
        )
        return path

    def write(self, file_prefix: Any, options: Any = None) -> str:
        """Write a file; no number, no note.

        Args:
            file_prefix: Its path without its ending.
            options: Accepted for TensorFlow's sake; unused.

        Returns:
            The path.

        Raises:
            CheckpointError: a step is being traced.
        """
        del options
        _check_eager("written")
        path = one_path(file_prefix)
        nodes, arrays = [], {}
        for entry in objects.graph(self):
            node: dict[str, Any] = {"children": entry.children}
            if keras_state.is_variable(entry.object) and _is_made(entry.object):
                node["variable"] = restoring.name_of(entry.path)
                arrays[node["variable"]] = np.asarray(keras_state.current_value(entry.object))
            nodes.append(node)
        archive.write(path + archive.SUFFIX, {"graph": nodes}, arrays)
        return path

    def restore(self, save_path: Any, options: Any = None) -> LoadStatus:
        """Give the variables the values of a file.

        Variables that are made later, as layers and optimizers do, get theirs when they are made.

        Args:
            save_path: What `save` or `tf.train.latest_checkpoint` gave; None does nothing.
            options: Accepted for TensorFlow's sake; unused.

        Returns:
            A `LoadStatus`.

        Raises:
            FileUnknownError: there is no such file.
            CheckpointError: the file is damaged, TensorFlow's, or does not fit; no variable is
                changed then.
        """
        if save_path is not None:
            _ = self.save_counter  # the file's number goes on from there
        return self.read(save_path, options)

    def read(self, save_path: Any, options: Any = None) -> LoadStatus:
        """As `restore`, for what `write` wrote.

        Args:
            save_path: What `write` gave.
            options: Accepted for TensorFlow's sake; unused.

        Returns:
            A `LoadStatus`.

        Raises:
            FileUnknownError: there is no such file.
            CheckpointError: the file is damaged, TensorFlow's, or does not fit; no variable is
                changed then.
        """
        del options
        if save_path is None:
            return LoadStatus(None)
        _check_eager("restored")
        restoration = restoring.Restoration(found_file(save_path), _root(self))
        restoration.run()
        if self._restoration is not None:
            self._restoration.stop()
        vars(self)["_restoration"] = restoration
        _warn_of_nothing(restoration)
        return LoadStatus(restoration)


def found_file(save_path: Any) -> str:
    """The file of a checkpoint.

    Raises:
        FileUnknownError: there is none.
        CheckpointError: there is one that TensorFlow wrote.
    """
    path = one_path(save_path)
    file = path if path.endswith(archive.SUFFIX) else path + archive.SUFFIX
    if os.path.isfile(file):
        return file
    if os.path.exists(path + ".index"):
        raise CheckpointError(
            "TensorFlow's own checkpoint files are not read.",
            expected=f"{file}, as GlassTape writes it",
            received=f"{path}.index, as TensorFlow writes it",
            fix="in TensorFlow, model.save_weights('model.weights.h5'); here, "
            "model.load_weights with that file",
            where=sources.user_source(),
        )
    raise gfile.unknown(file)


def _warn_of_nothing(restoration: restoring.Restoration) -> None:
    """TensorFlow says so when the program ends; then it is too late."""
    ours = [n for n in map(restoring.short, restoration.missing_in_checkpoint()) if n != _COUNTER]
    theirs = [restoring.short(n) for n in restoration.missing_in_program()]
    if ours and theirs and not restoration.has_taken_anything(_COUNTER):
        _state.warn(
            f"nothing was restored: {restoration.path} has {', '.join(theirs[:3])}; "
            f"here is {', '.join(ours[:3])}"
        )


def _check(name: str, value: Any) -> None:
    if objects.is_trackable(value):
        return
    if hasattr(value, "__next__") or hasattr(value, "element_spec"):
        text = "the position in a dataset is not saved; the other objects are"
        _state.warn(f"Checkpoint({name}=...): {text}")
        return
    raise CheckpointError(
        f"Checkpoint({name}=...) was given something that can have no variables.",
        expected="a variable, layer, model, optimizer, metric, tf.Module, checkpoint, list or dict",
        received=f"{type(value).__name__} {value!r}"[:200],
        fix="leave it out, or make it a tf.Variable",
        where=sources.user_source(),
    )


def _check_eager(done: str) -> None:
    if jax_trace.is_eager():
        return
    raise CheckpointError(
        f"A checkpoint cannot be {done} inside a compiled step.",
        expected="plain Python between two steps",
        received="a step that is being traced",
        fix="call it after the step",
        where=sources.user_source(),
    )


def _is_made(variable: Any) -> bool:
    return keras_state.raw_value(variable) is not None


def _root(checkpoint: Checkpoint) -> Callable[[], Any]:
    """Gives a checkpoint, or what it held, without keeping either alive.

    ``tf.train.Checkpoint(model=model).restore(path)`` may stand alone, before the model is built.
    """
    whole = weakref.ref(checkpoint)
    parts = {name: _weak(value) for name, value in checkpoint._checkpoint_children().items()}

    def root() -> Any:
        if (alive := whole()) is not None:
            return alive
        found = {name: part() for name, part in parts.items()}
        return {name: value for name, value in found.items() if value is not None} or None

    return root


def _weak(value: Any) -> Callable[[], Any]:
    if isinstance(value, list | tuple | Mapping):
        return lambda: value  # Python cannot refer to these weakly
    return weakref.ref(value)
