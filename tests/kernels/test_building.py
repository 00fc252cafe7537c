"""The kernels are built by one command, or it says what is missing; a broken one is no crash."""

import subprocess
import sys

import pytest

from glasstape.errors import KernelBuildError
from glasstape.kernels import building, library

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="they are for Linux")


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch, tmp_path):
    """Nothing of what is built or found here is the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.delenv(library.VARIABLE, raising=False)
    library.state.cache_clear()
    yield
    library.state.cache_clear()


@pytest.fixture
def onednn(monkeypatch, tmp_path):
    """A folder that looks as if oneDNN were in it."""
    for name in ("include/oneapi/dnnl/dnnl.hpp", "lib/libdnnl.so.3"):
        file = tmp_path / "onednn" / name
        file.parent.mkdir(parents=True)
        file.write_text("")
    monkeypatch.setenv(building.ONEDNN, str(tmp_path / "onednn"))
    return tmp_path / "onednn"


def test_on_another_system(monkeypatch):
    monkeypatch.setattr(building.sys, "platform", "darwin")
    with pytest.raises(KernelBuildError, match=r"another system.\n  Expected: Linux"):
        building.build()


@on_linux
def test_without_a_compiler(monkeypatch, onednn):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(KernelBuildError, match=r"no C\+\+ compiler(.|\n)*apt install g\+\+"):
        building.build()


@on_linux
def test_without_onednn(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", "true")
    monkeypatch.setenv(building.ONEDNN, str(tmp_path))
    with pytest.raises(KernelBuildError, match=r"no oneDNN(.|\n)*glasstape\[kernels\]"):
        building.build()


@on_linux
def test_with_a_compiler_that_fails(monkeypatch, onednn, tmp_path):
    compiler = tmp_path / "compiler"
    compiler.write_text("#!/bin/sh\necho what it says >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    with pytest.raises(KernelBuildError, match=r"error of the compiler(.|\n)*what it says"):
        building.build()
    assert not building.path().exists()


@on_linux
def test_what_is_not_built_is_not_in_use():
    found = library.state()
    assert found.library is None
    assert "glasstape build-kernels" in found.reason


@on_linux
def test_a_broken_library_is_told_and_trained_without():
    building.path().parent.mkdir(parents=True)
    building.path().write_text("no library")
    with pytest.warns(UserWarning, match=r"goes on without its kernels(.|\n)*builds them again"):
        found = library.state()
    assert found.library is None
    assert not found.version


def test_switched_off(monkeypatch):
    monkeypatch.setenv(library.VARIABLE, "off")
    assert library.state().reason == "switched off by GLASSTAPE_KERNELS"


def run(*command):
    return subprocess.run(
        [sys.executable, "-m", "glasstape", *command], capture_output=True, text=True, check=False
    )


@on_linux
def test_the_command_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", "true")
    monkeypatch.setenv(building.ONEDNN, str(tmp_path))
    ended = run("build-kernels")
    assert ended.returncode == 1
    assert ended.stderr.startswith("The kernels cannot be built here: no oneDNN.")


def test_the_doctor_says_what_is_in_use(monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    ended = run("doctor")
    assert ended.returncode == 0, ended.stderr
    rows = dict(line.split(maxsplit=1) for line in ended.stdout.splitlines())
    assert set(rows) == {
        "GlassTape", "JAX", "Keras", "devices", "passes", "kernels", "memory", "programs"
    }  # fmt: skip
    assert "max_pool_gradient on" in rows["passes"]
    assert rows["memory"].startswith(("kept for the next step", "left as it is"))
    assert rows["kernels"].startswith("not in use: not built")
