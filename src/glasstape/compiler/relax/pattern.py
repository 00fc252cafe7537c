"""Which sizes of a call vary, and which vary together.

A size that is not fixed stands for all numbers from 2 on: with 0 and 1 an array may behave in
another way (broadcasting, squeezing, means of nothing), so these have traces of their own. Where
sizes were equal in all calls so far, such as those of a batch of images and of labels, they are
taken to be one: JAX could not add arrays of two sizes it knows nothing of.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from glasstape.compiler.signature import Signature, leaf_key
from glasstape.compiler.spec import TensorSpec
from glasstape.ports import jax_symbolic

LEAST = 2
Sizes = tuple[int | None, ...]


class Pattern(NamedTuple):
    """What is known of the sizes of a call.

    Attributes:
        sizes: For each dimension of each input, in order, its size or the name of its symbol.
    """

    sizes: tuple[int | str, ...]

    @property
    def symbols(self) -> list[str]:
        """The names of its symbols."""
        return list(dict.fromkeys(n for n in self.sizes if isinstance(n, str)))

    def match(self, sizes: Sequence[int | None]) -> dict[str, int] | None:
        """The sizes of the symbols in a call with these sizes; None if it is not one of its."""
        found: dict[str, int] = {}
        for mine, size in zip(self.sizes, sizes, strict=True):
            if size is None:
                return None
            if isinstance(mine, int):
                if mine != size:
                    return None
            elif size < LEAST or found.setdefault(mine, size) != size:
                return None
        return found

    def unequal(self, sizes: Sequence[int | None]) -> tuple[int | None, int | None] | None:
        """Two sizes that would have to be equal, where nothing else is against these."""
        found: dict[str, int | None] = {}
        unequal = None
        for mine, size in zip(self.sizes, sizes, strict=True):
            if mine != size if isinstance(mine, int) else size is None or size < LEAST:
                return None
            if isinstance(mine, str) and found.setdefault(mine, size) != size:
                unequal = found[mine], size
        return unequal

    def describe(self, call: Signature) -> Signature:
        """The calls it is for, with a `TensorSpec` for each input that may have several sizes."""
        specs = []
        for value, mine in zip(call.inputs, self._by_input(call), strict=True):
            shape = [n if isinstance(n, int) else None for n in mine]
            specs.append(TensorSpec(shape, value.dtype) if None in shape else value)
        return with_inputs(call, specs)

    def placeholders(self, call: Signature, symbols: jax_symbolic.Symbols) -> list[Any]:
        """What the step is traced with."""
        dimensions = symbols.dimensions
        return [
            jax_symbolic.placeholder(
                [dimensions[n] if isinstance(n, str) else n for n in mine],
                value.dtype,
                getattr(value, "weak_type", False),
            )
            for value, mine in zip(call.inputs, self._by_input(call), strict=True)
        ]

    def _by_input(self, call: Signature) -> list[list[int | str]]:
        rest = iter(self.sizes)
        return [list(itertools.islice(rest, len(value.shape))) for value in call.inputs]


def with_inputs(call: Signature, inputs: list[Any]) -> Signature:
    """The call with others in place of its arrays; the key follows."""
    rest = iter(inputs)
    leaves, keys = [], []
    for leaf, key in zip(call.leaves, call.key[1:], strict=True):  # pyright: ignore[reportIndexIssue]
        if key[0] == "tensor":
            leaf = next(rest)
            key = "tensor", (tuple(leaf.shape), *key[1][1:])
        leaves.append(leaf)
        keys.append(key)
    return call._replace(key=(call.treedef, *keys), leaves=leaves, inputs=inputs)


def sizes_of(inputs: Sequence[Any]) -> Sizes | None:
    """Of all dimensions, in order; None when the number of them is not known."""
    if any(value.shape is None for value in inputs):
        return None
    return tuple(n for value in inputs for n in value.shape)


def by_rank(call: Signature) -> Signature:
    """The same call by the number of its dimensions in place of their sizes."""
    keys = [
        (kind, (len(key[0]), *key[1:])) if kind == "tensor" else (kind, key)
        for kind, key in call.key[1:]  # pyright: ignore[reportIndexIssue]
    ]
    return call._replace(key=(("any size", call.treedef), *keys))


def accepts(specs: Signature, call: Signature) -> bool:
    """Whether a call is one of those that another one with `TensorSpec`s stands for."""
    if specs.key == call.key:
        return True
    if sizes_of(specs.inputs) is None:
        return _accepts_any_rank(specs, call)
    if by_rank(specs).key != by_rank(call).key:
        return False
    pairs = zip(specs.inputs, call.inputs, strict=True)
    return specs.treedef == call.treedef and all(
        a is None or a == b for s, c in pairs for a, b in zip(s.shape, c.shape, strict=True)
    )


def _accepts_any_rank(specs: Signature, call: Signature) -> bool:
    def fits(spec: Any, value: Any) -> bool:
        if isinstance(spec, TensorSpec) and hasattr(value, "dtype"):
            return spec.is_compatible_with(value)
        return leaf_key(spec) == leaf_key(value)

    return specs.treedef == call.treedef and all(map(fits, specs.leaves, call.leaves))


class Seen:
    """The sizes of the calls of a step that differ in nothing else.

    Args:
        open_sizes: For each dimension whether it may have any size from the start.
        names: For each what to call it.

    Attributes:
        refusal: Why one trace for all sizes is not possible, or None.
    """

    def __init__(self, open_sizes: Sequence[bool], names: Sequence[str]):
        self.refusal: str | None = None
        self._varied = list(open_sizes)
        self._names = names
        self._axes = [int(name.rsplit(jax_symbolic.MARK, 1)[1]) for name in names]
        self._first: Sizes | None = None
        self._groups: list[int] = [0] * len(self._varied)

    def note(self, sizes: Sizes, learn: bool) -> None:
        """Take notice of a call.

        Args:
            sizes: Its sizes.
            learn: Whether a size that differs from the first call's may vary from now on.
        """
        first = self._first = self._first or sizes
        if learn:
            pairs = zip(self._varied, first, sizes, strict=True)
            self._varied = [varied or a != b for varied, a, b in pairs]
        numbers: dict[Any, int] = {}
        keys = zip(self._groups, sizes, strict=True)
        self._groups = [numbers.setdefault(key, len(numbers)) for key in keys]

    def patterns(self, sizes: Sizes) -> Iterator[Pattern]:
        """What to trace a call with these sizes for, the first choice first.

        At first only the same dimension of several inputs is taken to be one; ``x @ x`` needs
        more.
        """
        tried: list[Pattern] = []
        for axes in (self._axes, [0] * len(self._axes)):
            pattern = self._pattern(sizes, axes)
            if pattern.symbols and pattern not in tried:
                tried.append(pattern)
                yield pattern

    def _pattern(self, sizes: Sizes, axes: Sequence[int]) -> Pattern:
        symbols: dict[Any, str] = {}
        found: list[int | str] = []
        for i, size in enumerate(sizes):
            if size is None or (self._varied[i] and size >= LEAST):
                found.append(symbols.setdefault((self._groups[i], axes[i]), self._names[i]))
            else:
                found.append(size)
        return Pattern(tuple(found))


def names_of(arguments: Mapping[int, str] | Sequence[str], inputs: Sequence[Any]) -> list[str]:
    """A name for each dimension, such as ``imagesˑ0``.

    Args:
        arguments: The name of each input.
        inputs: The inputs.
    """
    found: list[str] = []
    for number, (argument, value) in enumerate(zip(arguments, inputs, strict=True)):
        word = re.sub(r"\W+", "_", str(argument)).strip("_") or "x"
        word = word if word[0].isalpha() or word[0] == "_" else f"x{word}"
        for axis in range(len(value.shape)):
            name = f"{word}{jax_symbolic.MARK}{axis}"
            found.append(name if name not in found else f"{word}{number}{jax_symbolic.MARK}{axis}")
    return found
