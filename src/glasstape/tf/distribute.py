"""`tf.distribute` with one replica: programs written for several devices run on one.

What a strategy is asked for is done at once, on the device JAX computes on. For several devices
there is `keras.distribution.DataParallel`, which divides a compiled step's arrays among them.
"""

from __future__ import annotations

import contextlib
import enum
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax

from glasstape import sources
from glasstape.compiler.autograph import convert
from glasstape.errors import InvalidArgumentError, NotCoveredError
from glasstape.tf import _elsewhere
from glasstape.tf._reduce import reduce_mean, reduce_sum

__all__ = [
    "InputContext", "MirroredStrategy", "OneDeviceStrategy", "ReduceOp", "ReplicaContext",
    "Strategy", "get_replica_context", "get_strategy", "has_strategy", "in_cross_replica_context",
]  # fmt: skip


class ReduceOp(enum.Enum):
    """How `Strategy.reduce` makes one value of the replicas'."""

    SUM = "SUM"
    MEAN = "MEAN"


class InputContext(NamedTuple):
    """What the function of `Strategy.distribute_datasets_from_function` is told."""

    num_input_pipelines: int = 1
    input_pipeline_id: int = 0
    num_replicas_in_sync: int = 1

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        """The batch of one replica: all of it."""
        return global_batch_size


class _Active(threading.local):
    strategies: tuple[Strategy, ...] = ()
    in_replica: bool = False


_active = _Active()


class Strategy:
    """A strategy with one replica, as ``tf.distribute.Strategy`` on one device.

    Example:
        >>> import glasstape.tf as tf
        >>> strategy = tf.distribute.MirroredStrategy()
        >>> with strategy.scope():
        ...     v = tf.Variable(3.0)
        >>> @tf.function
        ... def step(x):
        ...     losses = strategy.run(lambda y: v * y, args=(x,))
        ...     return strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)
        >>> float(step(tf.constant(2.0))), strategy.num_replicas_in_sync
        (6.0, 1)
    """

    @property
    def num_replicas_in_sync(self) -> int:
        """One."""
        return 1

    @contextlib.contextmanager
    def scope(self) -> Iterator[Strategy]:
        """Make this the strategy that `get_strategy` gives."""
        before = _active.strategies
        _active.strategies = (*before, self)
        try:
            yield self
        finally:
            _active.strategies = before

    def run(
        self,
        fn: Callable[..., Any],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
        options: Any = None,
    ) -> Any:
        """Call `fn`, once: there is one replica.

        Args:
            fn: What a replica does.
            args: What it is given by position.
            kwargs: By name.
            options: Accepted for TensorFlow's sake; unused.

        Returns:
            What `fn` returns.
        """
        del options
        before = _active.in_replica
        with self.scope():
            _active.in_replica = True
            try:
                return convert.call(fn, tuple(args), kwargs)
            finally:
                _active.in_replica = before

    def reduce(self, reduce_op: Any, value: Any, axis: int | None) -> Any:
        """The replica's value; with `axis` its sum or mean over that axis.

        Args:
            reduce_op: `ReduceOp`, or its name.
            value: What `run` returned.
            axis: None, or the axis that counts the samples.

        Raises:
            InvalidArgumentError: `reduce_op` is neither a sum nor a mean.
        """
        reduction = _reduction(reduce_op)
        return value if axis is None else jax.tree.map(lambda v: reduction(v, axis), value)

    def gather(self, value: Any, axis: int) -> Any:
        """The replica's value."""
        del axis
        return value

    def experimental_distribute_dataset(self, dataset: Any, options: Any = None) -> Any:
        """The dataset: one replica gets all of it."""
        del options
        return dataset

    def distribute_datasets_from_function(
        self, dataset_fn: Callable[[InputContext], Any], options: Any = None
    ) -> Any:
        """The dataset that the function makes."""
        del options
        return dataset_fn(InputContext())

    def experimental_distribute_values_from_function(self, value_fn: Callable[..., Any]) -> Any:
        """The value that the function makes for the one replica."""
        return value_fn(ReplicaContext(self))

    def experimental_local_results(self, value: Any) -> tuple[Any, ...]:
        """The replica's value, in a tuple."""
        return (value,)


class MirroredStrategy(Strategy):
    """One replica, where TensorFlow has one for each GPU; as ``tf.distribute.MirroredStrategy``.

    Args:
        devices: None, or the name of one device.
        cross_device_ops: Accepted for TensorFlow's sake; unused.

    Raises:
        NotCoveredError: several devices are asked for.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.distribute.MirroredStrategy().num_replicas_in_sync
        1
    """

    def __init__(self, devices: Any = None, cross_device_ops: Any = None):
        del cross_device_ops
        if isinstance(devices, list | tuple) and len(devices) > 1:
            raise NotCoveredError(
                "A strategy was asked for several devices.",
                expected="one: each step is computed on one device",
                received=f"devices={devices!r}",
                fix="leave the list out, or use keras.distribution.DataParallel",
                where=sources.user_source(),
            )


class OneDeviceStrategy(Strategy):
    """One replica, as ``tf.distribute.OneDeviceStrategy``.

    Args:
        device: Accepted for TensorFlow's sake: JAX chooses, see `tf.device`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.distribute.OneDeviceStrategy("/GPU:0").run(lambda: 3)
        3
    """

    def __init__(self, device: Any = None):
        del device


class ReplicaContext:
    """What a replica knows of itself, as ``tf.distribute.ReplicaContext``."""

    def __init__(self, strategy: Strategy):
        self.strategy = strategy
        self.num_replicas_in_sync = 1
        self.replica_id_in_sync_group = 0

    def all_reduce(self, reduce_op: Any, value: Any, options: Any = None) -> Any:
        """The value itself, from the one replica there is."""
        del options
        _reduction(reduce_op)
        return value

    def merge_call(self, merge_fn: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        """Call ``merge_fn(strategy, *args)``."""
        return convert.call(merge_fn, (self.strategy, *args), kwargs)


_default = Strategy()


def get_strategy() -> Strategy:
    """The strategy whose scope this is, or one that does nothing, as ``tf.distribute``'s.

    Returns:
        A `Strategy`.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.distribute.get_strategy().num_replicas_in_sync
        1
    """
    return _active.strategies[-1] if _active.strategies else _default


def has_strategy() -> bool:
    """Whether this is inside the scope of a strategy.

    Returns:
        True or False.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.distribute.has_strategy()
        False
    """
    return bool(_active.strategies)


def in_cross_replica_context() -> bool:
    """Whether this is inside a strategy's scope, and not in what it runs.

    Returns:
        True or False.

    Example:
        >>> import glasstape.tf as tf
        >>> with tf.distribute.MirroredStrategy().scope():
        ...     print(tf.distribute.in_cross_replica_context())
        True
    """
    return has_strategy() and not _active.in_replica


def get_replica_context() -> ReplicaContext | None:
    """What the replica that runs knows of itself; None in a strategy's scope outside of `run`.

    Returns:
        A `ReplicaContext`, or None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.distribute.get_replica_context().replica_id_in_sync_group
        0
    """
    return None if in_cross_replica_context() else ReplicaContext(get_strategy())


def _reduction(reduce_op: Any) -> Callable[..., Any]:
    name = str(getattr(reduce_op, "value", reduce_op)).upper()
    if name not in ("SUM", "MEAN"):
        raise InvalidArgumentError(
            "A strategy was asked for a reduction that there is not.",
            expected="tf.distribute.ReduceOp.SUM or MEAN, or their names",
            received=repr(reduce_op),
            fix="pass one of the two",
            where=sources.user_source(),
        )
    return reduce_sum if name == "SUM" else reduce_mean


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
