"""Initializers at TensorFlow's root, such as ``tf.random_normal_initializer``.

Keras' own, but for what TensorFlow's do differently: each call of a random one draws new numbers,
and constants may have a shape of their own.
"""

from __future__ import annotations

from typing import Any

import keras

from glasstape.tf import random
from glasstape.tf._tensors import constant

ones_initializer = keras.initializers.Ones
zeros_initializer = keras.initializers.Zeros


@keras.saving.register_keras_serializable("glasstape.tf")
class constant_initializer(keras.initializers.Constant):
    """One number everywhere, or the numbers of an array, as ``tf.constant_initializer``.

    Args:
        value: A number, or as many as the shape has places.
        support_partition: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.constant_initializer([1, 2, 3, 4])(shape=(2, 2)).tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """

    def __init__(self, value: Any = 0, support_partition: bool = False):
        super().__init__(value)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """The numbers in `shape`."""
        return constant(self.value, dtype or keras.config.floatx(), shape)


@keras.saving.register_keras_serializable("glasstape.tf")
class random_normal_initializer(keras.initializers.RandomNormal):
    """Normally distributed numbers, as ``tf.random_normal_initializer``.

    Args:
        mean: Their mean.
        stddev: Their standard deviation.
        seed: Makes them reproducible.

    Example:
        >>> import glasstape.tf as tf
        >>> w_init = tf.random_normal_initializer(stddev=0.1)
        >>> bool((w_init([2, 2]) == w_init([2, 2])).any())
        False
    """

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """New numbers in `shape`."""
        dtype = dtype or keras.config.floatx()
        return random.normal(shape, self.mean, self.stddev, dtype, self._init_seed)


@keras.saving.register_keras_serializable("glasstape.tf")
class random_uniform_initializer(keras.initializers.RandomUniform):
    """Evenly distributed numbers, as ``tf.random_uniform_initializer``.

    Args:
        minval: The lower limit.
        maxval: The upper limit, which does not occur.
        seed: Makes them reproducible.

    Example:
        >>> import glasstape.tf as tf
        >>> w_init = tf.random_uniform_initializer(0.0, 1.0)
        >>> w_init(shape=[2, 2]).shape
        (2, 2)
    """

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """New numbers in `shape`."""
        dtype = dtype or keras.config.floatx()
        return random.uniform(shape, self.minval, self.maxval, dtype, self._init_seed)
