"""The kernels as this process finds them: loaded once, told to XLA, or a reason why not."""

from __future__ import annotations

import ctypes
import functools
import os
import warnings
from typing import NamedTuple

import jax
import numpy as np

from glasstape.environment import OFF
from glasstape.kernels import building

VARIABLE = "GLASSTAPE_KERNELS"
CONVOLUTION, PRODUCT = "glasstape_convolution", "glasstape_product"
_ROOM_FOR_NAME = 256


class State(NamedTuple):
    """Whether the kernels are in use.

    Attributes:
        library: They, or None.
        reason: Why they are not in use; oneDNN's version and where they are, if they are.
        version: Of oneDNN, if they are in use.
    """

    library: ctypes.CDLL | None
    reason: str
    version: str = ""


@functools.cache
def state() -> State:
    """Load the kernels, if they are built."""
    if os.environ.get(VARIABLE, "").strip().lower() in OFF:
        return State(None, f"switched off by {VARIABLE}")
    path = building.path()
    if not path.exists():
        return State(None, "not built: `glasstape build-kernels` builds them")
    try:
        library = _load(os.fspath(path))
    except (OSError, AttributeError) as error:
        told = State(None, f"{path} cannot be loaded: {error}")
        warnings.warn(
            f"GlassTape goes on without its kernels: {told.reason}. `glasstape build-kernels`"
            " builds them again.",
            stacklevel=2,
        )
        return told
    major, rest = divmod(library.glasstape_onednn_version(), 10000)
    version = f"{major}.{rest // 100}.{rest % 100}"
    return State(library, f"oneDNN {version}, {path}", version)


def _load(path: str) -> ctypes.CDLL:
    library = ctypes.CDLL(path)
    handlers = {CONVOLUTION: library.GlassTapeConvolution, PRODUCT: library.GlassTapeProduct}
    for name, handler in handlers.items():
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(handler), platform="cpu")
    return library


def has(kernel: str, numbers: np.ndarray) -> bool:
    """Whether `kernel` has code for this problem (see `passes.convolution`, `passes.product`)."""
    return about(kernel, numbers)[0]


def about(kernel: str, numbers: np.ndarray) -> tuple[bool, str]:
    """Whether there is code for this problem, and its name, or why not."""
    library, reason, _ = state()
    if library is None:
        return False, reason
    name = ctypes.create_string_buffer(_ROOM_FOR_NAME)
    pointer = numbers.ctypes.data_as(ctypes.POINTER(ctypes.c_int64))
    failed = getattr(library, f"{kernel}_about")(
        pointer, ctypes.c_int64(numbers.size), name, ctypes.c_int64(_ROOM_FOR_NAME)
    )
    return not failed, name.value.decode(errors="replace")
