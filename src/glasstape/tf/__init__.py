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
* Functions refuse tensors of different dtypes, as TensorFlow does; the operators of tensors
  (``a + b``) promote them, and so do all with `tf.config.allow_mixed_dtypes`.
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
from glasstape.tf import (
    _adapting,
    _elsewhere,
    _imports,
    _keras_ops,
    _logits,
    _methods,
    _old_keras,
    _sparse,
    _text_layers,
)
from glasstape.tf import autograph as autograph
from glasstape.tf import bitwise as bitwise
from glasstape.tf import compat as compat
from glasstape.tf import config as config
from glasstape.tf import data as data
from glasstape.tf import debugging as debugging
from glasstape.tf import distribute as distribute
from glasstape.tf import dtypes as dtypes
from glasstape.tf import errors as errors
from glasstape.tf import experimental as experimental
from glasstape.tf import image as image
from glasstape.tf import initializers as initializers
from glasstape.tf import io as io
from glasstape.tf import keras as keras
from glasstape.tf import linalg as linalg
from glasstape.tf import lookup as lookup
from glasstape.tf import losses as losses
from glasstape.tf import math as math
from glasstape.tf import metrics as metrics
from glasstape.tf import nest as nest
from glasstape.tf import nn as nn
from glasstape.tf import optimizers as optimizers
from glasstape.tf import ragged as ragged
from glasstape.tf import random as random
from glasstape.tf import signal as signal
from glasstape.tf import sparse as sparse
from glasstape.tf import strings as strings
from glasstape.tf import summary as summary
from glasstape.tf import test as test
from glasstape.tf import train as train
from glasstape.tf import types as types
from glasstape.tf import version as version
from glasstape.tf._arrays import broadcast_dynamic_shape as broadcast_dynamic_shape
from glasstape.tf._arrays import broadcast_static_shape as broadcast_static_shape
from glasstape.tf._arrays import broadcast_to as broadcast_to
from glasstape.tf._arrays import concat as concat
from glasstape.tf._arrays import ensure_shape as ensure_shape
from glasstape.tf._arrays import expand_dims as expand_dims
from glasstape.tf._arrays import identity as identity
from glasstape.tf._arrays import identity_n as identity_n
from glasstape.tf._arrays import pad as pad
from glasstape.tf._arrays import parallel_stack as parallel_stack
from glasstape.tf._arrays import rank as rank
from glasstape.tf._arrays import repeat as repeat
from glasstape.tf._arrays import reshape as reshape
from glasstape.tf._arrays import reverse as reverse
from glasstape.tf._arrays import reverse_sequence as reverse_sequence
from glasstape.tf._arrays import roll as roll
from glasstape.tf._arrays import shape as shape
from glasstape.tf._arrays import shape_n as shape_n
from glasstape.tf._arrays import size as size
from glasstape.tf._arrays import slice as slice
from glasstape.tf._arrays import split as split
from glasstape.tf._arrays import squeeze as squeeze
from glasstape.tf._arrays import stack as stack
from glasstape.tf._arrays import strided_slice as strided_slice
from glasstape.tf._arrays import tile as tile
from glasstape.tf._arrays import transpose as transpose
from glasstape.tf._arrays import unstack as unstack
from glasstape.tf._choosing import bitcast as bitcast
from glasstape.tf._choosing import boolean_mask as boolean_mask
from glasstape.tf._choosing import meshgrid as meshgrid
from glasstape.tf._choosing import searchsorted as searchsorted
from glasstape.tf._choosing import sequence_mask as sequence_mask
from glasstape.tf._choosing import unique as unique
from glasstape.tf._choosing import unique_with_counts as unique_with_counts
from glasstape.tf._choosing import unravel_index as unravel_index
from glasstape.tf._choosing import where as where
from glasstape.tf._clip import clip_by_global_norm as clip_by_global_norm
from glasstape.tf._clip import clip_by_norm as clip_by_norm
from glasstape.tf._clip import clip_by_value as clip_by_value
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
from glasstape.tf._creation import eye as eye
from glasstape.tf._creation import fill as fill
from glasstape.tf._creation import linspace as linspace
from glasstape.tf._creation import one_hot as one_hot
from glasstape.tf._creation import ones_like as ones_like
from glasstape.tf._creation import range as range
from glasstape.tf._creation import (
    required_space_to_batch_paddings as required_space_to_batch_paddings,
)
from glasstape.tf._creation import zeros_like as zeros_like
from glasstape.tf._elementwise import abs as abs
from glasstape.tf._elementwise import acos as acos
from glasstape.tf._elementwise import acosh as acosh
from glasstape.tf._elementwise import add as add
from glasstape.tf._elementwise import add_n as add_n
from glasstape.tf._elementwise import asin as asin
from glasstape.tf._elementwise import asinh as asinh
from glasstape.tf._elementwise import atan as atan
from glasstape.tf._elementwise import atan2 as atan2
from glasstape.tf._elementwise import atanh as atanh
from glasstape.tf._elementwise import complex as complex
from glasstape.tf._elementwise import cos as cos
from glasstape.tf._elementwise import cosh as cosh
from glasstape.tf._elementwise import divide as divide
from glasstape.tf._elementwise import equal as equal
from glasstape.tf._elementwise import exp as exp
from glasstape.tf._elementwise import floor as floor
from glasstape.tf._elementwise import greater as greater
from glasstape.tf._elementwise import greater_equal as greater_equal
from glasstape.tf._elementwise import less as less
from glasstape.tf._elementwise import less_equal as less_equal
from glasstape.tf._elementwise import logical_and as logical_and
from glasstape.tf._elementwise import logical_not as logical_not
from glasstape.tf._elementwise import logical_or as logical_or
from glasstape.tf._elementwise import maximum as maximum
from glasstape.tf._elementwise import minimum as minimum
from glasstape.tf._elementwise import multiply as multiply
from glasstape.tf._elementwise import negative as negative
from glasstape.tf._elementwise import not_equal as not_equal
from glasstape.tf._elementwise import pow as pow
from glasstape.tf._elementwise import round as round
from glasstape.tf._elementwise import saturate_cast as saturate_cast
from glasstape.tf._elementwise import scalar_mul as scalar_mul
from glasstape.tf._elementwise import sigmoid as sigmoid
from glasstape.tf._elementwise import sign as sign
from glasstape.tf._elementwise import sin as sin
from glasstape.tf._elementwise import sinh as sinh
from glasstape.tf._elementwise import sqrt as sqrt
from glasstape.tf._elementwise import square as square
from glasstape.tf._elementwise import subtract as subtract
from glasstape.tf._elementwise import tan as tan
from glasstape.tf._elementwise import tanh as tanh
from glasstape.tf._elementwise import truediv as truediv
from glasstape.tf._elementwise import truncatediv as truncatediv
from glasstape.tf._elementwise import truncatemod as truncatemod
from glasstape.tf._factor import eig as eig
from glasstape.tf._factor import eigvals as eigvals
from glasstape.tf._factor import matrix_square_root as matrix_square_root
from glasstape.tf._function import function as function
from glasstape.tf._gather import dynamic_partition as dynamic_partition
from glasstape.tf._gather import dynamic_stitch as dynamic_stitch
from glasstape.tf._gather import gather as gather
from glasstape.tf._gather import gather_nd as gather_nd
from glasstape.tf._gather import scatter_nd as scatter_nd
from glasstape.tf._gather import tensor_scatter_nd_add as tensor_scatter_nd_add
from glasstape.tf._gather import tensor_scatter_nd_max as tensor_scatter_nd_max
from glasstape.tf._gather import tensor_scatter_nd_min as tensor_scatter_nd_min
from glasstape.tf._gather import tensor_scatter_nd_sub as tensor_scatter_nd_sub
from glasstape.tf._gather import tensor_scatter_nd_update as tensor_scatter_nd_update
from glasstape.tf._host import numpy_function as numpy_function
from glasstape.tf._host import py_function as py_function
from glasstape.tf._initializers import constant_initializer as constant_initializer
from glasstape.tf._initializers import ones_initializer as ones_initializer
from glasstape.tf._initializers import random_normal_initializer as random_normal_initializer
from glasstape.tf._initializers import random_uniform_initializer as random_uniform_initializer
from glasstape.tf._initializers import zeros_initializer as zeros_initializer
from glasstape.tf._mapping import foldl as foldl
from glasstape.tf._mapping import foldr as foldr
from glasstape.tf._mapping import map_fn as map_fn
from glasstape.tf._mapping import scan as scan
from glasstape.tf._mapping import vectorized_map as vectorized_map
from glasstape.tf._matrices import einsum as einsum
from glasstape.tf._matrices import matmul as matmul
from glasstape.tf._matrices import norm as norm
from glasstape.tf._matrices import tensordot as tensordot
from glasstape.tf._methods import get_static_value as get_static_value
from glasstape.tf._methods import is_tensor as is_tensor
from glasstape.tf._module import Module as Module
from glasstape.tf._pool import batch_to_space as batch_to_space
from glasstape.tf._pool import space_to_batch as space_to_batch
from glasstape.tf._pool import space_to_batch_nd as space_to_batch_nd
from glasstape.tf._ragged import RaggedTensor as RaggedTensor
from glasstape.tf._reduce import argmax as argmax
from glasstape.tf._reduce import argmin as argmin
from glasstape.tf._reduce import argsort as argsort
from glasstape.tf._reduce import cumsum as cumsum
from glasstape.tf._reduce import histogram_fixed_width as histogram_fixed_width
from glasstape.tf._reduce import histogram_fixed_width_bins as histogram_fixed_width_bins
from glasstape.tf._reduce import reduce_all as reduce_all
from glasstape.tf._reduce import reduce_any as reduce_any
from glasstape.tf._reduce import reduce_logsumexp as reduce_logsumexp
from glasstape.tf._reduce import reduce_max as reduce_max
from glasstape.tf._reduce import reduce_mean as reduce_mean
from glasstape.tf._reduce import reduce_min as reduce_min
from glasstape.tf._reduce import reduce_prod as reduce_prod
from glasstape.tf._reduce import reduce_sum as reduce_sum
from glasstape.tf._reduce import sort as sort
from glasstape.tf._scatter import IndexedSlices as IndexedSlices
from glasstape.tf._shape import TensorShape as TensorShape
from glasstape.tf._sparse import SparseTensor as SparseTensor
from glasstape.tf._tensor_array import TensorArray as TensorArray
from glasstape.tf._tensors import Tensor as Tensor
from glasstape.tf._tensors import constant as constant
from glasstape.tf._tensors import convert_to_tensor as convert_to_tensor
from glasstape.tf._tensors import executing_eagerly as executing_eagerly
from glasstape.tf._tensors import grad_pass_through as grad_pass_through
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
from glasstape.tf.strings import as_string as as_string

__version__ = version.VERSION

_imports.install()
_keras_ops.install()
_methods.install()
_logits.install()
_old_keras.install()
_adapting.install()
_text_layers.install()
_sparse.install()
__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
