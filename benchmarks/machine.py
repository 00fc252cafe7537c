"""What was measured on: processor, cores, versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

PACKAGES = ("jax", "keras", "tensorflow", "torch")


def versions() -> dict[str, str]:
    """Of the packages this process has imported, and of the kernels GlassTape uses there."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        if package in sys.modules:
            found[package] = sys.modules[package].__version__
    if "glasstape" in sys.modules and (kernels := _kernels()):
        found["onednn"] = kernels
    return found


def _kernels() -> str:
    """The version of GlassTape's kernels, which are optional; empty where it runs without them."""
    from glasstape.kernels import library

    return library.state().version


def describe() -> dict[str, object]:
    """The machine."""
    found: dict[str, object] = {"processor": processor(), "cores": cores()}
    return found | {"system": platform.system(), "gpu": gpu()}


def gpu() -> str:
    """The names of NVIDIA's GPUs, as its driver tells them; empty when there are none."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    return ", ".join(found.split("\n")[:-1])


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Its name and, since virtual machines hide it, its family, model and widest vectors."""
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return _processor_of_a_mac() or platform.processor() or platform.machine()
    text = cpuinfo.read_text(encoding="utf-8")
    fields = dict(re.findall(r"^(model name|cpu family|model|flags)\s*: (.*)$", text, re.M))
    name = fields.get("model name", platform.machine())
    if "cpu family" in fields:
        name += f" (family {fields['cpu family']}, model {fields['model']})"
    flags = fields.get("flags", "").split()
    widest = next((f for f in ("avx512f", "avx2") if f in flags), None)
    return f"{name}, {widest}" if widest else name


def _processor_of_a_mac() -> str:
    command = ["sysctl", "-n", "machdep.cpu.brand_string"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def busy() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]
