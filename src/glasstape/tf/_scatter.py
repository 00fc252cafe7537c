"""Writing parts of a `tf.Variable`: `tf.IndexedSlices` and the scatter methods."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from glasstape.tf._convert import as_tensor


class IndexedSlices:
    """Rows for some places of a larger tensor, as ``tf.IndexedSlices``.

    Gradients are never of this class: GlassTape's are dense tensors. It is what the scatter methods
    of `tf.Variable` take.

    Args:
        values: Tensor of shape ``[n, ...]``.
        indices: ``[n]`` whole numbers, the places.
        dense_shape: Shape of the larger tensor.

    Example:
        >>> import glasstape.tf as tf
        >>> v = tf.Variable([1.0, 2.0, 3.0])
        >>> v.scatter_add(tf.IndexedSlices([10.0], [1])).numpy().tolist()
        [1.0, 12.0, 3.0]
    """

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None):
        self.values = as_tensor(values)
        self.indices = as_tensor(indices)
        self.dense_shape = dense_shape

    @property
    def dtype(self) -> Any:
        """The values' dtype."""
        return self.values.dtype

    def __repr__(self) -> str:
        return f"IndexedSlices(indices={self.indices}, values={self.values})"


class Scatter:
    """The scatter methods of `tf.Variable`. Places beyond the end are passed over by JAX."""

    value: Any
    dtype: Any
    assign: Any

    def scatter_update(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Replace rows; `sparse_delta` is an `IndexedSlices`."""
        return self._scatter("set", sparse_delta)

    def scatter_add(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Add to rows."""
        return self._scatter("add", sparse_delta)

    def scatter_sub(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Subtract from rows."""
        return self._scatter("subtract", sparse_delta)

    def scatter_mul(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Multiply rows."""
        return self._scatter("multiply", sparse_delta)

    def scatter_div(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Divide rows."""
        return self._scatter("divide", sparse_delta)

    def scatter_max(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Let rows be at least these."""
        return self._scatter("max", sparse_delta)

    def scatter_min(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Let rows be at most these."""
        return self._scatter("min", sparse_delta)

    def batch_scatter_update(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Replace rows of each element of a batch; the indices have the batch's axes first."""
        values, indices = self._delta(sparse_delta.values), sparse_delta.indices
        axes = np.ix_(*[np.arange(n) for n in indices.shape[:-1]], [0])[:-1]
        return self.assign(self.value.at[(*axes, indices)].set(values))

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Replace what lies at `indices`, ``[..., k]``: places along the first k axes."""
        return self._scatter_nd("set", indices, updates)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Add to what lies at `indices`."""
        return self._scatter_nd("add", indices, updates)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Subtract from what lies at `indices`."""
        return self._scatter_nd("subtract", indices, updates)

    def scatter_nd_max(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Let what lies at `indices` be at least `updates`."""
        return self._scatter_nd("max", indices, updates)

    def scatter_nd_min(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Let what lies at `indices` be at most `updates`."""
        return self._scatter_nd("min", indices, updates)

    def sparse_read(self, indices: Any, name: str | None = None) -> Any:
        """The rows at `indices`."""
        return jnp.take(self.value, as_tensor(indices), axis=0)

    def gather_nd(self, indices: Any, name: str | None = None) -> Any:
        """What lies at `indices`, ``[..., k]``."""
        return self.value[_places(indices)]

    def _delta(self, values: Any) -> Any:
        return as_tensor(values, self.dtype)

    def _scatter(self, how: str, delta: IndexedSlices) -> Any:
        place = self.value.at[delta.indices]
        return self.assign(getattr(place, how)(self._delta(delta.values)))

    def _scatter_nd(self, how: str, indices: Any, updates: Any) -> Any:
        return self.assign(getattr(self.value.at[_places(indices)], how)(self._delta(updates)))


def _places(indices: Any) -> Any:
    return tuple(jnp.moveaxis(as_tensor(indices), -1, 0))
