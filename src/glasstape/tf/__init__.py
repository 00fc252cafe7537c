"""TensorFlow's spelling: ``import glasstape.tf as tf`` instead of ``import tensorflow as tf``.

Names, argument order, defaults and result dtypes are TensorFlow's; the work is done by GlassTape,
Keras and `keras.ops`. `tf.keras` is Keras 3 itself. One file a TensorFlow namespace, translation
only; a name that is not there raises `NotCoveredError`, which names the way GlassTape or Keras has.

What differs from TensorFlow:

* Tensors are JAX arrays, which importing this package gives ``numpy()``, ``get_shape()`` and a few
  other methods of TensorFlow's. ``x.shape`` stays a tuple: ``x.get_shape().as_list()``.
* JAX has 64-bit numbers switched off, so results TensorFlow gives as int64 or float64 are int32
  and float32: ``tf.argmax(x).dtype == tf.int64`` is False. `jax.config.update("jax_enable_x64",
  True)` at the start of a program switches them on. Whole numbers that do not fit are refused.
* Tensors of different dtypes are promoted where TensorFlow refuses them.
* ``tf.random`` is reproducible with `tf.random.set_seed`, with other numbers than TensorFlow's.

Example:
    >>> import glasstape.tf as tf
    >>> x = tf.constant(3.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = tf.square(x)
    >>> float(tape.gradient(y, x))
    6.0
"""

from glasstape import GradientTape as GradientTape
from glasstape import TensorSpec as TensorSpec
from glasstape import UnconnectedGradients as UnconnectedGradients
from glasstape import custom_gradient as custom_gradient
from glasstape import print as print
from glasstape import recompute_grad as recompute_grad
from glasstape.tf import _elsewhere, _imports, _methods
from glasstape.tf import autograph as autograph
from glasstape.tf import config as config
from glasstape.tf import data as data
from glasstape.tf import debugging as debugging
from glasstape.tf import dtypes as dtypes
from glasstape.tf import errors as errors
from glasstape.tf import image as image
from glasstape.tf import io as io
from glasstape.tf import keras as keras
from glasstape.tf import linalg as linalg
from glasstape.tf import math as math
from glasstape.tf import random as random
from glasstape.tf import strings as strings
from glasstape.tf import summary as summary
from glasstape.tf import test as test
from glasstape.tf import train as train
from glasstape.tf import types as types
from glasstape.tf import version as version
from glasstape.tf._contexts import control_dependencies as control_dependencies
from glasstape.tf._contexts import device as device
from glasstape.tf._contexts import get_logger as get_logger
from glasstape.tf._contexts import group as group
from glasstape.tf._contexts import init_scope as init_scope
from glasstape.tf._contexts import name_scope as name_scope
from glasstape.tf._contexts import no_op as no_op
from glasstape.tf._control import case as case
from glasstape.tf._control import cond as cond
from glasstape.tf._control import switch_case as switch_case
from glasstape.tf._control import while_loop as while_loop
from glasstape.tf._function import function as function
from glasstape.tf._host import numpy_function as numpy_function
from glasstape.tf._host import py_function as py_function
from glasstape.tf._mapping import foldl as foldl
from glasstape.tf._mapping import foldr as foldr
from glasstape.tf._mapping import map_fn as map_fn
from glasstape.tf._mapping import scan as scan
from glasstape.tf._mapping import vectorized_map as vectorized_map
from glasstape.tf._methods import get_static_value as get_static_value
from glasstape.tf._methods import is_tensor as is_tensor
from glasstape.tf._module import Module as Module
from glasstape.tf._scatter import IndexedSlices as IndexedSlices
from glasstape.tf._shape import TensorShape as TensorShape
from glasstape.tf._tensor_array import TensorArray as TensorArray
from glasstape.tf._tensors import Tensor as Tensor
from glasstape.tf._tensors import constant as constant
from glasstape.tf._tensors import convert_to_tensor as convert_to_tensor
from glasstape.tf._tensors import executing_eagerly as executing_eagerly
from glasstape.tf._tensors import newaxis as newaxis
from glasstape.tf._tensors import ones as ones
from glasstape.tf._tensors import stop_gradient as stop_gradient
from glasstape.tf._tensors import zeros as zeros
from glasstape.tf._variable import Variable as Variable
from glasstape.tf._variable import VariableAggregation as VariableAggregation
from glasstape.tf._variable import VariableSynchronization as VariableSynchronization
from glasstape.tf.debugging import Assert as Assert
from glasstape.tf.debugging import assert_equal as assert_equal
from glasstape.tf.debugging import assert_greater as assert_greater
from glasstape.tf.debugging import assert_less as assert_less
from glasstape.tf.debugging import assert_rank as assert_rank
from glasstape.tf.dtypes import DType as DType
from glasstape.tf.dtypes import as_dtype as as_dtype
from glasstape.tf.dtypes import bfloat16 as bfloat16
from glasstape.tf.dtypes import bool as bool
from glasstape.tf.dtypes import cast as cast
from glasstape.tf.dtypes import complex64 as complex64
from glasstape.tf.dtypes import complex128 as complex128
from glasstape.tf.dtypes import double as double
from glasstape.tf.dtypes import float16 as float16
from glasstape.tf.dtypes import float32 as float32
from glasstape.tf.dtypes import float64 as float64
from glasstape.tf.dtypes import half as half
from glasstape.tf.dtypes import int8 as int8
from glasstape.tf.dtypes import int16 as int16
from glasstape.tf.dtypes import int32 as int32
from glasstape.tf.dtypes import int64 as int64
from glasstape.tf.dtypes import string as string
from glasstape.tf.dtypes import uint8 as uint8
from glasstape.tf.dtypes import uint16 as uint16
from glasstape.tf.dtypes import uint32 as uint32
from glasstape.tf.dtypes import uint64 as uint64
from glasstape.tf.linalg import matmul as matmul
from glasstape.tf.math import argmax as argmax
from glasstape.tf.math import equal as equal
from glasstape.tf.math import reduce_mean as reduce_mean
from glasstape.tf.math import reduce_sum as reduce_sum
from glasstape.tf.math import square as square

__version__ = version.VERSION

_imports.install()
_methods.install()
__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
