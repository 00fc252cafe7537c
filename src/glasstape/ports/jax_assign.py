"""Assigning a variable, as an operation: gradients stop at it and go to the variable.

Reading is an operation and assigning is none, as in TensorFlow: the gradient with respect to what
was assigned is zero, and that with respect to the variable goes on as if it had always held it.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

_assign_p = Primitive("assign_variable")


@_assign_p.def_impl
def _(value: Any, before: Any) -> Any:
    del before
    return value


@_assign_p.def_abstract_eval
def _(value: Any, before: Any) -> Any:
    del before
    return value


def _jvp(primals: Any, tangents: Any) -> Any:
    return _assign_p.bind(*primals), tangents[1]


def _batch(args: Any, dims: Any) -> Any:
    (value, before), (dim, before_dim) = args, dims
    if dim is None:
        value = jnp.broadcast_to(jnp.expand_dims(value, before_dim), np.shape(before))
        dim = before_dim
    elif before_dim is None:
        before = jnp.broadcast_to(jnp.expand_dims(before, dim), np.shape(value))
    else:
        before = jnp.moveaxis(before, before_dim, dim)
    return _assign_p.bind(value, before), dim


ad.primitive_jvps[_assign_p] = _jvp
batching.primitive_batchers[_assign_p] = _batch
mlir.register_lowering(_assign_p, lambda ctx, value, before: [value])


def assigned(value: Any, before: Any) -> Any:
    """`value`, which a variable that held `before` holds now; a floating-point array like it."""
    return _assign_p.bind(value, before)
