"""The devices JAX sees, as TensorFlow names them."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import jax

from glasstape import sources

_KINDS = {"cuda": "GPU", "rocm": "GPU", "gpu": "GPU"}


class PhysicalDevice(NamedTuple):
    """A device, as ``tf.config.PhysicalDevice``.

    Attributes:
        name: Such as ``/physical_device:GPU:0``.
        device_type: ``CPU``, ``GPU`` or ``TPU``.
    """

    name: str
    device_type: str


class LogicalDevice(NamedTuple):
    """A device, as ``tf.config.LogicalDevice``.

    Attributes:
        name: Such as ``/device:GPU:0``.
        device_type: ``CPU``, ``GPU`` or ``TPU``.
    """

    name: str
    device_type: str


class LogicalDeviceConfiguration(NamedTuple):
    """A part of a device's memory; JAX does not part devices.

    Attributes:
        memory_limit: In megabytes; unused.
        experimental_priority: Unused.
        experimental_device_ordinal: Unused.
    """

    memory_limit: float | None = None
    experimental_priority: int | None = None
    experimental_device_ordinal: int | None = None


def name_of(device: Any) -> str:
    """The long name, which ends in ``CPU:0`` or ``GPU:0``."""
    return f"/job:localhost/replica:0/task:0/device:{kind_of(device)}:{device.id}"


def add_name_tests() -> None:
    """Let ``tensor.device``, a device of JAX', be asked for its name as TensorFlow's text is."""
    for test in ("endswith", "startswith", "__contains__"):
        asked = lambda self, *args, _test=test: getattr(name_of(self), _test)(*args)  # noqa: E731
        setattr(jax.Device, test, asked)


def kind_of(device: Any) -> str:
    """``CPU``, ``GPU`` or ``TPU``."""
    return _KINDS.get(device.platform) or device.platform.upper()


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices there are, as ``tf.config.list_physical_devices``.

    Args:
        device_type: ``CPU``, ``GPU`` or ``TPU``; all when None.

    Returns:
        A list; empty when there is none of that type.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.config.list_physical_devices("CPU")[0]
        PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')
    """
    return [PhysicalDevice(f"/physical_device:{k}:{n}", k) for k, n in _numbered(device_type)]


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The same devices, as ``tf.config.list_logical_devices``.

    Args:
        device_type: ``CPU``, ``GPU`` or ``TPU``; all when None.

    Returns:
        A list; empty when there is none of that type.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.config.list_logical_devices("CPU")[0].name
        '/device:CPU:0'
    """
    return [LogicalDevice(f"/device:{k}:{n}", k) for k, n in _numbered(device_type)]


def _numbered(device_type: str | None) -> list[tuple[str, int]]:
    cpus = jax.local_devices(backend="cpu")
    others = [d for d in jax.local_devices() if d.platform != "cpu"]
    counts: dict[str, int] = {}
    found = []
    for kind in map(kind_of, [*cpus, *others]):
        found.append((kind, counts.get(kind, 0)))
        counts[kind] = counts.get(kind, 0) + 1
    return [f for f in found if device_type in (None, f[0])]


def not_possible(what: str, way: str) -> None:
    """Warn that a setting of TensorFlow's has no effect."""
    where = sources.user_source()
    warnings.warn_explicit(f"{what} has no effect; {way}", UserWarning, where.file, where.line)
