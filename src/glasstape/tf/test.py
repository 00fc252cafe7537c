"""`tf.test`: which devices there are."""

from typing import Any

from glasstape.tf import _elsewhere
from glasstape.tf._devices import list_logical_devices

__all__ = [
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_built_with_rocm",
    "is_built_with_xla",
    "is_gpu_available",
]


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """Whether JAX sees a GPU, as ``tf.test.is_gpu_available``.

    Args:
        cuda_only: Accepted for TensorFlow's sake; unused.
        min_cuda_compute_capability: Unused.

    Returns:
        Whether there is one.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.test.is_gpu_available() == bool(tf.config.list_physical_devices("GPU"))
        True
    """
    return bool(list_logical_devices("GPU"))


def gpu_device_name() -> str:
    """The first GPU, such as ``/device:GPU:0``; empty when there is none.

    Returns:
        Its name.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.test.gpu_device_name() in ("", "/device:GPU:0")
        True
    """
    return next((d.name for d in list_logical_devices("GPU")), "")


def is_built_with_cuda() -> bool:
    """Whether JAX sees an NVIDIA GPU: JAX is one package for all devices."""
    return _platform() == "cuda"


def is_built_with_rocm() -> bool:
    """Whether JAX sees an AMD GPU."""
    return _platform() == "rocm"


def is_built_with_gpu_support() -> bool:
    """Whether JAX sees a GPU."""
    return is_gpu_available()


def is_built_with_xla() -> bool:
    """True."""
    return True


def _platform() -> str:
    import jax

    devices = [d for d in jax.local_devices() if d.platform != "cpu"]
    version = getattr(devices[0].client, "platform_version", "").lower() if devices else ""
    return next((kind for kind in ("cuda", "rocm") if kind in version), "")


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
