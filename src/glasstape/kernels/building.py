"""Build the kernels: one call of the machine's C++ compiler, against oneDNN and XLA's headers."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
from typing import NoReturn

import jax

from glasstape.environment import user_folder
from glasstape.errors import KernelBuildError

ONEDNN = "GLASSTAPE_ONEDNN"
SOURCES = [pathlib.Path(__file__).with_name(name) for name in ("convolution.cc", "product.cc")]
_SHARED = pathlib.Path(__file__).with_name("shared.h")
EXTRA = "pip install 'glasstape[kernels]'"
# A name for each that ends in the version of oneDNN's interface.
_LIBRARY = pathlib.Path("lib", "libdnnl.so.3")
_HEADER = pathlib.Path("include", "oneapi", "dnnl", "dnnl.hpp")


def path() -> pathlib.Path:
    """Where the kernels for this version of JAX and this oneDNN are, once they are built."""
    about = f"{importlib.metadata.version('jaxlib')} {platform.machine()} {onednn()}".encode()
    text = b"".join(file.read_bytes() for file in (*SOURCES, _SHARED))
    key = hashlib.sha256(text + about).hexdigest()[:16]
    return user_folder().expanduser() / "kernels" / f"libglasstape-{key}.so"


def onednn() -> pathlib.Path:
    """The folder with oneDNN's ``include`` and ``lib``: this environment's own, or a given one."""
    return pathlib.Path(os.environ.get(ONEDNN) or sys.prefix)


def build() -> pathlib.Path:
    """Compile the kernels into the user's cache folder.

    Returns:
        The library.

    Raises:
        KernelBuildError: the system is not Linux, there is no C++ compiler or no oneDNN, or the
            compiler failed.
    """
    if sys.platform != "linux":
        _refuse("another system", "Linux", sys.platform, "train without: XLA's own code is used")
    compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        fix = "install one (Debian: apt install g++), or set CXX"
        _refuse("no C++ compiler", "g++ or clang++ on the PATH", "neither", fix)
    folder = onednn()
    for needed in (_HEADER, _LIBRARY):
        if not (folder / needed).exists():
            fix = f"{EXTRA}, or set {ONEDNN} to a folder that has include and lib"
            _refuse("no oneDNN", f"{needed} of oneDNN 3 in {folder}", "no such file", fix)
    made = path()
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent) as scratch:
        new = pathlib.Path(scratch) / made.name
        command = [*compiler.split(), *_flags(folder), "-o", os.fspath(new)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            said = ended.stderr.strip().splitlines()[:8]
            fix = f"see whether the compiler is of C++17; the command was {' '.join(command)}"
            _refuse("an error of the compiler", "a library", "\n    ".join(said), fix)
        new.replace(made)
    return made


def _flags(folder: pathlib.Path) -> list[str]:
    return [
        *("-O2", "-std=c++17", "-fPIC", "-shared", *map(os.fspath, SOURCES)),
        *(f"-I{jax.ffi.include_dir()}", f"-I{folder / 'include'}"),
        *(os.fspath(folder / _LIBRARY), f"-Wl,-rpath,{folder / 'lib'}"),
    ]


def _refuse(what: str, expected: str, received: str, fix: str) -> NoReturn:
    raise KernelBuildError(
        f"The kernels cannot be built here: {what}.", expected=expected, received=received, fix=fix
    )
