"""``glasstape doctor``: what is in use on this machine, and why."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import platform

import typer

from glasstape.cli.imports import UNNEEDED, without

_FEATURES = ("avx", "avx2", "fma", "avx512f", "avx512_vnni", "amx_tile", "asimd")


def doctor() -> None:
    """Say what training uses on this machine: versions, devices, passes, kernels, kept programs."""
    # JAX and Keras take seconds to import, which --help need not wait for.
    with without(*UNNEEDED):
        import jax
        import keras

        import glasstape as gt

    device = jax.default_backend()
    rows = {
        "GlassTape": f"{gt.__version__} on Python {platform.python_version()}, {_machine()}",
        "JAX": f"{jax.__version__}, jaxlib {importlib.metadata.version('jaxlib')}",
        "Keras": f"{keras.__version__} on {keras.config.backend()}",
        "devices": ", ".join(str(d) for d in jax.devices()),
        "passes": _passes(gt.passes(), device),
        "kernels": _kernels(device),
        "memory": _memory(device),
        "programs": _programs(),
    }
    width = max(map(len, rows))
    for name, text in rows.items():
        typer.echo(f"{name:{width}}  {text}")


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{_processor()}"


def _processor() -> str:
    """What the processor can, where Linux tells."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    flags = {f for line in lines if line.startswith(("flags", "Features")) for f in line.split()}
    return "".join(f", {f}" for f in _FEATURES if f in flags)


def _passes(passes: dict[str, bool], device: str) -> str:
    if device != "cpu":
        return f"none: they are for CPUs, and programs run on {device} here"
    return ", ".join(f"{name} {'on' if on else 'off'}" for name, on in passes.items())


def _kernels(device: str) -> str:
    from glasstape.kernels import library

    if device != "cpu":
        return f"not in use: they are for CPUs, and programs run on {device} here"
    found = library.state()
    if found.library is None:
        return f"not in use: {found.reason}"
    return f"in use: {found.reason}"


def _memory(device: str) -> str:
    from glasstape.compiler import memory

    if device != "cpu":
        return f"of {device}: as JAX has it"
    return memory.keep().reason


def _programs() -> str:
    from glasstape.compiler.cost import size
    from glasstape.ports import jax_cache

    folder = jax_cache.folder_in_use()
    if folder is None:
        return "not kept between runs"
    sizes = [f.stat().st_size for f in pathlib.Path(folder).glob("*") if f.is_file()]
    return f"kept in {folder}: {size(sum(sizes))}"
