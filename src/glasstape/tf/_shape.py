"""`tf.TensorShape`: a tuple of dimensions that has TensorFlow's methods, too."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import Any

from glasstape import sources
from glasstape.errors import ShapeError


class TensorShape(tuple):
    """A shape some of whose dimensions may be unknown, as ``tf.TensorShape``.

    It is a tuple: JAX and Keras take it wherever they take a shape. ``x.shape`` of a tensor is a
    plain tuple; ``x.get_shape()`` and the shape of a `tf.Variable` are of this class.

    Args:
        dims: Whole numbers, None for what is unknown; None for an unknown number of them.

    Raises:
        ShapeError: something else is among them.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.TensorShape([2, None]).as_list()
        [2, None]
    """

    _known: bool

    def __new__(cls, dims: Any) -> TensorShape:
        """Take the dimensions over."""
        known = dims is not None and getattr(dims, "_known", True)
        if isinstance(dims, int) or (hasattr(dims, "__index__") and not hasattr(dims, "__len__")):
            dims = [dims]
        self = super().__new__(cls, [_dimension(d) for d in dims or ()] if known else [])
        self._known = known
        return self

    @property
    def rank(self) -> int | None:
        """How many dimensions there are; None when that is unknown."""
        return len(self) if self._known else None

    ndims = rank

    @property
    def dims(self) -> list[int | None] | None:
        """The dimensions; None when their number is unknown."""
        return list(self) if self._known else None

    def as_list(self) -> list[int | None]:
        """The dimensions as a list.

        Raises:
            ShapeError: their number is unknown.
        """
        self._need_rank("as_list()")
        return list(self)

    def num_elements(self) -> int | None:
        """How many numbers a tensor of this shape has; None when that is unknown."""
        if not self.is_fully_defined():
            return None
        count = 1
        for dimension in self:
            count *= dimension
        return count

    def is_fully_defined(self) -> bool:
        """Whether every dimension is known."""
        return self._known and None not in tuple(self)

    def assert_is_fully_defined(self) -> None:
        """Raise `ShapeError` when a dimension is unknown."""
        if not self.is_fully_defined():
            raise _error(f"Shape {self} is not fully defined.", "known dimensions", str(self))

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a tensor could have both shapes."""
        other = as_tensor_shape(other)
        if not (self._known and other._known):
            return True
        return len(self) == len(other) and all(
            a is None or b is None or a == b for a, b in zip(tuple(self), tuple(other), strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raise `ShapeError` when no tensor could have both shapes."""
        if not self.is_compatible_with(other):
            happened = f"Shapes {self} and {other} are incompatible."
            raise _error(happened, f"a shape that fits {self}", str(other))

    def merge_with(self, other: Any) -> TensorShape:
        """What is known from either of two shapes.

        Raises:
            ShapeError: they contradict each other.
        """
        other = as_tensor_shape(other)
        self.assert_is_compatible_with(other)
        if not (self._known and other._known):
            return self if self._known else other
        pairs = zip(tuple(self), tuple(other), strict=True)
        return TensorShape([b if a is None else a for a, b in pairs])

    def concatenate(self, other: Any) -> TensorShape:
        """This shape's dimensions and then the other's."""
        other = as_tensor_shape(other)
        if not (self._known and other._known):
            return TensorShape(None)
        return TensorShape([*tuple(self), *tuple(other)])

    def with_rank(self, rank: int) -> TensorShape:
        """This shape, when it can have that many dimensions.

        Raises:
            ShapeError: it cannot.
        """
        if not self._known:
            return TensorShape([None] * rank)
        if len(self) != rank:
            raise _error(f"Shape {self} must have rank {rank}.", f"rank {rank}", str(self))
        return self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """This shape, when it can have that many dimensions or more; `ShapeError` when not."""
        if self._known and len(self) < rank:
            happened = f"Shape {self} must have rank at least {rank}."
            raise _error(happened, f"rank {rank} or more", str(self))
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """This shape, when it can have that many dimensions or fewer; `ShapeError` when not."""
        if self._known and len(self) > rank:
            happened = f"Shape {self} must have rank at most {rank}."
            raise _error(happened, f"rank {rank} or less", str(self))
        return self

    def assert_has_rank(self, rank: int) -> None:
        """Raise `ShapeError` when it cannot have that many dimensions."""
        self.with_rank(rank)

    def assert_same_rank(self, other: Any) -> None:
        """Raise `ShapeError` when two shapes have different numbers of dimensions."""
        other = as_tensor_shape(other)
        if None not in (self.rank, other.rank) and self.rank != other.rank:
            happened = f"Shapes {self} and {other} must have the same rank."
            raise _error(happened, f"rank {self.rank}", str(other))

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """What two shapes have in common; None where they differ."""
        other = as_tensor_shape(other)
        if self.rank is None or self.rank != other.rank:
            return TensorShape(None)
        pairs = zip(tuple(self), tuple(other), strict=True)
        return TensorShape([a if a == b else None for a, b in pairs])

    def most_specific_common_supertype(self, others: Iterable[Any]) -> TensorShape:
        """What this shape and others have in common; None where they differ."""
        found = self
        for other in others:
            found = found.most_specific_compatible_shape(other)
        return found

    def is_subtype_of(self, other: Any) -> bool:
        """Whether whatever has this shape has the other, too."""
        other = as_tensor_shape(other)
        if other.rank is None or self.rank != other.rank:
            return other.rank is None
        pairs = zip(tuple(self), tuple(other), strict=True)
        return all(b is None or a == b for a, b in pairs)

    def _need_rank(self, what: str) -> None:
        if not self._known:
            happened = f"{what} is not defined on a shape of unknown rank."
            raise _error(happened, "a shape whose number of dimensions is known", str(self))

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return as_tensor_shape(other).concatenate(self)

    def __getitem__(self, key: Any) -> Any:
        if not self._known:
            return TensorShape(None) if isinstance(key, slice) else None
        found = super().__getitem__(key)
        return TensorShape(found) if isinstance(key, slice) else found

    def __len__(self) -> int:
        self._need_rank("len()")
        return super().__len__()

    def __iter__(self) -> Iterator[Any]:
        self._need_rank("Iteration")
        return super().__iter__()

    def __bool__(self) -> bool:
        return self._known

    def __eq__(self, other: object) -> bool:
        try:
            other = as_tensor_shape(other)
        except ShapeError:
            return NotImplemented
        return self._known == other._known and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return NotImplemented if equal is NotImplemented else not equal

    __hash__ = tuple.__hash__

    def __reduce__(self) -> Any:
        return TensorShape, (self.dims,)

    def __repr__(self) -> str:
        return f"TensorShape({self.dims})"

    def __str__(self) -> str:
        return tuple.__repr__(self) if self._known else "<unknown>"


def as_tensor_shape(shape: Any) -> TensorShape:
    """A `TensorShape` of whatever stands for one."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def _dimension(value: Any) -> Any:
    try:
        return None if value is None else operator.index(value)
    except TypeError:
        if type(value).__module__.startswith("jax"):
            return value  # a size that is not known while a program is traced for any size
        happened = "This is not a dimension."
        raise _error(happened, "whole numbers, or None", repr(value)) from None


def _error(happened: str, expected: str, received: str) -> ShapeError:
    return ShapeError(
        happened,
        expected=expected,
        received=received,
        fix="pass the dimensions as whole numbers, None for those that are not known",
        where=sources.user_source(),
    )
