"""Where elements leave the pipeline: NumPy arrays become JAX arrays.

Inside, an element's leaves are NumPy arrays, or JAX arrays that a mapped function has made. A
loop and a mapped function get tensors. Only here is JAX imported, so that a command can answer
before it is loaded.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.data.structure import as_array, map_structure
from glasstape.errors import DatasetError

# What text becomes; `glasstape.tf` puts its own class of strings here.
text_maker: list[Callable[[np.ndarray], Any]] = []


def to_tensors(element: Any) -> Any:
    """An element whose leaves are tensors: JAX arrays on the default device, or text."""
    return map_structure(_to_tensor, element)


def to_host_tensors(element: Any) -> Any:
    """Likewise, on the processor: what a mapped function sees."""
    return map_structure(_to_host_tensor, element)


def to_numpy(element: Any) -> Any:
    """An element of NumPy arrays and, for single numbers, NumPy scalars."""
    return map_structure(_to_numpy, element)


def fit(array: np.ndarray) -> np.ndarray:
    """`array` in the dtype JAX has for its own: 32 bits for 64, unless whole numbers need more."""
    if array.dtype.itemsize < 8 or array.dtype.kind not in "iufc":
        return array
    fitted = array.astype(_jax().dtypes.canonicalize_dtype(array.dtype), copy=False)
    if array.dtype.kind in "fc" or fitted.dtype == array.dtype or (fitted == array).all():
        return fitted
    raise DatasetError(
        "Whole numbers of a dataset do not fit into JAX' arrays.",
        expected=f"numbers that fit into {fitted.dtype}: JAX has 64-bit numbers switched off",
        received=f"numbers from {array.min()} to {array.max()}",
        fix='call jax.config.update("jax_enable_x64", True) at the start of the program, or take '
        "them out of the dataset",
        where=sources.user_source(),
    )


def as_leaf(value: Any) -> Any:
    """What a mapped function or a generator gave, as a leaf that stays in the pipeline."""
    if type(value) is np.ndarray and value.dtype.kind not in "OUS":
        return value
    if isinstance(value, _array_type()) or hasattr(value, "element_spec"):
        return value
    to_numpy = None if hasattr(value, "detach") else getattr(value, "numpy", None)
    return as_array(to_numpy() if callable(to_numpy) else value)


@contextlib.contextmanager
def eagerly() -> Iterator[None]:
    """Compute at once, whatever tape looks on, on the processor: the accelerator trains."""
    from glasstape.ports.jax_trace import eval_context

    with eval_context():
        if not _has_accelerator() or processor() is None:
            yield
        else:
            with _jax().default_device(processor()):
                yield


def is_on_processor(leaf: Any) -> bool:
    """Whether NumPy can read an array without a copy from another device."""
    return all(device.platform == "cpu" for device in leaf.devices())


@functools.cache
def processor() -> Any:
    """JAX' processor device, or None when only the accelerator was allowed."""
    try:
        return _jax().devices("cpu")[0]
    except RuntimeError:
        return None


@functools.cache
def _jax() -> Any:
    import jax

    return jax


@functools.cache
def _array_type() -> Any:
    return _jax().Array


@functools.cache
def _has_accelerator() -> bool:
    return _jax().default_backend() != "cpu"


def _to_tensor(leaf: Any) -> Any:
    if isinstance(leaf, _array_type()):
        moves = _has_accelerator() and is_on_processor(leaf)
        return _jax().device_put(leaf, _jax().devices()[0]) if moves else leaf
    return _made(leaf)


def _to_host_tensor(leaf: Any) -> Any:
    if isinstance(leaf, _array_type()) or not _has_accelerator() or processor() is None:
        return leaf if isinstance(leaf, _array_type()) else _made(leaf)
    with _jax().default_device(processor()):
        return _made(leaf)


def _made(leaf: Any) -> Any:
    if hasattr(leaf, "element_spec"):  # a dataset of datasets
        return leaf
    if leaf.dtype.kind == "O":
        return text_maker[0](leaf) if text_maker else leaf[()]
    # A copy where the memory may be the user's, who may write into it again.
    return _jax().numpy.array(fit(leaf))


def _to_numpy(leaf: Any) -> Any:
    if hasattr(leaf, "element_spec"):
        return leaf
    array = np.asarray(leaf)
    return array if array.ndim else array[()]
