"""`Dataset.save` and `Dataset.load`: elements in a folder, for other programs as well.

A folder holds a file of elements for each shard, and ``dataset.json``, which comes last and names
them: a folder without it was not finished.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glasstape import sources
from glasstape.data import checks, elements, files, items, making, spec
from glasstape.data.mapping import Chain, Step
from glasstape.errors import FileUnknownError

if TYPE_CHECKING:
    from glasstape.data.dataset import Dataset

_INDEX = "dataset.json"
_SUFFIX = ".elements"
_OPEN = {None: open, "GZIP": gzip.open}


class Saving:
    """See `Dataset`."""

    _elements: Callable[[], elements.Elements]
    _described: Callable[[], Any]

    def save(
        self,
        path: Any,
        compression: str | None = None,
        shard_func: Callable[..., Any] | None = None,
        checkpoint_args: Any = None,
    ) -> None:
        """Write all elements into a folder; `load` reads them.

        Args:
            path: The folder. A dataset that was saved there before is replaced.
            compression: None or "GZIP".
            shard_func: Receives an element; gives the number of the file it goes to. None for one
                file.
            checkpoint_args: Accepted for TensorFlow's sake; unused.

        Raises:
            DatasetError: `compression` is something else, or the dataset never ends.

        Example:
            >>> import tempfile
            >>> import glasstape as gt
            >>> folder = tempfile.mkdtemp()
            >>> gt.data.Dataset.range(3).save(folder)
            >>> [int(n) for n in gt.data.Dataset.load(folder)]
            [0, 1, 2]
        """
        del checkpoint_args
        checks.refuse_tracing("A dataset was saved")
        if compression not in _OPEN:
            raise checks.wrong(
                "Dataset.save does not know this compression.",
                "None or 'GZIP'",
                repr(compression),
                "pass one of them",
            )
        if self._elements().size() == items.INFINITE:
            raise checks.wrong(
                "Dataset.save was called on a dataset that never ends.",
                "a dataset of some length",
                "an endless one",
                "save before repeat, or dataset.take(n)",
            )
        folder, run = _folder(path), uuid.uuid4().hex[:16]
        folder.mkdir(parents=True, exist_ok=True)
        written: dict[int, tuple[Any, list[Any]]] = {}
        described = self._described()
        with contextlib.ExitStack() as opened:
            for shard, element in _sharded(self._elements(), shard_func):
                if shard not in written:
                    name = f"{run}-{shard}{_SUFFIX}"
                    file = opened.enter_context(_OPEN[compression](folder / name, "wb"))
                    file.write(files.HEAD)
                    written[shard] = file, [name, 0]
                file, entry = written[shard]
                files.write(file, element)
                entry[1] += 1
                described = spec.of(element) if described is None else described
        index = {
            "compression": compression,
            "spec": None if described is None else files.form(described, _described_leaf),
            "shards": [entry for _, (_, entry) in sorted(written.items())],
        }
        _put(folder, index)

    @staticmethod
    def load(
        path: Any,
        element_spec: Any = None,
        compression: str | None = None,
        reader_func: Callable[[Any], Any] | None = None,
        wait: bool = False,
    ) -> Dataset:
        """The elements that `save` wrote.

        Args:
            path: The folder.
            element_spec: What they look like; None for what the folder says.
            compression: Accepted for TensorFlow's sake; the folder says it.
            reader_func: Receives a dataset of a dataset for each file; returns the dataset to
                read. None for one file after the other.
            wait: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset, read from the files in each pass.

        Raises:
            FileUnknownError: there is no such dataset.
            DatasetError: TensorFlow wrote it, or, while iterating, a file is damaged.

        Example:
            >>> import tempfile
            >>> import glasstape as gt
            >>> folder = tempfile.mkdtemp()
            >>> gt.data.Dataset.range(8).batch(4).save(folder, compression="GZIP")
            >>> gt.data.Dataset.load(folder).element_spec
            TensorSpec(shape=(None,), dtype=int32, name=None)
        """
        del compression, wait
        folder = _folder(path)
        index = _index(folder)
        described = element_spec
        if described is None and index["spec"] is not None:
            described = files.build(index["spec"], _leaf)
        known = spec.unknown if described is None else lambda: described

        def shard(name: str, count: int) -> Dataset:
            read = functools.partial(_read, folder / name, index["compression"])
            return making._make(elements.Stream(read, lambda: count), element_spec=known)

        shards = [shard(*entry) for entry in index["shards"]]
        if reader_func is not None:
            together = elements.Stream(lambda: shards, lambda: len(shards))
            return making.source(reader_func(making._make(together)), "load")
        total = sum(count for _, count in index["shards"])
        every = elements.Stream(
            lambda: (element for dataset in shards for element in dataset._elements()),
            lambda: total,
        )
        return making._make(every, element_spec=known)


def _folder(path: Any) -> Path:
    return Path(os.fsdecode(path.numpy() if hasattr(path, "numpy") else path))


def _sharded(
    source: elements.Elements, shard_func: Callable[..., Any] | None
) -> Iterator[tuple[int, Any]]:
    if shard_func is None:
        yield from ((0, element) for element in source)
        return
    of_pass = Chain((Step(checks.function("save", shard_func), "save"),)).passing()
    for number, element in enumerate(source):
        yield int(np.asarray(of_pass.one(number, element))), element


def _described_leaf(leaf: Any) -> Any:
    shape = None if leaf.shape is None else list(leaf.shape)
    return [shape, str(getattr(leaf.dtype, "name", leaf.dtype))]


def _leaf(kept: Any) -> Any:
    shape, dtype = kept
    return spec.of_array(None if shape is None else tuple(shape), dtype)


def _put(folder: Path, index: dict[str, Any]) -> None:
    """Make the new files the folder's; those that were there before go."""
    part = folder / f"{_INDEX}.{os.getpid()}.part"
    part.write_text(json.dumps(index))
    part.replace(folder / _INDEX)
    kept = {name for name, _ in index["shards"]}
    for file in folder.glob(f"*{_SUFFIX}"):
        if file.name not in kept:
            file.unlink()


def _index(folder: Path) -> dict[str, Any]:
    if (folder / _INDEX).is_file():
        return json.loads((folder / _INDEX).read_text())
    if (folder / "dataset_spec.pb").is_file():
        raise checks.wrong(
            "The dataset in this folder was written by TensorFlow.",
            "one that Dataset.save has written here",
            str(folder),
            "write it as TFRecord or .npz files with TensorFlow, or make and save it here",
        )
    raise FileUnknownError(
        "There is no dataset in this folder.",
        expected="a folder that Dataset.save has written",
        received=str(folder),
        fix="check the path; a relative one starts where the program runs",
        where=sources.user_source(),
    )


def _read(path: Path, compression: str | None) -> Iterator[Any]:
    try:
        with _OPEN[compression](path, "rb") as file:
            yield from files.read(file)
    except (files.DamagedError, FileNotFoundError, gzip.BadGzipFile, EOFError) as error:
        raise checks.wrong(
            f"The file {path} of a saved dataset cannot be read.",
            "a file that Dataset.save wrote",
            str(error),
            "load the folder anew where another save has replaced it; else save it anew",
        ) from None
