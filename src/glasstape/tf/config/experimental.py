"""`tf.config.experimental`: mostly settings that JAX does not need."""

from typing import Any

import jax

from glasstape.tf import _elsewhere
from glasstape.tf._devices import LogicalDeviceConfiguration as VirtualDeviceConfiguration
from glasstape.tf._devices import list_logical_devices as list_logical_devices
from glasstape.tf._devices import list_physical_devices as list_physical_devices

__all__ = [
    "VirtualDeviceConfiguration",
    "enable_op_determinism",
    "enable_tensor_float_32_execution",
    "get_device_details",
    "get_memory_growth",
    "get_memory_info",
    "list_logical_devices",
    "list_physical_devices",
    "set_memory_growth",
    "tensor_float_32_execution_enabled",
]


def set_memory_growth(device: Any, enable: bool) -> None:
    """Accepted as ``tf.config.experimental.set_memory_growth``; it changes no result.

    JAX takes three quarters of a GPU's memory at the start. To let it grow instead, set the
    environment variable ``XLA_PYTHON_CLIENT_PREALLOCATE=false`` before Python starts.

    Args:
        device: Unused.
        enable: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> for gpu in tf.config.list_physical_devices("GPU"):
        ...     tf.config.experimental.set_memory_growth(gpu, True)
    """


def get_memory_growth(device: Any) -> bool:
    """Whether the environment lets a GPU's memory grow.

    Args:
        device: Unused.
    """
    import os

    return os.environ.get("XLA_PYTHON_CLIENT_PREALLOCATE", "true").lower() in ("false", "0")


def get_memory_info(device: str) -> dict[str, int]:
    """How many bytes a device has in use now and had at most, where it says so.

    Args:
        device: Such as ``GPU:0``.

    Returns:
        A dict with ``current`` and ``peak``; zeros where the device does not count.

    Example:
        >>> import glasstape.tf as tf
        >>> sorted(tf.config.experimental.get_memory_info("CPU:0"))
        ['current', 'peak']
    """
    kind, _, number = str(device).rpartition("/")[2].removeprefix("device:").partition(":")
    found = jax.local_devices(backend=kind.lower() or None)[int(number or 0)]
    stats = found.memory_stats() or {}
    return {"current": stats.get("bytes_in_use", 0), "peak": stats.get("peak_bytes_in_use", 0)}


def get_device_details(device: Any) -> dict[str, Any]:
    """The name of a device's model.

    Args:
        device: One of `list_physical_devices`.

    Returns:
        A dict with ``device_name``.
    """
    kind, number = device.name.split(":")[-2:]
    return {"device_name": jax.local_devices(backend=kind.lower())[int(number)].device_kind}


def enable_op_determinism() -> None:
    """Accepted for TensorFlow's sake: on CPU results are the same in every run.

    On a GPU set the environment variable ``XLA_FLAGS=--xla_gpu_deterministic_ops=true``.
    """


def enable_tensor_float_32_execution(enabled: bool) -> None:
    """Let a GPU multiply matrices of float32 with fewer digits, or not.

    Args:
        enabled: Whether to.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.config.experimental.enable_tensor_float_32_execution(False)
        >>> tf.config.experimental.tensor_float_32_execution_enabled()
        False
        >>> tf.config.experimental.enable_tensor_float_32_execution(True)
    """
    jax.config.update("jax_default_matmul_precision", None if enabled else "float32")


def tensor_float_32_execution_enabled() -> bool:
    """Whether it may."""
    return jax.config.jax_default_matmul_precision not in ("float32", "highest")  # pyright: ignore


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
