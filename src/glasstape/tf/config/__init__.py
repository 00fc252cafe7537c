"""`tf.config`: devices, and whether compiled steps run as plain Python.

JAX finds and uses devices by itself: settings of threads and memory are accepted, and a warning
says what to use instead where they would matter.
"""

from typing import Any

from glasstape import functions_run_eagerly as functions_run_eagerly
from glasstape import run_functions_eagerly as run_functions_eagerly
from glasstape.tf import _devices, _elsewhere
from glasstape.tf._devices import LogicalDevice as LogicalDevice
from glasstape.tf._devices import LogicalDeviceConfiguration as LogicalDeviceConfiguration
from glasstape.tf._devices import PhysicalDevice as PhysicalDevice
from glasstape.tf._devices import list_logical_devices as list_logical_devices
from glasstape.tf._devices import list_physical_devices as list_physical_devices
from glasstape.tf._mixed import allow_mixed_dtypes as allow_mixed_dtypes
from glasstape.tf.config import experimental as experimental
from glasstape.tf.config import optimizer as optimizer
from glasstape.tf.config import threading as threading

experimental_run_functions_eagerly = run_functions_eagerly
experimental_functions_run_eagerly = functions_run_eagerly

__all__ = [
    "LogicalDevice",
    "LogicalDeviceConfiguration",
    "PhysicalDevice",
    "allow_mixed_dtypes",
    "experimental",
    "experimental_functions_run_eagerly",
    "experimental_run_functions_eagerly",
    "functions_run_eagerly",
    "get_logical_device_configuration",
    "get_soft_device_placement",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "optimizer",
    "run_functions_eagerly",
    "set_logical_device_configuration",
    "set_soft_device_placement",
    "set_visible_devices",
    "threading",
]


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices JAX uses: all of them, as ``tf.config.get_visible_devices``.

    Args:
        device_type: ``CPU``, ``GPU`` or ``TPU``; all when None.

    Returns:
        A list.

    Example:
        >>> import glasstape.tf as tf
        >>> len(tf.config.get_visible_devices("CPU"))
        1
    """
    return list_physical_devices(device_type)


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Accepted as ``tf.config.set_visible_devices``; a warning says so where it would matter.

    Args:
        devices: The devices to use.
        device_type: Of which type.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.config.set_visible_devices(tf.config.list_physical_devices())
    """
    wanted = (
        list(devices)
        if isinstance(devices, list | tuple) and not hasattr(devices, "_fields")
        else [devices]
    )
    if wanted != list_physical_devices(device_type):
        _devices.not_possible(
            "tf.config.set_visible_devices",
            "set the environment variable CUDA_VISIBLE_DEVICES, or JAX_PLATFORMS=cpu, before "
            "Python starts",
        )


def get_logical_device_configuration(device: Any) -> None:
    """None: devices are not parted.

    Args:
        device: Unused.
    """


def set_logical_device_configuration(device: Any, logical_devices: Any) -> None:
    """Accepted as ``tf.config.set_logical_device_configuration``; warns that it has no effect.

    Args:
        device: Unused.
        logical_devices: Unused.
    """
    del device, logical_devices
    _devices.not_possible(
        "tf.config.set_logical_device_configuration",
        "set the environment variable XLA_PYTHON_CLIENT_MEM_FRACTION for the memory JAX takes",
    )


def get_soft_device_placement() -> bool:
    """True: where a device is missing, another one is used."""
    return True


def set_soft_device_placement(enabled: bool) -> None:
    """Accepted for TensorFlow's sake; unused.

    Args:
        enabled: Unused.
    """


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
