"""Where datasets begin: arrays, generators, numbers, files, other datasets."""

from __future__ import annotations

import builtins
import glob
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from glasstape.data import checks, elements, generated, items, rows, spec
from glasstape.data.structure import as_array, leaves, map_structure

if TYPE_CHECKING:
    from glasstape.data.dataset import Dataset

_NUMBERS_AT_ONCE = 1024


def _make(*args: Any, **kwargs: Any) -> Dataset:
    from glasstape.data.dataset import Dataset

    return Dataset(*args, **kwargs)


class Making:
    """The constructors of `Dataset`."""

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> Dataset:
        """One element a row.

        Args:
            tensors: Array of shape ``[n, ...]`` and any dtype, or a tuple or dict of such arrays
                (nested as you like) with the same n. Arrays are not copied: do not change them
                while the dataset is in use. A list is one array.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of n elements, each a structure like `tensors` of rows.

        Raises:
            DatasetError: the arrays have different numbers of rows, or are none.

        Example:
            >>> import glasstape as gt
            >>> [x["x"].tolist() for x in gt.data.Dataset.from_tensor_slices({"x": [1.0, 2.0]})]
            [1.0, 2.0]
        """
        del name
        return _of_rows(rows.make_rows(tensors))

    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> Dataset:
        """One element: what is given.

        Args:
            tensors: Arrays or numbers, or a tuple or dict of them.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of one element.

        Raises:
            DatasetError: something in it makes no array.

        Example:
            >>> import glasstape as gt
            >>> [x.tolist() for x in gt.data.Dataset.from_tensors([1, 2])]
            [[1, 2]]
        """
        del name
        if isinstance(tensors, tuple | dict) and not list(leaves(tensors)):
            raise checks.wrong(
                "The structure holds no arrays.", "at least one array", repr(tensors), "pass one"
            )
        element = map_structure(as_array, tensors)
        one = elements.Stream(lambda: [element], lambda: 1)
        return _make(one, element_spec=lambda: spec.of(element))

    @staticmethod
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any = None,
        output_shapes: Any = None,
        args: Any = None,
        output_signature: Any = None,
        name: str | None = None,
    ) -> Dataset:
        """What a Python generator yields.

        Args:
            generator: Called without arguments (or with `args`) at the beginning of each pass;
                gives something to iterate over.
            output_types: The older way to say it: a structure of dtypes.
            output_shapes: Likewise of shapes; None leaves them open.
            args: Arguments for `generator`, which it gets as NumPy arrays.
            output_signature: A structure of `TensorSpec`: shapes and dtypes of an element.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of unknown length.

        Raises:
            DatasetError: neither is given, or, while iterating, an element does not fit them.

        Example:
            >>> import glasstape as gt
            >>> squares = lambda: (n * n for n in range(3))
            >>> dataset = gt.data.Dataset.from_generator(
            ...     squares, output_signature=gt.TensorSpec([], "int32"))
            >>> [int(n) for n in dataset]
            [0, 1, 4]
        """
        del name
        checks.function("from_generator", generator)
        form = generated.signature(output_types, output_shapes, output_signature)
        given = () if args is None else tuple(map(as_array, args))
        make = lambda: generated.elements(generator, given, form)  # noqa: E731
        return _make(elements.Stream(make), element_spec=lambda: spec.of_signature(form))

    @staticmethod
    def range(*args: int, output_type: Any = "int64", name: str | None = None) -> Dataset:
        """Whole numbers as Python's `range` counts them.

        Args:
            args: ``stop``, or ``start, stop``, or ``start, stop, step``.
            output_type: Their dtype.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of numbers.

        Raises:
            DatasetError: there are no such numbers.

        Example:
            >>> import glasstape as gt
            >>> [int(n) for n in gt.data.Dataset.range(1, 8, 3)]
            [1, 4, 7]
        """
        del name
        whole = [checks.whole_number("range", "bound", np.asarray(a)[()], None) for a in args]
        if not 1 <= len(args) <= 3 or (len(args) == 3 and whole[2] == 0):
            raise checks.wrong(
                "Dataset.range was given wrong bounds.",
                "stop, or start and stop, or start, stop and a step that is not 0",
                repr(args),
                "pass one to three ints",
            )
        return _of_rows(rows.Count(builtins.range(*whole), np.dtype(output_type)))

    @staticmethod
    def counter(
        start: Any = 0, step: Any = 1, dtype: Any = "int64", name: str | None = None
    ) -> Dataset:
        """Numbers without end.

        Args:
            start: The first.
            step: From one to the next.
            dtype: Their dtype.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            An endless dataset of numbers.

        Example:
            >>> import glasstape as gt
            >>> [int(n) for n in gt.data.Dataset.counter(start=5, step=-2).take(3)]
            [5, 3, 1]
        """
        del name
        kind = np.dtype(dtype)
        numbers = lambda: map(kind.type, itertools.count(start, step))  # noqa: E731
        return _endless(numbers, kind)

    @staticmethod
    def random(
        seed: int | None = None,
        rerandomize_each_iteration: bool | None = None,
        name: str | None = None,
    ) -> Dataset:
        """Random whole numbers from 0 to below 2**32, without end.

        Args:
            seed: Same seed, same numbers. When None it is drawn from NumPy's global state.
            rerandomize_each_iteration: Whether each pass has numbers of its own; None means only
                without `seed`.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            An endless dataset of int64 numbers; loops get them with ``jax_enable_x64`` only.

        Example:
            >>> import glasstape as gt
            >>> numbers = gt.data.Dataset.random(seed=4).take(2)
            >>> list(numbers.as_numpy_iterator()) == list(numbers.as_numpy_iterator())
            True
        """
        del name
        seeded = items.Seeded(seed, seed is None or bool(rerandomize_each_iteration))

        def numbers() -> Iterator[np.int64]:
            generator = seeded.generator()
            while True:
                yield from generator.integers(2**32, size=_NUMBERS_AT_ONCE)

        return _endless(numbers, np.dtype("int64"))

    @staticmethod
    def list_files(
        file_pattern: Any,
        shuffle: bool | None = None,
        seed: int | None = None,
        name: str | None = None,
    ) -> Dataset:
        """Names of files.

        Args:
            file_pattern: A pattern such as ``"images/*.jpg"``, or a list of them.
            shuffle: Whether in random order, a new one each pass; None means True.
            seed: Of that order.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of text.

        Raises:
            DatasetError: no file matches.

        Example:
            >>> import pathlib, tempfile
            >>> import glasstape as gt
            >>> folder = pathlib.Path(tempfile.mkdtemp())
            >>> (folder / "a.txt").touch()
            >>> files = gt.data.Dataset.list_files(str(folder / "*.txt"))
            >>> [pathlib.Path(f.decode()).name for f in files.as_numpy_iterator()]
            ['a.txt']
        """
        del name
        patterns = np.atleast_1d(as_array(file_pattern)).tolist()
        found = sorted({f for p in patterns for f in glob.glob(p.decode())})
        if not found:
            raise checks.wrong(
                "Dataset.list_files found no files.",
                "a pattern that files match, such as 'images/*.jpg'",
                ", ".join(repr(p.decode()) for p in patterns),
                "check the folder; a relative pattern starts where the program runs",
            )
        files = _of_rows(rows.make_rows(found))
        return files if shuffle is False else files.shuffle(len(found), seed)

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> Dataset:
        """Datasets side by side; it ends with the shortest.

        Args:
            args: Datasets, or one tuple or dict of datasets.
            datasets: Older name of that structure.
            name: Accepted for TensorFlow's sake; unused.

        Returns:
            A dataset of tuples, or of structures like the one given.

        Raises:
            DatasetError: something is no dataset.

        Example:
            >>> import glasstape as gt
            >>> a, b = gt.data.Dataset.range(3), gt.data.Dataset.range(5, 9)
            >>> [(int(x), int(y)) for x, y in gt.data.Dataset.zip(a, b)]
            [(0, 5), (1, 6), (2, 7)]
        """
        del name
        if datasets is None:
            datasets = args[0] if len(args) == 1 else args
        found = [source(d, "zip") for _, d in leaves(datasets)]
        if not found:
            raise checks.wrong(
                "Dataset.zip was given no datasets.", "datasets", repr(args), "pass two or more"
            )
        count = iter(builtins.range(len(found)))
        form = map_structure(lambda _: next(count), datasets)
        zipped = elements.Zipped(form, [d._elements() for d in found])
        described = lambda: map_structure(lambda n: found[n].element_spec, form)  # noqa: E731
        return _make(zipped, element_spec=described)


def source(value: Any, method: str) -> Any:
    """`value` as a dataset of ours: one of TensorFlow's or PyTorch's is read as a generator."""
    if hasattr(value, "_elements"):
        return value
    if hasattr(value, "element_spec") or type(value).__module__.startswith("torch."):
        stream = elements.Stream(lambda: map(generated.adopted, value))
        return _make(stream)
    raise checks.wrong(
        f"Dataset.{method} was given something that is no dataset.",
        "a dataset, or a tuple or dict of datasets",
        type(value).__name__,
        "make one with Dataset.from_tensor_slices",
    )


def check_alike(method: str, one: Any, other: Any) -> None:
    """Refuse datasets whose elements have different structures or dtypes."""
    if one is None or other is None:  # to ask would run the user's functions
        return
    forms = [[(path, s.dtype) for path, s in leaves(spec)] for spec in (one, other)]
    if forms[0] != forms[1]:
        raise checks.wrong(
            f"Dataset.{method} was given a dataset whose elements are of another kind.",
            f"elements like {one}",
            f"elements like {other}",
            "map one of them to the structure and dtypes of the other",
        )


def _endless(make: Callable[[], Any], dtype: np.dtype) -> Dataset:
    stream = elements.Stream(make, lambda: items.INFINITE)
    return _make(stream, element_spec=lambda: spec.of(np.zeros((), dtype)))


def _of_rows(found: Any) -> Dataset:
    described = lambda: spec.of_rows(found)  # noqa: E731
    return _make(items.Numbers(found.count), found, element_spec=described)
