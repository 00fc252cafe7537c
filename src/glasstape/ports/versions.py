"""Which JAX and Keras GlassTape is tested with, and a friendly refusal outside them."""

from __future__ import annotations

import os
import sys
import warnings

from glasstape.errors import UnsupportedError

# The ranges pyproject.toml declares; tests/repo checks that the two agree, and .ci/run
# runs the tests at both ends.
SUPPORTED = {"jax": ("0.10.0", "0.13"), "keras": ("3.12.0", "3.16")}


def _numbers(version: str) -> tuple[int, ...]:
    parts = []
    for part in version.split("."):
        digits = "".join(c for c in part if c.isdigit())
        if not digits or not part[0].isdigit():
            break
        parts.append(int(digits))
    return tuple(parts)


def check_version(package: str, installed: str) -> None:
    """Raise `UnsupportedError` when `installed` lies outside the tested range."""
    low, high = SUPPORTED[package]
    if _numbers(low) <= _numbers(installed) < _numbers(high):
        return
    python = "" if package != "jax" else " (JAX 0.11 and later need Python 3.12)"
    raise UnsupportedError(
        f"This GlassTape does not run on the installed {package}.",
        expected=f"{package} >= {low}, < {high}{python}",
        received=f"{package} {installed}",
        fix=f"pip install '{package}>={low},<{high}'",
    )


def choose_backend() -> None:
    """Make Keras use JAX: set ``KERAS_BACKEND`` when it is unset, refuse another one.

    ``tensorflow`` is what programs for TensorFlow set, Keras' own examples among them. They are to
    run with one changed import line, and nothing else can be meant, so it is replaced.

    Warns:
        RuntimeWarning: ``KERAS_BACKEND`` was ``tensorflow``.

    Raises:
        UnsupportedError: ``KERAS_BACKEND`` names another backend, or Keras was imported
            first and has already chosen another one.
    """
    keras = sys.modules.get("keras")
    config = getattr(keras, "config", None)
    if config is not None and hasattr(config, "backend"):
        if config.backend() == "jax":
            return
        raise UnsupportedError(
            "Keras was imported before GlassTape and has chosen another backend.",
            expected="Keras running on the JAX backend",
            received=f"keras.config.backend() == {config.backend()!r}",
            fix="import glasstape before keras, or set the environment variable "
            "KERAS_BACKEND=jax before Python starts",
        )
    chosen = os.environ.setdefault("KERAS_BACKEND", "jax")
    if chosen == "tensorflow":
        os.environ["KERAS_BACKEND"] = "jax"
        warnings.warn(
            "KERAS_BACKEND was tensorflow; GlassTape takes TensorFlow's place and runs Keras on "
            "JAX, so it is jax now. Set KERAS_BACKEND=jax to be rid of this line.",
            RuntimeWarning,
            stacklevel=3,
        )
    elif chosen != "jax":
        raise UnsupportedError(
            "GlassTape runs Keras on JAX only.",
            expected="KERAS_BACKEND=jax, or KERAS_BACKEND unset",
            received=f"KERAS_BACKEND={chosen}",
            fix="export KERAS_BACKEND=jax   (or, in Python, before any import: "
            "os.environ['KERAS_BACKEND'] = 'jax')",
        )


def check_installed() -> None:
    """Check the installed JAX and Keras without importing them."""
    import importlib.metadata  # a third of what `import glasstape` would take

    for package in SUPPORTED:
        try:
            installed = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            raise UnsupportedError(
                f"GlassTape needs {package}, which is not installed.",
                expected=f"{package} >= {SUPPORTED[package][0]}",
                received=f"no {package}",
                fix=f"pip install {package}",
            ) from None
        check_version(package, installed)
