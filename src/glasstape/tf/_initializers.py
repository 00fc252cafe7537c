"""`tf.random_normal_initializer` and its like: what programs give to Keras' layers.

Keras' initializers of these names differ in two ways: without a seed they give the same numbers at
each call, so that networks which share one would start alike in places, and they want a dtype that
Keras knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _seeds, _tensors, random
from glasstape.tf._convert import available
from glasstape.tf._translate import kind

_registered = keras.saving.register_keras_serializable("glasstape.tf")


@_registered
class zeros_initializer(keras.initializers.Initializer):
    """Tensors of zeros, as ``tf.zeros_initializer``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.zeros_initializer()([2]).tolist()
        [0.0, 0.0]
    """

    def __call__(self, shape: Any, dtype: Any = "float32", **unused: Any) -> Any:
        """A tensor of this shape."""
        return _tensors.zeros(shape, dtype or "float32")


@_registered
class ones_initializer(keras.initializers.Initializer):
    """Tensors of ones, as ``tf.ones_initializer``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.ones_initializer()([2], tf.int32).tolist()
        [1, 1]
    """

    def __call__(self, shape: Any, dtype: Any = "float32", **unused: Any) -> Any:
        """A tensor of this shape."""
        return _tensors.ones(shape, dtype or "float32")


@_registered
class constant_initializer(keras.initializers.Initializer):
    """Tensors of given values, as ``tf.constant_initializer``.

    Args:
        value: A number for all places, or as many numbers as the tensors have.
        support_partition: Accepted for TensorFlow's sake; unused.

    Raises:
        TensorTypeError: in the call: the values do not fit the shape.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.constant_initializer([1.0, 2.0])([2]).tolist()
        [1.0, 2.0]
    """

    def __init__(self, value: Any = 0, support_partition: bool = False):
        del support_partition
        self._value = value

    def __call__(self, shape: Any, dtype: Any = None, **unused: Any) -> Any:
        """A tensor of this shape; of the values' own dtype when none is given."""
        return _tensors.constant(self._value, dtype, shape)

    def get_config(self) -> dict[str, Any]:
        """What ``from_config`` makes an equal one of."""
        value = self._value
        return {"value": value if np.isscalar(value) else np.asarray(value).tolist()}


class _Drawn(keras.initializers.Initializer):
    """Random numbers: new ones at each call, or the same ones when it has a seed."""

    _names: tuple[str, str]  # of the distribution's parameters
    _kinds: str  # of the dtypes there are numbers of
    _new: Callable[..., Any]
    _same: Callable[..., Any]

    def __init__(self, first: Any, second: Any, seed: int | None):
        self._parameters = first, second
        self._seed = None if seed is None else _seeds.whole_number(seed)

    def __call__(self, shape: Any, dtype: Any = "float32", **unused: Any) -> Any:
        """A tensor of this shape."""
        dtype = self._checked(dtype)
        if self._seed is None:
            return self._new(shape, *self._parameters, dtype)
        return self._same(shape, [self._seed % 2**31, 0], *self._parameters, dtype)

    def get_config(self) -> dict[str, Any]:
        """What ``from_config`` makes an equal one of."""
        return {**dict(zip(self._names, self._parameters, strict=True)), "seed": self._seed}

    def _checked(self, dtype: Any) -> Any:
        dtype = available(dtype or "float32")
        if kind(dtype) not in self._kinds:
            raise TensorTypeError(
                f"tf.{type(self).__name__} draws no numbers of this dtype.",
                expected=f"a dtype of {'whole or ' if 'i' in self._kinds else ''}real numbers",
                received=str(dtype),
                fix="leave dtype out, or pass tf.float32",
                where=sources.user_source(),
            )
        return dtype


@_registered
class random_normal_initializer(_Drawn):
    """Numbers from a normal distribution, as ``tf.random_normal_initializer``.

    Args:
        mean: Of the distribution.
        stddev: Its standard deviation.
        seed: With one, each call gives the same numbers; without, each gives new ones.

    Raises:
        TensorTypeError: `seed` is not a whole number, or, in the call, `dtype` not a float's.

    Example:
        >>> import glasstape.tf as tf
        >>> draw = tf.random_normal_initializer(0.0, 0.02)
        >>> bool(tf.reduce_all(draw([3]) == draw([3])))
        False
    """

    _names, _kinds = ("mean", "stddev"), "f"
    _new, _same = staticmethod(random.normal), staticmethod(random.stateless_normal)

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None):
        super().__init__(mean, stddev, seed)


@_registered
class random_uniform_initializer(_Drawn):
    """Numbers between two limits, as ``tf.random_uniform_initializer``.

    Args:
        minval: The smallest number that may come.
        maxval: Above all that may come; 1 when None.
        seed: With one, each call gives the same numbers; without, each gives new ones.

    Raises:
        TensorTypeError: `seed` is not a whole number, or, in the call, `dtype` not a number's.

    Example:
        >>> import glasstape.tf as tf
        >>> bool(tf.random_uniform_initializer(2.0, 3.0)([]) >= 2)
        True
    """

    _names, _kinds = ("minval", "maxval"), "fiu"
    _new, _same = staticmethod(random.uniform), staticmethod(random.stateless_uniform)

    def __init__(self, minval: Any = -0.05, maxval: Any = 0.05, seed: int | None = None):
        super().__init__(minval, maxval, seed)
