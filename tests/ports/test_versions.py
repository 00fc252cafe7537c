"""Friendly refusals: another backend, or a version nobody tested."""

import os
import subprocess
import sys
import textwrap

import pytest

from glasstape import errors
from glasstape.ports import versions

FAKE_KERAS = """
import sys, types
keras = types.ModuleType("keras")
keras.config = types.SimpleNamespace(backend=lambda: {backend!r})
sys.modules["keras"] = keras
"""


def python(program, **environment):
    """Run `program` in a Python of its own; returns (exit status, output, error output)."""
    env = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"} | environment
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("backend", ["torch", "numpy", "openvino"])
def test_another_backend_in_the_environment(backend):
    status, _, error = python("import glasstape", KERAS_BACKEND=backend)
    assert status == 1
    assert "UnsupportedError: GlassTape runs Keras on JAX only." in error
    assert f"Received: KERAS_BACKEND={backend}" in error
    assert "export KERAS_BACKEND=jax" in error


def test_an_unset_backend_becomes_jax():
    program = """
        import os, sys
        import glasstape
        print(os.environ["KERAS_BACKEND"], "keras" in sys.modules, "jax" in sys.modules)
    """
    assert python(program) == (0, "jax False False\n", "")


def test_the_right_backend_is_left_alone():
    program = "import os, glasstape; print(os.environ['KERAS_BACKEND'])"
    assert python(program, KERAS_BACKEND="jax")[:2] == (0, "jax\n")


@pytest.mark.thorough
def test_a_program_that_asks_for_tensorflow_gets_jax():
    program = """
        import os
        os.environ["KERAS_BACKEND"] = "tensorflow"
        import glasstape.tf as tf
        import keras
        print(keras.config.backend(), float(tf.constant(1.0)))
    """
    status, output, error = python(program)
    assert (status, output) == (0, "jax 1.0\n"), error
    assert error.count("RuntimeWarning: KERAS_BACKEND was tensorflow; GlassTape takes") == 1
    assert "<string>:4" in error  # the user's own line


def test_keras_imported_first_with_another_backend():
    status, _, error = python(FAKE_KERAS.format(backend="tensorflow") + "\nimport glasstape")
    assert status == 1
    assert "Keras was imported before GlassTape and has chosen another backend." in error
    assert "Received: keras.config.backend() == 'tensorflow'" in error
    assert "import glasstape before keras" in error


def test_keras_imported_first_with_jax():
    program = FAKE_KERAS.format(backend="jax") + "\nimport glasstape\nprint('fine')"
    assert python(program) == (0, "fine\n", "")


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("jax", "0.10.0"),
        ("jax", "0.10.2"),
        ("jax", "0.12.0.1"),
        ("jax", "0.12.1.dev20261101+abc"),
        ("keras", "3.12.0"),
        ("keras", "3.15.1"),
    ],
)
def test_versions_inside_the_range(package, version):
    versions.check_version(package, version)


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("jax", "0.9.2"),
        ("jax", "0.4.38"),
        ("jax", "0.13.0"),
        ("jax", "1.0"),
        ("keras", "3.11.3"),
        ("keras", "2.15.0"),
        ("keras", "3.16.0"),
        ("keras", "4.0"),
    ],
)
def test_versions_outside_the_range(package, version):
    with pytest.raises(errors.UnsupportedError) as caught:
        versions.check_version(package, version)
    low, high = versions.SUPPORTED[package]
    text = str(caught.value)
    assert isinstance(caught.value, ImportError)
    assert text.startswith(f"This GlassTape does not run on the installed {package}.")
    assert f"Expected: {package} >= {low}, < {high}" in text
    assert f"Received: {package} {version}" in text
    assert f"Do this: pip install '{package}>={low},<{high}'" in text
    assert ("Python 3.12" in text) == (package == "jax")


def test_a_package_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(versions.SUPPORTED, "no-such-package", ("1.0", "2.0"))
    with pytest.raises(errors.UnsupportedError, match="needs no-such-package") as caught:
        versions.check_installed()
    assert "Do this: pip install no-such-package" in str(caught.value)


def test_installed_versions_are_inside():
    versions.check_installed()
